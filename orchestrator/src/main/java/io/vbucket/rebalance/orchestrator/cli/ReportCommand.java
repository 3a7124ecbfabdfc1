package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.report.RebalanceReport;
import io.vbucket.rebalance.orchestrator.report.ReportPage;
import io.vbucket.rebalance.orchestrator.report.ReportSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a report of what an earlier rebalance left. */
@Command(
    name = "report",
    description = {
      "Makes a report of FILE, which is either a report that run --report wrote, or the events that run --events wrote. Works without any cluster.",
      "Of a rebalance that has not ended, the events tell how things stood when the last one was written."})
final class ReportCommand implements Callable<Integer> {
  @Mixin
  private Conventions conventions;

  @Parameters(paramLabel = "FILE", description = "Report or events; - is standard input.")
  private Path source;

  @Option(names = "--html", paramLabel = "OUT", description = "Write one HTML file that needs no network.")
  private Path html;

  @Option(names = "--json", paramLabel = "OUT", description = "Write the report as JSON.")
  private Path json;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (html == null && json == null) {
      throw new ParameterException(spec.commandLine(), "nothing to write: name a file with --html or --json");
    }
    ReportFile page = html == null ? ReportFile.NONE : ReportFile.at("page file", html);
    ReportFile figures = json == null ? ReportFile.NONE : ReportFile.at(json);
    PrintWriter err = spec.commandLine().getErr();
    ReportSource.Loaded loaded;
    try (BufferedReader reader = open()) {
      loaded = ReportSource.read(source.toString(), reader);
    } catch (ReportSource.NoReportException wrong) {
      err.println("rebalance: " + wrong.getMessage());
      return ExitCode.WRONG_USAGE;
    } catch (NoSuchFileException missing) {
      err.println("rebalance: " + source + ": no such file");
      return ExitCode.WRONG_USAGE;
    } catch (IOException unreadable) {
      err.println("rebalance: " + source + " cannot be read: " + unreadable);
      return ExitCode.WRONG_USAGE;
    }
    loaded.warnings().forEach(warning -> err.println("rebalance: " + warning));
    RebalanceReport report = loaded.report();
    List<String> failures = ReportFile.writeAll(
        List.of(() -> figures.write(report), () -> page.writeText(ReportPage.html(report))));
    failures.forEach(failure -> err.println("rebalance: not written: " + failure));
    spec.commandLine().getOut().printf(
        Locale.ROOT, "%,d of %,d moves%s%n", report.summary().moved(), report.summary().moves(),
        report.completedTime() == null ? ", not ended" : "");
    return failures.isEmpty() ? ExitCode.COMPLETE : ExitCode.INCOMPLETE;
  }

  private BufferedReader open() throws IOException {
    return source.toString().equals("-")
        ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
        : Files.newBufferedReader(source);
  }
}
