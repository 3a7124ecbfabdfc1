package io.vbucket.rebalance.orchestrator.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a command found or did in each bucket of a cluster file. Of one bucket everything is told as it is; of several, the lines begin with the
 * bucket's name and the figures stand under {@code buckets}.
 */
final class BucketFindings {
  /**
   * @param lines for a person
   * @param figures for {@code --json}
   */
  record Finding(List<String> lines, Object figures, int exitCode) {
    Finding {
      lines = List.copyOf(lines);
    }
  }

  /** In place of a bucket's figures. */
  record Refused(List<String> refused) {}

  /** The figures of several buckets. */
  record OfBuckets(Map<String, Object> buckets) {}

  private final Map<String, Finding> byBucket = new LinkedHashMap<>();

  void add(String bucket, Finding finding) {
    byBucket.put(bucket, finding);
  }

  /** Nothing of this bucket was changed; the reasons are told elsewhere. */
  void refused(String bucket, List<String> reasons) {
    add(bucket, new Finding(List.of(), new Refused(reasons), ExitCode.REFUSED));
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    byBucket.forEach((bucket, finding) -> lines.addAll(
        byBucket.size() == 1 ? finding.lines() : named(bucket, finding.lines())));
    return lines;
  }

  static List<String> named(String bucket, List<String> lines) {
    return lines.stream().map(line -> bucket + ": " + line).toList();
  }

  Object figures() {
    return byBucket.size() == 1 ? byBucket.values().iterator().next().figures() : new OfBuckets(ofBuckets());
  }

  Map<String, Object> ofBuckets() {
    Map<String, Object> figures = new LinkedHashMap<>();
    byBucket.forEach((bucket, finding) -> figures.put(bucket, finding.figures()));
    return figures;
  }

  /** Complete when all are, refused when all are: only then was nothing changed. */
  int exitCode() {
    List<Integer> codes = byBucket.values().stream().map(Finding::exitCode).distinct().toList();
    return codes.size() == 1 ? codes.get(0) : ExitCode.INCOMPLETE;
  }
}
