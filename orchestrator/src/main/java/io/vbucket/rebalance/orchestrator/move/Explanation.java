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

  /** That a move is made and waits for its map, as the move knows it. Which nodes have yet to take it, its owner knows. */
  static final Wait AWAITS_MAP = Wait.on("", "the map with the new chain is on its nodes");

  public Explanation {
    waits = List.copyOf(waits);
  }

  /**
   * What the owner of a move knows of its waits.
   *
   * @param turn what its turn to take over waits for, one per node; empty when it does not wait for that
   * @param map what its map waits for, one per node; empty when it does not wait for that
   */
  public record OwnersView(List<Wait> turn, List<Wait> map) {
    public static final OwnersView NOTHING = new OwnersView(List.of(), List.of());

    public OwnersView {
      turn = List.copyOf(turn);
      map = List.copyOf(map);
    }

    private List<Wait> insteadOf(Wait known) {
      List<Wait> exact = known.isSame(AWAITS_SLOT) ? turn : known.isSame(AWAITS_MAP) ? map : List.of();
      return exact.isEmpty() ? List.of(known) : exact;
    }
  }

  /** The same, with what its owner knows in place of what the move itself could not tell. */
  public Explanation with(OwnersView owner) {
    List<Since> all = new ArrayList<>();
    waits.forEach(wait -> owner.insteadOf(wait.awaited()).forEach(exact -> all.add(new Since(exact, wait.since()))));
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
