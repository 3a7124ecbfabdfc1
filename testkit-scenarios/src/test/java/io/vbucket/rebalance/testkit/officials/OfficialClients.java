package io.vbucket.rebalance.testkit.officials;

import com.couchbase.client.java.Bucket;
import com.couchbase.client.java.Cluster;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.time.Duration;

/** How the tests here connect, and how they rebalance meanwhile. */
final class OfficialClients {
  static final String BUCKET = "default";

  private OfficialClients() {}

  /** With all its defaults. */
  static Cluster connect(EmbeddedCluster nodes) {
    return Cluster.connect(nodes.connectionString(), EmbeddedCluster.USER, EmbeddedCluster.PASSWORD);
  }

  static Bucket open(Cluster cluster) {
    Bucket bucket = cluster.bucket(BUCKET);
    bucket.waitUntilReady(Duration.ofSeconds(20));
    return bucket;
  }

  /** A rebalance in which a third of the takeovers is asked to be retried, twice each. */
  static RebalanceSummary rebalance(EmbeddedCluster nodes, RebalanceRequest request, long seed) {
    nodes.nodes().forEach(node -> node.run(data -> data.faults().shareOfTakeoversToRetry(0.34, 2, seed)));
    RebalanceSettings settings = RebalanceSettings.load();
    try (Rebalancer rebalancer =
        new Rebalancer(BUCKET, nodes.names(), settings, new NettyWiring(nodes.describe(), settings))) {
      return rebalancer.start(request).toCompletableFuture().join();
    }
  }
}
