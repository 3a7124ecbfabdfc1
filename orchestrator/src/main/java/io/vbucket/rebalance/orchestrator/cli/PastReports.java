package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport;
import io.vbucket.rebalance.orchestrator.report.ReportSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What reports of earlier rebalances tell of the maps before them. */
final class PastReports {
  private PastReports() {}

  /**
   * @param option for the message
   * @return maps by bucket, in the order of the files
   * @throws IllegalArgumentException when a file cannot be read or is no report; the message names it
   */
  static Map<String, List<VBucketMap>> maps(String option, List<Path> files) {
    Map<String, List<VBucketMap>> maps = new TreeMap<>();
    for (Path file : files) {
      for (RebalanceReport.Stage stage : read(option, file).stageInfo().values()) {
        stage.details().forEach((bucket, report) -> maps.computeIfAbsent(bucket, name -> new ArrayList<>())
            .add(map(option, file, report.map().before())));
      }
    }
    return maps;
  }

  private static VBucketMap map(String option, Path file, List<List<String>> chains) {
    int longest = chains.stream().mapToInt(List::size).max().orElse(1);
    try {
      return VBucketMap.of(Math.max(0, longest - 1), chains);
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException(option + " " + file + ": its map is none: " + wrong.getMessage(), wrong);
    }
  }

  private static RebalanceReport read(String option, Path file) {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      return ReportSource.read(file.toString(), reader).report();
    } catch (ReportSource.NoReportException wrong) {
      throw new IllegalArgumentException(option + " " + wrong.getMessage(), wrong);
    } catch (NoSuchFileException missing) {
      throw new IllegalArgumentException(option + " " + file + ": no such file; 'rebalance run --report' writes one",
          missing);
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(option + " " + file + " cannot be read: " + unreadable, unreadable);
    }
  }
}
