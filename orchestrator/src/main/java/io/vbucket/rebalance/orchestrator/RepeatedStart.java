package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.config.RetrySettings;
import io.vbucket.rebalance.orchestrator.control.RetryRule;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * Stands between whoever asked for a rebalance and the orchestrator: asks for it again, as a {@link RetryRule} says, and answers once, at the
 * very end (I8).
 */
final class RepeatedStart extends AbstractBehavior<RepeatedStart.Command> {
  sealed interface Command {}

  /** Nothing is run again; if nothing runs now, the answer is due. */
  record Stop() implements Command {}

  private record Answered(RebalanceOrchestrator.Answer answer) implements Command {}

  private record Again() implements Command {}

  /**
   * @param orchestrator asked anew each time
   * @param replyTo gets the one answer
   */
  record Setup(
      String bucket,
      RebalanceRequest request,
      RetrySettings settings,
      Clock clock,
      ActorRef<RebalanceOrchestrator.Command> orchestrator,
      ActorRef<RebalanceOrchestrator.Answer> replyTo) {}

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private final ActorRef<RebalanceOrchestrator.Answer> answers;
  private RetryRule rule;
  private boolean waiting;
  private boolean stopped;

  static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new RepeatedStart(context, timers, setup)));
  }

  private RepeatedStart(ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup) {
    super(context);
    this.setup = setup;
    this.timers = timers;
    this.rule = RetryRule.of(setup.settings());
    this.answers = context.messageAdapter(RebalanceOrchestrator.Answer.class, Answered::new);
    ask();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answered.class, answered -> onAnswer(answered.answer()))
        .onMessage(Again.class, again -> ask())
        .onMessage(Stop.class, stop -> onStop())
        .build();
  }

  private Behavior<Command> ask() {
    waiting = false;
    setup.orchestrator().tell(new RebalanceOrchestrator.Run(setup.request(), rule.runs() > 0, answers));
    return this;
  }

  private Behavior<Command> onAnswer(RebalanceOrchestrator.Answer answer) {
    if (answer instanceof RebalanceOrchestrator.Finished finished) {
      rule = rule.ended(finished.summary());
    } else if (answer instanceof RebalanceOrchestrator.MapChanged changed) {
      return giveUp(changed.why());
    } else if (answer instanceof RebalanceOrchestrator.Refused refused && rule.sum() != null) {
      rule = rule.refused();
      if (rule.pause().isEmpty()) {
        return giveUp(String.join("; ", refused.reasons()));
      }
    } else {
      setup.replyTo().tell(answer);
      return Behaviors.stopped();
    }
    Optional<Duration> pause = stopped ? Optional.empty() : rule.pause();
    if (pause.isEmpty()) {
      return end();
    }
    if (setup.request().pinned().isPresent()) {
      return giveUp(
          "a plan that was made before is carried out once, and now the map is another one; plan anew what is left: "
              + rule.why());
    }
    waiting = true;
    tell(new RebalanceEvent.RetryPlanned(
        setup.clock().instant(), setup.bucket(), rule.runs() + 1, pause.get(), rule.why()));
    timers.startSingleTimer(new Again(), pause.get());
    return this;
  }

  private Behavior<Command> onStop() {
    stopped = true;
    if (!waiting) {
      return this;
    }
    return giveUp("stopped by the operator");
  }

  private Behavior<Command> giveUp(String why) {
    tell(new RebalanceEvent.RetryGivenUp(setup.clock().instant(), setup.bucket(), why));
    return end();
  }

  private void tell(RebalanceEvent event) {
    setup.orchestrator().tell(new RebalanceOrchestrator.Tell(event));
  }

  private Behavior<Command> end() {
    setup.replyTo().tell(new RebalanceOrchestrator.Finished(rule.sum()));
    return Behaviors.stopped();
  }
}
