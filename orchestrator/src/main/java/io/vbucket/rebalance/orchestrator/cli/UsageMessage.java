package io.vbucket.rebalance.orchestrator.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** One line that says what is wrong, and where the usage stands, instead of a screenful of usage with the error above it. */
public final class UsageMessage implements IParameterExceptionHandler {
  private final String prefix;

  /**
   * @param prefix what the line begins with, such as {@code "rebalance: "}; may be empty
   */
  public UsageMessage(String prefix) {
    this.prefix = prefix;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] arguments) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(prefix + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.WRONG_USAGE;
  }
}
