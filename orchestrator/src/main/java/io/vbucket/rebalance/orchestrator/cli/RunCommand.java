package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Does a rebalance. */
@Command(
    name = "run",
    description = {
      "Rebalances: spreads the bucket's vBuckets evenly over the nodes that own some now, with those of --add and without those of --remove.",
      "",
      "Ctrl-C stops it: what has not begun its takeover is undone, takeovers that have begun may finish for the grace time, and what was"
          + " done is reported. A second Ctrl-C ends the program at once; the next run finds what it left."})
final class RunCommand extends ClusterCommand {
  @Mixin
  private TargetOptions target;

  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      defaultValue = "10 s",
      converter = DurationConverter.class,
      description = "How long takeovers may go on after Ctrl-C, 0 ms to 1 h. Default: ${DEFAULT-VALUE}.")
  private Duration grace;

  @Option(names = "--quiet", description = "No progress, only the summary.")
  private boolean quiet;

  private final AtomicInteger interrupts = new AtomicInteger();

  @Override
  public Integer call() throws ReportFile.UnwritableException, InterruptedException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    RebalanceRequest request = target.request(cluster, options);
    RebalanceSummary summary;
    try (Rebalancer rebalancer = connect(cluster, settings)) {
      summary = run(rebalancer, request);
    } catch (RebalanceRefusedException refused) {
      if (interrupts.get() == 0) {
        throw refused;
      }
      err().println("rebalance: interrupted before anything was changed");
      return ExitCode.INTERRUPTED;
    }
    RunReport figures = RunReport.of(summary);
    return conclude(figures.lines(), figures, report, exitCode(summary));
  }

  private RebalanceSummary run(Rebalancer rebalancer, RebalanceRequest request) throws InterruptedException {
    CompletionStage<RebalanceSummary> end = rebalancer.start(request);
    try (Surroundings.Watch watch = surroundings().interrupts().watch(() -> onInterrupt(rebalancer))) {
      if (!quiet) {
        display().watch(rebalancer::progress, end);
      }
      return await(end);
    }
  }

  private ProgressDisplay display() {
    return surroundings().terminal()
        ? ProgressDisplay.bar(System.out)
        : ProgressDisplay.lines(line -> {
          err().println(line);
          err().flush();
        });
  }

  private void onInterrupt(Rebalancer rebalancer) {
    if (interrupts.incrementAndGet() == 1) {
      err().println(
          System.lineSeparator() + "rebalance: stopping; takeovers that have begun may finish for " + grace.toMillis()
              + " ms. Interrupt again to end at once");
      err().flush();
      rebalancer.stop(grace);
    } else {
      err().println(System.lineSeparator() + "rebalance: ended at once; run verify to see what is left");
      err().flush();
      surroundings().halt().accept(ExitCode.INTERRUPTED);
    }
  }

  private int exitCode(RebalanceSummary summary) {
    if (summary.isComplete()) {
      return ExitCode.COMPLETE;
    }
    return interrupts.get() > 0 ? ExitCode.INTERRUPTED : ExitCode.INCOMPLETE;
  }
}
