package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Everyone who asks an orchestrator gets exactly one answer, the one to what was asked (I8). */
@Timeout(60)
class AskingTest {
  private static final List<String> NODES = List.of("n1", "n2", "n3", "n4");

  private static Rebalancer rebalancer(Wiring cluster) {
    return new Rebalancer("travel", NODES, RebalanceSettings.load(), cluster);
  }

  @Test
  void all_who_ask_at_the_same_time_how_far_a_rebalance_is_are_told() {
    MemoryCluster cluster = new MemoryCluster(4, 3, 12);
    CountDownLatch held = new CountDownLatch(1);
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.whenHeld(held::countDown);
    try (Rebalancer rebalancer = rebalancer(cluster)) {
      CompletableFuture<RebalanceSummary> end =
          rebalancer.start(RebalanceRequest.adding("n4")).toCompletableFuture();
      await(held);
      List<CompletableFuture<Optional<RebalanceProgress>>> asked =
          Stream.generate(() -> rebalancer.progress().toCompletableFuture()).limit(50).toList();
      assertThat(asked).allSatisfy(answer -> assertThat(answer.join()).isPresent());
      cluster.release();
      assertThat(end.join().isComplete()).isTrue();
    }
  }

  @Test
  void all_who_ask_at_the_same_time_how_replication_stands_are_told_also_when_it_just_ends() {
    try (Rebalancer rebalancer = rebalancer(new MemoryCluster(4, 3, 12))) {
      rebalancer.keepReplicating().toCompletableFuture().join();
      List<CompletableFuture<Optional<ReplicationStatus>>> asked =
          Stream.generate(() -> rebalancer.replication().toCompletableFuture()).limit(50).toList();
      assertThat(asked).allSatisfy(answer -> assertThat(answer.join()).isPresent());

      CompletableFuture<Void> ended = rebalancer.stopReplicating().toCompletableFuture();
      List<CompletableFuture<Optional<ReplicationStatus>>> late =
          Stream.generate(() -> rebalancer.replication().toCompletableFuture()).limit(50).toList();
      late.forEach(CompletableFuture::join);
      ended.join();
    }
  }

  @Test
  void a_node_that_answers_nonsense_is_named_and_the_orchestrator_can_be_asked_again() {
    MemoryCluster cluster = new MemoryCluster(4, 3, 12);
    // No node says that a vBucket is absent: it does not speak of it.
    cluster.copy("n2", 5, CopyState.ABSENT);
    try (Rebalancer rebalancer = rebalancer(cluster)) {
      assertThatThrownBy(() -> rebalancer.verify().toCompletableFuture().join())
          .hasCauseInstanceOf(RebalanceRefusedException.class)
          .hasMessageContaining("node n2").hasMessageContaining("\"absent\"");
      cluster.copy("n2", 5, CopyState.REPLICA);
      assertThat(rebalancer.verify().toCompletableFuture().join().residue()).hasSize(1);
    }
  }

  @Test
  void what_was_stopped_while_nodes_were_read_does_not_answer_for_what_is_asked_next() {
    HeldNodes nodes = new HeldNodes(new MemoryCluster(4, 3, 12));
    try (Rebalancer rebalancer = rebalancer(nodes)) {
      CompletableFuture<?> first = rebalancer.verify().toCompletableFuture();
      await(nodes.firstRunAsked);
      rebalancer.stop(Duration.ZERO);
      CompletableFuture<?> second = rebalancer.verify().toCompletableFuture();
      assertThatThrownBy(first::join).hasMessageContaining("stopped before it began");
      await(nodes.firstRunEnded);
      for (int i = 0; i < 100; i++) {
        rebalancer.progress().toCompletableFuture().join();
      }
      nodes.release.complete(null);
      assertThat(second.join()).isNotNull();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sessions of the first run answer only when they are stopped, that they are; those of others answer once they are let. */
  private static final class HeldNodes implements Wiring {
    private final MemoryCluster cluster;
    private final CountDownLatch firstRunAsked = new CountDownLatch(3 * NODES.size());
    private final CountDownLatch firstRunEnded = new CountDownLatch(NODES.size());
    private final CompletableFuture<Void> release = new CompletableFuture<>();
    private String firstRun;

    private HeldNodes(MemoryCluster cluster) {
      this.cluster = cluster;
    }

    @Override
    public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
      firstRun = firstRun == null ? runId : firstRun;
      boolean first = runId.equals(firstRun);
      List<NodeCommand.Ask> asked = new ArrayList<>();
      return Behaviors.setup(context -> {
        var answering = context.spawn(cluster.node(name, runId, claims), "answering");
        return Behaviors.receive(NodeCommand.class)
            .onMessage(NodeCommand.Ask.class, ask -> {
              asked.add(ask);
              if (first) {
                firstRunAsked.countDown();
              } else {
                release.thenRun(() -> answering.tell(ask));
              }
              return Behaviors.same();
            })
            .onMessage(NodeCommand.Stop.class, stop -> {
              asked.forEach(ask -> ask.replyTo().tell(new NodeCommand.Answered(
                  ask.number(), name, ask.question(),
                  new NodeQuestion.Answer.Failed(false, "the session was closed"))));
              firstRunEnded.countDown();
              return Behaviors.stopped();
            })
            .build();
      });
    }

    @Override
    public Behavior<LinkCommand> link(String source, String destination, String runId) {
      return cluster.link(source, destination, runId);
    }

    @Override
    public String serverOf(String name) {
      return cluster.serverOf(name);
    }
  }
}
