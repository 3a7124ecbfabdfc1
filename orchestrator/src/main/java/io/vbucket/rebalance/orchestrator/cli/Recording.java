package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.report.EventLines;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport;
import io.vbucket.rebalance.orchestrator.report.ReportFold;
import io.vbucket.rebalance.orchestrator.report.ReportPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes down the events of one rebalance and writes what {@link ReportOptions} asked for. To be subscribed before the rebalance starts; afterwards
 * {@link #writings}, once it has heard everything.
 */
public final class Recording implements Consumer<RebalanceEvent>, AutoCloseable {
  private static final Path STANDARD_OUTPUT = Path.of("-");

  private final PrintWriter standardOutput;
  private final ReportFile events;
  private final ReportFile report;
  private final ReportFile html;
  private final ReportFold fold = new ReportFold();
  private EventLines lines;
  private IOException failure;

  Recording(PrintWriter standardOutput, ReportFile events, ReportFile report, ReportFile html) {
    this.standardOutput = standardOutput;
    this.events = events;
    this.report = report;
    this.html = html;
  }

  @Override
  public void accept(RebalanceEvent event) {
    write(event);
    fold.accept(event);
  }

  private synchronized void write(RebalanceEvent event) {
    try {
      if (lines == null && failure == null) {
        // Not before there is something to write: a run that is refused leaves the file of the last one alone.
        lines = new EventLines(writer());
      }
    } catch (IOException failed) {
      failure = failed;
    }
    if (lines != null) {
      lines.accept(event);
    }
  }

  private Writer writer() throws IOException {
    if (standardOutput != null) {
      return standardOutput;
    }
    return events.path() == null ? Writer.nullWriter() : Files.newBufferedWriter(events.path());
  }

  /** What is known by now. */
  public RebalanceReport report() {
    return fold.report();
  }

  /** What is to be written at the end: the report, the page, and the rest of the events. */
  public List<ReportFile.Writing> writings() {
    return List.of(
        () -> report.write(report.path() == null ? null : report()),
        () -> html.writeText(html.path() == null ? "" : ReportPage.html(report())),
        this::checkEvents);
  }

  private void checkEvents() throws ReportFile.UnwritableException {
    IOException failed = eventFailure();
    if (failed != null) {
      throw new ReportFile.UnwritableException("events file", events.path() == null ? STANDARD_OUTPUT : events.path(),
          ReportFile.reason(failed), failed);
    }
  }

  private synchronized IOException eventFailure() {
    if (failure == null && standardOutput != null && standardOutput.checkError()) {
      return new IOException("standard output is closed");
    }
    return failure != null ? failure : lines == null ? null : lines.failure();
  }

  @Override
  public synchronized void close() {
    if (lines != null && standardOutput == null) {
      try {
        lines.close();
      } catch (IOException late) {
        failure = failure == null ? late : failure;
      }
    }
  }
}
