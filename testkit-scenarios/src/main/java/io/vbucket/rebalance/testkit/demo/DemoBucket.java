package io.vbucket.rebalance.testkit.demo;

import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.cluster.CopyCheck;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.PauseProbe;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** One bucket of a demo: its documents, its clients, and what is found in it afterwards. */
final class DemoBucket implements Closeable {
  /** An operation that no node answers for so long has failed. */
  private static final Duration OPERATION_LIMIT = Duration.ofSeconds(30);

  /** Replicas that nobody writes to catch up in much less. */
  private static final Duration REPLICAS_LIMIT = Duration.ofSeconds(30);

  private static final int SHOWN = 10;

  private final String name;
  private final EmbeddedCluster cluster;
  private final DemoOptions options;
  private final Consumer<String> says;
  private final KvClient client;
  private final KvClient probing;
  private final Workload workload;
  private final PauseProbe probe;
  private final AtomicInteger planned = new AtomicInteger();

  /**
   * @param says takes lines for a person
   * @throws IOException when the nodes cannot be reached
   */
  DemoBucket(String name, EmbeddedCluster cluster, DemoOptions options, Consumer<String> says) throws IOException {
    this.name = name;
    this.cluster = cluster;
    this.options = options;
    this.says = options.buckets() == 1 ? says : line -> says.accept(name + ": " + line);
    this.client = cluster.client(name, OPERATION_LIMIT);
    this.probing = cluster.client(name, OPERATION_LIMIT);
    this.workload = new Workload(client, new Ledger(options.items(), options.valueBytes()));
    this.probe = new PauseProbe(probing);
  }

  String name() {
    return name;
  }

  void load() throws InterruptedException {
    workload.load(written -> {});
    says.accept(String.format("%,d documents loaded", options.items()));
  }

  void watch(Rebalancer rebalancer) {
    Consumer<RebalanceEvent> planning = event -> {
      if (event instanceof RebalanceEvent.RebalanceStarted started) {
        planned.set(started.moves());
      }
    };
    rebalancer.subscribe(planning.andThen(probe));
  }

  void startClients() {
    workload.start(options.clients(), options.seed());
  }

  void stopClients() {
    workload.stop();
  }

  /** Pauses of its takeovers, in microseconds. */
  Histogram pausesMicros() {
    return probe.pausesMicros();
  }

  /** Replicas get what came last, then every copy is read; the map must name the chains that the nodes really have. */
  CopyCheck.Result compareCopies(Rebalancer rebalancer) throws IOException, InterruptedException {
    BucketConfig config = rebalancer.verify().toCompletableFuture().join().config();
    try (CopyCheck check = cluster.copies(config, name)) {
      if (!check.awaitReplicas(REPLICAS_LIMIT.toMillis())) {
        says.accept("replicas are behind their actives after " + REPLICAS_LIMIT.toSeconds() + " s");
      }
      CopyCheck.Result result = check.compare();
      says.accept(String.format(
          "%,d copies of %,d vBuckets read, %,d items", result.copies(), config.numVBuckets(), result.items()));
      return result;
    }
  }

  /**
   * Reads every document back; no client may run any more.
   *
   * @param copies what was found when every copy was read, or null
   */
  DemoReport report(RebalanceSummary summary, CopyCheck.Result copies, long peakHeapMiB) throws InterruptedException {
    summary.unmoved().forEach(line -> says.accept("unmoved: " + line));
    summary.needOperator().forEach(line -> says.accept("needs an operator: " + line));
    summary.residue().forEach(line -> says.accept("left over: " + line));
    if (copies != null) {
      copies.differences().stream().limit(SHOWN).forEach(line -> says.accept("DIFFERS " + line));
    }
    List<String> lost = workload.lost();
    lost.stream().limit(SHOWN).forEach(line -> says.accept("LOST " + line));
    return DemoReport.of(
        planned.get(), summary, new DemoReport.Operations(workload.done(), workload.failed()),
        lost.size() + workload.untrue(), probe.pausesMicros(), peakHeapMiB, DemoReport.Copies.of(copies));
  }

  @Override
  public void close() throws IOException {
    try {
      client.close();
    } finally {
      probing.close();
    }
  }
}
