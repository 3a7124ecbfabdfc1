package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import io.vbucket.rebalance.testkit.chaos.Chaos;
import io.vbucket.rebalance.testkit.chaos.ChaosPlan;
import io.vbucket.rebalance.testkit.chaos.Fault;
import io.vbucket.rebalance.testkit.script.Expectations.Outcome;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Plays what many seeds stand for. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Plays seeded chaos in virtual time: random clusters, rebalances and faults.",
      "The invariants are checked after every message, and when the faults stop everything must settle and the rebalance must be"
          + " complete.",
      "A seed that fails is played with fewer faults until none can be left out, and its schedule is printed."},
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:no violation", "1:at least one seed failed", "2:wrong usage"})
public final class SimulateCommand implements Callable<Integer> {
  private static final int SEEDS_PER_LINE = 500;

  @Option(names = "--seeds", defaultValue = "200", description = "How many. Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(names = "--from", defaultValue = "1", description = "The first one. Default: ${DEFAULT-VALUE}.")
  private long from;

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "N",
      description = "Only these faults of the plan, counted from 1: as a failed seed says after it was shrunk.")
  private List<Integer> only;

  @Option(
      names = "--takeovers-per-node",
      paramLabel = "N",
      defaultValue = "0",
      description = "How many takeovers may be under way on a node at a time, 0 to 65536; 0 is no limit. Default: ${DEFAULT-VALUE}.")
  private int takeoversPerNode;

  @Option(names = "--schedule", description = "Prints the faults and what happened also of seeds that passed.")
  private boolean withSchedule;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes seeds, violations [], outcomes, attempts and seedsPerSecond here.")
  private Path json;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    if (seeds < 1) {
      throw new ParameterException(spec.commandLine(), "--seeds = " + seeds + ": expected at least 1");
    }
    if (takeoversPerNode < 0 || takeoversPerNode > 65_536) {
      throw new ParameterException(
          spec.commandLine(), "--takeovers-per-node = " + takeoversPerNode + ": expected 0 to 65536");
    }
    ReportFile file = Figures.at(json);
    long begun = System.nanoTime();
    List<Map<String, Object>> violations = new ArrayList<>();
    Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
    long attempts = 0;
    for (int i = 0; i < seeds; i++) {
      ChaosPlan plan = plan(from + i);
      ScenarioResult result = withSchedule ? Chaos.show(plan) : Chaos.play(plan);
      result.outcome().ifPresent(outcome -> outcomes.merge(outcome, 1, Integer::sum));
      attempts += result.attempts();
      if (result.failed()) {
        violations.add(failed(plan));
      } else if (withSchedule) {
        describe(plan, plan);
        out().println(result.schedule());
      }
      if ((i + 1) % SEEDS_PER_LINE == 0) {
        out().printf("%d of %d seeds, %d failed, %.1f seeds/s%n", i + 1, seeds, violations.size(), rate(i + 1, begun));
        out().flush();
      }
    }
    out().printf("%d seeds from %d: %d failed, %d takeover attempts, %s, %.1f seeds/s%n",
        seeds, from, violations.size(), attempts, outcomes, rate(seeds, begun));
    out().flush();
    Map<String, Object> report = report(violations, outcomes, attempts, rate(seeds, begun));
    return Figures.conclude(spec.commandLine(), violations.isEmpty() ? 0 : 1, () -> file.write(report));
  }

  private static double rate(int done, long begun) {
    return done * 1e9 / (System.nanoTime() - begun);
  }

  private ChaosPlan plan(long seed) {
    ChaosPlan plan = ChaosPlan.of(seed).limitedTo(takeoversPerNode);
    if (only == null) {
      return plan;
    }
    List<Fault> chosen = new ArrayList<>();
    for (int number : only) {
      if (number < 1 || number > plan.faults().size()) {
        throw new ParameterException(spec.commandLine(), "--faults " + number + ": seed " + seed + " has faults 1 to "
            + plan.faults().size());
      }
      chosen.add(plan.faults().get(number - 1));
    }
    return plan.with(chosen);
  }

  private Map<String, Object> failed(ChaosPlan plan) {
    ChaosPlan smallest = Chaos.shrink(plan);
    ScenarioResult shown = Chaos.show(smallest);
    out().printf("FAILED   seed %d%n", plan.seed());
    shown.problems().forEach(problem -> out().println("  " + problem));
    List<Integer> numbers = describe(plan, smallest);
    out().println(shown.schedule());
    String chosen = numbers.toString().replaceAll("[\\[\\] ]", "");
    String again =
        "scenario simulate --seeds 1 --from " + plan.seed() + (chosen.isEmpty() ? "" : " --faults " + chosen)
            + (takeoversPerNode == 0 ? "" : " --takeovers-per-node " + takeoversPerNode);
    out().println("again: " + again);
    out().flush();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("seed", plan.seed());
    row.put("problems", shown.problems());
    row.put("faults", smallest.faults().stream().map(Fault::text).toList());
    row.put("again", again);
    return row;
  }

  /** Numbers of the faults that are left, counted from 1 in the seed's own plan. */
  private List<Integer> describe(ChaosPlan whole, ChaosPlan left) {
    out().printf("  seed %d: %s, %d of %d faults:%n", whole.seed(), whole.text(), left.faults().size(),
        ChaosPlan.of(whole.seed()).faults().size());
    List<Fault> all = ChaosPlan.of(whole.seed()).faults();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (left.faults().contains(all.get(i))) {
        numbers.add(i + 1);
        out().printf("  %2d. %s%n", i + 1, all.get(i).text());
      }
    }
    return numbers;
  }

  private Map<String, Object> report(
      List<Map<String, Object>> violations, Map<Outcome, Integer> outcomes, long attempts, double seedsPerSecond) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("seeds", seeds);
    report.put("from", from);
    report.put("violations", violations);
    report.put("outcomes", outcomes);
    report.put("attempts", attempts);
    report.put("seedsPerSecond", seedsPerSecond);
    return report;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
