package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import picocli.CommandLine.Command;

/** Compares the nodes with the map. */
@Command(
    name = "verify",
    description = {
      "Compares the states of all copies on all nodes with the map, and lists differences and what is left over."
          + " Copies that are left over harm nothing: they alone do not make the exit code 1. Changes nothing.",
      "While a rebalance or 'rebalance replicate' is at work, it says so first: its copies, streams and connections look as if they were left"
          + " over, and what it moves just then differs from the map for a moment. The exit code is 1 if something differs, as always."})
final class VerifyCommand extends ClusterCommand {
  @Override
  public Integer call() throws ReportFile.UnwritableException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    BucketFindings findings = askEach(cluster, settings, (bucket, rebalancer) -> {
      VerifyReport figures = VerifyReport.of(await(rebalancer.verify()));
      int exitCode = figures.differences().isEmpty() ? ExitCode.COMPLETE : ExitCode.INCOMPLETE;
      return new BucketFindings.Finding(figures.lines(), figures, exitCode);
    });
    return conclude(findings.lines(), findings.figures(), report, findings.exitCode());
  }
}
