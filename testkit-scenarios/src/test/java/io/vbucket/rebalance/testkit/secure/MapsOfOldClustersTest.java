package io.vbucket.rebalance.testkit.secure;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A cluster that was upgraded still has the map that its old nodes had. */
class MapsOfOldClustersTest {
  private static final int VBUCKETS = 4;

  /** A map of 6.0, without an epoch, on the first two nodes. */
  private static BucketConfig config(EmbeddedCluster cluster) throws IOException {
    try (InputStream file = MapsOfOldClustersTest.class.getResourceAsStream("/configs/two-nodes-6.0.json")) {
      String[] ports = cluster.servers().stream().map(s -> s.substring(s.indexOf(':') + 1)).toArray(String[]::new);
      return BucketConfig.parse(new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .replaceAll("10\\.0\\.0\\.[12]", "127.0.0.1").replace(", \"kvSSL\": 11207", "")
          .replace("11210", ports[0]).replace("11310", ports[1]));
    }
  }

  @Test
  void a_map_without_an_epoch_is_rebalanced_on_nodes_that_have_epochs() throws IOException {
    EmbeddedCluster.Layout layout =
        new EmbeddedCluster.Layout(3, 2, VBUCKETS, "beer", NodeVersion.V7_6, 0, 1, 1, 1);
    RebalanceSettings settings = RebalanceSettings.load(ConfigFactory.parseString("rebalance.map.leave-delay = 0 s"));
    try (EmbeddedCluster cluster = EmbeddedCluster.start(layout)) {
      BucketConfig old = config(cluster);
      for (int i = 0; i < 2; i++) {
        try (AdminClient admin = cluster.admin(i)) {
          for (int vbucket = 0; vbucket < VBUCKETS; vbucket++) {
            boolean active = old.owner(vbucket).equals(cluster.servers().get(i));
            admin.setState(vbucket, active ? VBucketState.ACTIVE : VBucketState.REPLICA);
          }
          admin.setConfig(old);
        }
      }

      RebalanceSummary summary;
      try (Rebalancer rebalancer =
          new Rebalancer("beer", cluster.names(), settings, new NettyWiring(cluster.describe(), settings))) {
        summary = rebalancer.start(RebalanceRequest.adding("n3")).toCompletableFuture().join();
      }

      assertThat(summary.isComplete()).isTrue();
      assertThat(summary.residue()).isEmpty();
      List<String> servers = cluster.servers();
      for (int i = 0; i < servers.size(); i++) {
        try (AdminClient admin = cluster.admin(i)) {
          BucketConfig written = BucketConfig.parse(admin.ask(Admin.getClusterConfig(0)).valueText());
          assertThat(written.epoch()).isZero();
          assertThat(written.revision()).isGreaterThan(old.revision());
          assertThat(written.servers()).containsExactlyInAnyOrderElementsOf(servers);
        }
      }
    }
  }
}
