package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class OutrunWhileWaitingTest {
  @Test
  void a_move_that_clients_outrun_while_it_waits_for_its_turn_is_given_up_and_says_so() {
    MemoryCluster cluster = new MemoryCluster(4, 3, 12);
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    // Filled at the first look, when 5,001 items are left; then more and more.
    cluster.outrun(10);
    RebalanceSettings settings = RebalanceSettings.load(ConfigFactory.parseString("""
        rebalance.move {
          takeovers-per-node = 1
          max-concurrent = 1
          backfill-done-below = 5002
          backfill-poll-interval = 1 ms
          convergence-window = 20 ms
        }
        """));
    List<RebalanceEvent> events = new CopyOnWriteArrayList<>();
    try (Rebalancer rebalancer = new Rebalancer("travel", List.of("n1", "n2", "n3", "n4"), settings, cluster)) {
      rebalancer.subscribe(events::add);
      // Only once the one that goes first has the slot may the other one start.
      cluster.whenHeld(() -> rebalancer.change(
          new LimitChange(
              LimitChange.Limit.MAX_CONCURRENT, 2)));
      CompletableFuture<RebalanceSummary> end = rebalancer.start(RebalanceRequest.adding("n4")).toCompletableFuture();
      while (events.stream().noneMatch(OutrunWhileWaitingTest::isEndOfTheOutrun)) {
        assertThat(end).isNotDone();
      }
      cluster.release();

      assertThat(end.join().unmoved()).singleElement().asString()
          .startsWith("travel/10 n2->n4: WILL_NOT_CONVERGE, n4: will not converge");
    }
    assertThat(events).filteredOn(RebalanceEvent.WillNotConverge.class::isInstance).singleElement()
        .satisfies(event -> assertThat(((RebalanceEvent.WillNotConverge) event).vbucket()).isEqualTo(10));
    assertThat(events).filteredOn(RebalanceEvent.PhaseEntered.class::isInstance)
        .map(RebalanceEvent.PhaseEntered.class::cast)
        .filteredOn(entered -> entered.vbucket() == 10)
        .extracting(RebalanceEvent.PhaseEntered::phase)
        .containsSubsequence(MovePhase.AWAIT_SLOT, MovePhase.UNDO)
        .doesNotContain(MovePhase.TAKEOVER);
  }

  private static boolean isEndOfTheOutrun(RebalanceEvent event) {
    return event instanceof RebalanceEvent.MoveEnded ended && ended.vbucket() == 10;
  }
}
