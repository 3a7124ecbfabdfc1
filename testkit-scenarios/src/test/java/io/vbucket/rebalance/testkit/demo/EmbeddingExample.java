package io.vbucket.rebalance.testkit.demo;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import java.nio.file.Path;
import java.util.List;

/** The README's example of embedding; what stands between the marks stands there word for word. */
final class EmbeddingExample {
  private EmbeddingExample() {}

  // begin
  static RebalanceSummary addNode(Path clusterFile, String newNode) {
    ClusterFile cluster = ClusterFile.load(clusterFile);
    RebalanceSettings settings = RebalanceSettings.load();
    List<String> names = cluster.nodes().stream().map(node -> node.name()).toList();
    NettyWiring wiring = new NettyWiring(cluster, settings);
    try (Rebalancer rebalancer = new Rebalancer(cluster.bucket(), names, settings, wiring)) {
      rebalancer.subscribe(event -> {
        if (event instanceof RebalanceEvent.AttemptFailed failed) {
          System.out.println("vb:" + failed.vbucket() + " attempt " + failed.attempt() + ": " + failed.reason());
        }
      });
      RebalanceSummary summary =
          rebalancer.start(RebalanceRequest.adding(newNode)).toCompletableFuture().join();
      System.out.println(summary.moved() + " moved, " + summary.retried() + " retried");
      return summary;
    }
  }
  // end
}
