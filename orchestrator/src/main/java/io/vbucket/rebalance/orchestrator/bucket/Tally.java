package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Counts what has become of the moves. Belongs to one {@link BucketRebalance} and is touched by it alone. */
final class Tally {
  private final int moves;
  private final Instant started;
  private final CopyWork work;
  private final Map<Integer, MovePhase> phases = new HashMap<>();
  private final TreeMap<Integer, Integer> attempts = new TreeMap<>();
  private final List<String> unmoved = new ArrayList<>();
  private final List<String> needOperator = new ArrayList<>();
  private final List<String> residue = new ArrayList<>();
  private int moved;
  private int retried;
  private int retries;

  Tally(int moves, Instant started) {
    this.moves = moves;
    this.started = started;
    this.work = new CopyWork(started);
  }

  /** How many there are in all. */
  int moves() {
    return moves;
  }

  void note(RebalanceEvent event) {
    work.note(event);
    if (event instanceof RebalanceEvent.PhaseEntered entered) {
      phases.put(entered.vbucket(), entered.phase());
    } else if (event instanceof RebalanceEvent.AttemptFailed failed && failed.again()) {
      retries++;
    }
  }

  MovePhase phaseOf(Move move) {
    return phases.getOrDefault(move.vbucket(), MovePhase.PREPARE);
  }

  void ended(Move move, MoveOutcome outcome, Instant now) {
    work.ended(move, now);
    phases.remove(move.vbucket());
    attempts.merge(outcome.attempts(), 1, Integer::sum);
    retried += outcome.attempts() > 1 ? 1 : 0;
    if (outcome instanceof MoveOutcome.Moved done) {
      moved++;
      noteResidue(move, done.residue());
    } else if (outcome instanceof MoveOutcome.Unmoved undone) {
      unmoved.add(move + ": " + undone.reason() + ", " + undone.detail());
      noteResidue(move, undone.residue());
    } else if (outcome instanceof MoveOutcome.NeedsOperator operator) {
      needOperator.add(move + ": " + operator.detail());
    }
  }

  /** It was taken back and waits again. */
  void setBack(Move move) {
    work.setBack(move);
    phases.remove(move.vbucket());
  }

  private void noteResidue(Move move, String what) {
    if (!what.isEmpty()) {
      residue.add(move + ": " + what);
    }
  }

  void neverBegun(List<Move> waiting, String why) {
    waiting.forEach(move -> unmoved.add(move + ": not begun, " + why));
  }

  RebalanceProgress progress(MoveScheduler scheduler, Instant now, boolean paused) {
    int failed = unmoved.size() + needOperator.size();
    int done = moved + failed;
    Map<MovePhase, Integer> running = new EnumMap<>(MovePhase.class);
    scheduler.running().forEach(move -> running.merge(phaseOf(move), 1, Integer::sum));
    return new RebalanceProgress(
        moves, done, failed, running, retries, Duration.between(started, now), work.bytes(),
        work.expectedInAll(scheduler.waiting(), scheduler.running()),
        paused ? Optional.empty() : work.forecast(scheduler.waiting(), scheduler.running(), now), paused);
  }

  RebalanceSummary summary(Instant now, boolean stopped) {
    return new RebalanceSummary(
        moved, unmoved, needOperator, retried, attempts, residue, stopped, Duration.between(started, now));
  }
}
