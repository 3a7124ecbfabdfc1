package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.survey.ResidueCheck;
import io.vbucket.rebalance.orchestrator.survey.ResidueProbe;
import io.vbucket.rebalance.orchestrator.survey.Survey;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What is left to do when the moves of a run have ended: writes the last map, and after a stop reads all nodes for what is left on them.
 * Answers once and stops.
 */
final class RunClosing extends AbstractBehavior<RunClosing.Command> {
  sealed interface Command {}

  private record LeaveDelayOver() implements Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record ResidueRead(ResidueCheck check) implements Command {}

  /** The last word; the summary says what was found, too. */
  record Closed(RebalanceSummary summary) {}

  /**
   * @param summary of the moves
   * @param leaveDelay how long clients get for the last answers of nodes that leave
   * @param nodes the sessions of all nodes, by name
   * @param reader reads the configurations that nodes tell
   * @param judge what of the findings is residue
   */
  record Setup(
      String bucket,
      String runId,
      RebalanceSummary summary,
      LastMap last,
      Duration leaveDelay,
      Map<String, ActorRef<NodeCommand>> nodes,
      Survey.ConfigReader reader,
      Function<Survey.Findings, ResidueCheck> judge,
      ActorRef<Closed> owner) {}

  private final Setup setup;
  private final Set<String> open;

  static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new RunClosing(context, setup).begin(timers)));
  }

  private RunClosing(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.open = new HashSet<>(setup.nodes().keySet());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(LeaveDelayOver.class, message -> {
          tellMap(getContext().messageAdapter(NodeCommand.Answered.class, NodeAnswered::new));
          return this;
        })
        .onMessage(NodeAnswered.class, message -> onAnswered(message.answered()))
        .onMessage(ResidueRead.class,
            read -> closed(setup.summary().withResidue(read.check().all(), read.check().nodes())))
        // Its answer will not come; whoever waits for this one hears of the end.
        .onSignal(ChildFailed.class, failed -> Behaviors.stopped())
        .onSignal(Terminated.class, over -> this)
        .build();
  }

  private Behavior<Command> begin(TimerScheduler<Command> timers) {
    LastMap last = setup.last();
    if (setup.summary().stopped()) {
      if (last.isNews()) {
        // Nothing waits for the answers: what is asked next comes after them.
        tellMap(getContext().getSystem().ignoreRef());
      }
      check();
    } else if (last.isNews()) {
      // A client closes its connection to a node that is not in its map, and fails what is under way on it.
      timers.startSingleTimer(new LeaveDelayOver(), last.nodesLeave() ? setup.leaveDelay() : Duration.ZERO);
    } else {
      return closed(setup.summary());
    }
    return this;
  }

  private void tellMap(ActorRef<NodeCommand.Answered> answers) {
    BucketConfig config = setup.last().config();
    NodeQuestion question = new NodeQuestion.WriteConfig(config.epoch(), config.revision(), config.toJson());
    setup.nodes().values().forEach(node -> node.tell(new NodeCommand.Ask(0, question, answers)));
  }

  private Behavior<Command> onAnswered(NodeCommand.Answered answered) {
    if (!answered.isDone()) {
      getContext().getLog().warn("the last map was not taken: {}", answered.detail());
    }
    open.remove(answered.node());
    return open.isEmpty() ? closed(setup.summary()) : this;
  }

  /** A stop leaves nothing, and that is shown, not claimed. */
  private void check() {
    ResidueProbe.Setup probe = new ResidueProbe.Setup(
        setup.bucket(), setup.runId(), setup.nodes(), setup.reader(), setup.judge(),
        getContext().messageAdapter(ResidueCheck.class, ResidueRead::new));
    getContext().watch(getContext().spawn(ResidueProbe.create(probe), "residue"));
  }

  private Behavior<Command> closed(RebalanceSummary summary) {
    setup.owner().tell(new Closed(summary));
    return Behaviors.stopped();
  }
}
