package io.vbucket.rebalance.orchestrator.survey;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads all nodes until nothing is left on them, or a few times: connections and streams close a little after the word to close them. Says
 * what it found last, and stops.
 */
public final class ResidueProbe extends AbstractBehavior<ResidueProbe.Command> {
  private static final int MOST_ROUNDS = 6;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

  public sealed interface Command {}

  private record Surveyed(Survey.Findings findings) implements Command {}

  private record Again() implements Command {}

  /**
   * @param nodes the sessions of all nodes, by name
   * @param reader reads the configurations that they tell
   * @param judge what of the findings is residue
   */
  public record Setup(
      String bucket,
      String runId,
      Map<String, ActorRef<NodeCommand>> nodes,
      Survey.ConfigReader reader,
      Function<Survey.Findings, ResidueCheck> judge,
      ActorRef<ResidueCheck> replyTo) {}

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private int rounds;

  public static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new ResidueProbe(context, timers, setup)));
  }

  private ResidueProbe(ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup) {
    super(context);
    this.setup = setup;
    this.timers = timers;
    read();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Surveyed.class, surveyed -> onSurveyed(setup.judge().apply(surveyed.findings())))
        .onMessage(Again.class, again -> read())
        // Its answer will not come: this one breaks, too, so that whoever waits for it hears of that.
        .onSignal(ChildFailed.class, failed -> {
          throw new IllegalStateException("the nodes could not be read", failed.cause());
        })
        .onSignal(Terminated.class, over -> this)
        .build();
  }

  private Behavior<Command> read() {
    rounds++;
    ActorRef<Survey.Findings> findings = getContext().messageAdapter(Survey.Findings.class, Surveyed::new);
    getContext().watch(getContext().spawn(
        Survey.create(setup.bucket(), setup.runId(), setup.nodes(), setup.reader(), false, findings),
        "survey-" + rounds));
    return this;
  }

  private Behavior<Command> onSurveyed(ResidueCheck check) {
    if (check.lines().isEmpty() || rounds == MOST_ROUNDS) {
      setup.replyTo().tell(check);
      return Behaviors.stopped();
    }
    timers.startSingleTimer(new Again(), FIRST_PAUSE.multipliedBy(1L << rounds));
    return this;
  }
}
