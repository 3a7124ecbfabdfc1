package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.config.logging.ProgramLogging;
import io.vbucket.rebalance.orchestrator.cli.Surroundings;
import io.vbucket.rebalance.orchestrator.cli.UsageMessage;
import java.util.Set;
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
    exitCodeList = {"0:all is well", "1:something failed that should not have", "2:wrong usage",
      "3:nodes of others cannot be used; nothing was done to them", "130:interrupted by the user"})
public final class ScenarioCli implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  /** Commands whose faults are made on purpose: a warning for each would bury what they have to say. */
  private static final Set<String> FULL_OF_FAULTS = Set.of("run", "simulate", "replay");

  private final Surroundings surroundings;

  private ScenarioCli(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  public static void main(String[] arguments) {
    ProgramLogging.select(arguments.length > 0 && FULL_OF_FAULTS.contains(arguments[0]) ? "ERROR" : "WARN");
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return commandLine(Surroundings.ofThisProcess());
  }

  /** The program without its process: for tests. */
  static CommandLine commandLine(Surroundings surroundings) {
    return new CommandLine(new ScenarioCli(surroundings))
        .setParameterExceptionHandler(new UsageMessage(""))
        .setExecutionExceptionHandler(Figures.HANDLER);
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "what shall be done?");
  }
}
