package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** vBuckets whose active is lost. */
class PromotionTest {
  /** n1 comes back empty. */
  private static void lose(ChainBout bout, String node) {
    bout.node(node).stop();
    bout.node(node).restart(false);
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void replicas_of_a_lost_node_are_promoted_when_asked_for_and_nothing_that_they_had_is_lost(NodeVersion version)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 3, 1)) {
      bout.keepReplicating();
      bout.assertCopiesEqual();
      bout.endReplication();
      lose(bout, "n1");

      RebalanceOrchestrator.Repaired repaired =
          bout.rebalancer().repair(false, true).toCompletableFuture().join();

      assertThat(repaired.failures()).isEmpty();
      assertThat(repaired.plan().needOperator()).isEmpty();
      for (int vbucket = 0; vbucket < ChainBout.VBUCKETS; vbucket++) {
        List<String> before = bout.chain(bout.before, vbucket);
        List<String> after = bout.chain(bout.config(), vbucket);
        String active = before.get(0).equals("n1") ? before.get(1) : before.get(0);
        assertThat(after.get(0)).isEqualTo(active);
        assertThat(bout.state(active, vbucket)).contains(VBucketState.ACTIVE);
      }
      // The holes that the lost copies left are filled by the next rebalance.
      assertThat(bout.runQuietly(RebalanceRequest.adding()).isComplete()).isTrue();
      for (int vbucket = 0; vbucket < ChainBout.VBUCKETS; vbucket++) {
        assertThat(bout.chain(bout.config(), vbucket)).hasSize(2).doesNotContainNull();
      }
    }
  }

  @Test
  void without_being_asked_nothing_is_promoted_and_it_is_said_what_to_do() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 1)) {
      lose(bout, "n1");

      RebalanceOrchestrator.Repaired repaired = bout.rebalancer().repair(false).toCompletableFuture().join();

      assertThat(repaired.plan().steps()).isEmpty();
      assertThat(repaired.plan().needOperator()).isNotEmpty().allMatch(line -> line.contains("--promote"));
      assertThat(bout.rebalancer().start(RebalanceRequest.adding("n4")).handle((summary, refused) -> refused)
          .toCompletableFuture().join()).hasMessageContaining("rebalance repair");
    }
  }
}
