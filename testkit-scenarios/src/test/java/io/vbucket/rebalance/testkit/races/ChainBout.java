package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.cluster.CopyCheck;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.OneActiveMonitor;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Nodes n1 to n4 over real sockets with replicas, clients at work, and a rebalance that something is done to. At the end of every bout: one
 * active copy at all times (I1), nothing lost (I2), every copy in the state that the map says, no stream and no parked operation left
 * (I3, I4).
 */
final class ChainBout implements AutoCloseable {
  static final String BUCKET = "default";
  static final int VBUCKETS = 6;

  private static final String QUICK = """
      rebalance {
        takeover {
          max-attempts = 4
          backoff { initial = 5 ms, max = 50 ms }
          timeouts { add-stream = 1 s, catch-up = 2 s, pending = 1 s, active = 1 s, close = 500 ms, link = 5 s, node-down = 3 s }
        }
        move.backfill-poll-interval = 5 ms
        link.reconnect-backoff { initial = 10 ms, max = 200 ms }
        map.watch-interval = 100 ms
        node.reconnect-backoff { initial = 10 ms, max = 200 ms }
        node.request-timeout = 10 s
      }
      """;

  final List<RebalanceEvent> events = new CopyOnWriteArrayList<>();
  final EmbeddedCluster cluster;
  final BucketConfig before;
  private final OneActiveMonitor oneActive = new OneActiveMonitor();
  private final KvClient client;
  private final Workload workload;
  private final Rebalancer rebalancer;
  private boolean keeps;

  ChainBout(NodeVersion version, int owners, int replicas) throws IOException, InterruptedException {
    cluster = EmbeddedCluster.start(
        new EmbeddedCluster.Layout(4, owners, VBUCKETS, BUCKET, version, 0, 1, replicas, 1), oneActive);
    client = cluster.client(Duration.ofSeconds(20));
    before = client.config();
    workload = new Workload(client, new Ledger(300, 64));
    rebalancer = anotherRebalancer();
    rebalancer.subscribe(events::add);
    workload.load(written -> {});
  }

  Rebalancer anotherRebalancer() {
    RebalanceSettings settings = RebalanceSettings.load(ConfigFactory.parseString(QUICK));
    return new Rebalancer(BUCKET, cluster.names(), settings, new NettyWiring(cluster.describe(), settings));
  }

  Rebalancer rebalancer() {
    return rebalancer;
  }

  TcpDataNode node(String name) {
    return cluster.node(cluster.names().indexOf(name));
  }

  /** The chain by node name. */
  List<String> chain(BucketConfig config, int vbucket) {
    List<String> chain = new ArrayList<>();
    config.chain(vbucket).forEach(
        server -> chain.add(server == null ? null : cluster.names().get(cluster.servers().indexOf(server))));
    return chain;
  }

  /** The newest map that a node has. */
  BucketConfig config() {
    return cluster.nodes().stream()
        .map(node -> node.<String>call(data -> data.config(BUCKET)))
        .filter(json -> !json.isEmpty())
        .map(BucketConfig::parse)
        .max(BucketConfig::compareTo)
        .orElseThrow();
  }

  CompletableFuture<RebalanceSummary> begin(RebalanceRequest request) {
    workload.start(new Workload.Clients(2, 1, 1), 1);
    return rebalancer.start(request).toCompletableFuture();
  }

  RebalanceSummary run(RebalanceRequest request) throws IOException, InterruptedException {
    return settle(begin(request));
  }

  /** The same without clients, so that copies can be compared afterwards. */
  RebalanceSummary runQuietly(RebalanceRequest request) throws IOException, InterruptedException {
    return settle(rebalancer.start(request).toCompletableFuture());
  }

  RebalanceSummary settle(CompletableFuture<RebalanceSummary> end) throws IOException, InterruptedException {
    RebalanceSummary summary = end.join();
    workload.stop();
    oneActive.assertOneActive();
    assertThat(workload.lost()).as("acknowledged operations that are lost").isEmpty();
    assertThat(workload.untrue()).as("reads that contradict an acknowledged operation").isZero();
    assertThat(workload.failed()).as("operations that nobody answered").isZero();
    for (TcpDataNode node : cluster.nodes()) {
      for (int vbucket = 0; vbucket < VBUCKETS; vbucket++) {
        int number = vbucket;
        assertThat(node.<Integer>call(data -> data.parkedOperations(BUCKET, number))).as("parked operations").isZero();
      }
    }
    if (!keeps) {
      assertNoStreams();
    }
    assertThat(differences()).isEmpty();
    return summary;
  }

  void assertNoStreams() {
    for (TcpDataNode node : cluster.nodes()) {
      assertThat(node.<Integer>call(data -> data.producerStreams(BUCKET))).as("streams from %s", node).isZero();
      assertThat(node.<Integer>call(data -> data.consumerStreams(BUCKET))).as("streams into %s", node).isZero();
    }
  }

  /** Begins replication that lasts, and waits until all of it runs. */
  void keepReplicating() {
    keeps = true;
    rebalancer.keepReplicating().toCompletableFuture().join();
    awaitReplication();
  }

  void endReplication() {
    rebalancer.stopReplicating().toCompletableFuture().join();
    keeps = false;
  }

  void awaitReplication() {
    await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10)).until(
        () -> rebalancer.replication().toCompletableFuture().join().orElseThrow(), status -> status.isComplete());
  }

  void startClients() {
    workload.start(new Workload.Clients(2, 1, 1), 1);
  }

  void stopClients() {
    workload.stop();
  }

  /** Every copy has exactly the items of its active, once it has had the time to. */
  void assertCopiesEqual() throws IOException, InterruptedException {
    try (CopyCheck check = cluster.copies(config())) {
      await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10)).until(check::replicasAreThere);
      CopyCheck.Result result = check.compare();
      assertThat(result.differences()).isEmpty();
      assertThat(result.copies()).isEqualTo(VBUCKETS * (config().numReplicas() + 1));
      assertThat(result.items()).isPositive();
    }
  }

  /** Where states contradict the map, as the orchestrator itself sees it. */
  private List<String> differences() {
    RebalanceOrchestrator.Verified verified = rebalancer.verify().toCompletableFuture().join();
    List<String> all = new ArrayList<>(verified.differences());
    all.addAll(verified.residue());
    return all;
  }

  Optional<VBucketState> state(String node, int vbucket) {
    return node(node).call(data -> data.state(BUCKET, vbucket));
  }

  /** The topology that the active of a vBucket was told last, as JSON. */
  String topology(int vbucket) {
    String owner = chain(config(), vbucket).get(0);
    return node(owner).call(data -> data.topology(BUCKET, vbucket));
  }

  long attemptsOf(int vbucket) {
    return events.stream()
        .filter(event -> event instanceof RebalanceEvent.AttemptStarted started && started.vbucket() == vbucket)
        .count();
  }

  @Override
  public void close() {
    rebalancer.close();
    client.close();
    cluster.close();
  }
}
