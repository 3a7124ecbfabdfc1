package io.vbucket.rebalance.orchestrator.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.VBucketState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeTraitsTest {
  private static final String TOPOLOGY = "{\"topology\":[[\"n1\",\"n2\"]]}";

  @ParameterizedTest
  @CsvSource({
    "5.0.1-5003-enterprise, 5, 0x005, false, false",
    "5.5.0,                 5, 0x025, false, false",
    "6.0.5,                 6, 0x025, false, false",
    "6.5.1-6299-enterprise, 6, 0x025, true,  true",
    "6.6.0,                 6, 0x025, true,  true",
    "7.0.0-5302-community,  7, 0x125, true,  true",
    "7.6.11,                7, 0x125, true,  true",
    "8.0.0-dev,             8, 0x125, true,  true"})
  void follow_from_the_version(String version, int major, String flags, boolean oneByte, boolean consumerName) {
    NodeTraits traits = NodeTraits.of(version);
    assertThat(traits.major()).isEqualTo(major);
    assertThat(traits.dcpFlags()).isEqualTo(Integer.decode(flags));
    assertThat(traits.stateIsOneByte()).isEqualTo(oneByte);
    assertThat(traits.takesTopology()).isEqualTo(oneByte);
    assertThat(traits.takesConsumerName()).isEqualTo(consumerName);
  }

  @ParameterizedTest
  @CsvSource({"''", "totoro", "7", "99999.1", "a.b.c"})
  void a_node_that_does_not_tell_its_version_is_taken_for_a_new_one(String version) {
    assertThat(NodeTraits.of(version)).isEqualTo(NodeTraits.NEWEST);
  }

  @Test
  void SET_VBUCKET_of_a_new_node_has_one_byte_and_the_topology() {
    Frame set = new Admin.SetVBucket(7, 42, VBucketState.ACTIVE, TOPOLOGY).toFrame();
    assertThat(NodeTraits.of("7.6.11").adapted(set)).isEqualTo(set);
    assertThat(set.extras()).containsExactly(1);
  }

  @Test
  void SET_VBUCKET_of_an_old_node_has_four_bytes_and_no_topology() {
    Frame set = new Admin.SetVBucket(7, 42, VBucketState.DEAD, TOPOLOGY).toFrame();
    Frame old = NodeTraits.of("6.0.5").adapted(set);
    assertThat(old.extras()).containsExactly(0, 0, 0, 4);
    assertThat(old.value()).isEmpty();
    assertThat(old.datatype()).isZero();
    assertThat(old.opaque()).isEqualTo(42);
    assertThat(old.vbucket()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({"5.0.1, IN_CONFIGURATION", "6.0.5, IN_CONFIGURATION", "6.5.0, REVISION", "6.6.6, REVISION",
    "7.0.0, EPOCH_AND_REVISION", "7.6.11, EPOCH_AND_REVISION", "totoro, EPOCH_AND_REVISION"})
  void the_form_of_a_configuration_follows_from_the_version(String version, NodeTraits.ConfigForm form) {
    assertThat(NodeTraits.of(version).configForm()).isEqualTo(form);
  }

  private static Frame config(String version, long revision) {
    Frame set = new Admin.SetClusterConfig(42, "beer", 2, revision, "{\"rev\":" + revision + "}").toFrame();
    Frame adapted = NodeTraits.of(version).adapted(set);
    assertThat(adapted.opaque()).isEqualTo(42);
    assertThat(adapted.value()).isEqualTo(set.value());
    return adapted;
  }

  @Test
  void SET_CLUSTER_CONFIG_of_a_new_node_has_epoch_and_revision() {
    assertThat(config("7.0.0", 258).extras()).containsExactly(0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 2);
    assertThat(config("7.0.0", 258).keyText()).isEqualTo("beer");
  }

  @Test
  void SET_CLUSTER_CONFIG_before_7_0_has_the_revision_in_4_bytes() {
    assertThat(config("6.6.0", 258).extras()).containsExactly(0, 0, 1, 2);
    assertThat(config("6.6.0", 258).keyText()).isEqualTo("beer");
    assertThat(config("6.6.0", 1L << 31).extras()).as("what has no room, and is not cut").isEmpty();
  }

  @Test
  void SET_CLUSTER_CONFIG_before_6_5_has_neither_extras_nor_key() {
    Frame old = config("6.0.5", 258);
    assertThat(old.extras()).isEmpty();
    assertThat(old.key()).isEmpty();
    assertThat(old.datatype()).isZero();
  }

  @Test
  void other_requests_are_the_same_for_all() {
    Frame read = Admin.getVBucket(7, 42);
    assertThat(NodeTraits.of("5.0.0").adapted(read)).isSameAs(read);
  }
}
