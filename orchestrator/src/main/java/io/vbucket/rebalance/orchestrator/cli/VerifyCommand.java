package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import picocli.CommandLine.Command;

/** Compares the nodes with the map. */
@Command(
    name = "verify",
    description = "Compares the states of all copies on all nodes with the map, and lists differences and what is left over."
        + " Copies that are left over harm nothing: they alone do not make the exit code 1. Changes nothing.")
final class VerifyCommand extends ClusterCommand {
  @Override
  public Integer call() throws ReportFile.UnwritableException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    VerifyReport figures;
    try (Rebalancer rebalancer = connect(cluster, settings)) {
      figures = VerifyReport.of(await(rebalancer.verify()));
    }
    int exitCode = figures.differences().isEmpty() ? ExitCode.COMPLETE : ExitCode.INCOMPLETE;
    return conclude(figures.lines(), figures, report, exitCode);
  }
}
