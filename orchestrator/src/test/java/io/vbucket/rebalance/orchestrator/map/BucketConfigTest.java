package io.vbucket.rebalance.orchestrator.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketConfigTest {
  private final BucketConfig config = BucketConfig.initial("travel", List.of("a:1", "b:2"), new int[] {0, 1, 0, 1});

  @Test
  void a_configuration_survives_its_json() {
    assertThat(BucketConfig.parse(config.toJson())).isEqualTo(config);
  }

  @Test
  void new_owners_make_the_next_revision_and_list_their_servers() {
    BucketConfig next = config.withChains(Map.of(2, List.of("c:3")));

    assertThat(next.revision()).isEqualTo(config.revision() + 1);
    assertThat(next.owner(2)).isEqualTo("c:3");
    assertThat(next.owner(0)).isEqualTo("a:1");
    assertThat(next.servers()).containsExactly("a:1", "b:2", "c:3");
    assertThat(next).isGreaterThan(config);
  }

  @Test
  void servers_that_own_nothing_leave_the_list_and_indexes_follow() {
    BucketConfig emptied = config.withChains(Map.of(0, List.of("b:2"), 2, List.of("b:2")));

    BucketConfig without = emptied.withServers(List.of("b:2"));

    assertThat(without.servers()).containsExactly("b:2");
    assertThat(without.owner(0)).isEqualTo("b:2");
    assertThat(without.owner(1)).isEqualTo("b:2");
  }

  /** Clients find a map's nodes by place: nodes, and the beginning of nodesExt, are in the order of the server list. */
  @Test
  void lists_of_nodes_follow_the_server_list_and_keep_what_they_say_of_other_services() {
    String json = "{\"rev\":7,\"nodesExt\":["
        + "{\"services\":{\"mgmt\":8091,\"kv\":3},\"hostname\":\"c\"},"
        + "{\"services\":{\"n1ql\":8093},\"hostname\":\"q\"},"
        + "{\"services\":{\"mgmt\":8092,\"kv\":1,\"kvSSL\":9},\"hostname\":\"a\"}],"
        + "\"nodes\":[{\"hostname\":\"a:8092\",\"ports\":{\"direct\":1},\"couchApiBase\":\"x\"}],"
        + "\"vBucketServerMap\":{\"serverList\":[\"a:1\"],\"vBucketMap\":[[0],[0]]}}";

    String next = BucketConfig.parse(json).withServers(List.of("a:1", "c:3", "d:4")).toJson();

    assertThat(next).contains("\"nodesExt\":[{\"services\":{\"mgmt\":8092,\"kv\":1,\"kvSSL\":9},\"hostname\":\"a\"},"
        + "{\"services\":{\"mgmt\":8091,\"kv\":3},\"hostname\":\"c\"},{\"services\":{\"mgmt\":8091,\"kv\":4},\"hostname\":\"d\"},"
        + "{\"services\":{\"n1ql\":8093},\"hostname\":\"q\"}]");
    assertThat(next).contains("\"nodes\":[{\"hostname\":\"a:8092\",\"ports\":{\"direct\":1},\"couchApiBase\":\"x\"},"
        + "{\"hostname\":\"c:8091\",\"ports\":{\"direct\":3}},{\"hostname\":\"d:8091\",\"ports\":{\"direct\":4}}]");
  }

  /** Couchbase's clients take no configuration in which a node has no management port. */
  @Test
  void a_node_that_leaves_and_comes_back_has_its_entry_of_the_cluster_again() {
    String there = "{\"services\":{\"mgmt\":8092,\"kv\":2,\"kvSSL\":9},\"hostname\":\"b\"}";
    String json = "{\"rev\":7,\"nodesExt\":[{\"services\":{\"mgmt\":8091,\"kv\":1},\"hostname\":\"a\"}," + there + "],"
        + "\"vBucketServerMap\":{\"serverList\":[\"a:1\",\"b:2\"],\"vBucketMap\":[[0],[0]]}}";
    BucketConfig without = BucketConfig.parse(json).withServers(List.of("a:1"));
    assertThat(without.toJson()).contains("{\"services\":{\"mgmt\":8092},\"hostname\":\"b\"}]");

    BucketConfig back = BucketConfig.parse(without.toJson())
        .withNodesOf(Map.of("b", "{\"nodesExt\":[" + there.replace("\"b\"", "\"$HOST\"") + "]}", "a", "no JSON"))
        .knownAs(List.of("a:1", "b:9"), true)
        .withChains(Map.of(1, List.of("b:9")));

    assertThat(back.owner(1)).isEqualTo("b:9");
    assertThat(back.toJson()).contains("\"serverList\":[\"a:1\",\"b:2\"]", "\"hostname\":\"a\"}," + there + "]");
  }

  @Test
  void a_node_of_which_nobody_knows_more_than_its_TLS_port_is_written_with_that() {
    BucketConfig next =
        config.knownAs(List.of("a:1", "c:9"), true).withChains(Map.of(1, List.of("c:9")));

    assertThat(next.toJson()).contains("{\"services\":{\"mgmtSSL\":18091,\"kvSSL\":9},\"hostname\":\"c\"}");
  }

  @Test
  void a_node_that_left_has_no_data_service_outside_either() {
    String json = "{\"rev\":7,\"nodesExt\":[{\"services\":{\"kv\":1},\"hostname\":\"a\"},"
        + "{\"services\":{\"mgmt\":8092,\"kv\":2},\"hostname\":\"b\",\"alternateAddresses\":"
        + "{\"external\":{\"hostname\":\"x\",\"ports\":{\"mgmt\":7,\"kv\":8}}}}],"
        + "\"vBucketServerMap\":{\"serverList\":[\"a:1\",\"b:2\"],\"vBucketMap\":[[0]]}}";

    assertThat(BucketConfig.parse(json).withServers(List.of("a:1")).toJson())
        .contains("\"external\":{\"hostname\":\"x\",\"ports\":{\"mgmt\":7}}");
  }

  @Test
  void a_node_that_the_map_names_by_its_tls_port_is_found() {
    String json = "{\"rev\":7,\"nodesExt\":[{\"services\":{\"kv\":1,\"kvSSL\":9},\"hostname\":\"a\"}],"
        + "\"vBucketServerMap\":{\"serverList\":[\"a:9\"],\"vBucketMap\":[[0]]}}";

    assertThat(BucketConfig.parse(json).withServers(List.of("a:9")).toJson())
        .contains("\"nodesExt\":[{\"services\":{\"kv\":1,\"kvSSL\":9},\"hostname\":\"a\"}]");
  }

  @Test
  void what_is_not_understood_is_kept() {
    String json = config.toJson().replace("\"nodeLocator\"", "\"uuid\":\"abc\",\"nodeLocator\"");

    assertThat(BucketConfig.parse(json).withChains(Map.of(1, List.of("a:1"))).toJson()).contains("\"uuid\":\"abc\"");
  }

  @Test
  void a_chain_keeps_its_holes_and_a_shorter_one_gets_holes_at_its_end() {
    BucketConfig replicated =
        BucketConfig.initial("travel", List.of("a:1", "b:2"), 1, new int[][] {{0, 1}, {1, 0}, {-1, -1}});

    BucketConfig next = replicated.withChains(Map.of(0, List.of("c:3"), 2, Arrays.asList(null, "b:2")));

    assertThat(next.chain(0)).containsExactly("c:3", null);
    assertThat(next.chain(1)).containsExactly("b:2", "a:1");
    assertThat(next.chain(2)).containsExactly(null, "b:2");
    assertThat(next.owner(2)).isNull();
    assertThat(next.numReplicas()).isEqualTo(1);
    assertThat(BucketConfig.parse(next.toJson())).isEqualTo(next);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | no JSON",
        "{} | no vBucketServerMap",
        "{\"vBucketServerMap\":{\"serverList\":[\"a:1\"],\"vBucketMap\":[[7]]}} | serverList has 1 entries",
        "{\"vBucketServerMap\":{\"serverList\":[\"a:1\"],\"vBucketMap\":[[]]}} | is empty",
        "{\"vBucketServerMap\":{\"serverList\":[\"a:1\"],\"vBucketMap\":[]}} | vBucketMap is empty"
      })
  void a_wrong_configuration_is_refused_with_what_is_wrong(String json, String complaint) {
    assertThatThrownBy(() -> BucketConfig.parse(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(complaint);
  }
}
