package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import io.vbucket.rebalance.orchestrator.cli.Surroundings;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult.Verdict;
import io.vbucket.rebalance.testkit.script.run.ScenarioRunner;
import io.vbucket.rebalance.testkit.stage.ClusterStage;
import io.vbucket.rebalance.testkit.stage.OnlyByRelay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Plays scripts. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Plays scenario scripts and checks what they expect, and the invariants besides.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:all passed", "1:at least one failed",
      "2:a script has a mistake, or wrong usage; nothing was run",
      "3:nodes of --cluster cannot be used: not reached, wrong password, no such bucket; nothing was run",
      "130:interrupted on stage cluster; what is left there was told"})
public final class RunCommand implements Callable<Integer> {
  private static final int CANNOT_BE_USED = 3;
  private static final int INTERRUPTED = 130;
  /** As {@code rebalance run} gives takeovers that have begun. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Scripts, or folders of scripts.")
  private List<Path> files;

  @Option(
      names = "--stage",
      defaultValue = "simulated",
      description = "Where: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private StageChoice stage;

  @Option(
      names = "--cluster",
      paramLabel = "FILE",
      description = {
        "Cluster file with the nodes of stage cluster. vBuckets are moved there for real and not moved back;",
        "what only the node itself can cause, such as kill, is refused."})
  private Path clusterFile;

  @Option(
      names = "--bucket",
      paramLabel = "NAME",
      description = "The bucket to play in. Default: that of the cluster file, if it names one only.")
  private String bucket;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of everything that is chosen at random on the simulated stage. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--schedule", description = "Prints what happened also of scripts that passed.")
  private boolean withSchedule;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes passed, failed, pending and scripts [] here.")
  private Path json;

  @ParentCommand
  private ScenarioCli program;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    List<Scenario> scenarios;
    try {
      scenarios = ScriptFiles.read(files);
      refuseWhatNoRelayCanCause(scenarios);
    } catch (ScriptException wrong) {
      err().println(wrong.getMessage());
      return 2;
    }
    ReportFile report = Figures.at(json);
    ClusterFile cluster = cluster();
    RebalanceSettings settings = cluster == null ? RebalanceSettings.load() : settingsOfCluster();
    ForeignCluster foreign =
        cluster == null ? null : new ForeignCluster(cluster, settings, program.surroundings().wiring());
    if (foreign != null) {
      try {
        foreign.look();
      } catch (RebalanceRefusedException unusable) {
        unusable.reasons().forEach(err()::println);
        return CANNOT_BE_USED;
      }
    }
    ScenarioRunner runner =
        new ScenarioRunner(() -> stage.open(seed, () -> new ClusterStage(cluster, out()::println)));
    List<ScenarioResult> results = new ArrayList<>();
    // Only what belongs to others must be left in order; other stages end with the process.
    try (Surroundings.Watch watch = foreign == null
        ? () -> {}
        : program.surroundings().interrupts().watch(() -> onInterrupt(runner))) {
      for (Scenario scenario : scenarios) {
        if (!runner.isInterrupted()) {
          ScenarioResult result = runner.run(scenario);
          results.add(result);
          print(result);
        }
      }
      if (foreign != null && runner.isInterrupted()) {
        foreign.left().forEach(out()::println);
      }
    }
    long failed = count(results, Verdict.FAILED);
    out().printf("%d passed, %d failed, %d pending%n", count(results, Verdict.PASSED), failed,
        count(results, Verdict.PENDING));
    out().flush();
    int exitCode = runner.isInterrupted() ? INTERRUPTED : failed == 0 ? 0 : 1;
    return Figures.conclude(spec.commandLine(), exitCode, () -> report.write(report(results)));
  }

  private void onInterrupt(ScenarioRunner runner) {
    if (!runner.isInterrupted()) {
      runner.interrupt(GRACE);
      err().println(System.lineSeparator() + "stopping; takeovers that have begun may finish for " + GRACE.toMillis()
          + " ms, then the documents of the run are deleted. Interrupt again to end at once");
      err().flush();
    } else {
      err().println(System.lineSeparator() + "ended at once: documents whose keys begin with scenario- may be left in"
          + " the bucket; 'rebalance repair' makes good what else is left");
      err().flush();
      program.surroundings().halt().accept(INTERRUPTED);
    }
  }

  private void refuseWhatNoRelayCanCause(List<Scenario> scenarios) {
    List<ScriptException.Mistake> mistakes = scenarios.stream()
        .filter(scenario -> stage == StageChoice.cluster && !scenario.isPending())
        .filter(scenario -> scenario.stages().contains(stage.name()))
        .flatMap(scenario -> OnlyByRelay.refuse(scenario).stream())
        .distinct()
        .toList();
    if (!mistakes.isEmpty()) {
      throw new ScriptException(mistakes);
    }
  }

  /** The nodes of stage cluster, or null on the others. */
  private ClusterFile cluster() {
    if (stage != StageChoice.cluster) {
      if (clusterFile != null || bucket != null) {
        throw wrong((clusterFile != null ? "--cluster" : "--bucket") + " is for --stage cluster; stage " + stage
            + " has nodes of its own");
      }
      return null;
    }
    if (clusterFile == null) {
      throw wrong("--stage cluster needs --cluster FILE, the cluster file that names the nodes");
    }
    try {
      ClusterFile cluster = chosen(ClusterFile.load(clusterFile));
      ClusterStage.refuseUnreadable(cluster);
      // A password that is missing is told once, here, and not by every connection.
      cluster.credentials().password();
      return cluster;
    } catch (IllegalArgumentException unusable) {
      throw wrong(unusable.getMessage());
    }
  }

  private RebalanceSettings settingsOfCluster() {
    try {
      return RebalanceSettings.load(clusterFile);
    } catch (IllegalArgumentException unusable) {
      throw wrong(unusable.getMessage());
    }
  }

  private ClusterFile chosen(ClusterFile cluster) {
    List<String> names = cluster.buckets().stream().map(ClusterBucket::name).toList();
    if (bucket == null && names.size() > 1) {
      throw wrong("scripts are played in one bucket, and " + clusterFile + " names " + String.join(", ", names)
          + "; choose one with --bucket");
    }
    if (bucket != null && !names.contains(bucket)) {
      throw wrong("--bucket " + bucket + ": no such bucket in " + clusterFile + ", which has "
          + String.join(", ", names));
    }
    return bucket == null ? cluster : cluster.forBucket(bucket);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void print(ScenarioResult result) {
    switch (result.verdict()) {
      case PASSED -> out().printf("passed   %s, %d attempts, %d ms%n", result.scenario().title(), result.attempts(),
          result.realTime().toMillis());
      case INTERRUPTED -> out().printf("stopped  %s%n", result.scenario().title());
      case PENDING -> out().printf("pending  %s: %s%n", result.scenario().title(), pendingReason(result));
      default -> out().printf("FAILED   %s", result.explanation());
    }
    if (withSchedule && result.verdict() == Verdict.PASSED) {
      out().println(result.schedule());
    }
    out().flush();
  }

  private static String pendingReason(ScenarioResult result) {
    return result.scenario().isPending() ? result.scenario().pending() : "makes no sense on stage " + result.stage();
  }

  private static long count(List<ScenarioResult> results, Verdict verdict) {
    return results.stream().filter(result -> result.verdict() == verdict).count();
  }

  private static Map<String, Object> report(List<ScenarioResult> results) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("passed", count(results, Verdict.PASSED));
    report.put("failed", count(results, Verdict.FAILED));
    report.put("pending", count(results, Verdict.PENDING));
    report.put("scripts", results.stream().map(RunCommand::row).toList());
    return report;
  }

  private static Map<String, Object> row(ScenarioResult result) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("file", result.scenario().place().file());
    row.put("scenario", result.scenario().name());
    row.put("matrix", result.scenario().matrix());
    row.put("covers", result.scenario().covers());
    row.put("stage", result.stage());
    row.put("verdict", result.verdict().name().toLowerCase(java.util.Locale.ROOT));
    row.put("problems", result.problems());
    row.put("attempts", result.attempts());
    result.virtualTime().ifPresent(time -> row.put("virtualMillis", time.toMillis()));
    row.put("realMillis", result.realTime().toMillis());
    return row;
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
