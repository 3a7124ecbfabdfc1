package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How far a rebalance is.
 *
 * @param moves planned moves
 * @param done moves that have ended, well or not
 * @param failed of these, the ones that did not move
 * @param running moves under way, by phase
 * @param retries attempts that failed and were followed by another
 * @param elapsed since the start
 * @param bytes that were sent to fill copies
 * @param bytesExpected the same at the end, as far as that can be told from the plan and the moves that have ended; 0 while unknown
 * @param forecast how long it will still take, and on what that rests; empty while unknown
 * @param paused whether an operator has asked for a pause: no move begins, and nobody knows when one will
 */
public record RebalanceProgress(
    int moves, int done, int failed, Map<MovePhase, Integer> running, int retries, Duration elapsed,
    long bytes, long bytesExpected, Optional<Forecast> forecast, boolean paused) {
  public RebalanceProgress {
    running = Map.copyOf(running);
  }

  /** Of a rebalance that is not paused. */
  public RebalanceProgress(
      int moves, int done, int failed, Map<MovePhase, Integer> running, int retries, Duration elapsed,
      long bytes, long bytesExpected, Optional<Forecast> forecast) {
    this(moves, done, failed, running, retries, elapsed, bytes, bytesExpected, forecast, false);
  }

  public int waiting() {
    return moves - done - runningNow();
  }

  public int runningNow() {
    return running.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Ended moves per second since the start. */
  public double movesPerSecond() {
    return elapsed.isZero() ? 0 : done * 1e9 / elapsed.toNanos();
  }

  /** How long it will still take. */
  public Optional<Duration> left() {
    return forecast.map(Forecast::left);
  }
}
