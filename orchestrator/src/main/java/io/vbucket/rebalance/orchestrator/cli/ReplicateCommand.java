package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;

/** Keeps replicas filled. */
@Command(
    name = "replicate",
    description = {
      "Keeps every replica of the map filled from its active, and heals what is lost, until Ctrl-C; then ends all its streams.",
      "",
      "Tells how it stands whenever that changes; a node that does not answer is waited for. --json gets the last word. While it is at work no other run may begin on these nodes: to rebalance meanwhile, stop it"
          + " and use 'run --keep-replicating'."})
final class ReplicateCommand extends ClusterCommand {
  @Override
  public Integer call() throws ReportFile.UnwritableException, InterruptedException {
    ReportFile report = options.report();
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    CompletableFuture<Void> interrupted = new CompletableFuture<>();
    BucketFindings findings = new BucketFindings();
    try (ClusterRebalancer all = connect(cluster, settings);
        Surroundings.Watch watch = surroundings().interrupts().watch(() -> interrupted.complete(null))) {
      Map<String, Rebalancer> kept = keepReplicating(all, findings::refused);
      if (!kept.isEmpty()) {
        Map<String, ReplicationStatus> last = keep(kept, interrupted);
        kept.keySet().forEach(bucket -> findings.add(
            bucket, new BucketFindings.Finding(List.of(), last.get(bucket), ExitCode.COMPLETE)));
      }
      return conclude(findings.lines(), findings.figures(), report, findings.exitCode());
    }
  }
}
