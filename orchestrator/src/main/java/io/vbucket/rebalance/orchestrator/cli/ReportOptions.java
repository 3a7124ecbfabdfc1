package io.vbucket.rebalance.orchestrator.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that say where the events and the report of a rebalance go; mixed into every command that does one. */
public final class ReportOptions {
  @Option(
      names = "--events",
      paramLabel = "FILE",
      description = "Write every event as a line of JSON to FILE as it happens; - is standard output, and what else would go there goes to"
          + " standard error.")
  private Path events;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write the whole report as JSON to FILE at the end: phases, attempts, bytes and pauses of every vBucket.")
  private Path report;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write the same report as one HTML file at the end: timeline, map before and after. It needs no network.")
  private Path html;

  /** Whether standard output belongs to the events. */
  public boolean takesStandardOutput() {
    return events != null && events.toString().equals("-");
  }

  /**
   * Finds out whether all files can be written, before anything is done.
   *
   * @param standardOutput for events, when it was asked for
   * @throws ReportFile.UnwritableException when one could not
   */
  public Recording open(PrintWriter standardOutput) throws ReportFile.UnwritableException {
    ReportFile eventFile =
        events == null || takesStandardOutput() ? ReportFile.NONE : ReportFile.at("events file", events);
    return new Recording(
        takesStandardOutput() ? standardOutput : null, eventFile, fileFor("report file", report),
        fileFor("page file", html));
  }

  private static ReportFile fileFor(String kind, Path file) throws ReportFile.UnwritableException {
    return file == null ? ReportFile.NONE : ReportFile.at(kind, file);
  }
}
