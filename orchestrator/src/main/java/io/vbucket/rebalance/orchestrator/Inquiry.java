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
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.repair.HistorySurvey;
import io.vbucket.rebalance.orchestrator.survey.Precedence;
import io.vbucket.rebalance.orchestrator.survey.Survey;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Reads from all nodes what is needed to answer one thing that was asked, or to begin it, and tells what follows. Answers once and stops.
 */
final class Inquiry extends AbstractBehavior<Inquiry.Command> {
  sealed interface Command {}

  /** Others that were started in the same instant have had time to give up. */
  private record LookAgain() implements Command {}

  private record Surveyed(Survey.Findings findings) implements Command {}

  private record PromotionsFound(HistorySurvey.Promotions promotions) implements Command {}

  /**
   * The last word.
   *
   * @param runId of the inquiry, so that the answer to one that is not wanted any more is told apart
   * @param next never {@link AfterSurvey.ReadHistories}
   */
  record Decided(String runId, AfterSurvey.Next next) {}

  /**
   * @param ownRuns what the names of all runs of this orchestrator begin with
   * @param asked a command that nodes are read for
   * @param lastMap as the last run of this orchestrator left it; null before the first
   * @param nodes the sessions of all nodes, by name
   * @param reader reads the configurations that nodes tell
   * @param keptRun the run whose replication goes on meanwhile, and is no finding
   */
  record Setup(
      String bucket,
      String ownRuns,
      String runId,
      RebalanceOrchestrator.Command asked,
      BucketConfig lastMap,
      AfterSurvey rules,
      Map<String, ActorRef<NodeCommand>> nodes,
      Survey.ConfigReader reader,
      Optional<String> keptRun,
      ActorRef<Decided> owner) {}

  /** How often, and after which pause, others are looked for again that have to give up: five seconds in all. */
  private static final int LOOKS = 25;
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private int looks;
  private Survey.Findings findings;

  static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Inquiry(context, timers, setup)));
  }

  private Inquiry(ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup) {
    super(context);
    this.setup = setup;
    this.timers = timers;
    look();
  }

  private Behavior<Command> look() {
    RebalanceOrchestrator.Command asked = setup.asked();
    boolean plans = asked instanceof RebalanceOrchestrator.Run || asked instanceof RebalanceOrchestrator.Plan;
    getContext().watch(getContext().spawn(
        Survey.create(
            setup.bucket(), setup.ownRuns(), setup.nodes(), setup.reader(), plans,
            getContext().messageAdapter(Survey.Findings.class, Surveyed::new)),
        "survey-" + ++looks));
    return this;
  }

  /** Who only reads is seen by nobody, so nobody gives way. */
  private boolean mayGoFirst() {
    RebalanceOrchestrator.Command asked = setup.asked();
    return !(asked instanceof RebalanceOrchestrator.Plan) && !(asked instanceof RebalanceOrchestrator.Verify)
        && looks < LOOKS && Precedence.isFirst(setup.runId(), findings);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Surveyed.class, message -> onSurveyed(message.findings()))
        .onMessage(LookAgain.class, again -> look())
        .onMessage(PromotionsFound.class, this::onPromotionsFound)
        // Its answer will not come; whoever waits for this one hears of the end.
        .onSignal(ChildFailed.class, failed -> Behaviors.stopped())
        .onSignal(Terminated.class, over -> this)
        .build();
  }

  private Behavior<Command> onSurveyed(Survey.Findings all) {
    findings = setup.keptRun().map(all::without).orElse(all);
    if (mayGoFirst()) {
      timers.startSingleTimer(new LookAgain(), PAUSE);
      return this;
    }
    AfterSurvey.Next next = setup.rules().of(setup.asked(), findings, setup.lastMap());
    if (next instanceof AfterSurvey.ReadHistories histories) {
      getContext().watch(getContext().spawn(
          HistorySurvey.create(
              histories.orphans(), setup.nodes(),
              getContext().messageAdapter(HistorySurvey.Promotions.class, PromotionsFound::new)),
          "histories"));
      return this;
    }
    return decided(next);
  }

  private Behavior<Command> onPromotionsFound(PromotionsFound found) {
    return decided(setup.rules().repair(
        (RebalanceOrchestrator.Repair) setup.asked(), findings, found.promotions().mostAdvanced()));
  }

  private Behavior<Command> decided(AfterSurvey.Next next) {
    setup.owner().tell(new Decided(setup.runId(), next));
    return Behaviors.stopped();
  }
}
