package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks for mistakes and runs nothing. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Reads scenario scripts and tells every mistake in them; runs nothing.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:no mistakes", "2:mistakes, or wrong usage"})
public final class CheckCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Scripts, or folders of scripts.")
  private List<Path> files;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    try {
      List<Scenario> scenarios = ScriptFiles.read(files);
      spec.commandLine().getOut().printf("%d scenarios, no mistakes%n", scenarios.size());
      spec.commandLine().getOut().flush();
      return 0;
    } catch (ScriptException wrong) {
      spec.commandLine().getErr().println(wrong.getMessage());
      return 2;
    }
  }
}
