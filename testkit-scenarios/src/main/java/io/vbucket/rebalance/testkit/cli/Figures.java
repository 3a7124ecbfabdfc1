package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** The files of {@code --json} and its like: looked at before a command begins, written when it has ended. */
final class Figures {
  /** A file that cannot be written is one line; whatever else a command throws is an error of this program and keeps its stack trace. */
  static final IExecutionExceptionHandler HANDLER = Figures::explain;

  private Figures() {}

  private static int explain(Exception failure, CommandLine command, ParseResult parsed) throws Exception {
    if (failure instanceof ReportFile.UnwritableException) {
      command.getErr().println(failure.getMessage());
      return 2;
    }
    throw failure;
  }

  /**
   * @param file null for none
   * @throws ReportFile.UnwritableException when it could not be written, as things are now
   */
  static ReportFile at(Path file) throws ReportFile.UnwritableException {
    return at("report file", file);
  }

  /**
   * The same for something else than a report.
   *
   * @param kind what messages call it, such as {@code trace file}
   */
  static ReportFile at(String kind, Path file) throws ReportFile.UnwritableException {
    return file == null ? ReportFile.NONE : ReportFile.at(kind, file);
  }

  /**
   * Writes what a command found; what cannot be written any more is one line.
   *
   * @param exitCode of the command
   * @return that, or 1 in place of 0 when something is not written
   */
  static int conclude(CommandLine command, int exitCode, ReportFile.Writing... writings) {
    List<String> failures = ReportFile.writeAll(List.of(writings));
    failures.forEach(failure -> command.getErr()
        .println("what was found is not written: " + failure));
    return exitCode == 0 && !failures.isEmpty() ? 1 : exitCode;
  }
}
