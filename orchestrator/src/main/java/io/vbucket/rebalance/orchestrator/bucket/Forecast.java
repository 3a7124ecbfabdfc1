package io.vbucket.rebalance.orchestrator.bucket;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How long a rebalance will still take, and on what that rests. Bytes that are left pass at the pace of the last {@link Pace#WINDOW}, and the last copy
 * then still has its takeover and clean-up before it: the tail. Where hardly any bytes pass (empty vBuckets), moves are counted; then the tail is a whole
 * move, since the last one that starts takes as long as any, however many run at the same time.
 *
 * @param left the estimate: never negative
 * @param by what was counted
 * @param perSecond rate of that
 * @param window over which the rate was measured
 * @param amountLeft bytes or moves that are left, those of running moves included
 * @param tail part of {@code left} that comes after the last bytes, or after the last move has started; zero when not known yet
 * @param bucket whose it is, where there are several; empty otherwise
 */
public record Forecast(
    Duration left, By by, double perSecond, Duration window, long amountLeft, Duration tail, String bucket) {
  /** A move that sends less was one of an empty vBucket: what passes then are the protocol's own messages. */
  private static final int LEAST_BYTES_PER_MOVE = 1024;

  /** Moves per second below this are written as 0.0, and no estimate rests on nothing. */
  private static final double LEAST_MOVES_PER_SECOND = 0.05;

  /** Of the only bucket. */
  public Forecast(Duration left, By by, double perSecond, Duration window, long amountLeft, Duration tail) {
    this(left, by, perSecond, window, amountLeft, tail, "");
  }

  /** The same, of one of several buckets. */
  public Forecast ofBucket(String name) {
    return new Forecast(left, by, perSecond, window, amountLeft, tail, name);
  }

  /** What an estimate counts. */
  public enum By {
    BYTES,
    MOVES
  }

  /**
   * A move under way.
   *
   * @param age since it started
   * @param filledFor since its copies were filled; empty while they are not
   * @param bytesLeft expected; 0 when nothing is known
   */
  record Running(Duration age, Optional<Duration> filledFor, long bytesLeft) {}

  /**
   * What moves usually take: medians.
   *
   * @param whole from start to end
   * @param afterFilling from the end of the filling to the end
   */
  record Typical(Duration whole, Duration afterFilling) {}

  /**
   * @param waiting moves that have not started
   * @param waitingBytes expected for them; 0 when nothing is known
   * @param typical empty before a move has ended
   */
  static Optional<Forecast> of(
      Pace.Rate rate, int waiting, long waitingBytes, List<Running> running, Optional<Typical> typical) {
    if (waiting + running.size() == 0) {
      return Optional.of(new Forecast(Duration.ZERO, By.MOVES, rate.movesPerSecond(), rate.window(), 0, Duration.ZERO));
    }
    List<Running> unfilled = running.stream().filter(move -> move.filledFor().isEmpty()).toList();
    long bytesLeft = waitingBytes + unfilled.stream().mapToLong(Running::bytesLeft).sum();
    if (bytesLeft > 0 && rate.bytesPerSecond() > 0 && bytesMatter(rate, bytesLeft, waiting + unfilled.size())) {
      return Optional.of(byBytes(rate, bytesLeft, typical));
    }
    return typical.flatMap(usual -> byMoves(rate, waiting, running, usual));
  }

  private static boolean bytesMatter(Pace.Rate rate, long bytesLeft, int moves) {
    return bytesLeft >= (long) LEAST_BYTES_PER_MOVE * moves
        || rate.movesPerSecond() > 0 && rate.bytesPerSecond() >= LEAST_BYTES_PER_MOVE * rate.movesPerSecond();
  }

  private static Forecast byBytes(Pace.Rate rate, long bytesLeft, Optional<Typical> typical) {
    Duration tail = typical.map(Typical::afterFilling).orElse(Duration.ZERO);
    Duration left = seconds(bytesLeft / rate.bytesPerSecond()).plus(tail);
    return new Forecast(left, By.BYTES, rate.bytesPerSecond(), rate.window(), bytesLeft, tail);
  }

  private static Optional<Forecast> byMoves(Pace.Rate rate, int waiting, List<Running> running, Typical typical) {
    int all = waiting + running.size();
    double perSecond = rate.movesPerSecond();
    if (perSecond < LEAST_MOVES_PER_SECOND) {
      return Optional.empty();
    }
    if (waiting == 0) {
      double most = running.stream().mapToDouble(move -> remainder(move, typical)).max().orElse(0);
      if (most <= 0) {
        // All are overdue: nobody knows for how long.
        return Optional.empty();
      }
      return Optional.of(new Forecast(seconds(most), By.MOVES, perSecond, rate.window(), all, seconds(most)));
    }
    double untilOneEnds = running.stream().mapToDouble(move -> remainder(move, typical)).min().orElse(0);
    Duration untilLastStarts = seconds(untilOneEnds + (waiting - 1) / perSecond);
    return Optional.of(new Forecast(
        untilLastStarts.plus(typical.whole()), By.MOVES, perSecond, rate.window(), all, typical.whole()));
  }

  /** Seconds that a move still takes if it takes as long as moves usually do. */
  private static double remainder(Running move, Typical typical) {
    Duration left = move.filledFor()
        .map(filled -> typical.afterFilling().minus(filled))
        .orElse(typical.whole().minus(move.age()));
    return Math.max(0, inSeconds(left));
  }

  private static double inSeconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(Math.min(seconds, 1e12) * 1000));
  }

  /** {@code 12.3 MiB/s over 30 s, 410.0 MiB left, then about 1.5 s}; of one of several buckets {@code travel: 12.3 MiB/s ...}. */
  public String basis() {
    String rate = by == By.BYTES ? mebibytes(perSecond) + "/s" : String.format(Locale.ROOT, "%.1f moves/s", perSecond);
    String amount =
        by == By.BYTES ? mebibytes(amountLeft) : amountLeft + (amountLeft == 1 ? " move" : " moves");
    String end = tail.isZero() ? "" : String.format(Locale.ROOT, ", then about %.1f s", inSeconds(tail));
    String whose = bucket.isEmpty() ? "" : bucket + ": ";
    return whose + String.format(Locale.ROOT, "%s over %.0f s, %s left%s", rate, inSeconds(window), amount, end);
  }

  private static String mebibytes(double bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (1 << 20));
  }
}
