package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.BucketsSettings;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.cluster.BucketOutcome;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
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
      "Of several buckets in the cluster file, those with the highest priority come first, as many at a time as buckets.in-parallel says; one"
          + " that is refused or fails does not keep the others from their turn.",
      "",
      "Ctrl-C stops it: what has not begun its takeover is undone, takeovers that have begun may finish for the grace time, and what was"
          + " done is reported. Where nodes do not answer, taking back what has begun may take minutes more: what it waits for is told when the"
          + " grace time is over. A second Ctrl-C ends the program at once; 'rebalance repair' makes good what it left."})
final class RunCommand extends ClusterCommand {
  /** Events are written as they come; the last one is late only when whoever reads them is stuck. */
  private static final Duration LAST_EVENT = Duration.ofSeconds(10);

  @Mixin
  private TargetOptions target;

  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      defaultValue = "10 s",
      converter = DurationConverter.class,
      description = "How long takeovers may go on after Ctrl-C, 0 ms to 1 h; then they are taken back. Where nodes do not answer, that may take"
          + " minutes more (settings takeover.timeouts); a second Ctrl-C ends at once. Default: ${DEFAULT-VALUE}.")
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

  @Option(
      names = "--keep-replicating",
      description = "Keep every replica filled from its active, during the rebalance and afterwards until Ctrl-C.")
  private boolean keepReplicating;

  @Option(
      names = "--in-parallel",
      paramLabel = "N",
      description = "Buckets that are rebalanced at the same time, 1 to 16. Default: the setting buckets.in-parallel.")
  private Integer inParallel;

  @Option(names = "--quiet", description = "No progress, only the summary.")
  private boolean quiet;

  @Option(
      names = "--explain-after",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "Tell on standard error of every move that waits so long for the same thing what it waits for, on which node, up to which"
          + " limit; and again whenever the wait has doubled. 0 ms to 1 h. Default: not told.")
  private Duration explainAfter;

  @Mixin
  private ReportOptions reports;

  private final AtomicInteger interrupts = new AtomicInteger();
  private final AtomicBoolean hasReplicas = new AtomicBoolean();
  private final AtomicReference<SlowStop> stopping = new AtomicReference<>();
  private final CompletableFuture<Void> enough = new CompletableFuture<>();

  @Override
  public Integer call() throws ReportFile.UnwritableException, InterruptedException {
    ReportFile report = options.report();
    RebalanceSettings settings = settings();
    ClusterFile cluster = options.cluster();
    RebalanceRequest request = request(cluster);
    options.refuseWithSeveral(cluster, "--plan", plan != null);
    options.refuseWithSeveral(cluster, "--control", control != null);
    ControlSource lines = controlSource();
    try (Recording recording = reports.open(out())) {
      try (ClusterRebalancer all = connect(cluster, settings)) {
        Rebalancer.Subscription subscription = all.subscribeBlocking(recording);
        all.subscribe(this::notice);
        Map<String, Rebalancer> kept =
            keepReplicating ? keepReplicating(all, (bucket, reasons) -> {}) : Map.of();
        ClusterSummary summary = run(all, request, lines);
        refuse(summary);
        await(subscription.heardAll().toCompletableFuture().completeOnTimeout(
            null, LAST_EVENT.toMillis(), TimeUnit.MILLISECONDS));
        int exitCode = conclude(summary, report, recording);
        afterwards(kept);
        return exitCode;
      }
    } catch (RebalanceRefusedException refused) {
      if (interrupts.get() == 0) {
        throw refused;
      }
      err().println("rebalance: interrupted before anything was changed");
      return ExitCode.INTERRUPTED;
    }
  }

  /**
   * Of several buckets, those that were refused are told.
   *
   * @throws RebalanceRefusedException when the only bucket was refused
   */
  private void refuse(ClusterSummary summary) {
    boolean one = summary.buckets().size() == 1;
    summary.buckets().forEach((bucket, outcome) -> {
      if (outcome instanceof BucketOutcome.Refused refused) {
        if (one) {
          throw new RebalanceRefusedException(refused.reasons());
        }
        sayRefused(bucket, refused.reasons());
      } else if (one && outcome instanceof BucketOutcome.NotBegun never) {
        throw new RebalanceRefusedException(List.of(never.why()));
      } else if (one && outcome instanceof BucketOutcome.Broke broke) {
        throw new IllegalStateException(bucket + ": " + broke.why());
      }
    });
  }

  /** Also of a service that goes on: whoever waits for the figures of the moves need not wait for its end. */
  private int conclude(ClusterSummary summary, ReportFile report, Recording recording) {
    ClusterRunReport figures = ClusterRunReport.of(summary);
    boolean one = summary.buckets().size() == 1;
    List<ReportFile.Writing> writings = new ArrayList<>(recording.writings());
    writings.add(0, () -> report.write(one ? figures.totals() : figures));
    return conclude(
        reports.takesStandardOutput() ? err() : out(),
        one ? figures.totals().lines() : figures.lines(),
        writings,
        exitCode(summary));
  }

  private RebalanceSettings settings() {
    if (inParallel == null) {
      return options.settings();
    }
    if (inParallel < 1 || inParallel > BucketsSettings.MOST_IN_PARALLEL) {
      throw new ParameterException(commandLine(),
          "--in-parallel " + inParallel + ": expected 1 to " + BucketsSettings.MOST_IN_PARALLEL);
    }
    return options.settings().withBucketsInParallel(inParallel);
  }

  private RebalanceRequest request(ClusterFile cluster) {
    if (plan == null) {
      return target.request(cluster, options);
    }
    if (target.areGiven()) {
      throw new ParameterException(commandLine(),
          "--plan says already what to do: leave out --add, --remove, --move and the other options that say what to reach");
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

  private ClusterSummary run(ClusterRebalancer all, RebalanceRequest request, ControlSource lines)
      throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    Optional<ControlConsole> console = lines == null
        ? Optional.empty()
        : Optional.of(steer(
            all.buckets().values().iterator().next(), lines,
            () -> over.get() && (!keepReplicating || enough.isDone())));
    List<Surroundings.Watch> slow = new ArrayList<>();
    // Before the start: an interrupt that comes with the first event shall not be lost.
    try (Surroundings.Watch watch = surroundings().interrupts().watch(() -> onInterrupt(all))) {
      CompletionStage<ClusterSummary> end = all.start(request);
      end.whenComplete((summary, failure) -> {
        over.set(true);
        console.ifPresent(ControlConsole::movesEnded);
      });
      if (interrupts.get() > 0) {
        all.stop(grace);
      }
      all.buckets().values().forEach(rebalancer -> slow.add(explaining(rebalancer)));
      slow.add(Repeatedly.ask("slow-stop", SlowStop.PERIOD, () -> stillStopping(all),
          told -> told.forEach(this::say)));
      if (!quiet) {
        display().watch(all, end);
      }
      return await(end);
    } finally {
      slow.forEach(Surroundings.Watch::close);
    }
  }

  private void notice(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.RebalancePlanned planned) {
      hasReplicas.compareAndSet(false, planned.plan().chains().stream().anyMatch(chain -> chain.size() > 1));
    } else if (event instanceof RebalanceEvent.Warned warned && !quiet) {
      say("note: " + warned.bucket() + ": " + warned.what());
    }
  }

  /** A run that is over leaves no stream behind; who wants replicas to follow must say so. */
  private void afterwards(Map<String, Rebalancer> kept) throws InterruptedException {
    if (!kept.isEmpty()) {
      try (Surroundings.Watch watch = surroundings().interrupts().watch(() -> enough.complete(null))) {
        if (interrupts.get() > 0) {
          enough.complete(null);
        }
        keep(kept, enough);
      }
    } else if (hasReplicas.get() && !quiet) {
      say("replication: no stream is left running, so replicas do not follow what is written from now on;"
          + " 'rebalance replicate' or 'run --keep-replicating' makes them");
    }
  }

  private Surroundings.Watch explaining(Rebalancer rebalancer) {
    return explainAfter == null
        ? () -> {}
        : new SlowMoves(explainAfter).watch(rebalancer::explain, this::say);
  }

  private ProgressDisplay display() {
    return surroundings().terminal() && !reports.takesStandardOutput()
        ? ProgressDisplay.bar(System.out)
        : ProgressDisplay.lines(this::say);
  }

  /** What is asked before moves begin would come too early. */
  private ControlConsole steer(Rebalancer rebalancer, ControlSource lines, BooleanSupplier isOver) {
    ControlConsole console =
        new ControlConsole(ControlConsole.of(rebalancer), service(rebalancer), grace, this::say);
    rebalancer.subscribe(event -> {
      console.follow(event);
      if (event instanceof RebalanceEvent.RebalanceStarted) {
        lines.read(console::line, console::ended, isOver);
      }
    });
    return console;
  }

  private Optional<ControlConsole.Service> service(Rebalancer rebalancer) {
    if (!keepReplicating) {
      return Optional.empty();
    }
    return Optional.of(new ControlConsole.Service() {
      @Override
      public CompletionStage<Optional<ReplicationStatus>> replication() {
        return rebalancer.replication();
      }

      @Override
      public void end() {
        enough.complete(null);
      }
    });
  }

  private void onInterrupt(ClusterRebalancer all) {
    if (interrupts.incrementAndGet() == 1) {
      err().println(
          System.lineSeparator() + "rebalance: stopping; takeovers that have begun may finish for " + grace.toMillis()
              + " ms. Interrupt again to end at once");
      err().flush();
      stopping.set(new SlowStop(Instant.now(), grace));
      all.stop(grace);
    } else {
      err().println(System.lineSeparator() + "rebalance: ended at once; 'rebalance repair' makes good what is left");
      err().flush();
      surroundings().halt().accept(ExitCode.INTERRUPTED);
    }
  }

  /** Lines for the person who waits for the end of a stop; nothing is told of a bucket that does not answer. */
  private CompletionStage<List<String>> stillStopping(ClusterRebalancer all) {
    SlowStop stop = stopping.get();
    if (stop == null) {
      return CompletableFuture.completedFuture(List.of());
    }
    CompletionStage<List<Explanation>> running = CompletableFuture.completedFuture(List.of());
    for (Rebalancer rebalancer : all.buckets().values()) {
      running = running.thenCombine(rebalancer.explain().exceptionally(silent -> List.of()),
          (before, more) -> Stream.concat(before.stream(), more.stream()).toList());
    }
    return running.thenApply(moves -> stop.lines(moves, Instant.now()));
  }

  /** Of several buckets, 3 only if nothing was changed in any. */
  private int exitCode(ClusterSummary summary) {
    if (summary.isComplete()) {
      return ExitCode.COMPLETE;
    } else if (interrupts.get() > 0) {
      return ExitCode.INTERRUPTED;
    }
    return summary.changedNothing() ? ExitCode.REFUSED : ExitCode.INCOMPLETE;
  }
}
