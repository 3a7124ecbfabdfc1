package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.cli.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Looks at the cluster that scripts are played on, as {@code rebalance verify} does; changes nothing. */
final class ForeignCluster {
  private final ClusterFile cluster;
  private final RebalanceSettings settings;
  private final Surroundings.WiringFactory wiring;

  /**
   * @param cluster with one bucket and its nodes
   */
  ForeignCluster(ClusterFile cluster, RebalanceSettings settings, Surroundings.WiringFactory wiring) {
    this.cluster = cluster;
    this.settings = settings;
    this.wiring = wiring;
  }

  /**
   * Where states and map differ, and copies that serve nothing.
   *
   * @throws RebalanceRefusedException when a node cannot be asked; says which and why
   */
  List<String> faults() {
    List<String> names = cluster.nodes().stream().map(NodeAddress::name).toList();
    try (Rebalancer rebalancer =
        new Rebalancer(cluster.bucket(), names, settings, wiring.create(cluster, settings))) {
      RebalanceOrchestrator.Verified verified = rebalancer.verify().toCompletableFuture().join();
      List<String> faults = new ArrayList<>(verified.differences());
      faults.addAll(verified.residue());
      return faults;
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException known ? known : failed;
    }
  }
}
