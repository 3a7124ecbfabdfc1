package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.SettingsException;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import java.io.PrintWriter;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says what went wrong in the user's words; a stack trace is for {@code --verbose}. */
final class FailureMessage implements IExecutionExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(FailureMessage.class);

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    LOG.debug("the command failed", failure);
    if (failure instanceof SettingsException wrong) {
      wrong.problems().forEach(problem -> err.println("rebalance: " + problem.text()));
      return ExitCode.WRONG_USAGE;
    }
    if (failure instanceof ReportFile.UnwritableException) {
      err.println("rebalance: " + failure.getMessage());
      return ExitCode.WRONG_USAGE;
    }
    if (failure instanceof RebalanceRefusedException refused) {
      List<String> lines = Listing.of(refused.reasons(), "run verify to see all");
      lines.forEach(line -> err.println("rebalance: " + line));
      return ExitCode.REFUSED;
    }
    err.println("rebalance: an error of this program, please report it: " + failure + "; --verbose logs where it was");
    return ExitCode.BUG;
  }
}
