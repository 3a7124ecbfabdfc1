package io.vbucket.rebalance.testkit.demo;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.cluster.BucketOutcome;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.cluster.CopyCheck;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.HdrHistogram.Histogram;

/**
 * Starts nodes, loads documents, lets clients work, rebalances, reads everything back and compares it with what the clients were told.
 */
public final class Demo {
  /** Somebody who watches. */
  public interface Watcher {
    /** A line for a person. */
    void says(String line);

    /** Something happened during the rebalance; called in a thread in which it may be written down. */
    void hears(RebalanceEvent event);

    /** The rebalance runs now and can be asked how far it is; may return before its end. */
    void watches(ClusterRebalancer rebalancer, CompletionStage<ClusterSummary> end) throws InterruptedException;
  }

  private final DemoOptions options;
  private final RebalanceSettings settings;
  private final Watcher watcher;

  public Demo(DemoOptions options, RebalanceSettings settings, Watcher watcher) {
    this.options = options;
    this.settings = settings;
    this.watcher = watcher;
  }

  /**
   * @throws IOException when nodes cannot be started or reached
   * @throws RebalanceRefusedException when the rebalance is not begun
   */
  public DemoReport run() throws IOException, InterruptedException {
    EmbeddedCluster.Layout layout = new EmbeddedCluster.Layout(
        options.nodes(), options.nodes() - options.add().size(), options.vbuckets(), "default", options.version(), 0,
        options.seed(), options.replicas(), options.groups(), options.buckets());
    Map<String, DemoBucket> buckets = new LinkedHashMap<>();
    try (EmbeddedCluster cluster = EmbeddedCluster.start(layout)) {
      for (String name : layout.bucketNames()) {
        buckets.put(name, new DemoBucket(name, cluster, options, watcher::says));
      }
      watcher.says(options.nodes() + " embedded nodes " + cluster.servers() + ", " + layout.owners() + " own "
          + options.vbuckets() + " vBuckets" + (options.replicas() == 0
              ? ""
              : " with " + options.replicas() + (options.replicas() == 1 ? " replica each" : " replicas each"))
          + (options.groups() == 1 ? "" : " in " + options.groups() + " groups")
          + (options.buckets() == 1 ? "" : " of each of " + options.buckets() + " buckets"));
      askForRetries(cluster);
      for (DemoBucket bucket : buckets.values()) {
        bucket.load();
      }
      return rebalance(cluster, buckets);
    } finally {
      for (DemoBucket bucket : buckets.values()) {
        bucket.close();
      }
    }
  }

  private void askForRetries(EmbeddedCluster cluster) {
    cluster.nodes().forEach(node -> node.run(
        data -> data.faults().shareOfTakeoversToRetry(options.retryShare(), options.retriesAtMost(), options.seed())));
  }

  private DemoReport rebalance(EmbeddedCluster cluster, Map<String, DemoBucket> buckets)
      throws IOException, InterruptedException {
    ClusterSummary summary;
    Map<String, CopyCheck.Result> copies = new HashMap<>();
    ClusterFile file = cluster.describe();
    try (ClusterRebalancer all = new ClusterRebalancer(
        file.buckets(), cluster.names(), settings.withBucketsInParallel(options.bucketsInParallel()),
        bucket -> new NettyWiring(file.forBucket(bucket), settings))) {
      buckets.forEach((name, bucket) -> bucket.watch(all.buckets().get(name)));
      Rebalancer.Subscription subscription = all.subscribeBlocking(watcher::hears);
      if (options.replicas() > 0) {
        all.buckets().values().forEach(bucket -> bucket.keepReplicating().toCompletableFuture().join());
      }
      buckets.values().forEach(DemoBucket::startClients);
      CompletionStage<ClusterSummary> end =
          all.start(new RebalanceRequest(options.add(), options.remove()).withGroups(cluster.groups()));
      watcher.watches(all, end);
      summary = end.toCompletableFuture().join();
      buckets.values().forEach(DemoBucket::stopClients);
      refuse(summary);
      subscription.heardAll().toCompletableFuture().join();
      for (DemoBucket bucket : options.readsCopies() ? buckets.values() : List.<DemoBucket>of()) {
        copies.put(bucket.name(), bucket.compareCopies(all.buckets().get(bucket.name())));
      }
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RebalanceRefusedException refused ? refused : failed;
    } finally {
      buckets.values().forEach(DemoBucket::stopClients);
    }
    return report(buckets, summary, copies);
  }

  /** A demo in which any bucket is not moved has shown nothing. */
  private static void refuse(ClusterSummary summary) {
    summary.buckets().forEach((bucket, outcome) -> {
      if (outcome instanceof BucketOutcome.Refused refused) {
        throw new RebalanceRefusedException(refused.reasons());
      } else if (!(outcome instanceof BucketOutcome.Ended)) {
        throw new IllegalStateException(bucket + ": " + outcome);
      }
    });
  }

  private static DemoReport report(
      Map<String, DemoBucket> buckets, ClusterSummary summary, Map<String, CopyCheck.Result> copies)
      throws InterruptedException {
    Map<String, DemoReport> reports = new LinkedHashMap<>();
    Histogram pausesMicros = null;
    for (DemoBucket bucket : buckets.values()) {
      RebalanceSummary ended = ((BucketOutcome.Ended) summary.buckets().get(bucket.name())).summary();
      reports.put(bucket.name(), bucket.report(ended, copies.get(bucket.name()), peakHeapMiB()));
      Histogram own = bucket.pausesMicros().copy();
      if (pausesMicros == null) {
        pausesMicros = own;
      } else {
        pausesMicros.add(own);
      }
    }
    return reports.size() == 1
        ? reports.values().iterator().next()
        : DemoReport.ofAll(reports, pausesMicros, summary.duration());
  }

  private static long peakHeapMiB() {
    long bytes = ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage == null ? 0 : usage.getUsed())
        .sum();
    return bytes >> 20;
  }
}
