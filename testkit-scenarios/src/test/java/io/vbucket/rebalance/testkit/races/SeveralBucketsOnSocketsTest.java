package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.cluster.BucketOutcome;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.OneActiveMonitor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several buckets on the same nodes, over sockets. */
class SeveralBucketsOnSocketsTest {
  private static final int LIMIT_SECONDS = 30;

  private final OneActiveMonitor oneActive = new OneActiveMonitor();
  private EmbeddedCluster cluster;

  @BeforeEach
  void threeNodesOfWhichTwoOwn() throws IOException {
    cluster = EmbeddedCluster.start(
        new EmbeddedCluster.Layout(3, 2, 12, "travel", NodeVersion.V7_6, 0, 1, 0, 1, 2), oneActive);
    for (String bucket : List.of("travel", "travel-2")) {
      cluster.nodes().forEach(node -> node.run(data -> data.vbucketsIn(bucket, VBucketState.ACTIVE)
          .forEach(vbucket -> data.write(bucket, vbucket, "doc".getBytes(), bucket.getBytes(), 0))));
    }
  }

  @AfterEach
  void close() {
    cluster.close();
    assertThat(oneActive.violations()).isEmpty();
  }

  private ClusterRebalancer rebalancer(int inParallel, String... more) {
    List<ClusterBucket> buckets = new ArrayList<>(cluster.describe().buckets());
    for (String name : more) {
      buckets.add(new ClusterBucket(name, 10));
    }
    ClusterFile described = cluster.describe();
    RebalanceSettings settings = RebalanceSettings.defaults().withBucketsInParallel(inParallel);
    return new ClusterRebalancer(
        buckets, cluster.names(), settings, bucket -> new NettyWiring(new ClusterFile(
            bucket, described.credentials(), described.security(), described.nodes()), settings));
  }

  private static ClusterSummary settle(CompletableFuture<ClusterSummary> end) throws Exception {
    return end.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private void assertThatThirdHas(int vbuckets, String bucket) {
    List<Integer> there = cluster.node(2).call(data -> data.vbucketsIn(bucket, VBucketState.ACTIVE));
    assertThat(there).as(bucket).hasSize(vbuckets);
    for (int vbucket : there) {
      byte[] value = cluster.node(2).call(data -> data.read(bucket, vbucket, "doc".getBytes()));
      assertThat(value).as("documents do not stray from bucket to bucket").isEqualTo(bucket.getBytes());
    }
  }

  @Test
  void a_bucket_moves_while_another_one_is_paused() throws Exception {
    try (ClusterRebalancer all = rebalancer(2)) {
      Rebalancer travel = all.buckets().get("travel");
      CompletableFuture<Void> paused = new CompletableFuture<>();
      CompletableFuture<Void> otherEnded = new CompletableFuture<>();
      all.subscribe(event -> {
        if (event instanceof RebalanceEvent.RebalanceStarted && event.bucket().equals("travel")) {
          travel.pause(PauseMode.PARK).thenRun(() -> paused.complete(null));
        } else if (event instanceof RebalanceEvent.RebalanceEnded && event.bucket().equals("travel-2")) {
          otherEnded.complete(null);
        }
      });
      CompletableFuture<ClusterSummary> end = all.start(RebalanceRequest.adding("n3")).toCompletableFuture();

      paused.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      otherEnded.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(end).as("travel is still paused").isNotDone();
      travel.resume();

      assertThat(settle(end).isComplete()).isTrue();
    }
    assertThatThirdHas(4, "travel");
    assertThatThirdHas(4, "travel-2");
  }

  @Test
  void what_moves_may_use_is_shared_and_the_bucket_that_is_left_gets_all() throws Exception {
    List<String> changes = new CopyOnWriteArrayList<>();
    try (ClusterRebalancer all = rebalancer(2)) {
      Rebalancer travel = all.buckets().get("travel");
      Rebalancer.Subscription subscription = all.subscribe(event -> {
        if (event instanceof RebalanceEvent.RebalanceStarted && event.bucket().equals("travel")) {
          travel.pause(PauseMode.PARK);
        } else if (event instanceof RebalanceEvent.LimitChanged changed) {
          changes.add(event.bucket() + ": " + changed.change());
          if (changes.size() == 3) {
            travel.resume();
          }
        }
      });

      assertThat(settle(all.start(RebalanceRequest.adding("n3")).toCompletableFuture()).isComplete()).isTrue();
      subscription.heardAll().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }
    assertThat(changes).containsExactly(
        "travel: max-concurrent = 32", "travel: moves-per-node = 64", "travel: backfills-per-node = 4");
  }

  @Test
  void a_bucket_that_the_nodes_do_not_have_is_refused_and_the_others_move() throws Exception {
    try (ClusterRebalancer all = rebalancer(1, "beer")) {
      ClusterSummary summary = settle(all.start(RebalanceRequest.adding("n3")).toCompletableFuture());

      assertThat(summary.buckets().keySet()).as("in the order of priorities")
          .containsExactly("beer", "travel", "travel-2");
      assertThat(summary.buckets().get("beer")).isInstanceOfSatisfying(BucketOutcome.Refused.class,
          refused -> assertThat(refused.reasons()).anyMatch(reason -> reason.contains("beer")));
      assertThat(summary.totals().moved()).isEqualTo(8);
      assertThat(summary.isComplete()).isFalse();
    }
    assertThatThirdHas(4, "travel");
    assertThatThirdHas(4, "travel-2");
  }

  @Test
  void a_stop_while_two_move_stops_both_and_leaves_nothing() throws Exception {
    cluster.nodes().forEach(node -> node.run(data -> data.faults().shareOfTakeoversToRetry(1, 1_000, 1)));
    try (ClusterRebalancer all = rebalancer(2)) {
      Set<String> begun = ConcurrentHashMap.newKeySet();
      all.subscribe(event -> {
        if (event instanceof RebalanceEvent.AttemptFailed && begun.add(event.bucket()) && begun.size() == 2) {
          all.stop(Duration.ZERO);
        }
      });

      ClusterSummary summary = settle(all.start(RebalanceRequest.adding("n3")).toCompletableFuture());

      assertThat(summary.totals().stopped()).isTrue();
      assertThat(summary.totals().unmoved()).isNotEmpty();
      for (String bucket : List.of("travel", "travel-2")) {
        assertThat(summary.buckets().get(bucket)).isInstanceOfSatisfying(BucketOutcome.Ended.class, ended -> {
          assertThat(ended.summary().stopped()).as(bucket).isTrue();
          assertThat(ended.summary().nodesRead()).isEqualTo(3);
          assertThat(ended.summary().residue()).isEmpty();
        });
        RebalanceOrchestrator.Verified verified =
            all.buckets().get(bucket).verify().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(verified.differences()).isEmpty();
        assertThat(verified.residue()).isEmpty();
      }
    }
  }

  @Test
  void one_bucket_can_be_stopped_and_the_others_go_on() throws Exception {
    try (ClusterRebalancer all = rebalancer(1)) {
      all.subscribe(event -> {
        if (event instanceof RebalanceEvent.RebalanceStarted && event.bucket().equals("travel")) {
          all.stop("travel-2", Duration.ZERO);
        }
      });

      ClusterSummary summary = settle(all.start(RebalanceRequest.adding("n3")).toCompletableFuture());

      assertThat(summary.buckets().get("travel").isComplete()).isTrue();
      assertThat(summary.buckets().get("travel-2"))
          .isEqualTo(new BucketOutcome.NotBegun("stopped before its turn came"));
    }
    assertThatThirdHas(4, "travel");
    assertThatThirdHas(0, "travel-2");
  }

  @Test
  void a_second_start_while_buckets_move_is_told_so() throws Exception {
    try (ClusterRebalancer all = rebalancer(2)) {
      CompletableFuture<ClusterSummary> first = all.start(RebalanceRequest.adding("n3")).toCompletableFuture();

      assertThat(all.start(RebalanceRequest.adding("n3")).toCompletableFuture())
          .failsWithin(Duration.ofSeconds(LIMIT_SECONDS)).withThrowableThat()
          .withMessageContaining("runs already");
      assertThat(settle(first).isComplete()).isTrue();
    }
  }
}
