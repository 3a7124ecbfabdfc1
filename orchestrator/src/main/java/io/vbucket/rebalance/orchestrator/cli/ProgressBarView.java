package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.io.PrintStream;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress as a bar that is drawn again and again in the same line of a terminal. */
final class ProgressBarView implements ProgressDisplay.View {
  /** Knows whether it ended its line: the library does not when the bar is closed before it was first drawn in its own thread. */
  private static final class Line extends ConsoleProgressBarConsumer {
    private volatile boolean ended;

    Line(PrintStream terminal) {
      super(terminal);
    }

    @Override
    public void close() {
      if (!ended) {
        ended = true;
        super.close();
      }
    }
  }

  private final Line line;
  private ProgressBar bar;
  /** Set by the thread that asks. */
  private volatile String names = "";
  /** Read by the thread that draws. */
  private volatile Optional<Duration> left = Optional.empty();

  ProgressBarView(PrintStream terminal) {
    this.line = new Line(terminal);
  }

  private ProgressBar bar(int moves) {
    if (bar == null) {
      bar = new ProgressBarBuilder()
          .setTaskName("moves")
          .setInitialMax(moves)
          .setStyle(ProgressBarStyle.ASCII)
          .setConsumer(line)
          .setUpdateIntervalMillis(200)
          .showSpeed(new DecimalFormat("0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)))
          .setEtaFunction(state -> left)
          .build();
    }
    return bar;
  }

  @Override
  public void names(String buckets, boolean othersWait) {
    names = " " + buckets + ":";
  }

  @Override
  public void shows(RebalanceProgress progress) {
    if (progress.moves() == 0) {
      return;
    }
    left = progress.left();
    String unmoved = progress.failed() == 0 ? "" : ", " + progress.failed() + " not moved";
    bar(progress.moves())
        .maxHint(progress.moves())
        .stepTo(progress.done())
        .setExtraMessage(names + " " + progress.runningNow() + " running, " + progress.waiting() + " left, "
            + progress.retries() + " retries" + ProgressLines.bytes(progress) + unmoved
            + (progress.paused() ? ", paused" : ""));
  }

  @Override
  public void ends(RebalanceSummary summary) {
    int failed = summary.unmoved().size() + summary.needOperator().size();
    if (summary.moved() + failed == 0 && bar == null) {
      return;
    }
    left = Optional.of(Duration.ZERO);
    bar(summary.moved() + failed)
        .maxHint(summary.moved() + failed)
        .stepTo(summary.moved() + failed)
        .setExtraMessage(names + (failed == 0 ? " all moved" : " " + failed + " not moved"));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      line.close();
    }
  }
}
