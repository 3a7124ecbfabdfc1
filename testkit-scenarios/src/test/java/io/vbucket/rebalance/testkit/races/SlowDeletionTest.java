package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlowDeletionTest {
  /** A node answers a deletion when the last file is gone, which can take minutes; other requests are answered at once. */
  @Test
  void a_deletion_may_take_longer_than_other_requests() throws IOException, InterruptedException {
    try (Bout bout = new Bout(NodeVersion.V7_6, "rebalance.node.request-timeout = 500 ms")) {
      bout.source().run(node -> node.faults()
          .add(FaultRule.received(Opcode.DEL_VBUCKET, new FaultAction.Delay(Duration.ofMillis(1_500))).always()));

      RebalanceSummary summary = bout.run();

      assertThat(summary.moved()).isEqualTo(2);
      assertThat(summary.isComplete()).isTrue();
      assertThat(summary.residue()).isEmpty();
    }
  }
}
