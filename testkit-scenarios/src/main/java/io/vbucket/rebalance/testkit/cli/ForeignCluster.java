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
  private List<String> before = List.of();

  /**
   * @param cluster with one bucket and its nodes
   */
  ForeignCluster(ClusterFile cluster, RebalanceSettings settings, Surroundings.WiringFactory wiring) {
    this.cluster = cluster;
    this.settings = settings;
    this.wiring = wiring;
  }

  /**
   * Remembers how the cluster is before anything is done to it.
   *
   * @throws RebalanceRefusedException when a node cannot be asked; says which and why
   */
  void look() {
    before = faults();
  }

  /** What is not as it should be and was not so at the {@link #look} before, for people. */
  List<String> left() {
    try {
      List<String> left = new ArrayList<>(faults());
      left.removeAll(before);
      if (left.isEmpty()) {
        return List.of("nothing is left over: nodes and map agree as before");
      }
      left.replaceAll(fault -> "left over: " + fault);
      left.add("'rebalance repair' makes good what is left");
      return left;
    } catch (RebalanceRefusedException unknown) {
      List<String> reasons = new ArrayList<>(unknown.reasons());
      reasons.replaceAll(reason -> "what is left cannot be told: " + reason);
      reasons
          .add("'rebalance verify' tells what is left when the nodes can be asked, 'rebalance repair' makes it good");
      return reasons;
    }
  }

  /**
   * Where states and map differ, and copies that serve nothing.
   *
   * @throws RebalanceRefusedException when a node cannot be asked; says which and why
   */
  private List<String> faults() {
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
