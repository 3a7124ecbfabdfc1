package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.logging.ProgramLogging;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program rebalance.jar. */
@Command(
    name = "rebalance",
    description = "Moves vBuckets between the data nodes of a cluster while clients keep reading and writing.",
    subcommands = {
      RunCommand.class, PlanCommand.class, VerifyCommand.class, RepairCommand.class, ReplicateCommand.class,
      ReportCommand.class},
    commandListHeading = "%nCommands:%n",
    footer = {"", "Log level: REBALANCE_LOG_LEVEL in the environment, default WARN; the log goes to standard error."})
public final class RebalanceCli implements Callable<Integer> {
  private static final String LOG_LEVEL = "REBALANCE_LOG_LEVEL";

  @Mixin
  private Conventions conventions;

  @Spec
  private CommandSpec spec;

  private final Surroundings surroundings;

  RebalanceCli(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    ProgramLogging.select();
    if (System.getenv(LOG_LEVEL) == null && System.getProperty(LOG_LEVEL) == null) {
      // What an operator must know is printed; a line in the log for every retry would tear the progress bar.
      System.setProperty(LOG_LEVEL, "WARN");
    }
    CommandLine program = commandLine(Surroundings.ofThisProcess());
    // Straight onto the stream: a writer between them would not notice that it is full or closed.
    program.setOut(new PrintWriter(System.out, true, Charset.defaultCharset()));
    System.exit(program.execute(arguments));
  }

  /** The program without its process: for tests. */
  static CommandLine commandLine(Surroundings surroundings) {
    CommandLine program = new CommandLine(new RebalanceCli(surroundings));
    program.getSubcommands().get("run").getCommandSpec().usageMessage()
        .footerHeading("%nLines that --control takes:%n")
        .footer(ControlLine.GRAMMAR.stream().map(line -> "  " + line).toArray(String[]::new));
    return program
        .setParameterExceptionHandler(new UsageMessage("rebalance: "))
        .setExecutionExceptionHandler(new FailureMessage());
  }

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.WRONG_USAGE;
  }
}
