package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** T23: two orchestrators are started in the same instant, and each sees the other before either has changed anything. */
@Timeout(60)
class TwoRunsAtOnceTest {
  private static final RebalanceSettings SETTINGS = RebalanceSettings.load(
      ConfigFactory.parseString("rebalance.link.reconnect-backoff { initial = 10 ms, max = 200 ms }"));
  /** The groups of stats that a run reads from each node before it begins. */
  private static final int STATS = 3;

  @Test
  void exactly_one_of_two_runs_that_see_each_other_goes_on_and_the_other_is_told_to_wait() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 16));
        Rebalancer one = rebalancer(cluster);
        Rebalancer two = rebalancer(cluster)) {
      // Both have shown themselves on both nodes before either is told who else is there.
      cluster.nodes().forEach(any -> any.run(
          node -> node.faults().add(FaultRule.received(Opcode.STAT, new FaultAction.Hold("stats")).times(2 * STATS))));
      List<CompletableFuture<RebalanceSummary>> ends = List.of(
          one.start(RebalanceRequest.adding("n2")).toCompletableFuture(),
          two.start(RebalanceRequest.adding("n2")).toCompletableFuture());
      cluster.nodes().forEach(any -> await().atMost(Duration.ofSeconds(20))
          .until(() -> any.call(node -> node.faults().heldFrames("stats")) == 2 * STATS));
      cluster.nodes().forEach(any -> any.run(node -> node.faults().release("stats")));

      List<RebalanceSummary> done = new ArrayList<>();
      List<String> refused = new ArrayList<>();
      for (CompletableFuture<RebalanceSummary> end : ends) {
        try {
          done.add(end.join());
        } catch (CompletionException not) {
          assertThat(not.getCause()).isInstanceOf(RebalanceRefusedException.class);
          refused.add(not.getCause().getMessage());
        }
      }

      assertThat(done).as("refused: %s", refused).singleElement().matches(RebalanceSummary::isComplete)
          .matches(summary -> summary.moved() == 8);
      assertThat(refused).singleElement().asString()
          .contains("another rebalance, or 'rebalance replicate', of default is at work on ",
              "or was started in the same instant and goes first",
              "then start this one again");
      cluster.nodes().forEach(any -> any.run(
          node -> assertThat(node.vbucketsIn("default", VBucketState.ACTIVE)).as("actives of a node").hasSize(8)));
    }
  }

  private static Rebalancer rebalancer(EmbeddedCluster cluster) throws IOException {
    return new Rebalancer("default", cluster.names(), SETTINGS, new NettyWiring(cluster.describe(), SETTINGS));
  }
}
