package io.vbucket.rebalance.testkit.races;

import static io.vbucket.rebalance.testkit.races.Bout.OTHER;
import static io.vbucket.rebalance.testkit.races.Bout.VBUCKET;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SlowDeletionTest {
  /** A node answers a deletion when the last file is gone, which can take minutes; other requests are answered at once. */
  @Test
  void a_deletion_may_take_longer_than_other_requests_while_another_takeover_runs()
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(
        NodeVersion.V7_6, "rebalance { node.request-timeout = 500 ms, takeover.timeouts.add-stream = 10 s }")) {
      bout.source().run(node -> node.faults()
          .add(FaultRule.received(Opcode.DEL_VBUCKET, new FaultAction.Delay(Duration.ofMillis(1_500)))
              .ofVBucket(VBUCKET)));
      // The other takeover waits until the first move is at its deletion.
      bout.destination().run(node -> node.faults()
          .add(FaultRule.received(Opcode.DCP_ADD_STREAM, new FaultAction.Hold("other")).ofVBucket(OTHER)));
      CompletableFuture<RebalanceSummary> end = bout.begin();
      bout.rebalancer().subscribe(event -> {
        if (event instanceof RebalanceEvent.PhaseEntered entered && entered.vbucket() == VBUCKET
            && entered.phase() == MovePhase.CLEAN_UP) {
          bout.destination().execute(node -> node.faults().release("other"));
        }
      });

      RebalanceSummary summary = bout.settle(end);

      assertThat(summary.isComplete()).isTrue();
      assertThat(summary.residue()).isEmpty();
      bout.assertMoved(VBUCKET);
      bout.assertMoved(OTHER);
    }
  }
}
