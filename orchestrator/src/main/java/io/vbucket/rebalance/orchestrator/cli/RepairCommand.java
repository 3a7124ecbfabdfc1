package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes good what a killed run left. */
@Command(
    name = "repair",
    description = {
      "Makes nodes and map agree after a run was killed: takeovers that were completed go into the map, owners that went dead without a"
          + " successor become active again, copies that serve nothing are deleted. All nodes must answer, and no other run may be at work.",
      "",
      "What only an operator can decide, such as a vBucket that is active on two nodes, is listed and left alone; then the exit code is 1."})
final class RepairCommand extends ClusterCommand {
  @Option(names = "--dry-run", description = "Only tells what would be done.")
  private boolean dryRun;

  @Option(names = "--promote",
      description = "Where no copy of a vBucket is active, makes the most advanced one active, by failover log and seqnos. What"
          + " only the lost active had is given up.")
  private boolean promote;

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    BucketFindings findings = askEach(cluster, settings, (bucket, rebalancer) -> {
      RepairReport figures = RepairReport.of(await(rebalancer.repair(dryRun, promote)), dryRun);
      boolean whole = figures.failures().isEmpty() && figures.needOperator().isEmpty();
      return new BucketFindings.Finding(
          figures.lines(), figures, whole ? ExitCode.COMPLETE : ExitCode.INCOMPLETE);
    });
    return conclude(findings.lines(), findings.figures(), report, findings.exitCode());
  }
}
