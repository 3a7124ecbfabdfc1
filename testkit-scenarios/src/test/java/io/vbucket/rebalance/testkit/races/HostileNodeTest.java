package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.OneActiveMonitor;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HostileNodeTest {
  private static final int VBUCKETS = 16;
  private static final String HOSTILE = "n4";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private final RebalanceSettings settings = RebalanceSettings.load(ConfigFactory.parseString("""
      rebalance {
        takeover {
          max-attempts = 2
          backoff { initial = 5 ms, max = 50 ms }
          timeouts { add-stream = 1 s, catch-up = 1 s, pending = 1 s, active = 1 s, close = 500 ms, link = 3 s, node-down = 3 s }
        }
        move.persistence-timeout = 3 s
        link.reconnect-backoff { initial = 10 ms, max = 200 ms }
        node {
          reconnect-backoff { initial = 10 ms, max = 200 ms }
          request-timeout = 1 s
          deletion-timeout = 1 s
        }
      }
      """));

  private static ClusterFile through(GarblingProxy proxy, EmbeddedCluster cluster) {
    ClusterFile real = cluster.describe();
    List<NodeAddress> addresses = new ArrayList<>(real.nodes());
    addresses.set(3, new NodeAddress(HOSTILE, "127.0.0.1", proxy.port()));
    return new ClusterFile(real.bucket(), real.credentials(), real.security(), addresses);
  }

  /** Those of n1 go to n3, those of n2 to the hostile node. */
  private static Map<Integer, String> moves() {
    Map<Integer, String> moves = new TreeMap<>();
    for (int vbucket = 0; vbucket < VBUCKETS; vbucket++) {
      moves.put(vbucket, vbucket < VBUCKETS / 2 ? "n3" : HOSTILE);
    }
    return moves;
  }

  /**
   * What a client says of vBuckets that wait for an operator: the hostile node was told to become active and says only garbage to that, so nobody may
   * make the source active again (I1, I4).
   */
  private static List<String> unserved(RebalanceSummary summary) {
    return summary.needOperator().stream()
        .map(line -> "vb:" + line.substring(line.indexOf('/') + 1, line.indexOf(' ')) + " was not served for "
            + PATIENCE)
        .toList();
  }

  @Test
  void a_node_that_turns_hostile_in_mid_rebalance_breaks_its_own_moves_only() throws Exception {
    OneActiveMonitor oneActive = new OneActiveMonitor();
    EmbeddedCluster.Layout layout = EmbeddedCluster.Layout.of(4, 2, VBUCKETS);
    try (EmbeddedCluster cluster = EmbeddedCluster.start(layout, oneActive);
        GarblingProxy proxy = new GarblingProxy(cluster.node(3).port());
        KvClient client = cluster.client(PATIENCE)) {
      Workload workload = new Workload(client, new Ledger(400, 64));
      workload.load(written -> {});
      RebalanceSummary summary;
      ClusterFile file = through(proxy, cluster);
      try (Rebalancer rebalancer =
          new Rebalancer(file.bucket(), cluster.names(), settings, new NettyWiring(file, settings))) {
        rebalancer.subscribe(event -> {
          if (event instanceof RebalanceEvent.AttemptStarted started && started.vbucket() >= VBUCKETS / 2) {
            proxy.garble();
          }
        });
        workload.start(new Workload.Clients(2, 1, 1), 1);
        summary = rebalancer.start(RebalanceRequest.moving(moves())).toCompletableFuture().join();
      }
      // What it has can only be read from a node that answers.
      proxy.behave();
      workload.stop();

      for (int vbucket = 0; vbucket < VBUCKETS / 2; vbucket++) {
        int number = vbucket;
        Optional<VBucketState> state = cluster.node(2).call(node -> node.state("default", number));
        assertThat(state).as("vb:%d on n3", vbucket).contains(VBucketState.ACTIVE);
      }
      assertThat(summary.moved()).isGreaterThanOrEqualTo(VBUCKETS / 2);
      assertThat(summary.unmoved().size() + summary.needOperator().size()).as("moves to the hostile node that failed")
          .isPositive();
      oneActive.assertOneActive();
      List<String> unserved = unserved(summary);
      assertThat(workload.lost()).filteredOn(line -> unserved.stream().noneMatch(line::endsWith))
          .as("acknowledged operations that are lost").isEmpty();
      if (unserved.isEmpty() && summary.moved() == VBUCKETS / 2) {
        assertThat(workload.failed()).as("operations that nobody answered").isZero();
      }
    }
  }
}
