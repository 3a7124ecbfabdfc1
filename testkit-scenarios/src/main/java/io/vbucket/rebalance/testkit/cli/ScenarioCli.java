package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.config.logging.ProgramLogging;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program {@code scenario.jar}. */
@Command(
    name = "scenario",
    mixinStandardHelpOptions = true,
    version = "0.1.0",
    description = "Embedded data nodes, a demonstration, benches and scenario scripts for the vBucket rebalance orchestrator.",
    subcommands = {
      DemoCommand.class, NodesCommand.class, BenchCommand.class, RunCommand.class, CheckCommand.class,
      ListCommand.class, ExploreCommand.class, ReplayCommand.class, SimulateCommand.class},
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:all is well", "1:something failed that should not have", "2:wrong usage"})
public final class ScenarioCli implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  public static void main(String[] arguments) {
    ProgramLogging.select("WARN");
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new ScenarioCli());
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "what shall be done?");
  }
}
