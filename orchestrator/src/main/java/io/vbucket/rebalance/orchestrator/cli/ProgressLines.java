package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** Progress as lines for logs and pipes: one when something has changed, and one every ten seconds anyway, as a sign of life. */
final class ProgressLines implements ProgressDisplay.View {
  /** What is 0.1 MiB when rounded. */
  private static final long VISIBLE_BYTES = 52_429;

  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

  /** What must differ for a new line. */
  private record Figures(String names, int done, int failed, int running, int retries, boolean paused) {}

  private final Consumer<String> line;
  /** Set by the thread that asks, which may be another one than the one that shows. */
  private volatile String names = "";
  private volatile boolean othersWait;
  private Figures last;
  private Duration lastAt = Duration.ZERO;

  ProgressLines(Consumer<String> line) {
    this.line = line;
  }

  @Override
  public void names(String buckets, boolean othersHaveToWait) {
    names = buckets + ": ";
    othersWait = othersHaveToWait;
  }

  @Override
  public void shows(RebalanceProgress progress) {
    if (progress.moves() == 0) {
      return;
    }
    Figures now = new Figures(
        names, progress.done(), progress.failed(), progress.runningNow(), progress.retries(), progress.paused());
    if (!now.equals(last) || progress.elapsed().minus(lastAt).compareTo(SIGN_OF_LIFE) >= 0) {
      last = now;
      lastAt = progress.elapsed();
      line.accept(names + text(progress, othersWait));
    }
  }

  @Override
  public void ends(RebalanceSummary summary) {
    int failed = summary.unmoved().size() + summary.needOperator().size();
    int done = summary.moved() + failed;
    if (done == 0) {
      return;
    }
    line.accept(names + done + " of " + done + " moves ended" + unmoved(failed) + " after " + time(summary.duration()));
  }

  @Override
  public void close() {}

  /** @param othersWait whether there are buckets whose turn is still to come */
  static String text(RebalanceProgress progress, boolean othersWait) {
    return String.format(
        Locale.ROOT,
        "%d of %d moves ended%s, %d running, %d left, %.1f/s, %d retries%s, %s",
        progress.done(),
        progress.moves(),
        unmoved(progress.failed()),
        progress.runningNow(),
        progress.waiting(),
        progress.movesPerSecond(),
        progress.retries(),
        bytes(progress),
        progress.paused() ? "paused" : toGo(progress, othersWait));
  }

  private static String toGo(RebalanceProgress progress, boolean othersWait) {
    if (othersWait) {
      return "time to go not known while buckets wait";
    }
    return progress.forecast()
        .map(forecast -> "about " + time(forecast.left()) + " to go (" + forecast.basis() + ")")
        .orElse(progress.done() > 0 && progress.waiting() == 0
            ? "the last moves take longer than usual"
            : "time to go not known yet");
  }

  /** {@code , 1.5 of 7.7 MiB}; nothing while it would read as none of none: before something was sent, and of empty vBuckets. */
  static String bytes(RebalanceProgress progress) {
    if (Math.max(progress.bytes(), progress.bytesExpected()) < VISIBLE_BYTES) {
      return "";
    }
    double sent = progress.bytes() / 1048576.0;
    return progress.bytesExpected() == 0
        ? String.format(Locale.ROOT, ", %.1f MiB", sent)
        : String.format(Locale.ROOT, ", %.1f of %.1f MiB", sent, progress.bytesExpected() / 1048576.0);
  }

  private static String unmoved(int failed) {
    return failed == 0 ? "" : " (" + failed + " not moved)";
  }

  /** {@code 4 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
  static String time(Duration time) {
    long seconds = time.plusMillis(500).toSeconds();
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }
}
