package io.vbucket.rebalance.orchestrator.move;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether the filling of a copy will ever end: it will not while clients write at least as fast as the copy is filled. Judged over a whole window,
 * since a burst of writes is no verdict; and only while something gets through, since a filling that stands still is another matter.
 * Immutable.
 *
 * @param window over which is judged
 * @param samples the oldest first; only the first may be older than the window
 */
record Convergence(Duration window, List<Sample> samples) {
  /** As many are kept of a window. */
  static final int SAMPLES = 60;

  /**
   * @param itemsLeft still to be sent, as the source estimates
   * @param highSeqno of the source: grows by one with every write
   */
  record Sample(Instant at, long itemsLeft, long highSeqno) {}

  /**
   * Clients write faster than the copy is filled.
   *
   * @param window over which the rates were measured
   */
  record Verdict(double drainedPerSecond, double writtenPerSecond, Duration window, long itemsLeft) {
    String text() {
      return String.format(Locale.ROOT,
          "will not converge: %.1f items/s reach the copy, %.1f items/s are written, over %.1f s; %d items are left. "
              + "Let clients write less, or give the link more room, and run the rebalance again",
          drainedPerSecond, writtenPerSecond, window.toMillis() / 1000.0, itemsLeft);
    }
  }

  Convergence {
    samples = List.copyOf(samples);
  }

  static Convergence over(Duration window) {
    return new Convergence(window, List.of());
  }

  Convergence at(Instant now, long itemsLeft, long highSeqno) {
    List<Sample> next = new ArrayList<>(samples);
    Sample sample = new Sample(now, itemsLeft, highSeqno);
    // The last sample is the present; it is replaced until it is far enough from the one before it.
    if (next.size() > 1 && Duration.between(next.get(next.size() - 2).at(), now).multipliedBy(SAMPLES)
        .compareTo(window) < 0) {
      next.set(next.size() - 1, sample);
    } else {
      next.add(sample);
    }
    while (next.size() > 2 && Duration.between(next.get(1).at(), now).compareTo(window) >= 0) {
      next.remove(0);
    }
    return new Convergence(window, next);
  }

  /** Empty while there is hope, or too little is known. */
  Optional<Verdict> verdict() {
    if (samples.size() < 2) {
      return Optional.empty();
    }
    Sample first = samples.get(0);
    Sample last = samples.get(samples.size() - 1);
    Duration measured = Duration.between(first.at(), last.at());
    long written = last.highSeqno() - first.highSeqno();
    long drained = written - (last.itemsLeft() - first.itemsLeft());
    boolean moves = drained > 0;
    if (measured.compareTo(window) < 0 || !moves || drained > written || hasGotLower()) {
      return Optional.empty();
    }
    double seconds = measured.toNanos() / 1e9;
    return Optional.of(new Verdict(drained / seconds, written / seconds, measured, last.itemsLeft()));
  }

  /** Estimates jump: what counts is whether the lowest of the later half is below that of the earlier one. */
  private boolean hasGotLower() {
    int half = samples.size() / 2;
    return lowest(samples.subList(half, samples.size())) < lowest(samples.subList(0, half));
  }

  private static long lowest(List<Sample> some) {
    return some.stream().mapToLong(Sample::itemsLeft).min().orElse(Long.MAX_VALUE);
  }
}
