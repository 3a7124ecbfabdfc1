package io.vbucket.rebalance.testkit.bench;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Whole moves of empty vBuckets from three nodes to a fourth, many at a time: what the orchestrator itself costs. */
public final class MovesBench {
  private MovesBench() {}

  /**
   * @param movesPerSecond of the whole rebalance, its start and end included
   * @param pauseMillis from the moment when a source is told to go dead until its destination said that it is active
   */
  public record Result(int moves, double movesPerSecond, PauseMillis pauseMillis) {}

  public record PauseMillis(double p50, double p99, double max) {}

  /**
   * @param vbuckets of the bucket; a quarter of them moves
   * @throws IOException when nodes cannot be started
   */
  public static Result run(int vbuckets, RebalanceSettings settings) throws IOException {
    Map<Integer, Instant> dead = new ConcurrentHashMap<>();
    Histogram pauses = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(5), 3);
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(4, 3, vbuckets));
        Rebalancer rebalancer = new Rebalancer(
            "default", cluster.names(), settings, new NettyWiring(cluster.describe(), settings))) {
      rebalancer.subscribe(event -> {
        if (event instanceof RebalanceEvent.SourceGoesDead goes) {
          dead.put(goes.vbucket(), goes.at());
        } else if (event instanceof RebalanceEvent.DestinationActive active) {
          long micros = Duration.between(dead.get(active.vbucket()), active.at()).toNanos() / 1_000;
          pauses.recordValue(Math.max(0, micros));
        }
      });
      RebalanceSummary summary = rebalancer.start(RebalanceRequest.adding("n4")).toCompletableFuture().join();
      if (!summary.isComplete()) {
        throw new IllegalStateException("not everything moved: " + summary.unmoved());
      }
      return new Result(
          summary.moved(),
          summary.moved() * 1e9 / summary.duration().toNanos(),
          new PauseMillis(
              pauses.getValueAtPercentile(50) / 1000.0,
              pauses.getValueAtPercentile(99) / 1000.0,
              pauses.getMaxValue() / 1000.0));
    }
  }
}
