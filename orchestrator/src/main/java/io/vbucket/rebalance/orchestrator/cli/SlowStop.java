package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.move.Explanation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tells what a rebalance that was stopped still waits for, when its grace time is over and what had begun should have been taken back: each move that still
 * runs, and how to end at once. It tells so again each time the stop has become twice as long. Where nodes do not answer, that is the rule.
 */
final class SlowStop {
  /** How often to look. */
  static final Duration PERIOD = Duration.ofSeconds(1);
  /** Nodes that answer have undone a move by then. */
  private static final Duration TAKING_BACK = Duration.ofSeconds(1);

  private final Instant stopped;
  private Duration due;

  /**
   * @param stopped when the stop was asked for
   * @param grace how long takeovers that had begun may go on
   */
  SlowStop(Instant stopped, Duration grace) {
    this.stopped = stopped;
    this.due = grace.plus(TAKING_BACK);
  }

  /** What is worth telling now; mostly nothing. */
  synchronized List<String> lines(List<Explanation> running, Instant now) {
    Duration since = Duration.between(stopped, now);
    if (since.compareTo(due) < 0) {
      return List.of();
    }
    due = since.multipliedBy(2);
    List<String> moves = running.stream().map(move -> move.text(now)).toList();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(Locale.ROOT, "rebalance: still stopping after %d s; %s", since.toSeconds(), what(moves.size())));
    Listing.of(moves, "all of them wait as long").forEach(move -> lines.add("  " + move));
    lines.add("rebalance: interrupt again to end at once; 'rebalance repair' then makes good what is left");
    return lines;
  }

  private static String what(int moves) {
    return switch (moves) {
      case 0 -> "no move runs any more, all nodes are asked for what is left on them";
      case 1 -> "1 move still runs, or is taken back:";
      default -> moves + " moves still run, or are taken back:";
    };
  }
}
