package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;

/** Reads what was written about a rebalance: its report, or its events, of which a report is made. */
public final class ReportSource {
  /** The text is neither; the message names place and mistake. */
  public static final class NoReportException extends IOException {
    private static final long serialVersionUID = 1L;

    private NoReportException(String what, Throwable cause) {
      super(what, cause);
    }
  }

  /**
   * @param warnings what the reader should know, such as a last line that is cut off
   */
  public record Loaded(RebalanceReport report, List<String> warnings) {}

  private static final ObjectMapper JSON = ReportJson.mapper();

  private ReportSource() {}

  /**
   * @param name what the messages call it
   * @throws NoReportException when it is neither a report nor events
   */
  public static Loaded read(String name, BufferedReader from) throws IOException {
    StringBuilder text = new StringBuilder();
    ReportFold fold = new ReportFold();
    long events = 0;
    long number = 0;
    String pending = null;
    for (String line = from.readLine(); line != null; line = from.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      if (number == 1 && !isEvent(line)) {
        return new Loaded(wholeReport(name, text.append(line).append('\n'), from), List.of());
      }
      if (pending != null) {
        // What follows shows that this line was not cut off at the end of the file.
        throw new NoReportException(pending, null);
      }
      try {
        fold.accept(EventLines.parse(line));
        events++;
      } catch (IOException wrong) {
        pending = name + ":" + number + ": " + wrong.getMessage();
      }
    }
    if (events == 0) {
      throw new NoReportException(pending != null ? pending : name + " is empty: expected a report or events", null);
    }
    return new Loaded(
        fold.report(), pending == null ? List.of() : List.of("the last line is cut off and left out: " + pending));
  }

  private static boolean isEvent(String line) {
    try {
      JsonNode tree = JSON.readTree(line);
      return tree.has("event");
    } catch (JsonProcessingException severalLines) {
      return false;
    }
  }

  private static RebalanceReport wholeReport(String name, StringBuilder text, BufferedReader rest)
      throws IOException {
    for (String line = rest.readLine(); line != null; line = rest.readLine()) {
      text.append(line).append('\n');
    }
    try {
      JsonNode tree = JSON.readTree(text.toString());
      if (!tree.isObject() || !tree.has("reportVersion")) {
        throw new NoReportException(
            name + ": neither a report (a JSON object with reportVersion, as --report writes it) nor events (lines of JSON with event, as"
                + " --events writes them)",
            null);
      }
      return JSON.treeToValue(tree, RebalanceReport.class);
    } catch (JsonProcessingException wrong) {
      String where = wrong.getLocation() == null ? "" : ":" + wrong.getLocation().getLineNr();
      throw new NoReportException(name + where + ": " + ReportJson.mistake(wrong), wrong);
    }
  }
}
