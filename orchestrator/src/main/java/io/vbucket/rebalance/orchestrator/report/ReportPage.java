package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A report as one HTML file with everything in it: it is read in a browser without any network, and asks for none. What is shown is drawn by a script
 * in the page from the JSON in the page, which is the report itself and can be taken out again.
 */
public final class ReportPage {
  private static final String STYLE = "/*STYLE*/";
  private static final String SCRIPT = "/*SCRIPT*/";
  private static final String REPORT = "{\"REPORT\":0}";

  private ReportPage() {}

  public static String html(RebalanceReport report) {
    return part("report.html")
        .replace(STYLE, part("report.css"))
        .replace(SCRIPT, part("report.js"))
        .replace(REPORT, embedded(report));
  }

  /** Names of nodes and messages of servers are data: no text in them may end the element that holds them. */
  private static String embedded(RebalanceReport report) {
    try {
      return ReportJson.mapper().writeValueAsString(report)
          .replace("<", "\\u003c")
          .replace("\u2028", "\\u2028")
          .replace("\u2029", "\\u2029");
    } catch (JsonProcessingException bug) {
      throw new UncheckedIOException("no JSON for a report", bug);
    }
  }

  private static String part(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program is incomplete: " + name + " is not in its jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new UncheckedIOException("the program is damaged: " + name, broken);
    }
  }
}
