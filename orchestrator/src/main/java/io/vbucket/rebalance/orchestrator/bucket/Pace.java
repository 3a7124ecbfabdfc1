package io.vbucket.rebalance.orchestrator.bucket;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How fast moves end and bytes pass, over a window that ends now. Immutable; of the samples it keeps about a hundred, whatever their rate.
 */
final class Pace {
  /** The longest time over which rates are measured: long enough to even out single moves, short enough to notice a change. */
  static final Duration WINDOW = Duration.ofSeconds(30);

  private static final Duration SPACING = WINDOW.dividedBy(100);

  private record Sample(Instant at, int ended, long bytes) {}

  /**
   * @param window over which it was measured
   */
  record Rate(Duration window, double movesPerSecond, double bytesPerSecond) {}

  private final List<Sample> samples;

  private Pace(List<Sample> samples) {
    this.samples = samples;
  }

  static Pace startingAt(Instant start) {
    return new Pace(List.of(new Sample(start, 0, 0)));
  }

  /**
   * @param ended moves that have ended by now
   * @param bytes that have passed by now
   */
  Pace at(Instant now, int ended, long bytes) {
    List<Sample> next = new ArrayList<>(samples);
    Sample sample = new Sample(now, ended, bytes);
    // The last sample is the present; it is replaced until it is far enough from the one before it.
    if (next.size() > 1 && Duration.between(next.get(next.size() - 2).at(), now).compareTo(SPACING) < 0) {
      next.set(next.size() - 1, sample);
    } else {
      next.add(sample);
    }
    // One sample from before the window is its beginning.
    while (next.size() > 2 && Duration.between(next.get(1).at(), now).compareTo(WINDOW) >= 0) {
      next.remove(0);
    }
    return new Pace(List.copyOf(next));
  }

  /** Empty before any time has passed. */
  Optional<Rate> rate() {
    Sample first = samples.get(0);
    Sample last = samples.get(samples.size() - 1);
    Duration window = Duration.between(first.at(), last.at());
    if (window.isZero() || window.isNegative()) {
      return Optional.empty();
    }
    double seconds = window.toNanos() / 1e9;
    return Optional.of(
        new Rate(window, (last.ended() - first.ended()) / seconds, (last.bytes() - first.bytes()) / seconds));
  }
}
