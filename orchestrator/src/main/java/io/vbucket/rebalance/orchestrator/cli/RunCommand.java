package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Does a rebalance. */
@Command(
    name = "run",
    description = {
      "Rebalances: spreads the bucket's vBuckets evenly over the nodes that own some now, with those of --add and without those of --remove.",
      "",
      "Ctrl-C stops it: what has not begun its takeover is undone, takeovers that have begun may finish for the grace time, and what was"
          + " done is reported. A second Ctrl-C ends the program at once; 'rebalance repair' makes good what it left."})
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

  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description = "Carry out the plan that 'plan --save FILE' wrote, as it is; refused when the map has changed since.")
  private Path plan;

  @Option(
      names = "--control",
      paramLabel = "FILE",
      description = "Take lines that steer the rebalance from FILE: - for standard input, or a pipe made with mkfifo."
          + " They are read from the moment moves begin; answers go to standard error.")
  private String control;

  @Option(names = "--quiet", description = "No progress, only the summary.")
  private boolean quiet;

  private final AtomicInteger interrupts = new AtomicInteger();

  @Override
  public Integer call() throws ReportFile.UnwritableException, InterruptedException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    RebalanceRequest request = request(cluster);
    ControlSource lines = controlSource();
    RebalanceSummary summary;
    try (Rebalancer rebalancer = connect(cluster, settings)) {
      summary = run(rebalancer, request, lines);
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

  private RebalanceRequest request(ClusterFile cluster) {
    if (plan == null) {
      return target.request(cluster, options);
    }
    if (target.areGiven()) {
      throw new ParameterException(commandLine(),
          "--plan says already what to do: leave --add, --remove and --fail-over out");
    }
    try {
      return RebalanceRequest.of(PlanFile.read(plan));
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(commandLine(), wrong.getMessage());
    }
  }

  private ControlSource controlSource() {
    try {
      return control == null ? null : new ControlSource(control, surroundings().input());
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(commandLine(), wrong.getMessage());
    }
  }

  private RebalanceSummary run(Rebalancer rebalancer, RebalanceRequest request, ControlSource lines)
      throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    if (lines != null) {
      steer(rebalancer, lines, over::get);
    }
    CompletionStage<RebalanceSummary> end = rebalancer.start(request);
    end.whenComplete((summary, failure) -> over.set(true));
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

  /** What is asked before moves begin would come too early. */
  private void steer(Rebalancer rebalancer, ControlSource lines, BooleanSupplier isOver) {
    ControlConsole console = new ControlConsole(ControlConsole.of(rebalancer), grace, this::say);
    rebalancer.subscribe(event -> {
      console.follow(event);
      if (event instanceof RebalanceEvent.RebalanceStarted) {
        lines.read(console::line, console::ended, isOver);
      }
    });
  }

  private void say(String line) {
    err().println(line);
    err().flush();
  }

  private void onInterrupt(Rebalancer rebalancer) {
    if (interrupts.incrementAndGet() == 1) {
      err().println(
          System.lineSeparator() + "rebalance: stopping; takeovers that have begun may finish for " + grace.toMillis()
              + " ms. Interrupt again to end at once");
      err().flush();
      rebalancer.stop(grace);
    } else {
      err().println(System.lineSeparator() + "rebalance: ended at once; 'rebalance repair' makes good what is left");
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
