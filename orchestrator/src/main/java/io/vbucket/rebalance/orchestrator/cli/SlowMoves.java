package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.move.Explanation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Tells of every move that waits for the same thing longer than a threshold: what for, and again each time the wait has become twice as long, so that
 * a long wait is not told a thousand times.
 */
final class SlowMoves {
  private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);
  private static final Duration SHORTEST_PERIOD = Duration.ofMillis(20);

  /** What was told of a vBucket last. */
  private record Told(Instant since, Duration waited) {}

  private final Duration threshold;
  private final Map<Integer, Told> told = new HashMap<>();

  SlowMoves(Duration threshold) {
    this.threshold = threshold;
  }

  /** Lines about the moves that are worth one now. */
  List<String> lines(List<Explanation> running, Instant now) {
    List<String> lines = new ArrayList<>();
    for (Explanation move : running) {
      Duration waited = move.waited(now);
      Told before = told.get(move.vbucket());
      boolean again = before != null && before.since().equals(now.minus(waited));
      Duration due = again ? before.waited().multipliedBy(2) : threshold;
      if (waited.compareTo(due) >= 0 && !waited.isZero()) {
        told.put(move.vbucket(), new Told(now.minus(waited), waited));
        lines.add(move.text(now));
      }
    }
    return lines;
  }

  /** Asks as often as the threshold wants it, until the watch is closed. */
  Surroundings.Watch watch(Supplier<CompletionStage<List<Explanation>>> source, Consumer<String> out) {
    Duration period = threshold.compareTo(LONGEST_PERIOD) > 0
        ? LONGEST_PERIOD
        : threshold.compareTo(SHORTEST_PERIOD) < 0 ? SHORTEST_PERIOD : threshold;
    return Repeatedly.ask("slow-moves", period, source, running -> lines(running, Instant.now()).forEach(out));
  }
}
