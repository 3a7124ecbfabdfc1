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
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.repair.HistorySurvey;
import io.vbucket.rebalance.orchestrator.repair.RepairPlan;
import io.vbucket.rebalance.orchestrator.repair.RepairWork;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import io.vbucket.rebalance.orchestrator.survey.PlanDescription;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import io.vbucket.rebalance.orchestrator.survey.ResidueCheck;
import io.vbucket.rebalance.orchestrator.survey.ResidueProbe;
import io.vbucket.rebalance.orchestrator.survey.Survey;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
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
   * run anew before it is answered; a pinned plan is not.
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
   */
  public record Verified(BucketConfig config, List<String> differences, List<String> residue) implements Answer {}

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

  private record Surveyed(Survey.Findings findings) implements Command {}

  private record BucketReported(BucketRebalance.Report report) implements Command {}

  private record BucketBroke() implements Command {}

  private record ResidueRead(ResidueCheck check) implements Command {}

  private record KeeperStopped() implements Command {}

  private record StatusRead(ReplicationStatus status, ActorRef<Optional<ReplicationStatus>> replyTo)
      implements Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record PromotionsFound(Repair asked, Survey.Findings findings, HistorySurvey.Promotions promotions)
      implements Command {}

  private record LeaveDelayOver() implements Command {}

  private record RepairEnded(RepairWork.Done done) implements Command {}

  private record ProgressRead(RebalanceProgress progress, ActorRef<Optional<RebalanceProgress>> replyTo)
      implements Command {}

  /** What is under way: one at a time. */
  private sealed interface Work {}

  private record Surveying(Command asked, ActorRef<Answer> replyTo, String runId) implements Work {}

  private record Rebalancing(
      ActorRef<Answer> replyTo, ActorRef<BucketRebalance.Command> rebalance, Readiness.Ready plan, String runId)
      implements Work {}

  /** It was stopped, and all nodes are read for what is left. */
  private record Checking(ActorRef<Answer> replyTo, RebalanceSummary summary) implements Work {}

  private record Repairing(ActorRef<Answer> replyTo) implements Work {}

  /** All moves are made; clients get the last answers of the nodes that leave. */
  private record Leaving(ActorRef<Answer> replyTo, RebalanceSummary summary, BucketConfig last) implements Work {}

  /** The last map, without the nodes that left, is being written; {@code open} nodes have not answered. */
  private record Closing(ActorRef<Answer> replyTo, RebalanceSummary summary, Set<String> open) implements Work {}

  private final String bucket;
  private final List<String> names;
  private final RebalanceSettings settings;
  private final Wiring wiring;
  private final Clock clock;
  private final Readiness readiness;
  private final Set<ActorRef<RebalanceEvent>> listeners = new LinkedHashSet<>();
  private final Map<String, ActorRef<NodeCommand>> sessions = new LinkedHashMap<>();
  private final KeptReplication replication = new KeptReplication();
  private final String runPrefix;
  private Work work;
  private final Map<Long, ActorRef<ControlAnswer>> steerers = new LinkedHashMap<>();
  private final Set<ActorRef<RepeatedStart.Command>> repeated = new LinkedHashSet<>();
  /** As the last run of this orchestrator left it. */
  private BucketConfig lastMap;
  private int runs;
  private long lastAsk;

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
    this.names = List.copyOf(names);
    this.settings = settings;
    this.wiring = wiring;
    this.clock = clock;
    this.runPrefix =
        Long.toString(clock.millis(), 36) + "-" + Integer.toString(System.identityHashCode(this), 36) + "-";
    Map<String, String> servers = new LinkedHashMap<>();
    names.forEach(name -> servers.put(name, wiring.serverOf(name)));
    this.readiness = new Readiness(bucket, servers);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Start.class, this::onStart)
        .onMessage(Run.class, run -> survey(run, run.replyTo(), true))
        .onMessage(Tell.class, tell -> {
          listeners.forEach(listener -> listener.tell(tell.event()));
          return this;
        })
        .onMessage(RepeatedEnded.class, ended -> {
          repeated.remove(ended.repeated());
          return this;
        })
        .onMessage(Plan.class, plan -> survey(plan, plan.replyTo(), false))
        .onMessage(Verify.class, verify -> survey(verify, verify.replyTo(), false))
        .onMessage(Repair.class, repair -> survey(repair, repair.replyTo(), true))
        .onMessage(PromotionsFound.class, this::onPromotionsFound)
        .onMessage(LeaveDelayOver.class, message -> writeLastMap())
        .onMessage(RepairEnded.class, message -> onRepairEnded(message.done()))
        .onMessage(Surveyed.class, message -> onSurveyed(message.findings()))
        .onMessage(BucketReported.class, message -> onReport(message.report()))
        .onMessage(BucketBroke.class, message -> onBucketBroke())
        .onMessage(KeepReplicating.class, this::onKeepReplicating)
        .onMessage(StopReplicating.class, stop -> {
          replication.end(stop.replyTo());
          return this;
        })
        .onMessage(GetReplication.class, this::onGetReplication)
        .onMessage(StatusRead.class, read -> {
          read.replyTo().tell(Optional.of(read.status()));
          return this;
        })
        .onMessage(KeeperStopped.class, message -> {
          replication.ended();
          return this;
        })
        .onMessage(NodeAnswered.class, message -> onNodeAnswered(message.answered()))
        .onMessage(Stop.class, this::onStop)
        .onMessage(Steer.class, this::onSteer)
        .onMessage(ResidueRead.class, read -> onResidueRead(read.check()))
        .onMessage(Subscribe.class, this::onSubscribe)
        .onMessage(GetProgress.class, this::onGetProgress)
        .onMessage(Explain.class, this::onExplain)
        .onMessage(ProgressRead.class, read -> {
          read.replyTo().tell(Optional.of(read.progress()));
          return this;
        })
        .onSignal(Terminated.class, gone -> {
          listeners.removeIf(listener -> listener.equals(gone.getRef().unsafeUpcast()));
          return this;
        })
        .build();
  }

  // ---- before

  private Behavior<Command> onStart(Start start) {
    if (settings.retry().maxAttempts() == 1 || start.request().pinned().isPresent()) {
      return survey(new Run(start.request(), false, start.replyTo()), start.replyTo(), true);
    }
    ActorRef<RepeatedStart.Command> started = getContext().spawnAnonymous(RepeatedStart.create(new RepeatedStart.Setup(
        bucket, start.request(), settings.retry(), clock, getContext().getSelf(), start.replyTo())));
    repeated.add(started);
    getContext().watchWith(started, new RepeatedEnded(started));
    return this;
  }

  private Behavior<Command> survey(Command asked, ActorRef<Answer> replyTo, boolean claims) {
    if (work != null) {
      replyTo.tell(new Refused(List.of("this orchestrator is busy with a rebalance: wait for its end or stop it")));
      return this;
    }
    runs++;
    String runId = runPrefix + runs;
    work = new Surveying(asked, replyTo, runId);
    for (String name : names) {
      sessions.put(name, getContext().spawn(wiring.node(name, runId, claims), "node-" + name + "-" + runs));
    }
    ActorRef<Survey.Findings> findings = getContext().messageAdapter(Survey.Findings.class, Surveyed::new);
    getContext().spawn(Survey.create(bucket, runPrefix, sessions, wiring::configOf, findings), "survey-" + runs);
    return this;
  }

  private Behavior<Command> onSurveyed(Survey.Findings all) {
    if (!(work instanceof Surveying surveying)) {
      return this;
    }
    Survey.Findings findings = replication.withoutItsConnections(all);
    Command asked = surveying.asked();
    if (asked instanceof Verify) {
      return idle(surveying.replyTo(), verified(findings));
    }
    if (asked instanceof Repair repair) {
      return repair(repair, surveying, findings);
    }
    if (asked instanceof KeepReplicating) {
      return keep(surveying, findings);
    }
    BucketConfig found = Readiness.newest(findings);
    if (asked instanceof Run run && run.again() && found != null && found.compareTo(lastMap) != 0) {
      return idle(surveying.replyTo(), new MapChanged("somebody else has changed the map meanwhile: it has revision "
          + found.revision() + ", and this orchestrator wrote " + lastMap.revision()));
    }
    RebalanceRequest request = asked instanceof Run run ? run.request() : ((Plan) asked).request();
    Readiness.Verdict verdict = readiness.plan(request, findings);
    if (verdict instanceof Readiness.NotReady not) {
      return idle(surveying.replyTo(), new Refused(not.reasons()));
    }
    Readiness.Ready ready = (Readiness.Ready) verdict;
    if (asked instanceof Plan) {
      return idle(surveying.replyTo(), new Planned(ready));
    }
    begin(surveying, ready);
    return this;
  }

  private Answer verified(Survey.Findings findings) {
    List<String> troubles = findings.byNode().values().stream()
        .map(found -> found.trouble())
        .filter(trouble -> !trouble.isEmpty())
        .toList();
    BucketConfig config = Readiness.newest(findings);
    if (!troubles.isEmpty() || config == null) {
      return new Refused(troubles.isEmpty() ? List.of("no node has a map for bucket " + bucket) : troubles);
    }
    List<String> differences = new ArrayList<>(readiness.differences(config, findings));
    differences.addAll(readiness.missingReplicas(config, findings));
    return new Verified(config, differences, readiness.residue(config, findings));
  }

  private Behavior<Command> repair(Repair asked, Surveying surveying, Survey.Findings findings) {
    List<String> reasons = readiness.obstacles(findings);
    if (!reasons.isEmpty()) {
      return idle(surveying.replyTo(), new Refused(reasons));
    }
    Map<Integer, List<String>> orphans = asked.promote()
        ? RepairPlan.orphans(Readiness.newest(findings), findings, readiness.serversByName())
        : Map.of();
    if (orphans.isEmpty()) {
      return repair(asked, surveying, findings, Map.of());
    }
    getContext().spawn(
        HistorySurvey.create(orphans, sessionsByName(), getContext().messageAdapter(
            HistorySurvey.Promotions.class, found -> new PromotionsFound(asked, findings, found))),
        "histories-" + runs);
    return this;
  }

  private Behavior<Command> onPromotionsFound(PromotionsFound found) {
    return work instanceof Surveying surveying
        ? repair(found.asked(), surveying, found.findings(), found.promotions().mostAdvanced())
        : this;
  }

  private Behavior<Command> repair(
      Repair asked, Surveying surveying, Survey.Findings findings, Map<Integer, String> promotions) {
    BucketConfig config = Readiness.newest(findings);
    RepairPlan plan = RepairPlan.of(config, findings, readiness.serversByName(), promotions);
    if (asked.dryRun() || plan.steps().isEmpty()) {
      return idle(surveying.replyTo(), new Repaired(plan, List.of()));
    }
    work = new Repairing(surveying.replyTo());
    getContext().spawn(
        RepairWork.create(new RepairWork.Setup(
            plan, config, readiness.serversByName(), Map.copyOf(sessions),
            getContext().messageAdapter(RepairWork.Done.class, RepairEnded::new))),
        "repair-" + runs);
    return this;
  }

  private Behavior<Command> onRepairEnded(RepairWork.Done done) {
    return work instanceof Repairing repairing
        ? idle(repairing.replyTo(), new Repaired(done.plan(), done.failures()))
        : this;
  }

  private void begin(Surveying surveying, Readiness.Ready ready) {
    ActorRef<BucketRebalance.Report> reports =
        getContext().messageAdapter(BucketRebalance.Report.class, BucketReported::new);
    RebalanceEvent planned = new RebalanceEvent.RebalancePlanned(
        clock.instant(), bucket, PlanDescription.of(surveying.runId(), ready, names, wiring::serverOf));
    listeners.forEach(listener -> listener.tell(planned));
    BucketRebalance.Setup setup = new BucketRebalance.Setup(
        bucket, surveying.runId(), settings, wiring, sessionsByName(), clock, reports, replication.keeper());
    ActorRef<BucketRebalance.Command> rebalance =
        getContext().spawn(BucketRebalance.create(setup, ready.config(), ready.moves()),
            "bucket-" + bucket + "-" + runs);
    getContext().watchWith(rebalance, new BucketBroke());
    work = new Rebalancing(surveying.replyTo(), rebalance, ready, surveying.runId());
  }

  // ---- replication that lasts

  private Behavior<Command> onKeepReplicating(KeepReplicating keep) {
    if (replication.keeper().isPresent()) {
      keep.replyTo().tell(new Replicating());
      return this;
    }
    return survey(keep, keep.replyTo(), true);
  }

  /** A node that does not answer is no reason to leave the others' replicas alone; another orchestrator at work is. */
  private Behavior<Command> keep(Surveying surveying, Survey.Findings findings) {
    BucketConfig config = Readiness.newest(findings);
    List<String> reasons = new ArrayList<>(readiness.otherRuns(findings));
    if (config == null) {
      reasons.add("no node that answers has a map for bucket " + bucket);
    }
    if (!reasons.isEmpty()) {
      return idle(surveying.replyTo(), new Refused(reasons));
    }
    ReplicationKeeper.Setup setup = new ReplicationKeeper.Setup(
        bucket, surveying.runId(), settings, wiring, sessionsByName());
    ActorRef<ReplicationKeeper.Command> keeper =
        getContext().spawn(ReplicationKeeper.create(setup, config), "replication-" + runs);
    getContext().watchWith(keeper, new KeeperStopped());
    replication.begun(keeper, surveying.runId(), sessions);
    sessions.clear();
    return idle(surveying.replyTo(), new Replicating());
  }

  private Map<String, ActorRef<NodeCommand>> sessionsByName() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(sessions));
  }

  private Behavior<Command> onGetReplication(GetReplication get) {
    replication.keeper().ifPresentOrElse(
        keeper -> keeper.tell(new ReplicationKeeper.GetStatus(
            getContext().messageAdapter(ReplicationStatus.class, status -> new StatusRead(status, get.replyTo())))),
        () -> get.replyTo().tell(Optional.empty()));
    return this;
  }

  // ---- during

  private Behavior<Command> onReport(BucketRebalance.Report report) {
    if (report instanceof BucketRebalance.Observed observed) {
      listeners.forEach(listener -> listener.tell(observed.event()));
    } else if (report instanceof BucketRebalance.Answered answered) {
      answer(answered.ask(), answered.answer());
    } else if (report instanceof BucketRebalance.Ended ended && work instanceof Rebalancing rebalancing) {
      close(rebalancing, ended);
    }
    return this;
  }

  /** Ended without a word: a bug of ours. What was committed is true; the rest must be looked at. */
  private Behavior<Command> onBucketBroke() {
    if (work instanceof Rebalancing rebalancing) {
      answerAll("the rebalance broke");
      RebalanceSummary summary = new RebalanceSummary(
          0, List.of(), List.of("the rebalance broke: see the log, then run verify"), 0, new TreeMap<>(), List.of(),
          true, Duration.ZERO);
      return finish(rebalancing.replyTo(), summary);
    }
    return this;
  }

  private Behavior<Command> onStop(Stop stop) {
    repeated.forEach(start -> start.tell(new RepeatedStart.Stop()));
    if (work instanceof Rebalancing rebalancing) {
      rebalancing.rebalance().tell(new BucketRebalance.Stop(stop.grace()));
    } else if (work instanceof Surveying surveying) {
      return idle(surveying.replyTo(), new Refused(List.of("stopped before it began")));
    }
    return this;
  }

  private Behavior<Command> onSteer(Steer steer) {
    if (work instanceof Rebalancing rebalancing) {
      long ask = ++lastAsk;
      steerers.put(ask, steer.replyTo());
      rebalancing.rebalance().tell(new BucketRebalance.Control(ask, steer.request()));
    } else {
      steer.replyTo().tell(new ControlAnswer.NotPossible(
          work == null ? "no rebalance runs" : "no moves are under way: the rebalance begins or ends just now"));
    }
    return this;
  }

  private void answer(long ask, ControlAnswer answer) {
    ActorRef<ControlAnswer> asked = steerers.remove(ask);
    if (asked != null) {
      asked.tell(answer);
    }
  }

  /** What was asked while it ended has reached nobody. */
  private void answerAll(String why) {
    Set.copyOf(steerers.keySet()).forEach(ask -> answer(ask, new ControlAnswer.NotPossible(why)));
  }

  private Behavior<Command> onSubscribe(Subscribe subscribe) {
    if (listeners.add(subscribe.listener())) {
      getContext().watch(subscribe.listener());
    }
    return this;
  }

  private Behavior<Command> onExplain(Explain explain) {
    if (work instanceof Rebalancing rebalancing) {
      rebalancing.rebalance().tell(new BucketRebalance.Explain(explain.vbucket(), explain.replyTo()));
    } else {
      explain.replyTo().tell(new Explanations.Answer(List.of()));
    }
    return this;
  }

  private Behavior<Command> onGetProgress(GetProgress get) {
    if (work instanceof Rebalancing rebalancing) {
      ActorRef<RebalanceProgress> adapter = getContext()
          .messageAdapter(RebalanceProgress.class, progress -> new ProgressRead(progress, get.replyTo()));
      rebalancing.rebalance().tell(new BucketRebalance.GetProgress(adapter));
    } else {
      get.replyTo().tell(Optional.empty());
    }
    return this;
  }

  // ---- after

  /** Writes the map once more: without the nodes that left, when all moves are made, and saying no more where vBuckets are going. */
  private void close(Rebalancing rebalancing, BucketRebalance.Ended ended) {
    answerAll("the rebalance has ended");
    lastMap = ended.config();
    if (ended.summary().stopped()) {
      if (ended.config().hasForward()) {
        // Nothing waits for the answers: what is asked next comes after them.
        tellMap(ended.config().withoutForward(), getContext().getSystem().ignoreRef());
      }
      check(rebalancing, ended);
      return;
    }
    List<String> servers = rebalancing.plan().kept().stream().map(wiring::serverOf).toList();
    int replicas = rebalancing.plan().replicas();
    boolean asItShallBe = Set.copyOf(servers).equals(Set.copyOf(ended.config().servers()))
        && replicas == ended.config().numReplicas();
    boolean complete = ended.summary().isComplete();
    if ((!complete || asItShallBe) && !ended.config().hasForward()) {
      finish(rebalancing.replyTo(), ended.summary());
      return;
    }
    BucketConfig last = complete && !asItShallBe
        ? ended.config().withServers(servers).withReplicas(replicas)
        : ended.config().withoutForward();
    work = new Leaving(rebalancing.replyTo(), ended.summary(), last);
    boolean leaves = !last.servers().containsAll(ended.config().servers());
    // A client closes its connection to a node that is not in its map, and fails what is under way on it.
    getContext().scheduleOnce(
        leaves ? settings.map().leaveDelay() : Duration.ZERO, getContext().getSelf(), new LeaveDelayOver());
  }

  private Behavior<Command> writeLastMap() {
    if (work instanceof Leaving leaving) {
      tellMap(leaving.last(), getContext().messageAdapter(NodeCommand.Answered.class, NodeAnswered::new));
      work = new Closing(leaving.replyTo(), leaving.summary(), Set.copyOf(sessions.keySet()));
    }
    return this;
  }

  private void tellMap(BucketConfig config, ActorRef<NodeCommand.Answered> answers) {
    lastMap = config;
    NodeQuestion question = new NodeQuestion.WriteConfig(config.epoch(), config.revision(), config.toJson());
    sessions.values().forEach(node -> node.tell(new NodeCommand.Ask(0, question, answers)));
  }

  /** A stop leaves nothing, and that is shown, not claimed. */
  private void check(Rebalancing rebalancing, BucketRebalance.Ended ended) {
    work = new Checking(rebalancing.replyTo(), ended.summary());
    ResidueProbe.Setup probe = new ResidueProbe.Setup(
        bucket, rebalancing.runId(), Map.copyOf(sessions), wiring::configOf,
        findings -> readiness.residueAfter(ended.config(), findings, rebalancing.runId()),
        getContext().messageAdapter(ResidueCheck.class, ResidueRead::new));
    getContext().spawn(ResidueProbe.create(probe), "residue-" + runs);
  }

  private Behavior<Command> onResidueRead(ResidueCheck check) {
    return work instanceof Checking checking
        ? finish(checking.replyTo(), checking.summary().withResidue(check.all(), check.nodes()))
        : this;
  }

  private Behavior<Command> onNodeAnswered(NodeCommand.Answered answered) {
    if (!(work instanceof Closing closing)) {
      return this;
    }
    if (!answered.isDone()) {
      getContext().getLog().warn("the last map was not taken: {}", answered.detail());
    }
    Set<String> open = new LinkedHashSet<>(closing.open());
    open.remove(answered.node());
    work = new Closing(closing.replyTo(), closing.summary(), open);
    return open.isEmpty() ? finish(closing.replyTo(), closing.summary()) : this;
  }

  private Behavior<Command> finish(ActorRef<Answer> replyTo, RebalanceSummary summary) {
    RebalanceEvent ended = new RebalanceEvent.RebalanceEnded(clock.instant(), bucket, summary);
    listeners.forEach(listener -> listener.tell(ended));
    return idle(replyTo, new Finished(summary));
  }

  private Behavior<Command> idle(ActorRef<Answer> replyTo, Answer answer) {
    sessions.values().forEach(session -> session.tell(new NodeCommand.Stop()));
    sessions.clear();
    work = null;
    replyTo.tell(answer);
    return this;
  }
}
