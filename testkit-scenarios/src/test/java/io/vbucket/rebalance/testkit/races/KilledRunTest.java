package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An orchestrator is gone in mid run, at moments that a fault rule makes last; what it left is made good by a repair, and nothing is lost. */
class KilledRunTest {
  /** Where the run is when it is killed; the frame that would lead further never comes. */
  enum Moment {
    FILLING(
        Bout::destination, Opcode.DCP_ADD_STREAM, null,
        event -> event instanceof RebalanceEvent.PhaseEntered entered && entered.phase() == MovePhase.BACKFILL),
    SOURCE_DEAD(
        Bout::destination, Opcode.DCP_SET_VBUCKET_STATE, VBucketState.ACTIVE,
        event -> event instanceof RebalanceEvent.SourceGoesDead),
    NOT_IN_THE_MAP(
        Bout::destination, Opcode.SET_CLUSTER_CONFIG, null,
        event -> event instanceof RebalanceEvent.PhaseEntered entered
            && entered.phase() == MovePhase.COMMIT),
    NOT_CLEANED_UP(
        Bout::source, Opcode.DEL_VBUCKET, null,
        event -> event instanceof RebalanceEvent.PhaseEntered entered
            && entered.phase() == MovePhase.CLEAN_UP);

    private final Function<Bout, TcpDataNode> node;
    private final int opcode;
    private final VBucketState state;
    private final Predicate<RebalanceEvent> reached;

    Moment(Function<Bout, TcpDataNode> node, int opcode, VBucketState state, Predicate<RebalanceEvent> reached) {
      this.node = node;
      this.opcode = opcode;
      this.state = state;
      this.reached = reached;
    }

    private void lasts(Bout bout) {
      // The first map is the announcement, without which nothing begins.
      FaultRule rule =
          FaultRule.received(opcode, new FaultAction.Drop()).after(this == NOT_IN_THE_MAP ? 1 : 0).always();
      node.apply(bout).run(data -> data.faults().add(state == null ? rule : rule.about(state)));
    }
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void what_a_killed_run_left_is_made_good_and_the_next_run_moves_the_rest(Moment moment)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(NodeVersion.V7_6)) {
      moment.lasts(bout);
      kill(bout, moment.reached);
      bout.cluster().nodes().forEach(node -> node.run(data -> data.faults().clear()));

      try (Rebalancer next = bout.anotherRebalancer()) {
        RebalanceOrchestrator.Repaired told = next.repair(true).toCompletableFuture().join();
        assertThat(told.plan().steps()).as("what the killed run left").isNotEmpty();

        RebalanceOrchestrator.Repaired repaired = next.repair(false).toCompletableFuture().join();
        assertThat(repaired.failures()).isEmpty();
        assertThat(repaired.plan()).as("a dry run tells what is done then").isEqualTo(told.plan());
        assertThat(repaired.plan().needOperator()).isEmpty();
        assertThat(next.repair(false).toCompletableFuture().join().plan().isEmpty()).isTrue();
        assertThat(next.verify().toCompletableFuture().join().residue()).isEmpty();

        bout.settle(next.start(RebalanceRequest.adding("n2")).toCompletableFuture());
      }
      assertThat(bout.stateOnDestination(Bout.VBUCKET)).contains(VBucketState.ACTIVE);
      assertThat(bout.stateOnDestination(Bout.OTHER)).contains(VBucketState.ACTIVE);
    }
  }

  @Test
  void a_run_on_what_a_killed_run_left_is_refused_and_told_of_repair() throws IOException, InterruptedException {
    try (Bout bout = new Bout(NodeVersion.V7_6)) {
      Moment.SOURCE_DEAD.lasts(bout);
      kill(bout, Moment.SOURCE_DEAD.reached);

      try (Rebalancer next = bout.anotherRebalancer()) {
        CompletableFuture<?> refused = next.start(RebalanceRequest.adding("n2")).toCompletableFuture();
        assertThat(refused).failsWithin(java.time.Duration.ofSeconds(30)).withThrowableThat()
            .havingCause().isInstanceOf(RebalanceRefusedException.class).withMessageContaining("rebalance repair");
        bout.destination().run(data -> data.faults().clear());
        next.repair(false).toCompletableFuture().join();
        bout.settle(next.start(RebalanceRequest.adding("n2")).toCompletableFuture());
      }
    }
  }

  /** The orchestrator vanishes: its actors and connections are gone without a word to the nodes. */
  private static void kill(Bout bout, Predicate<RebalanceEvent> reached) {
    CompletableFuture<Void> now = new CompletableFuture<>();
    bout.begin();
    bout.rebalancer().subscribe(event -> {
      if (reached.test(event)) {
        now.complete(null);
      }
    });
    if (bout.events.stream().anyMatch(reached)) {
      now.complete(null);
    }
    now.join();
    bout.rebalancer().close();
  }
}
