package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tells what a rebalance would do. */
@Command(name = "plan",
    description = "Prints what run with the same options would do: moves per pair of nodes, active vBuckets per node. Changes nothing.")
final class PlanCommand extends ClusterCommand {
  @Mixin
  private TargetOptions target;

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    RebalanceRequest request = target.request(cluster, options);
    PlanReport figures;
    try (Rebalancer rebalancer = connect(cluster, settings)) {
      figures = PlanReport.of(cluster, await(rebalancer.plan(request)));
    }
    return conclude(figures.lines(), figures, report, ExitCode.COMPLETE);
  }
}
