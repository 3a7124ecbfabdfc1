package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.OneActiveMonitor;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Two nodes over real sockets, clients at work, and a rebalance from the source to the destination that something is done to. At the end of every
 * bout: one active copy at all times (I1), nothing lost (I2), no stream and no parked operation left (I3, I4), one answer (I8).
 */
final class Bout implements AutoCloseable {
  /** The vBucket that things are done to; 2 and 3 are moved, 0 and 1 stay. */
  static final int VBUCKET = 2;

  static final int OTHER = 3;

  private static final String BUCKET = "default";
  private static final String QUICK = """
      rebalance {
        takeover {
          max-attempts = 5
          backoff { initial = 5 ms, max = 50 ms }
          timeouts { add-stream = 1 s, catch-up = 2 s, pending = 1 s, active = 1 s, close = 500 ms, link = 5 s, node-down = 3 s }
        }
        move.backfill-poll-interval = 5 ms
        link.reconnect-backoff { initial = 10 ms, max = 200 ms }
        node.reconnect-backoff { initial = 10 ms, max = 200 ms }
        node.request-timeout = 2 s
      }
      """;

  final List<RebalanceEvent> events = new CopyOnWriteArrayList<>();
  private final OneActiveMonitor oneActive = new OneActiveMonitor();
  private final EmbeddedCluster cluster;
  private final KvClient client;
  private final Workload workload;
  private final RebalanceSettings settings;
  private Rebalancer rebalancer;

  Bout(NodeVersion version) throws IOException, InterruptedException {
    this(version, "");
  }

  Bout(NodeVersion version, String moreSettings) throws IOException, InterruptedException {
    cluster = EmbeddedCluster.start(new EmbeddedCluster.Layout(2, 1, 4, BUCKET, version, 0, 1), oneActive);
    client = cluster.client(Duration.ofSeconds(20));
    workload = new Workload(client, new Ledger(200, 64));
    settings = RebalanceSettings.load(
        ConfigFactory.parseString(moreSettings).withFallback(ConfigFactory.parseString(QUICK)));
    workload.load(written -> {});
  }

  TcpDataNode source() {
    return cluster.node(0);
  }

  TcpDataNode destination() {
    return cluster.node(1);
  }

  EmbeddedCluster cluster() {
    return cluster;
  }

  Optional<VBucketState> stateOnSource(int vbucket) {
    return source().call(node -> node.state(BUCKET, vbucket));
  }

  Optional<VBucketState> stateOnDestination(int vbucket) {
    return destination().call(node -> node.state(BUCKET, vbucket));
  }

  /** Begins the rebalance; the future has the summary. */
  CompletableFuture<RebalanceSummary> begin() {
    rebalancer = anotherRebalancer();
    rebalancer.subscribe(events::add);
    workload.start(new Workload.Clients(2, 1, 1), 1);
    // A plan looks at how large vBuckets are, and here shall always be the same one.
    return rebalancer.start(RebalanceRequest.moving(Map.of(VBUCKET, "n2", OTHER, "n2"))).toCompletableFuture();
  }

  /** One more orchestrator of the same cluster; the caller closes it. */
  Rebalancer anotherRebalancer() {
    return new Rebalancer(BUCKET, cluster.names(), settings, new NettyWiring(cluster.describe(), settings));
  }

  Rebalancer rebalancer() {
    return rebalancer;
  }

  /** Runs the rebalance to its end and checks all that must hold whatever was done to it. */
  RebalanceSummary run() throws InterruptedException {
    return settle(begin());
  }

  RebalanceSummary settle(CompletableFuture<RebalanceSummary> end) throws InterruptedException {
    RebalanceSummary summary = end.join();
    workload.stop();
    oneActive.assertOneActive();
    assertThat(workload.lost()).as("acknowledged operations that are lost").isEmpty();
    assertThat(workload.untrue()).as("reads that contradict an acknowledged operation").isZero();
    assertThat(workload.failed()).as("operations that nobody answered").isZero();
    for (TcpDataNode node : cluster.nodes()) {
      for (int vbucket = 0; vbucket < 4; vbucket++) {
        int number = vbucket;
        assertThat(node.<Integer>call(data -> data.parkedOperations(BUCKET, number))).as("parked operations").isZero();
      }
    }
    return summary;
  }

  long attemptsOf(int vbucket) {
    return events.stream()
        .filter(event -> event instanceof RebalanceEvent.AttemptStarted started && started.vbucket() == vbucket)
        .count();
  }

  /** The vBucket is active on the destination, and the source has no copy any more. */
  void assertMoved(int vbucket) {
    assertThat(stateOnDestination(vbucket)).contains(VBucketState.ACTIVE);
    assertThat(stateOnSource(vbucket)).isEmpty();
  }

  /** The vBucket is active on the source, and the destination has no copy. */
  void assertUnmoved(int vbucket) {
    assertThat(stateOnSource(vbucket)).contains(VBucketState.ACTIVE);
    assertThat(stateOnDestination(vbucket)).isEmpty();
  }

  @Override
  public void close() {
    if (rebalancer != null) {
      rebalancer.close();
    }
    client.close();
    cluster.close();
  }
}
