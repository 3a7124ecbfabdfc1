package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.cluster.ClusterOrchestrator;
import io.vbucket.rebalance.orchestrator.cluster.ClusterProgress;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import io.vbucket.rebalance.orchestrator.cluster.ProgressMemory;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What {@link Rebalancer} is for one bucket, for several buckets of one cluster: they are rebalanced in the order of their priorities, as many
 * at a time as {@code buckets.in-parallel} says. Thread-safe. Close it when done.
 */
public final class ClusterRebalancer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final ActorSystem<ClusterOrchestrator.Command> system;
  private final Map<String, Wiring> wirings = new LinkedHashMap<>();
  private final Map<String, Rebalancer> rebalancers;
  private final ProgressMemory said = new ProgressMemory();

  /**
   * @param buckets at least one, each name once
   * @param names the nodes that the wirings reach
   * @param wiring makes the way to the nodes for a bucket; closed with this
   */
  public ClusterRebalancer(
      List<ClusterBucket> buckets, List<String> names, RebalanceSettings settings, Function<String, Wiring> wiring) {
    try {
      buckets.forEach(bucket -> wirings.put(bucket.name(), wiring.apply(bucket.name())));
    } catch (RuntimeException unusable) {
      wirings.values().forEach(Wiring::close);
      throw unusable;
    }
    this.system = ActorSystem.create(
        ClusterOrchestrator.create(buckets, names, settings, wirings::get, Clock.systemUTC()), "rebalance",
        Rebalancer.ACTORS);
    CompletionStage<ClusterOrchestrator.Orchestrators> orchestrators = AskPattern.ask(
        system, ClusterOrchestrator.GetOrchestrators::new, Rebalancer.WHENEVER, system.scheduler());
    Map<String, Rebalancer> all = new LinkedHashMap<>();
    orchestrators.toCompletableFuture().join().byBucket()
        .forEach((bucket, orchestrator) -> all.put(bucket, new Rebalancer(orchestrator, system)));
    this.rebalancers = Collections.unmodifiableMap(all);
  }

  /** By bucket, in the order of their turns: to plan, verify, repair, steer or explain that one. Closing one of them does nothing. */
  public Map<String, Rebalancer> buckets() {
    return rebalancers;
  }

  /**
   * Rebalances all buckets.
   *
   * @return what came of each when all have ended; one that is refused or fails does not keep others from their turn
   * @throws IllegalStateException in place of the summary, when such a rebalance runs already
   */
  public CompletionStage<ClusterSummary> start(RebalanceRequest request) {
    said.forget();
    CompletionStage<ClusterOrchestrator.Answer> answer = AskPattern.ask(
        system, replyTo -> new ClusterOrchestrator.Start(request, replyTo), Rebalancer.WHENEVER, system.scheduler());
    return answer.thenApply(told -> {
      if (told instanceof ClusterOrchestrator.Finished finished) {
        return finished.summary();
      }
      throw new IllegalStateException("a rebalance of these buckets runs already: wait for its end or stop it");
    });
  }

  /** Ends the rebalance that runs: no bucket begins any more, and takeovers that have begun may finish for {@code grace}. */
  public void stop(Duration grace) {
    system.tell(new ClusterOrchestrator.Stop(grace));
  }

  /** The same for one bucket, whether it runs or still waits; the others go on. */
  public void stop(String bucket, Duration grace) {
    system.tell(new ClusterOrchestrator.StopBucket(bucket, grace));
  }

  /** Calls {@code listener} for every event of every bucket from now on, one after the other. It must not block. */
  public Rebalancer.Subscription subscribe(Consumer<RebalanceEvent> listener) {
    return subscribe(listener, DispatcherSelector.defaultDispatcher());
  }

  /** The same for a listener that blocks, such as one that writes to a file. */
  public Rebalancer.Subscription subscribeBlocking(Consumer<RebalanceEvent> listener) {
    return subscribe(listener, DispatcherSelector.blocking());
  }

  private Rebalancer.Subscription subscribe(Consumer<RebalanceEvent> listener, Props where) {
    return Rebalancer.subscribe(system, listener, where, this::tellEvents);
  }

  private void tellEvents(ActorRef<RebalanceEvent> listener) {
    system.tell(new ClusterOrchestrator.Subscribe(listener));
  }

  /** How far all buckets are; empty when nothing runs. */
  public CompletionStage<Optional<ClusterProgress>> progress() {
    CompletionStage<ClusterOrchestrator.Standing> standing = AskPattern.ask(
        system, ClusterOrchestrator.GetStanding::new, Rebalancer.SOON, system.scheduler());
    return standing.thenCompose(now -> now.running().isEmpty()
        ? CompletableFuture.completedFuture(Optional.empty())
        : progressOf(now).thenApply(Optional::of));
  }

  private CompletionStage<ClusterProgress> progressOf(ClusterOrchestrator.Standing now) {
    Map<String, Optional<RebalanceProgress>> answers = new HashMap<>();
    CompletionStage<Void> asked = CompletableFuture.completedFuture(null);
    for (String bucket : now.running()) {
      // A bucket whose moves have just ended may leave the question unanswered; that shall not hold up what the others say.
      CompletionStage<Optional<RebalanceProgress>> answer = rebalancers.get(bucket).progress().toCompletableFuture()
          .completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      asked = asked.thenCombine(answer, (nothing, progress) -> {
        if (progress != null) {
          answers.put(bucket, progress);
        }
        return null;
      });
    }
    return asked.thenApply(
        all -> said.of(now.waiting(), now.running(), now.ended(), now.elapsed(), answers));
  }

  /** Stops the actors and closes all connections; returns when that is done. */
  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
    wirings.values().forEach(Wiring::close);
  }
}
