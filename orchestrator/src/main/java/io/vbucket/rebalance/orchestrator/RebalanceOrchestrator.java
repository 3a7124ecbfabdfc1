package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.bucket.BucketRebalance;
import io.vbucket.rebalance.orchestrator.bucket.Explanations;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.repair.RepairPlan;
import io.vbucket.rebalance.orchestrator.repair.RepairWork;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * One per service: serialises what is asked of it, so that at most one rebalance runs. Everyone who asks gets exactly one answer (I8).
 */
public final class RebalanceOrchestrator extends AbstractBehavior<RebalanceOrchestrator.Command> {
  public sealed interface Command {}

  /**
   * Starts a rebalance; answered with {@link Refused} or, at its end, with {@link Finished}. When the settings say so, what did not succeed is
   * run anew before it is answered; of a pinned plan it is told that it is not.
   */
  public record Start(RebalanceRequest request, ActorRef<Answer> replyTo) implements Command {}

  /** Tells what {@link Start} would do and changes nothing; answered with {@link Refused} or {@link Planned}. */
  public record Plan(RebalanceRequest request, ActorRef<Answer> replyTo) implements Command {}

  /** Compares the nodes' states with the map and changes nothing; answered with {@link Verified} or {@link Refused}. */
  public record Verify(ActorRef<Answer> replyTo) implements Command {}

  /**
   * Makes nodes and map agree after a run was killed: takeovers that were completed go into the map, owners that went dead without a
   * successor become active again, copies that serve nothing are deleted. Answered with {@link Repaired} or {@link Refused}.
   *
   * @param dryRun only tells what would be done
   * @param promote where no copy is active, makes the most advanced one active, by failover log and seqnos
   */
  public record Repair(boolean dryRun, boolean promote, ActorRef<Answer> replyTo) implements Command {}

  /**
   * Ends the rebalance that runs, if one does: what has not begun its takeover is undone, takeovers may finish for {@code grace}. Whoever
   * started it hears {@link Finished} with a summary that says so.
   */
  public record Stop(Duration grace) implements Command {}

  /** Steers the rebalance that runs; answered exactly once, with {@link ControlAnswer.NotPossible} when none runs. */
  public record Steer(ControlRequest request, ActorRef<ControlAnswer> replyTo) implements Command {}

  /**
   * From now on keeps every replica of the map filled from its active, also between rebalances; answered with {@link Replicating} or {@link
   * Refused}.
   */
  public record KeepReplicating(ActorRef<Answer> replyTo) implements Command {}

  /** Ends what {@link KeepReplicating} began; answered with {@link NotReplicating} when no stream is open any more. */
  public record StopReplicating(ActorRef<Answer> replyTo) implements Command {}

  /** Answered at once; empty when replication is not kept. */
  public record GetReplication(ActorRef<Optional<ReplicationStatus>> replyTo) implements Command {}

  /** Sends all events to {@code listener} from now on, until it stops. */
  public record Subscribe(ActorRef<RebalanceEvent> listener) implements Command {}

  /**
   * Asks what running moves wait for, since when, and how long at most.
   *
   * @param vbucket a vBucket, or empty for all that move now
   */
  public record Explain(OptionalInt vbucket, ActorRef<Explanations.Answer> replyTo) implements Command {}

  /** Answered at once; empty when no moves are under way. */
  public record GetProgress(ActorRef<Optional<RebalanceProgress>> replyTo) implements Command {}

  /** Answer to what was asked. */
  public sealed interface Answer {}

  public record Refused(List<String> reasons) implements Answer {}

  public record Planned(Readiness.Ready plan) implements Answer {}

  /**
   * @param differences where states contradict the map; empty when all is well
   * @param residue copies that serve nothing
   * @param atWork a line for each run of another orchestrator, whose copies and connections may be among both; empty when there is none
   */
  public record Verified(BucketConfig config, List<String> differences, List<String> residue, List<String> atWork)
      implements Answer {}

  public record Finished(RebalanceSummary summary) implements Answer {}

  /**
   * @param failures what nodes did not do; empty for a dry run
   */
  public record Repaired(RepairPlan plan, List<String> failures) implements Answer {
    public Repaired {
      failures = List.copyOf(failures);
    }
  }

  public record Replicating() implements Answer {}

  public record NotReplicating() implements Answer {}

  /** In place of {@link Refused}, when it should be run again: somebody else has changed the map. */
  record MapChanged(String why) implements Answer {}

  /** One run of what {@link Start} asks for; {@code again} when it is not the first one. */
  record Run(RebalanceRequest request, boolean again, ActorRef<Answer> replyTo) implements Command {}

  record Tell(RebalanceEvent event) implements Command {}

  private record RepeatedEnded(ActorRef<RepeatedStart.Command> repeated) implements Command {}

  private record InquiryOver(Inquiry.Decided decided) implements Command {}

  private record BucketReported(BucketRebalance.Report report) implements Command {}

  /** What the run had under way has ended; without a word when that of the run is still due. */
  private record ActorGone(String what, Work of) implements Command {}

  private record RunClosed(RebalanceSummary summary) implements Command {}

  private record KeeperStopped() implements Command {}

  private record StatusRead(ReplicationStatus status) implements Command {}

  private record RepairEnded(RepairWork.Done done) implements Command {}

  private record ProgressRead(RebalanceProgress progress) implements Command {}

  private final String bucket;
  private final RebalanceSettings settings;
  private final Clock clock;
  private final RunActors actors;
  private final Listeners listeners = new Listeners();
  private final KeptReplication replication;
  private final RunningMoves moves;
  private Work work;
  private NodeSessions sessions;
  private ActorRef<Inquiry.Command> inquiry;
  private final Set<ActorRef<RepeatedStart.Command>> repeated = new LinkedHashSet<>();
  /** As the last run of this orchestrator left it. */
  private BucketConfig lastMap;

  /**
   * @param names the cluster's nodes
   */
  public static Behavior<Command> create(
      String bucket, List<String> names, RebalanceSettings settings, Wiring wiring, Clock clock) {
    return Behaviors.setup(context -> new RebalanceOrchestrator(context, bucket, names, settings, wiring, clock));
  }

  private RebalanceOrchestrator(
      ActorContext<Command> context,
      String bucket,
      List<String> names,
      RebalanceSettings settings,
      Wiring wiring,
      Clock clock) {
    super(context);
    this.bucket = bucket;
    this.settings = settings;
    this.clock = clock;
    this.actors = new RunActors(context, bucket, names, settings, wiring, clock);
    // One for each kind of answer, once: Akka gives answers that are under way to the adapter that was made last.
    this.moves = new RunningMoves(context.messageAdapter(RebalanceProgress.class, ProgressRead::new));
    this.replication = new KeptReplication(context.messageAdapter(ReplicationStatus.class, StatusRead::new));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Start.class, this::onStart)
        .onMessage(Run.class, run -> inquire(run, run.replyTo(), true))
        .onMessage(Tell.class, tell -> {
          listeners.tell(tell.event());
          return this;
        })
        .onMessage(RepeatedEnded.class, ended -> {
          repeated.remove(ended.repeated());
          return this;
        })
        .onMessage(Plan.class, plan -> inquire(plan, plan.replyTo(), false))
        .onMessage(Verify.class, verify -> inquire(verify, verify.replyTo(), false))
        .onMessage(Repair.class, repair -> inquire(repair, repair.replyTo(), true))
        .onMessage(RunClosed.class, message -> onRunClosed(message.summary()))
        .onMessage(RepairEnded.class, message -> onRepairEnded(message.done()))
        .onMessage(InquiryOver.class, message -> onDecided(message.decided()))
        .onMessage(BucketReported.class, message -> onReport(message.report()))
        .onMessage(ActorGone.class, this::onActorGone)
        .onMessage(KeepReplicating.class, this::onKeepReplicating)
        .onMessage(StopReplicating.class, stop -> {
          replication.end(stop.replyTo());
          return this;
        })
        .onMessage(GetReplication.class, get -> {
          replication.askStatus(get.replyTo());
          return this;
        })
        .onMessage(StatusRead.class, read -> {
          replication.told(Optional.of(read.status()));
          return this;
        })
        .onMessage(KeeperStopped.class, message -> {
          replication.ended();
          return this;
        })
        .onMessage(Stop.class, this::onStop)
        .onMessage(Steer.class, steer -> {
          moves.steer(steer.request(), steer.replyTo(), whyNoMoves());
          return this;
        })
        .onMessage(Subscribe.class, this::onSubscribe)
        .onMessage(GetProgress.class, get -> {
          moves.askProgress(get.replyTo());
          return this;
        })
        .onMessage(Explain.class, explain -> {
          moves.explain(explain.vbucket(), explain.replyTo());
          return this;
        })
        .onMessage(ProgressRead.class, read -> {
          moves.told(Optional.of(read.progress()));
          return this;
        })
        .onSignal(Terminated.class, gone -> {
          listeners.remove(gone.getRef());
          return this;
        })
        .build();
  }

  // ---- before

  private Behavior<Command> onStart(Start start) {
    if (settings.retry().maxAttempts() == 1) {
      return inquire(new Run(start.request(), false, start.replyTo()), start.replyTo(), true);
    }
    ActorRef<RepeatedStart.Command> started = getContext().spawnAnonymous(RepeatedStart.create(new RepeatedStart.Setup(
        bucket, start.request(), settings.retry(), clock, getContext().getSelf(), start.replyTo())));
    repeated.add(started);
    getContext().watchWith(started, new RepeatedEnded(started));
    return this;
  }

  private Behavior<Command> inquire(Command asked, ActorRef<Answer> replyTo, boolean claims) {
    if (work != null) {
      replyTo.tell(new Refused(List.of("this orchestrator is busy with a rebalance: wait for its end or stop it")));
      return this;
    }
    String runId = actors.nextRun();
    work = new Work.Inquiring(replyTo, runId);
    sessions = actors.sessions(runId, claims);
    inquiry = actors.inquiry(
        runId, asked, lastMap, sessions, replication.runId(),
        getContext().messageAdapter(Inquiry.Decided.class, InquiryOver::new));
    watched("reading the nodes", inquiry);
    return this;
  }

  private Behavior<Command> onDecided(Inquiry.Decided decided) {
    // One that was stopped may still answer, and by then another may be under way.
    if (!(work instanceof Work.Inquiring inquiring) || !inquiring.runId().equals(decided.runId())) {
      return this;
    }
    AfterSurvey.Next next = decided.next();
    if (next instanceof AfterSurvey.Reply reply) {
      return idle(reply.answer());
    } else if (next instanceof AfterSurvey.Rebalance rebalance) {
      begin(inquiring, rebalance.plan());
    } else if (next instanceof AfterSurvey.Replicate replicate) {
      return keep(inquiring, replicate.config());
    } else if (next instanceof AfterSurvey.CarryOut repair) {
      repair(inquiring, repair);
    }
    return this;
  }

  private void repair(Work.Inquiring inquiring, AfterSurvey.CarryOut repair) {
    work = new Work.Repairing(inquiring.replyTo(), inquiring.runId());
    watched("the repair", actors.repair(
        repair, sessions, getContext().messageAdapter(RepairWork.Done.class, RepairEnded::new)));
  }

  private Behavior<Command> onRepairEnded(RepairWork.Done done) {
    return work instanceof Work.Repairing ? idle(new Repaired(done.plan(), done.failures())) : this;
  }

  private void begin(Work.Inquiring inquiring, Readiness.Ready ready) {
    actors.planned(inquiring.runId(), ready).forEach(listeners::tell);
    ActorRef<BucketRebalance.Command> rebalance = actors.moves(
        inquiring.runId(), ready, sessions, replication.keeper(),
        getContext().messageAdapter(BucketRebalance.Report.class, BucketReported::new));
    work = new Work.Rebalancing(inquiring.replyTo(), ready, inquiring.runId());
    moves.begun(rebalance);
    watched("the rebalance", rebalance);
  }

  // ---- replication that lasts

  private Behavior<Command> onKeepReplicating(KeepReplicating keep) {
    if (replication.isEnding()) {
      keep.replyTo().tell(new Refused(List.of("replication is just being ended: ask again when that is done")));
      return this;
    }
    if (replication.keeper().isPresent()) {
      keep.replyTo().tell(new Replicating());
      return this;
    }
    return inquire(keep, keep.replyTo(), true);
  }

  private Behavior<Command> keep(Work.Inquiring inquiring, BucketConfig config) {
    ActorRef<ReplicationKeeper.Command> keeper = actors.keeper(inquiring.runId(), config, sessions);
    getContext().watchWith(keeper, new KeeperStopped());
    replication.begun(keeper, inquiring.runId(), sessions);
    sessions = new NodeSessions(Map.of());
    return idle(new Replicating());
  }

  // ---- during

  private Behavior<Command> onReport(BucketRebalance.Report report) {
    if (report instanceof BucketRebalance.Observed observed) {
      actors.note(observed.event());
      listeners.tell(observed.event());
    } else if (report instanceof BucketRebalance.Answered answered) {
      moves.answered(answered.ask(), answered.answer());
    } else if (report instanceof BucketRebalance.Ended ended && work instanceof Work.Rebalancing rebalancing) {
      close(rebalancing, ended, List.of());
    } else if (report instanceof BucketRebalance.NotBegun not && work instanceof Work.Rebalancing rebalancing) {
      RebalanceSummary nothing = new RebalanceSummary(
          0, List.of(), List.of(), 0, new TreeMap<>(), List.of(), true, Duration.ZERO);
      close(rebalancing, new BucketRebalance.Ended(nothing, not.config()), List.of(not.why()));
    }
    return this;
  }

  private void watched(String what, ActorRef<?> actor) {
    getContext().watchWith(actor, new ActorGone(what, work));
  }

  /** Ended without a word: a bug of ours. What was committed is true; the rest must be looked at. */
  private Behavior<Command> onActorGone(ActorGone gone) {
    if (work == null || !work.runId().equals(gone.of().runId()) || work.getClass() != gone.of().getClass()) {
      return this;
    }
    if (work instanceof Work.Rebalancing) {
      moves.ended("the rebalance broke");
      return finish(new RebalanceSummary(
          0, List.of(), List.of("the rebalance broke: see the log, then run verify"), 0, new TreeMap<>(), List.of(),
          true, Duration.ZERO));
    } else if (work instanceof Work.Closing closing) {
      getContext().getLog().error("{} broke; the moves have ended as they are reported", gone.what());
      return closing.refusals().isEmpty() ? finish(closing.summary()) : idle(new Refused(closing.refusals()));
    }
    return idle(new Refused(List.of(gone.what() + " broke: see the log, then run verify")));
  }

  private Behavior<Command> onStop(Stop stop) {
    repeated.forEach(start -> start.tell(new RepeatedStart.Stop()));
    moves.stop(stop.grace());
    if (work instanceof Work.Inquiring) {
      // The sessions may never hear what it asked, and then it would wait for ever.
      getContext().stop(inquiry);
      return idle(new Refused(List.of("stopped before it began")));
    }
    return this;
  }

  private String whyNoMoves() {
    return work == null ? "no rebalance runs" : "no moves are under way: the rebalance begins or ends just now";
  }

  private Behavior<Command> onSubscribe(Subscribe subscribe) {
    if (listeners.add(subscribe.listener())) {
      getContext().watch(subscribe.listener());
    }
    return this;
  }

  // ---- after

  /** @param refusals why nothing was begun; empty when it was */
  private void close(Work.Rebalancing rebalancing, BucketRebalance.Ended ended, List<String> refusals) {
    moves.ended(refusals.isEmpty() ? "the rebalance has ended" : "the rebalance was not begun");
    LastMap last = actors.lastMap(rebalancing.plan(), ended);
    lastMap = last.config();
    work = new Work.Closing(rebalancing.replyTo(), rebalancing.runId(), ended.summary(), refusals);
    watched("the end of the run", actors.closing(
        rebalancing.runId(), ended, last, sessions,
        getContext().messageAdapter(RunClosing.Closed.class, closed -> new RunClosed(closed.summary()))));
  }

  private Behavior<Command> onRunClosed(RebalanceSummary summary) {
    if (work instanceof Work.Closing closing) {
      return closing.refusals().isEmpty() ? finish(summary) : idle(new Refused(closing.refusals()));
    }
    return this;
  }

  private Behavior<Command> finish(RebalanceSummary summary) {
    RebalanceEvent ended = new RebalanceEvent.RebalanceEnded(clock.instant(), bucket, summary);
    listeners.tell(ended);
    return idle(new Finished(summary));
  }

  private Behavior<Command> idle(Answer answer) {
    ActorRef<Answer> replyTo = work.replyTo();
    sessions.stop();
    work = null;
    replyTo.tell(answer);
    return this;
  }
}
