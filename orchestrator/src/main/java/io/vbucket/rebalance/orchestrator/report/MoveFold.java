package io.vbucket.rebalance.orchestrator.report;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.AttemptFailed;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.AttemptStarted;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.CopyProgressed;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.DestinationActive;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.MoveEnded;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.MoveSetBack;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.MoveStarted;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.PhaseEntered;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.SourceGoesDead;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent.WillNotConverge;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Attempt;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Failure;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Items;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Outcome;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Phase;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Gathers the events of one move, as one run has planned it. */
final class MoveFold {
  private final int vbucket;
  private final int run;
  private final List<String> before;
  private final List<String> after;
  private final List<Phase> phases = new ArrayList<>();
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<Failure> failures = new ArrayList<>();
  private final Map<String, Items> items = new TreeMap<>();
  private final Map<String, Long> earlierBytes = new TreeMap<>();
  private Instant started;
  private Instant ended;
  private MoveOutcome outcome;
  private Verdict verdict;

  MoveFold(int vbucket, int run, List<String> before, List<String> after) {
    this.vbucket = vbucket;
    this.run = run;
    this.before = before;
    this.after = after;
  }

  void on(RebalanceEvent event) {
    if (event instanceof MoveStarted) {
      begun(event.at());
    } else if (event instanceof PhaseEntered entered) {
      closePhase(event.at());
      int attempt = entered.phase() == MovePhase.TAKEOVER ? attempts.size() + 1 : attempts.size();
      phases.add(new Phase(entered.phase(), attempt, event.at(), null, 0));
    } else if (event instanceof CopyProgressed progress) {
      items.merge(
          progress.node(),
          new Items(progress.node(), Math.max(progress.items(), progress.itemsLeft()), progress.itemsLeft(),
              bytesOf(progress)),
          (known, now) -> new Items(known.node(), Math.max(known.inDocsTotal(), now.inDocsTotal()), now.inDocsLeft(),
              Math.max(known.bytes(), now.bytes())));
    } else if (event instanceof AttemptStarted attempt) {
      attempts.add(new Attempt(attempt.attempt(), event.at(), null, null, null, 0));
    } else if (event instanceof SourceGoesDead) {
      changeAttempt(last -> new Attempt(last.attempt(), last.startTime(), null, event.at(), null, 0));
    } else if (event instanceof DestinationActive) {
      changeAttempt(last -> new Attempt(last.attempt(), last.startTime(), event.at(), last.sourceDeadTime(),
          event.at(), pause(last, event.at())));
    } else if (event instanceof AttemptFailed failed) {
      failures.add(
          new Failure(event.at(), failed.attempt(), failed.reason(), failed.detail(), failed.again()));
      if (failed.attempt() > 0) {
        changeAttempt(last -> new Attempt(last.attempt(), last.startTime(), event.at(), last.sourceDeadTime(),
            last.destinationActiveTime(), pause(last, event.at())));
      }
    } else if (event instanceof WillNotConverge will) {
      verdict = new Verdict(event.at(), will.node(), will.drainedPerSecond(), will.writtenPerSecond(),
          will.window().toMillis() / 1000.0, will.itemsLeft());
    } else if (event instanceof MoveSetBack) {
      closePhase(event.at());
      ended = event.at();
      outcome = null;
    } else if (event instanceof MoveEnded end) {
      closePhase(event.at());
      ended = event.at();
      outcome = end.outcome();
      if (outcome instanceof MoveOutcome.Moved) {
        // The last look at a copy was before its last items: a copy that is used is complete.
        items.replaceAll((node, item) -> new Items(node, item.inDocsTotal(), 0, item.bytes()));
      }
      started = started == null ? event.at() : started;
    }
  }

  /** A move that was taken back may begin once more: its first try stays in the report, and what it sent counts. */
  private void begun(Instant at) {
    if (ended != null) {
      items.values().forEach(item -> earlierBytes.merge(item.node(), item.bytes(), Long::sum));
      items.clear();
      ended = null;
      outcome = null;
    } else {
      started = at;
    }
  }

  private void closePhase(Instant at) {
    if (!phases.isEmpty()) {
      Phase open = phases.remove(phases.size() - 1);
      phases.add(open.completedTime() != null
          ? open
          : new Phase(open.phase(), open.attempt(), open.startTime(), at, Span.millis(open.startTime(), at)));
    }
  }

  private long bytesOf(CopyProgressed progress) {
    return earlierBytes.getOrDefault(progress.node(), 0L) + progress.bytes();
  }

  private void changeAttempt(UnaryOperator<Attempt> change) {
    if (!attempts.isEmpty()) {
      attempts.add(change.apply(attempts.remove(attempts.size() - 1)));
    }
  }

  private static double pause(Attempt attempt, Instant until) {
    return attempt.sourceDeadTime() == null || attempt.destinationActiveTime() != null
        ? attempt.pauseMillis()
        : Span.millis(attempt.sourceDeadTime(), until);
  }

  // ---- what is known

  int vbucket() {
    return vbucket;
  }

  /** The first has number 1. */
  int run() {
    return run;
  }

  List<String> before() {
    return before;
  }

  List<String> after() {
    return after;
  }

  boolean isTakeover() {
    return before.get(0) != null && !before.get(0).equals(after.get(0));
  }

  Outcome outcome() {
    if (outcome instanceof MoveOutcome.Moved) {
      return Outcome.MOVED;
    } else if (outcome instanceof MoveOutcome.Unmoved) {
      return Outcome.UNMOVED;
    } else if (outcome instanceof MoveOutcome.NeedsOperator) {
      return Outcome.NEEDS_OPERATOR;
    }
    return started == null || ended != null ? Outcome.NOT_BEGUN : Outcome.RUNNING;
  }

  boolean hasBegun() {
    return started != null;
  }

  boolean willNotConverge() {
    return verdict != null;
  }

  /** One that was set back waits again. */
  boolean hasEnded() {
    return ended != null && outcome != null;
  }

  long bytes() {
    return items.values().stream().mapToLong(Items::bytes).sum();
  }

  Map<String, Items> items() {
    return items;
  }

  /**
   * @param plannedAnew whether a later run has planned a move of this vBucket once more: then nothing that failed was the last try
   */
  VBucketReport report(boolean plannedAnew) {
    MoveOutcome.Unmoved unmoved = outcome instanceof MoveOutcome.Unmoved u ? u : null;
    return new VBucketReport(
        vbucket,
        before,
        after,
        bytes(),
        started == null ? Span.NONE : Span.of(started, hasEnded() ? ended : null),
        backfill(),
        takeover(),
        lastPersistence(),
        new TreeMap<>(items),
        outcome(),
        unmoved == null ? null : unmoved.reason(),
        detail(),
        outcome instanceof MoveOutcome.Moved moved ? moved.residue() : unmoved == null ? "" : unmoved.residue(),
        List.copyOf(phases),
        List.copyOf(attempts),
        plannedAnew ? failures.stream().map(Failure::andTriedAgain).toList() : List.copyOf(failures),
        Span.rounded(attempts.stream().mapToDouble(Attempt::pauseMillis).sum()),
        verdict,
        run);
  }

  private String detail() {
    if (outcome instanceof MoveOutcome.Unmoved unmoved) {
      return unmoved.detail();
    }
    return outcome instanceof MoveOutcome.NeedsOperator operator ? operator.detail() : "";
  }

  private Span backfill() {
    List<Phase> these = phases.stream().filter(phase -> phase.phase() == MovePhase.BACKFILL).toList();
    return these.isEmpty()
        ? Span.NONE
        : Span.of(these.get(0).startTime(), these.get(these.size() - 1).completedTime());
  }

  /** From the first attempt to the last; pauses between them belong to it. */
  private Span takeover() {
    if (attempts.isEmpty()) {
      return Span.NONE;
    }
    Instant start = attempts.get(0).startTime();
    return phases.stream()
        .filter(phase -> phase.phase() == MovePhase.TAKEOVER)
        .reduce((first, second) -> second)
        .map(last -> Span.of(start, last.completedTime()))
        .orElse(Span.of(start, attempts.get(attempts.size() - 1).completedTime()));
  }

  private Span lastPersistence() {
    return phases.stream()
        .filter(phase -> phase.phase() == MovePhase.PERSIST)
        .reduce((first, second) -> second)
        .map(last -> Span.of(last.startTime(), last.completedTime()))
        .orElse(Span.NONE);
  }
}
