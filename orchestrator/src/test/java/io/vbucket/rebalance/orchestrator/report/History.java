package io.vbucket.rebalance.orchestrator.report;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.PlannedRebalance.PlannedMove;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** Events as a rebalance would have told them, written down by a test. */
final class History {
  static final String BUCKET = "travel";
  static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  final List<RebalanceEvent> events = new ArrayList<>();

  Instant at(double millis) {
    return START.plusNanos(Math.round(millis * 1_000_000));
  }

  /** n1 and n2 own the vBuckets in turn; n3 gets the first {@code moves} of them. */
  History planned(int vbuckets, int moves) {
    List<List<String>> chains = new ArrayList<>();
    List<PlannedMove> planned = new ArrayList<>();
    for (int vbucket = 0; vbucket < vbuckets; vbucket++) {
      chains.add(Collections.singletonList(source(vbucket)));
      if (vbucket < moves) {
        planned.add(new PlannedMove(vbucket, chains.get(vbucket), List.of("n3")));
      }
    }
    List<String> nodes = List.of("n1", "n2", "n3");
    events.add(new RebalanceEvent.RebalancePlanned(
        START, BUCKET, new PlannedRebalance("run-1", nodes, nodes, List.of("n3"), List.of(), chains, planned)));
    events.add(new RebalanceEvent.RebalanceStarted(START, BUCKET, moves));
    return this;
  }

  static String source(int vbucket) {
    return vbucket % 2 == 0 ? "n1" : "n2";
  }

  History began(double at, int vbucket) {
    events.add(new RebalanceEvent.MoveStarted(at(at), BUCKET, vbucket, source(vbucket), "n3"));
    return phase(at, vbucket, MovePhase.PREPARE);
  }

  History phase(double at, int vbucket, MovePhase phase) {
    events.add(new RebalanceEvent.PhaseEntered(at(at), BUCKET, vbucket, phase));
    return this;
  }

  History copied(double at, int vbucket, long itemsLeft, long bytes) {
    events.add(new RebalanceEvent.CopyProgressed(at(at), BUCKET, vbucket, "n3", itemsLeft, bytes, 0));
    return this;
  }

  History copied(double at, int vbucket, String node, long itemsLeft, long items) {
    events.add(new RebalanceEvent.CopyProgressed(at(at), BUCKET, vbucket, node, itemsLeft, 1_000, items));
    return this;
  }

  History attempt(double at, int vbucket, int attempt) {
    phase(at, vbucket, MovePhase.TAKEOVER);
    events.add(new RebalanceEvent.AttemptStarted(at(at), BUCKET, vbucket, attempt));
    return this;
  }

  History sourceDead(double at, int vbucket, int attempt) {
    events.add(new RebalanceEvent.SourceGoesDead(at(at), BUCKET, vbucket, attempt));
    return this;
  }

  History active(double at, int vbucket, int attempt) {
    events.add(new RebalanceEvent.DestinationActive(at(at), BUCKET, vbucket, attempt));
    return this;
  }

  History failed(double at, int vbucket, int attempt, FailureReason reason, boolean again) {
    events.add(new RebalanceEvent.AttemptFailed(at(at), BUCKET, vbucket, attempt, reason, "because", again));
    return phase(at, vbucket, again ? MovePhase.BACK_OFF : MovePhase.UNDO);
  }

  History ended(double at, int vbucket, MoveOutcome outcome) {
    events.add(new RebalanceEvent.MoveEnded(at(at), BUCKET, vbucket, source(vbucket), "n3", outcome));
    return this;
  }

  History setBack(double at, int vbucket) {
    events.add(new RebalanceEvent.MoveSetBack(at(at), BUCKET, vbucket, source(vbucket), "n3", ""));
    return this;
  }

  History over(double at, int moved, List<String> unmoved) {
    events.add(new RebalanceEvent.RebalanceEnded(at(at), BUCKET, new RebalanceSummary(
        moved, unmoved, List.of(), 1, new TreeMap<>(java.util.Map.of(1, moved)), List.of(), false,
        Duration.ofNanos(Math.round(at * 1_000_000)))));
    return this;
  }

  RebalanceReport report() {
    return RebalanceReport.of(events);
  }

  /** {@code moves} moves, each of six phases, every fourth of them with a failed attempt. */
  static History ofMany(int moves) {
    History history = new History().planned(moves, moves);
    for (int vbucket = 0; vbucket < moves; vbucket++) {
      double t = vbucket * 3.0;
      history.began(t, vbucket).phase(t + 5, vbucket, MovePhase.BACKFILL).copied(t + 10, vbucket, 50, 10_000)
          .phase(t + 40, vbucket, MovePhase.PERSIST).attempt(t + 50, vbucket, 1);
      int last = 1;
      if (vbucket % 4 == 0) {
        history.failed(t + 60, vbucket, 1, FailureReason.CONSUMER_ASKED, true).attempt(t + 80, vbucket, 2);
        last = 2;
      }
      history.sourceDead(t + 90, vbucket, last).active(t + 92, vbucket, last).copied(t + 92, vbucket, 0, 12_000)
          .phase(t + 93, vbucket, MovePhase.COMMIT).phase(t + 96, vbucket, MovePhase.CLEAN_UP)
          .ended(t + 99, vbucket, new MoveOutcome.Moved(last, ""));
    }
    return history.over(moves * 3.0 + 99, moves, List.of());
  }
}
