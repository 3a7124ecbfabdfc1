package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ExplainTest {
  private static boolean waitsForTheSource(Explanation move) {
    return move.phase() == MovePhase.TAKEOVER
        && move.waits().stream().allMatch(wait -> wait.awaited().what().contains(" sends what is left"));
  }

  @Test
  void an_embedder_is_told_what_each_running_move_waits_for_and_nothing_when_none_runs() {
    MemoryCluster cluster = new MemoryCluster(4, 3, 12);
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.takeover(10, MemoryCluster.Takeover.HELD);
    try (Rebalancer rebalancer =
        new Rebalancer("travel", List.of("n1", "n2", "n3", "n4"), RebalanceSettings.load(), cluster)) {
      assertThat(rebalancer.explain().toCompletableFuture().join()).isEmpty();
      CompletableFuture<RebalanceSummary> end =
          rebalancer.start(RebalanceRequest.adding("n4")).toCompletableFuture();

      List<Explanation> running = List.of();
      while (running.size() != 2 || !running.stream().allMatch(ExplainTest::waitsForTheSource)) {
        running = rebalancer.explain().toCompletableFuture().join();
        assertThat(end).isNotDone();
      }
      Optional<Explanation> one = rebalancer.explain(10).toCompletableFuture().join();

      assertThat(running).extracting(Explanation::vbucket).containsExactly(9, 10);
      assertThat(one).get().satisfies(move -> {
        assertThat(move.vbucket()).isEqualTo(10);
        assertThat(move.attempt()).isEqualTo(1);
        assertThat(move.waits()).singleElement().satisfies(wait -> {
          assertThat(wait.awaited().node()).isEqualTo("n2");
          assertThat(wait.awaited().limit()).contains(RebalanceSettings.load().takeover().timeouts().catchUp());
        });
      });
      assertThat(rebalancer.explain(3).toCompletableFuture().join()).as("vb:3 does not move").isEmpty();
      cluster.release();
      assertThat(end.join().isComplete()).isTrue();
    }
  }
}
