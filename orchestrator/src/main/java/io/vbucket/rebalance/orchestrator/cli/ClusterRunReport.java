package io.vbucket.rebalance.orchestrator.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.vbucket.rebalance.orchestrator.cluster.BucketOutcome;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a rebalance of several buckets; the field names are those of its JSON and stay as they are.
 *
 * @param totals the fields of {@link RunReport}, summed
 * @param buckets by name in the order of their turns: the fields of {@link RunReport}, or {@code refused []}, {@code notBegun} or {@code broke}
 */
record ClusterRunReport(@JsonUnwrapped RunReport totals, Map<String, Object> buckets) {
  /** In place of the figures of a bucket whose turn never came. */
  record NotBegun(String notBegun) {}

  /** In place of the figures of a bucket whose orchestrator broke. */
  record Broke(String broke) {}

  static ClusterRunReport of(ClusterSummary summary) {
    Map<String, Object> buckets = new LinkedHashMap<>();
    summary.buckets().forEach((bucket, outcome) -> buckets.put(bucket, figures(outcome)));
    return new ClusterRunReport(RunReport.of(summary.totals()), buckets);
  }

  private static Object figures(BucketOutcome outcome) {
    if (outcome instanceof BucketOutcome.Ended ended) {
      return RunReport.of(ended.summary());
    } else if (outcome instanceof BucketOutcome.Refused refused) {
      return new BucketFindings.Refused(refused.reasons());
    } else if (outcome instanceof BucketOutcome.NotBegun never) {
      return new NotBegun(never.why());
    }
    return new Broke(((BucketOutcome.Broke) outcome).why());
  }

  /** What came of each bucket, for a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    buckets.forEach((bucket, figures) -> lines.addAll(BucketFindings.named(bucket, lines(figures))));
    return lines;
  }

  private static List<String> lines(Object figures) {
    if (figures instanceof RunReport report) {
      return report.lines();
    } else if (figures instanceof BucketFindings.Refused) {
      return List.of("refused, nothing of it was changed");
    } else if (figures instanceof NotBegun never) {
      return List.of("not begun, " + never.notBegun());
    }
    return List.of(((Broke) figures).broke());
  }
}
