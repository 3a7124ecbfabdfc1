package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import io.vbucket.rebalance.testkit.explore.Exploration;
import io.vbucket.rebalance.testkit.explore.ExploreReport;
import io.vbucket.rebalance.testkit.explore.ScriptedExploration;
import io.vbucket.rebalance.testkit.explore.SequenceDiagram;
import io.vbucket.rebalance.testkit.explore.Trace;
import io.vbucket.rebalance.testkit.explore.Variant;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Search;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Searches through every order of events around a script's move. */
@Command(
    name = "explore",
    mixinStandardHelpOptions = true,
    description = {
      "Searches through every order of events around a script's move.",
      "Events are frames, losses, answers, time limits, and the faults that its explore { } and its lines allow. The orchestrator's"
          + " pure rules are those of production; nodes, sockets and clients are models. Invariants are checked in every state, and"
          + " that every path ends. The first schedule that breaks one is a shortest one."},
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:searched to its end, no invariant is broken",
      "1:an invariant is broken, or the search is not complete",
      "2:a script has a mistake, or wrong usage; nothing was searched"})
public final class ExploreCommand implements Callable<Integer> {
  private static final long PROGRESS_NANOS = 3_000_000_000L;

  @Parameters(paramLabel = "FILE", description = "A script with explore { }, or a folder of scripts.")
  private java.nio.file.Path file;

  @Option(
      names = "--variant",
      defaultValue = "product",
      converter = VariantConverter.class,
      description = "Whose rules: product, or naive (two writers to the consumer's socket, a retry at once, no fence), which "
          + "shows what would go wrong. Default: ${DEFAULT-VALUE}.")
  private Variant variant;

  @Option(
      names = "--all-violations",
      description = "Goes on after the first violation until every invariant that can be broken was broken once.")
  private boolean allViolations;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes distinctStates, statesPerSecond (of one core's time), depth, complete, violations [], seconds and "
          + "coreSeconds here.")
  private java.nio.file.Path json;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Writes the first violation's schedule here; scenario replay goes through it again.")
  private java.nio.file.Path trace;

  @Spec
  private CommandSpec spec;

  /** Reads {@code naive}. */
  static final class VariantConverter implements picocli.CommandLine.ITypeConverter<Variant> {
    @Override
    public Variant convert(String value) {
      for (Variant variant : Variant.values()) {
        if (variant.word().equals(value)) {
          return variant;
        }
      }
      throw new picocli.CommandLine.TypeConversionException("expected product or naive but was '" + value + "'");
    }
  }

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    Map<Scenario, Exploration> explorations = new java.util.LinkedHashMap<>();
    try {
      boolean folder = java.nio.file.Files.isDirectory(file);
      for (Scenario scenario : ScriptFiles.read(List.of(file))) {
        if (!folder || scenario.explore().isPresent()) {
          explorations.put(scenario, ScriptedExploration.of(scenario));
        }
      }
    } catch (ScriptException wrong) {
      spec.commandLine().getErr().println(wrong.getMessage());
      return 2;
    }
    ReportFile report = Figures.at(json);
    ReportFile traced = Figures.at("trace file", trace);
    List<Search.Found> searches = new ArrayList<>();
    for (Map.Entry<Scenario, Exploration> entry : explorations.entrySet()) {
      searches.add(explore(entry.getKey(), entry.getValue(), traced));
    }
    ExploreReport figures = ExploreReport.of(searches);
    int exitCode = figures.complete() && figures.violations().isEmpty() ? 0 : 1;
    return Figures.conclude(spec.commandLine(), exitCode, () -> report.write(figures));
  }

  private Search.Found explore(Scenario scenario, Exploration exploration, ReportFile traced) {
    out().printf("%s%n  nodes like %s, at most %d attempts; faults: %s%n", scenario.title(),
        exploration.version().text(), exploration.maxAttempts(), words(exploration.faults()));
    out().flush();
    Scenario.Explore bounds = scenario.explore().orElseThrow();
    Search.Found found = exploration.search(
        variant, new Search.Limits(bounds.depth(), bounds.states(), allViolations), progress());
    for (io.vbucket.rebalance.testkit.explore.search.Path path : found.violations()) {
      out().printf("%s is broken: %s%nshortest schedule, %d steps:%n%s%n", path.violated(), path.text(),
          path.steps().size(), SequenceDiagram.of(path));
    }
    if (trace != null && !found.violations().isEmpty()) {
      Trace first = Trace.of(scenario.place().file(), variant, exploration, found.violations().get(0));
      if (Figures.conclude(spec.commandLine(), 0, () -> traced.writeText(first.json())) == 0) {
        out().printf("again: scenario replay %s%n", trace);
      }
    }
    ExploreReport figures = ExploreReport.of(List.of(found));
    out().printf(Locale.ROOT,
        "%,d distinct states, depth %d, in %.1f s (%.1f s of one core: %,d states per second); %s, %s%n",
        found.distinctStates(), found.depth(), found.seconds(), found.coreSeconds(), figures.statesPerSecond(),
        found.complete()
            ? "complete"
            : found.violations().isEmpty() ? "NOT COMPLETE: a bound was reached" : "ended early",
        found.violations().isEmpty() ? "no invariant is broken" : found.violations().size() + " broken");
    out().flush();
    return found;
  }

  private static String words(Map<Fault, Integer> faults) {
    String words = new TreeMap<>(faults).entrySet().stream()
        .filter(fault -> fault.getValue() > 0)
        .map(fault -> fault.getKey().word() + " " + fault.getValue())
        .collect(Collectors.joining(", "));
    return words.isEmpty() ? "none" : words;
  }

  private LongConsumer progress() {
    long begun = System.nanoTime();
    long[] told = {begun};
    return states -> {
      long now = System.nanoTime();
      if (now - told[0] >= PROGRESS_NANOS) {
        told[0] = now;
        spec.commandLine().getErr().printf(Locale.ROOT, "  %,d states after %d s%n", states,
            (now - begun) / 1_000_000_000L);
        spec.commandLine().getErr().flush();
      }
    };
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
