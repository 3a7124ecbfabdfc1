package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.LimitChange.Limit;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class RetriedRunTest {
  private final MemoryCluster cluster = new MemoryCluster(4, 3, 12);
  private final List<RebalanceEvent> events = new CopyOnWriteArrayList<>();

  /** Of a move's beginnings and ends, in their order. */
  private static List<String> moves(List<RebalanceEvent> told) {
    return told.stream()
        .filter(event -> event instanceof RebalanceEvent.MoveStarted || event instanceof RebalanceEvent.MoveEnded)
        .map(event -> event instanceof RebalanceEvent.MoveStarted ? "started" : "ended")
        .toList();
  }

  private long ended() {
    return moves(List.copyOf(events)).stream().filter("ended"::equals).count();
  }

  @Test
  void limits_that_were_changed_while_it_ran_stay_when_it_is_run_again_and_are_those_of_the_settings_for_the_next() {
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.takeover(10, MemoryCluster.Takeover.REFUSED);
    cluster.takeover(11, MemoryCluster.Takeover.REFUSED);
    RebalanceSettings settings = RebalanceSettings.load(ConfigFactory.parseString(
        "rebalance.retry { max-attempts = 2, backoff { initial = 1 ms, max = 1 ms } }"));
    try (Rebalancer rebalancer = new Rebalancer("travel", List.of("n1", "n2", "n3", "n4"), settings, cluster)) {
      rebalancer.subscribe(events::add);
      CompletableFuture<RebalanceSummary> end = rebalancer.start(RebalanceRequest.adding("n4")).toCompletableFuture();
      while (ended() < 2) {
        assertThat(end).isNotDone();
      }
      cluster.heal(10);
      cluster.heal(11);
      rebalancer.change(new LimitChange(Limit.MAX_CONCURRENT, 1)).toCompletableFuture().join();
      cluster.heal(9);
      cluster.release();
      assertThat(end.join().isComplete()).isTrue();
      awaitRuns(2);

      int again = indexOf(RebalanceEvent.RetryPlanned.class);
      assertThat(moves(events.subList(again, events.size()))).as("one at a time")
          .containsExactly("started", "ended", "started", "ended");

      int next = events.size();
      assertThat(rebalancer.start(RebalanceRequest.removing("n4")).toCompletableFuture().join().isComplete()).isTrue();
      awaitRuns(3);
      assertThat(moves(events.subList(next, events.size()))).as("all at once").startsWith("started", "started");
    }
  }

  /** A listener hears what happened in its order, but not before the one who waits for the answer. */
  private void awaitRuns(int ended) {
    while (events.stream().filter(RebalanceEvent.RebalanceEnded.class::isInstance).count() < ended) {
      Thread.onSpinWait();
    }
  }

  private int indexOf(Class<? extends RebalanceEvent> kind) {
    for (int i = 0; i < events.size(); i++) {
      if (kind.isInstance(events.get(i))) {
        return i;
      }
    }
    throw new AssertionError("no " + kind.getSimpleName() + " in " + events);
  }
}
