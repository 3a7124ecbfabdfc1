package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what a rebalance would do. */
@Command(name = "plan",
    description = "Prints what run with the same options would do: moves per pair of nodes, active vBuckets per node. Changes nothing.")
final class PlanCommand extends ClusterCommand {
  @Mixin
  private TargetOptions target;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Write the plan to FILE; 'run --plan FILE' carries it out as it is, as long as nobody has changed the map.")
  private Path save;

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    RebalanceRequest request = target.request(cluster, options);
    ReportFile plan = save == null ? ReportFile.NONE : ReportFile.at(save);
    Readiness.Ready ready;
    try (Rebalancer rebalancer = connect(cluster, settings)) {
      ready = await(rebalancer.plan(request));
    }
    plan.write(PlanFile.of(cluster.bucket(), ready));
    PlanReport figures = PlanReport.of(cluster, ready);
    return conclude(figures.lines(), figures, report, ExitCode.COMPLETE);
  }
}
