package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.bucket.BucketRebalance;
import io.vbucket.rebalance.orchestrator.bucket.LiveLimits;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.plan.MapPlan;
import io.vbucket.rebalance.orchestrator.repair.RepairWork;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import io.vbucket.rebalance.orchestrator.survey.PlanDescription;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the actors that do what an orchestrator is asked, one run after the other, as its children. Knows the cluster; what is done when is
 * the orchestrator's business. Touched by the orchestrator alone.
 */
final class RunActors {
  /** Maps that are kept; each one is weighed whenever something is planned. */
  private static final int PAST_MAPS = 8;

  private final ActorContext<RebalanceOrchestrator.Command> context;
  private final String bucket;
  private final List<String> names;
  private final RebalanceSettings settings;
  private final Wiring wiring;
  private final Clock clock;
  private final String ownRuns;
  private final Readiness readiness;
  private final Deque<VBucketMap> pastMaps = new ArrayDeque<>();
  private LiveLimits changed = LiveLimits.NONE;
  private int runs;

  RunActors(
      ActorContext<RebalanceOrchestrator.Command> context,
      String bucket,
      List<String> names,
      RebalanceSettings settings,
      Wiring wiring,
      Clock clock) {
    this.context = context;
    this.bucket = bucket;
    this.names = List.copyOf(names);
    this.settings = settings;
    this.wiring = wiring;
    this.clock = clock;
    this.ownRuns =
        Long.toString(clock.millis(), 36) + "-" + Integer.toString(System.identityHashCode(context), 36) + "-";
    Map<String, String> servers = new LinkedHashMap<>();
    names.forEach(name -> servers.put(name, wiring.serverOf(name)));
    this.readiness = new Readiness(bucket, servers);
  }

  /** A run begins. Its name tells nodes, and other orchestrators, whose connections these are. */
  String nextRun() {
    return ownRuns + ++runs;
  }

  NodeSessions sessions(String runId, boolean claims) {
    return NodeSessions.open(
        names, name -> context.spawn(wiring.node(name, runId, claims), "node-" + name + "-" + runs));
  }

  /** Limits that operators change stay for the runs that repeat this one. */
  void note(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.LimitChanged limit) {
      changed = changed.and(limit.change());
    }
  }

  ActorRef<Inquiry.Command> inquiry(
      String runId, RebalanceOrchestrator.Command asked, BucketConfig lastMap, NodeSessions sessions,
      Optional<String> keptRun, ActorRef<Inquiry.Decided> owner) {
    if (asked instanceof RebalanceOrchestrator.Run run && !run.again()) {
      changed = LiveLimits.NONE;
    }
    return context.spawn(
        Inquiry.create(new Inquiry.Setup(
            bucket, ownRuns, runId, asked, lastMap, new AfterSurvey(bucket, readiness, List.copyOf(pastMaps)),
            sessions.byName(),
            wiring::configOf, keptRun, owner)),
        "inquiry-" + runs);
  }

  /** The plan, and what cannot be had on these nodes. */
  List<RebalanceEvent> planned(String runId, Readiness.Ready plan) {
    List<RebalanceEvent> events = new ArrayList<>();
    events.add(new RebalanceEvent.RebalancePlanned(
        clock.instant(), bucket, PlanDescription.of(runId, plan, names, wiring::serverOf)));
    plan.plan().map(MapPlan::notes).orElse(List.of())
        .forEach(note -> events.add(new RebalanceEvent.Warned(clock.instant(), bucket, note)));
    return events;
  }

  ActorRef<BucketRebalance.Command> moves(
      String runId, Readiness.Ready plan, NodeSessions sessions, Optional<ActorRef<ReplicationKeeper.Command>> keeper,
      ActorRef<BucketRebalance.Report> owner) {
    remember(plan.config());
    BucketRebalance.Setup setup = new BucketRebalance.Setup(
        bucket, runId, settings, wiring, sessions.byName(), clock, owner, keeper, changed);
    return context.spawn(
        BucketRebalance.create(setup, plan.config(), plan.moves()), "bucket-" + bucket + "-" + runs);
  }

  /** So that a node that is taken away, and added again later, can get back what it had. */
  private void remember(BucketConfig config) {
    Map<String, String> names = new HashMap<>();
    readiness.serversByName().forEach((name, server) -> names.put(server, name));
    VBucketMap map = config.toMap(names::get);
    pastMaps.remove(map);
    pastMaps.addFirst(map);
    if (pastMaps.size() > PAST_MAPS) {
      pastMaps.removeLast();
    }
  }

  /** As the run leaves it whose moves have ended so. */
  LastMap lastMap(Readiness.Ready plan, BucketRebalance.Ended ended) {
    return LastMap.of(
        ended.config(), ended.summary().isComplete() && !ended.summary().stopped(),
        plan.kept().stream().map(wiring::serverOf).toList(), plan.replicas());
  }

  ActorRef<RunClosing.Command> closing(
      String runId, BucketRebalance.Ended ended, LastMap last, NodeSessions sessions,
      ActorRef<RunClosing.Closed> owner) {
    return context.spawn(
        RunClosing.create(new RunClosing.Setup(
            bucket, runId, ended.summary(), last, settings.map().leaveDelay(), sessions.byName(), wiring::configOf,
            findings -> readiness.residueAfter(ended.config(), findings, runId), owner)),
        "closing-" + runs);
  }

  ActorRef<RepairWork.Command> repair(
      AfterSurvey.CarryOut repair, NodeSessions sessions, ActorRef<RepairWork.Done> owner) {
    return context.spawn(
        RepairWork.create(new RepairWork.Setup(
            repair.plan(), repair.config(), readiness.serversByName(), sessions.byName(), owner)),
        "repair-" + runs);
  }

  ActorRef<ReplicationKeeper.Command> keeper(String runId, BucketConfig config, NodeSessions sessions) {
    ReplicationKeeper.Setup setup = new ReplicationKeeper.Setup(bucket, runId, settings, wiring, sessions.byName());
    return context.spawn(ReplicationKeeper.create(setup, config), "replication-" + runs);
  }
}
