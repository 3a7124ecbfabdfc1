package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a running move waits for.
 *
 * @param phase the phase that it is in, null before the first
 * @param attempt takeovers begun, 0 before the first
 * @param attemptsAtMost the budget
 * @param waits what it waits for, each on its own; empty when it is about to go on
 */
public record Explanation(
    String bucket, int vbucket, MovePhase phase, int attempt, int attemptsAtMost, List<Since> waits) {
  /** That a move waits for its turn, as the move knows it. On which nodes others are before it, its owner knows. */
  static final Wait AWAITS_SLOT = Wait.on("", "it is its turn to take over");

  public Explanation {
    waits = List.copyOf(waits);
  }

  /**
   * The same, with what is known elsewhere of its turn to take over; it changes nothing when the move does not wait for that.
   *
   * @param exact what it waits for, one per node
   */
  public Explanation withSlot(List<Wait> exact) {
    List<Since> all = new ArrayList<>();
    for (Since wait : waits) {
      if (wait.awaited().isSame(AWAITS_SLOT) && !exact.isEmpty()) {
        exact.forEach(known -> all.add(new Since(known, wait.since())));
      } else {
        all.add(wait);
      }
    }
    return new Explanation(bucket, vbucket, phase, attempt, attemptsAtMost, all);
  }

  /** A wait, and when it began. */
  public record Since(Wait awaited, Instant since) {}

  /** How long it has waited for the same thing. */
  public Duration waited(Instant now) {
    return waits.stream()
        .map(wait -> Duration.between(wait.since(), now))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /** {@code vb:7 of travel, TAKEOVER attempt 2 of 10: waits 3.2 s of 30 s until n4 becomes pending}. */
  public String text(Instant now) {
    String where =
        phase == null ? "not begun" : phase + (attempt == 0 ? "" : " attempt " + attempt + " of " + attemptsAtMost);
    String what = waits.stream().map(wait -> text(wait, now)).collect(Collectors.joining("; "));
    return "vb:" + vbucket + " of " + bucket + ", " + where + ": " + (what.isEmpty() ? "goes on" : "waits " + what);
  }

  private static String text(Since wait, Instant now) {
    String limit = wait.awaited().limit().map(most -> " of " + seconds(most)).orElse("");
    return seconds(Duration.between(wait.since(), now)) + limit + " until " + wait.awaited();
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, time.toMillis() % 1000 == 0 ? "%.0f s" : "%.1f s", time.toMillis() / 1000.0);
  }
}
