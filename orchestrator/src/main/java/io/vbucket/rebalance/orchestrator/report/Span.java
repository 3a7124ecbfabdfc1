package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.time.Duration;
import java.time.Instant;

/**
 * From when to when something lasted. What is not known (yet) is {@code false} in JSON and null here.
 *
 * @param timeTaken milliseconds, with decimals; null while {@code completedTime} is
 */
public record Span(
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant startTime,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant completedTime,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) @JsonDeserialize(
        using = ReportJson.UnsetReader.class) Double timeTaken) {

  /** Of something that has not begun. */
  public static final Span NONE = new Span(null, null, null);

  static Span of(Instant start, Instant end) {
    return new Span(start, end, start == null || end == null ? null : millis(start, end));
  }

  static double millis(Instant from, Instant to) {
    return rounded(Duration.between(from, to).toNanos() / 1e6);
  }

  /** To microseconds. */
  static double rounded(double millis) {
    return Math.round(millis * 1000) / 1000.0;
  }

  /** Milliseconds it took, 0 while it lasts. */
  double taken() {
    return timeTaken == null ? 0 : timeTaken;
  }
}
