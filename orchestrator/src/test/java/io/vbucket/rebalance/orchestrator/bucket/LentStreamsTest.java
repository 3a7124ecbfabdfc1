package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A keeper of replication takes its time to lend the streams of a vBucket that shall move. */
class LentStreamsTest {
  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private static final class NoWires implements Wiring {
    @Override
    public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
      throw new IllegalStateException("no session is to be opened to " + name);
    }

    @Override
    public Behavior<LinkCommand> link(String source, String destination, String runId) {
      throw new IllegalStateException("no link is to be opened to " + destination);
    }

    @Override
    public String serverOf(String name) {
      return name + ":11210";
    }
  }

  @Test
  void a_move_that_is_cancelled_while_its_streams_are_being_lent_never_begins_and_gives_them_back() {
    TestProbe<ReplicationKeeper.Command> keeper = kit.createTestProbe();
    TestProbe<BucketRebalance.Report> owner = kit.createTestProbe();
    BucketConfig config = BucketConfig.initial("b", List.of("n1:11210", "n2:11210"), new int[] {0});
    ActorRef<BucketRebalance.Command> rebalance = kit.spawn(BucketRebalance.create(
        new BucketRebalance.Setup(
            "b", "run", RebalanceSettings.load(), new NoWires(), Map.of("n1", node("n1"), "n2", node("n2")),
            Clock.systemUTC(), owner.ref(), Optional.of(keeper.ref()), LiveLimits.NONE),
        config, List.of(new Move("b", 0, List.of("n1"), List.of("n2"), 0))));
    ReplicationKeeper.Lend asked = keeper.expectMessageClass(ReplicationKeeper.Lend.class);

    rebalance.tell(new BucketRebalance.Control(7, new ControlRequest.CancelMove(0)));
    rebalance.tell(new BucketRebalance.Control(8, new ControlRequest.CancelMove(1)));
    BucketRebalance.Answered other = answer(owner);
    assertThat(other.ask()).as("the move ends when its streams are there to be given back").isEqualTo(8);
    assertThat(other.answer()).isInstanceOf(ControlAnswer.NotPossible.class);
    asked.replyTo().tell(new ReplicationKeeper.Lent(0));

    BucketRebalance.Answered answered = answer(owner);
    assertThat(answered.ask()).isEqualTo(7);
    assertThat(((ControlAnswer.Cancelled) answered.answer()).outcome())
        .isInstanceOfSatisfying(MoveOutcome.Unmoved.class, unmoved -> assertThat(unmoved.detail())
            .isEqualTo("cancelled by the operator before it began"));
    keeper.expectMessageClass(ReplicationKeeper.GiveBack.class);
    BucketRebalance.Ended ended = owner.expectMessageClass(BucketRebalance.Ended.class);
    assertThat(ended.summary().unmoved()).singleElement().asString().contains("cancelled by the operator");
  }

  /** A node that takes every map. */
  private ActorRef<NodeCommand> node(String name) {
    return kit.spawn(Behaviors.receive(NodeCommand.class)
        .onMessage(NodeCommand.Ask.class, ask -> {
          ask.replyTo().tell(
              new NodeCommand.Answered(ask.number(), name, ask.question(), new NodeQuestion.Answer.Done()));
          return Behaviors.same();
        })
        .build());
  }

  private static BucketRebalance.Answered answer(TestProbe<BucketRebalance.Report> owner) {
    BucketRebalance.Report report = owner.receiveMessage();
    while (!(report instanceof BucketRebalance.Answered)) {
      report = owner.receiveMessage();
    }
    return (BucketRebalance.Answered) report;
  }
}
