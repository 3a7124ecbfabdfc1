package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What scripts there are. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists scenario scripts with what they cover.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:listed", "2:a script has a mistake, or wrong usage"})
public final class ListCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      defaultValue = "testkit-scenarios/scenarios",
      description = "Scripts, or folders of scripts. Default: ${DEFAULT-VALUE}.")
  private List<Path> files;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    List<Scenario> scenarios;
    try {
      scenarios = ScriptFiles.read(files);
    } catch (ScriptException wrong) {
      spec.commandLine().getErr().println(wrong.getMessage());
      return 2;
    }
    Map<String, List<Scenario>> byFile = scenarios.stream().collect(
        Collectors.groupingBy(scenario -> scenario.place().file(), LinkedHashMap::new, Collectors.toList()));
    PrintWriter out = spec.commandLine().getOut();
    byFile.forEach((file, rows) -> {
      Scenario first = rows.get(0);
      out.printf("%-48s %-16s %s%s%s%n", Path.of(file).getFileName(), String.join(" ", first.covers()), first.name(),
          rows.size() > 1 ? " (" + rows.size() + " rows)" : "",
          first.isPending() ? " [pending: " + first.pending() + "]" : "");
    });
    out.flush();
    return 0;
  }
}
