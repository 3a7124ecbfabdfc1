package io.vbucket.rebalance.orchestrator.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ConnectionNamesTest {
  private static final String DOMAIN = ".a-data-centre.of-a-very-large-company.example.org";

  @Test
  void say_who_replicates_what_to_whom() {
    assertThat(ConnectionNames.of("run", 2, 0, "a", "b", "travel"))
        .isEqualTo("replication:rebalance-run-2:a->b:travel");
  }

  @Test
  void number_the_connections_of_a_pair_from_the_second_on() {
    assertThat(ConnectionNames.of("run", 2, 1, "a", "b", "travel"))
        .isEqualTo("replication:rebalance-run-2:a->b:travel/1");
    assertThat(ConnectionNames.of("run", 2, 63, "a", "b", "travel")).endsWith("/63");
  }

  @Test
  void a_long_one_keeps_the_ends_of_node_names_and_gets_a_digest_of_the_whole() {
    String source = "couchbase-data-node-of-the-production-cluster-0017" + DOMAIN;
    String destination = "couchbase-data-node-of-the-production-cluster-0018" + DOMAIN;
    String name = ConnectionNames.of("run", 1, 0, source, destination, "b".repeat(100));
    assertThat(name)
        .startsWith("replication:rebalance-run-1:7" + DOMAIN.substring(0, 34) + "->8" + DOMAIN.substring(0, 34) + ":")
        .contains(":" + "b".repeat(60) + ":")
        .doesNotContain("b".repeat(61))
        .matches(".*:[A-Za-z0-9+/]{27}=");
    assertThat(name.length()).isLessThanOrEqualTo(200);
  }

  /** The digest was computed by other programs: printf of the whole name into openssl dgst -sha1 -binary, and that into base64. */
  @Test
  void the_digest_is_SHA1_of_the_whole_name_in_Base64() {
    assertThat(ConnectionNames.of("run", 1, 0, "a", "b", "c".repeat(200)))
        .isEqualTo("replication:rebalance-run-1:a->b:" + "c".repeat(60) + ":tYgGkq/D4zxwc9mwghm/ocipMeo=");
  }

  @Test
  void long_ones_that_differ_only_where_they_are_cut_differ_all_the_same() {
    String bucket = "b".repeat(99);
    String node = "n".repeat(80);
    assertThat(ConnectionNames.of("run", 1, 0, node, node + "x", bucket + "1"))
        .isNotEqualTo(ConnectionNames.of("run", 1, 0, node, node + "x", bucket + "2"))
        .isNotEqualTo(ConnectionNames.of("run", 1, 0, node, node + "y", bucket + "1"))
        .isNotEqualTo(ConnectionNames.of("run", 1, 1, node, node + "x", bucket + "1"))
        .isNotEqualTo(ConnectionNames.of("run", 2, 0, node, node + "x", bucket + "1"));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void are_never_longer_than_nodes_allow(
      @ForAll @AlphaChars @StringLength(min = 1, max = 250) String source,
      @ForAll @AlphaChars @StringLength(min = 1, max = 250) String destination,
      @ForAll @StringLength(min = 1, max = 100) String bucket,
      @ForAll @AlphaChars @StringLength(min = 1, max = 40) String run,
      @ForAll @IntRange(max = 63) int number) {
    String name = ConnectionNames.of(run, Long.MAX_VALUE, number, source, destination, bucket);
    assertThat(name.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(200);
    assertThat(name).startsWith("replication:");
  }
}
