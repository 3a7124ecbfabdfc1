package io.vbucket.rebalance.testkit.demo;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.cluster.CopyCheck;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.PauseProbe;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Starts nodes, loads documents, lets clients work, rebalances, reads everything back and compares it with what the clients were told.
 */
public final class Demo {
  /** An operation that no node answers for so long has failed. */
  private static final Duration OPERATION_LIMIT = Duration.ofSeconds(30);

  /** Replicas that nobody writes to catch up in much less. */
  private static final Duration REPLICAS_LIMIT = Duration.ofSeconds(30);

  /** Somebody who watches. */
  public interface Watcher {
    /** A line for a person. */
    void says(String line);

    /** Something happened during the rebalance; called in a thread in which it may be written down. */
    void hears(RebalanceEvent event);

    /** The rebalance runs now and can be asked how far it is; may return before its end. */
    void watches(Rebalancer rebalancer, CompletionStage<RebalanceSummary> end) throws InterruptedException;
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
        options.seed(), options.replicas(), options.groups());
    try (EmbeddedCluster cluster = EmbeddedCluster.start(layout);
        KvClient client = cluster.client(OPERATION_LIMIT);
        KvClient probing = cluster.client(OPERATION_LIMIT)) {
      watcher.says(options.nodes() + " embedded nodes " + cluster.servers() + ", " + layout.owners() + " own "
          + options.vbuckets() + " vBuckets" + (options.replicas() == 0
              ? ""
              : " with " + options.replicas()
                  + " replicas")
          + (options.groups() == 1 ? "" : " in " + options.groups() + " groups"));
      askForRetries(cluster);
      Ledger ledger = new Ledger(options.items(), options.valueBytes());
      Workload workload = new Workload(client, ledger);
      workload.load(written -> {});
      watcher.says(String.format("%,d documents loaded", options.items()));
      return rebalance(cluster, workload, new PauseProbe(probing));
    }
  }

  private void askForRetries(EmbeddedCluster cluster) {
    cluster.nodes().forEach(node -> node.run(
        data -> data.faults().shareOfTakeoversToRetry(options.retryShare(), options.retriesAtMost(), options.seed())));
  }

  private DemoReport rebalance(EmbeddedCluster cluster, Workload workload, PauseProbe probe)
      throws IOException, InterruptedException {
    AtomicInteger planned = new AtomicInteger();
    Consumer<RebalanceEvent> planning = event -> {
      if (event instanceof RebalanceEvent.RebalanceStarted started) {
        planned.set(started.moves());
      }
    };
    RebalanceSummary summary;
    CopyCheck.Result copies = null;
    try (Rebalancer rebalancer = new Rebalancer(
        "default", cluster.names(), settings, new NettyWiring(cluster.describe(), settings))) {
      rebalancer.subscribe(planning.andThen(probe));
      Rebalancer.Subscription subscription = rebalancer.subscribeBlocking(watcher::hears);
      if (options.replicas() > 0) {
        rebalancer.keepReplicating().toCompletableFuture().join();
      }
      workload.start(options.clients(), options.seed());
      CompletionStage<RebalanceSummary> end =
          rebalancer.start(
              new RebalanceRequest(options.add(), options.remove()).withGroups(cluster.groups()));
      watcher.watches(rebalancer, end);
      summary = end.toCompletableFuture().join();
      workload.stop();
      subscription.heardAll().toCompletableFuture().join();
      if (options.replicas() > 0) {
        copies = compareCopies(cluster, rebalancer);
      }
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RebalanceRefusedException refused ? refused : failed;
    } finally {
      workload.stop();
    }
    summary.unmoved().forEach(line -> watcher.says("unmoved: " + line));
    summary.needOperator().forEach(line -> watcher.says("needs an operator: " + line));
    summary.residue().forEach(line -> watcher.says("left over: " + line));
    if (copies != null) {
      copies.differences().stream().limit(10).forEach(line -> watcher.says("DIFFERS " + line));
    }
    List<String> lost = workload.lost();
    lost.stream().limit(10).forEach(line -> watcher.says("LOST " + line));
    return DemoReport.of(
        planned.get(),
        summary,
        new DemoReport.Operations(workload.done(), workload.failed()),
        lost.size() + workload.untrue(),
        probe.pausesMicros(),
        peakHeapMiB(),
        DemoReport.Copies.of(copies));
  }

  /** Replicas get what came last, then every copy is read; the map must name the chains that the nodes really have. */
  private CopyCheck.Result compareCopies(EmbeddedCluster cluster, Rebalancer rebalancer)
      throws IOException, InterruptedException {
    BucketConfig config = rebalancer.verify().toCompletableFuture().join().config();
    try (CopyCheck check = cluster.copies(config)) {
      if (!check.awaitReplicas(REPLICAS_LIMIT.toMillis())) {
        watcher.says("replicas are behind their actives after " + REPLICAS_LIMIT.toSeconds() + " s");
      }
      CopyCheck.Result result = check.compare();
      watcher.says(String.format(
          "%,d copies of %,d vBuckets read, %,d items", result.copies(), config.numVBuckets(), result.items()));
      return result;
    }
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
