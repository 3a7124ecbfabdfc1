package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.util.List;
import java.util.Map;
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

  @Test
  void a_move_that_waits_for_its_turn_is_explained_with_node_limit_and_use_and_goes_on_when_the_limit_is_raised() {
    MemoryCluster cluster = new MemoryCluster(4, 3, 12);
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.takeover(10, MemoryCluster.Takeover.HELD);
    cluster.takeover(11, MemoryCluster.Takeover.HELD);
    RebalanceSettings settings =
        RebalanceSettings.load(ConfigFactory.parseString("rebalance.move.takeovers-per-node = 1"));
    try (Rebalancer rebalancer = new Rebalancer("travel", List.of("n1", "n2", "n3", "n4"), settings, cluster)) {
      CompletableFuture<RebalanceSummary> end =
          rebalancer.start(RebalanceRequest.adding("n4")).toCompletableFuture();
      List<Explanation> waiting = List.of();
      while (waiting.size() != 2 || !waiting.stream().allMatch(ExplainTest::isToldForWhom)) {
        waiting = inPhase(rebalancer, MovePhase.AWAIT_SLOT);
      }

      assertThat(inPhase(rebalancer, MovePhase.TAKEOVER)).as("takes over meanwhile").hasSize(1);
      assertThat(waiting).allSatisfy(move -> assertThat(move.waits()).singleElement().satisfies(wait -> {
        assertThat(wait.awaited().node()).isEqualTo("n4");
        assertThat(wait.awaited().threshold()).isEqualTo("fewer than 1 takeover");
        assertThat(wait.awaited().actual()).isEqualTo("1");
      }));

      LimitChange raised = new LimitChange(LimitChange.Limit.TAKEOVERS_PER_NODE, 3);
      assertThat(rebalancer.change(raised).toCompletableFuture().join())
          .isEqualTo(new ControlAnswer.LimitChanged(raised));
      while (inPhase(rebalancer, MovePhase.TAKEOVER).stream().filter(ExplainTest::waitsForTheSource).count() != 3) {
        assertThat(end).isNotDone();
      }
      cluster.release();
      assertThat(end.join().isComplete()).isTrue();
    }
  }

  @Test
  void a_move_that_waits_for_disks_is_explained_with_the_seqno_that_is_wanted_and_the_one_that_the_node_has() {
    MemoryCluster cluster = new MemoryCluster(2, 1, 1);
    cluster.holdPersistence("n2", 7);
    try (Rebalancer rebalancer = new Rebalancer("travel", List.of("n1", "n2"), RebalanceSettings.load(), cluster)) {
      CompletableFuture<RebalanceSummary> end =
          rebalancer.start(RebalanceRequest.moving(Map.of(0, "n2"))).toCompletableFuture();
      Explanation told = awaitExplanation(rebalancer, end, "seqno 7");

      assertThat(told.phase()).isEqualTo(MovePhase.PERSIST);
      assertThat(told.waits()).singleElement().satisfies(wait -> {
        assertThat(wait.awaited().node()).isEqualTo("n2");
        assertThat(wait.awaited().threshold()).isEqualTo("seqno 10");
        assertThat(wait.awaited().limit()).contains(RebalanceSettings.load().move().persistenceTimeout());
      });
      cluster.release();
      assertThat(end.join().isComplete()).isTrue();
    }
  }

  @Test
  void a_move_that_waits_for_its_map_is_explained_with_the_node_that_has_not_taken_it() {
    MemoryCluster cluster = new MemoryCluster(2, 1, 1);
    cluster.takeover(0, MemoryCluster.Takeover.HELD);
    cluster.whenHeld(() -> {
      cluster.holdMaps("n2");
      cluster.release();
    });
    try (Rebalancer rebalancer = new Rebalancer("travel", List.of("n1", "n2"), RebalanceSettings.load(), cluster)) {
      CompletableFuture<RebalanceSummary> end =
          rebalancer.start(RebalanceRequest.moving(Map.of(0, "n2"))).toCompletableFuture();
      Explanation told = awaitExplanation(rebalancer, end, "no answer yet, try 1 of 5");

      assertThat(told.phase()).isEqualTo(MovePhase.COMMIT);
      assertThat(told.waits()).singleElement().satisfies(wait -> {
        assertThat(wait.awaited().node()).isEqualTo("n2");
        assertThat(wait.awaited().threshold()).startsWith("revision ");
      });
      cluster.takeMaps("n2");
      assertThat(end.join().isComplete()).isTrue();
    }
  }

  private static Explanation awaitExplanation(
      Rebalancer rebalancer, CompletableFuture<RebalanceSummary> end, String actual) {
    while (true) {
      for (Explanation told : rebalancer.explain().toCompletableFuture().join()) {
        if (told.waits().size() == 1
            && told.waits().stream().anyMatch(wait -> wait.awaited().actual().equals(actual))) {
          return told;
        }
      }
      assertThat(end).isNotDone();
    }
  }

  private static List<Explanation> inPhase(Rebalancer rebalancer, MovePhase phase) {
    return rebalancer.explain().toCompletableFuture().join().stream().filter(move -> move.phase() == phase).toList();
  }

  /** A move has asked for its turn a moment before whoever gives turns hears of it. */
  private static boolean isToldForWhom(Explanation move) {
    return move.waits().stream().noneMatch(wait -> wait.awaited().node().isEmpty());
  }
}
