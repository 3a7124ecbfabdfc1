package io.vbucket.rebalance.orchestrator.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations in the shapes in which real nodes tell them. */
class RealConfigsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static String text(String name) {
    try (var in = RealConfigsTest.class.getResourceAsStream("/configs/" + name + ".json")) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static JsonNode json(BucketConfig config) {
    try {
      return JSON.readTree(config.toJson());
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"three-nodes-7.6", "single-node-host", "two-nodes-6.0", "ipv6", "tls-only"})
  void a_rewrite_changes_nothing_but_what_the_map_is_made_of(String name) throws IOException {
    BucketConfig read = BucketConfig.parse(text(name));
    ObjectNode before = (ObjectNode) JSON.readTree(text(name));
    ObjectNode after = (ObjectNode) json(read.withChains(Map.of(0, List.of(read.servers().get(0)))));

    assertThat(after.get("rev").asLong()).isEqualTo(before.get("rev").asLong() + 1);
    before.remove(List.of("rev"));
    after.remove(List.of("rev"));
    ((ObjectNode) before.get("vBucketServerMap")).remove("vBucketMap");
    ((ObjectNode) after.get("vBucketServerMap")).remove("vBucketMap");
    assertThat(after).isEqualTo(before);
    for (Iterator<String> names = before.fieldNames(); names.hasNext();) {
      assertThat(after.has(names.next())).isTrue();
    }
  }

  @Test
  void a_newer_epoch_wins_over_a_greater_revision() {
    BucketConfig old = BucketConfig.parse(text("two-nodes-6.0"));
    BucketConfig young = BucketConfig.parse(text("three-nodes-7.6"));
    assertThat(old.epoch()).isZero();
    assertThat(old.revision()).isGreaterThan(young.revision());
    assertThat(young).isGreaterThan(old);
  }

  // ---- whoever tells it

  @Test
  void the_host_that_was_reached_stands_for_HOST() {
    BucketConfig config = BucketConfig.parse(text("single-node-host"), "data.example.org");
    assertThat(config.servers()).containsExactly("data.example.org:11210");
    assertThat(config.toJson()).doesNotContain("$HOST").doesNotContain("thisNode");
    assertThat(json(config).at("/nodesExt/0/hostname").asText()).isEqualTo("data.example.org");
    assertThat(json(config).at("/nodes/0/hostname").asText()).isEqualTo("data.example.org:8091");
    assertThat(json(config).at("/nodes/0/couchApiBase").asText())
        .isEqualTo("http://data.example.org:8092/default%2Baa");
  }

  @Test
  void an_IPv6_host_gets_brackets_where_a_port_follows() {
    BucketConfig config = BucketConfig.parse(text("single-node-host"), "2001:db8::7");
    assertThat(config.servers()).containsExactly("[2001:db8::7]:11210");
    assertThat(json(config).at("/nodesExt/0/hostname").asText()).isEqualTo("2001:db8::7");
    assertThat(json(config).at("/nodes/0/hostname").asText()).isEqualTo("[2001:db8::7]:8091");
  }

  // ---- by which address a node is known

  @Test
  void a_node_is_known_by_its_TLS_port_and_written_as_the_map_lists_it() {
    List<String> addresses = List.of(
        "data1.example.org:11207", "data2.example.org:11207", "data3.example.org:11207", "data4.example.org:11207");
    BucketConfig config = BucketConfig.parse(text("three-nodes-7.6"), "data1.example.org").knownAs(addresses, true);

    assertThat(config.servers()).containsExactlyElementsOf(addresses.subList(0, 3));
    assertThat(config.chain(1)).containsExactly("data2.example.org:11207", "data3.example.org:11207");

    BucketConfig next = config.withChains(Map.of(1, List.of("data4.example.org:11207", "data2.example.org:11207")));
    assertThat(next.owner(1)).isEqualTo("data4.example.org:11207");
    assertThat(json(next).at("/vBucketServerMap/serverList").toString()).isEqualTo(
        "[\"data1.example.org:11210\",\"data2.example.org:11210\",\"data3.example.org:11210\","
            + "\"data4.example.org:11210\"]");
    assertThat(json(next).at("/vBucketServerMap/vBucketMap/1").toString()).isEqualTo("[3,1]");
    assertThat(json(next).at("/nodesExt")).isEqualTo(json(config).at("/nodesExt"));
  }

  @Test
  void a_node_is_known_by_its_alternate_address() {
    List<String> outside =
        List.of("203.0.113.10:31207", "203.0.113.10:32210", "data3.public.example.org:11207");
    BucketConfig config = BucketConfig.parse(text("three-nodes-7.6"), "203.0.113.10").knownAs(outside, true);
    assertThat(config.servers()).containsExactlyElementsOf(outside);
    assertThat(json(config.withChains(Map.of())).at("/vBucketServerMap/serverList/1").asText())
        .isEqualTo("data2.example.org:11210");
  }

  @Test
  void a_node_at_none_of_the_addresses_keeps_its_name() {
    BucketConfig config =
        BucketConfig.parse(text("three-nodes-7.6")).knownAs(List.of("data2.example.org:11207", "elsewhere:11207"),
            true);
    assertThat(config.servers())
        .containsExactly("data1.example.org:11210", "data2.example.org:11207", "data3.example.org:11210");
  }

  @Test
  void nodes_with_TLS_alone_are_listed_by_it() {
    BucketConfig config = BucketConfig.parse(text("tls-only")).knownAs(List.of("b.example.org:11207"), true);
    assertThat(config.servers()).containsExactly("a.example.org:11207", "b.example.org:11207");
  }

  @Test
  void IPv6_nodes_are_known_with_brackets() {
    BucketConfig config =
        BucketConfig.parse(text("ipv6")).knownAs(List.of("[2001:db8::1]:11207", "[2001:db8::2]:11207"), true);
    assertThat(config.servers()).containsExactly("[2001:db8::1]:11207", "[2001:db8::2]:11207");
    BucketConfig next = config.withChains(Map.of(0, List.of("[2001:db8::3]:11210")));
    assertThat(json(next).at("/nodesExt/2/hostname").asText()).isEqualTo("2001:db8::3");
    assertThat(json(next).at("/nodesExt/2/services/kv").asInt()).isEqualTo(11210);
  }

  // ---- nodes that come and go

  @Test
  void a_node_that_leaves_keeps_the_services_that_are_not_data() {
    BucketConfig config = BucketConfig.parse(text("three-nodes-7.6"));
    BucketConfig moved = config.withChains(Map.of(
        0, List.of("data1.example.org:11210", "data2.example.org:11210"),
        1, List.of("data2.example.org:11210", "data1.example.org:11210"),
        2, List.of("data1.example.org:11210", "data2.example.org:11210"),
        3, List.of("data1.example.org:11210", "data2.example.org:11210"),
        5, List.of("data2.example.org:11210")));
    BucketConfig without2 =
        moved.withChains(Map.of(
            0, List.of("data1.example.org:11210"), 1, List.of("data1.example.org:11210"),
            2, List.of("data1.example.org:11210"), 3, List.of("data1.example.org:11210"),
            4, List.of("data1.example.org:11210"), 5, List.of("data1.example.org:11210")))
            .withServers(List.of("data1.example.org:11210"));
    JsonNode nodes = json(without2).at("/nodesExt");
    assertThat(nodes.findValuesAsText("hostname")).containsExactly(
        "data1.example.org", "203.0.113.10", "data2.example.org", "203.0.113.10", "data4.example.org",
        "query1.example.org");
    assertThat(nodes.get(1).get("services").toString())
        .isEqualTo("{\"mgmt\":8091,\"mgmtSSL\":18091,\"n1ql\":8093,\"n1qlSSL\":18093}");
    assertThat(without2.servers()).containsExactly("data1.example.org:11210");
  }

  @Test
  void the_node_list_of_older_versions_follows() {
    BucketConfig config = BucketConfig.parse(text("two-nodes-6.0"));
    BucketConfig added = config.withChains(Map.of(0, List.of("10.0.0.3:11210", "10.0.0.2:11310")));
    assertThat(json(added).at("/nodes/2").toString())
        .isEqualTo("{\"hostname\":\"10.0.0.3:8091\",\"ports\":{\"direct\":11210}}");
    BucketConfig left = added
        .withChains(Map.of(
            0, List.of("10.0.0.3:11210", "10.0.0.2:11310"), 1, List.of("10.0.0.2:11310", "10.0.0.3:11210"),
            2, List.of("10.0.0.3:11210", "10.0.0.2:11310"), 3, List.of("10.0.0.2:11310", "10.0.0.3:11210")))
        .withServers(List.of("10.0.0.2:11310", "10.0.0.3:11210"));
    assertThat(json(left).at("/nodes").findValuesAsText("hostname"))
        .containsExactly("10.0.0.2:9091", "10.0.0.3:8091");
  }

  // ---- where vBuckets are going

  @Test
  void a_forward_map_tells_where_vBuckets_go_until_it_is_taken_back() {
    BucketConfig config = BucketConfig.parse(text("three-nodes-7.6"));
    BucketConfig announced = config.withForward(Map.of(
        1, List.of("data4.example.org:11210", "data2.example.org:11210"), 5, List.of("data3.example.org:11210")));

    assertThat(config.hasForward()).isFalse();
    assertThat(announced.hasForward()).isTrue();
    assertThat(announced.revision()).isEqualTo(config.revision() + 1);
    assertThat(announced.chain(1)).isEqualTo(config.chain(1));
    assertThat(announced.forwardChain(1)).containsExactly("data4.example.org:11210", "data2.example.org:11210");
    assertThat(announced.forwardChain(0)).isEqualTo(config.chain(0));
    assertThat(announced.forwardChain(5)).containsExactly("data3.example.org:11210", null);
    assertThat(json(announced).at("/vBucketServerMap/vBucketMapForward")).hasSize(6);

    BucketConfig moved = announced.withChains(Map.of(1, announced.forwardChain(1)));
    assertThat(moved.forwardChain(5)).containsExactly("data3.example.org:11210", null);
    BucketConfig done = moved.withoutForward();
    assertThat(done.hasForward()).isFalse();
    assertThat(done.chain(1)).isEqualTo(announced.forwardChain(1));
    assertThat(moved.withServers(moved.servers()).hasForward()).isFalse();
  }

  @Test
  void a_forward_map_that_was_there_is_replaced() {
    BucketConfig config = BucketConfig.parse(text("two-nodes-6.0"));
    assertThat(config.hasForward()).isTrue();
    assertThat(config.forwardChain(0)).containsExactly("10.0.0.2:11310", "10.0.0.1:11210");
    BucketConfig other = config.withForward(Map.of(3, List.of("10.0.0.1:11210", "10.0.0.2:11310")));
    assertThat(other.forwardChain(0)).isEqualTo(config.chain(0));
    assertThat(other.forwardChain(3)).containsExactly("10.0.0.1:11210", "10.0.0.2:11310");
  }

  @Test
  void a_forward_map_of_nonsense_is_refused_as_the_map_is() {
    String wrong = text("two-nodes-6.0").replace("[[1, 0], [1, 0], [0, 1], [1, 0]]", "[[7, 0]]");
    assertThatThrownBy(() -> BucketConfig.parse(wrong))
        .hasMessage("vBucketMapForward[0][0] = 7: serverList has 2 entries");
  }

  // ---- files

  @Test
  void a_file_is_read_and_its_name_told_when_it_holds_something_else(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), text("ipv6"));
    assertThat(BucketConfig.read(file).servers()).containsExactly("[2001:db8::1]:11210", "[2001:db8::2]:11210");
    Path other = Files.writeString(folder.resolve("other.json"), "{}");
    assertThatThrownBy(() -> BucketConfig.read(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(other + ": bucket configuration has no vBucketServerMap");
  }
}
