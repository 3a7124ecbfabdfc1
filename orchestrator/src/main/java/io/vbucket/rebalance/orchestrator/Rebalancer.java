package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.bucket.Explanations;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The orchestrator for those who are not on Akka: an actor system of its own behind plain methods. Thread-safe. Close it when done; a
 * rebalance that runs then is stopped where it is, and what its takeovers left is finished or undone by {@link #repair}.
 */
public final class Rebalancer implements AutoCloseable {
  /** Longer than any rebalance; the orchestrator answers by itself. */
  static final Duration WHENEVER = Duration.ofDays(20);

  static final Duration SOON = Duration.ofSeconds(10);

  /** What ends late at the end of a run is expected here, and not worth a line in the log. */
  static final Config ACTORS = ConfigFactory
      .parseString("akka { log-dead-letters = off, log-dead-letters-during-shutdown = off, jvm-shutdown-hooks = off }")
      .withFallback(ConfigFactory.load());

  private final ActorSystem<?> system;
  private final ActorRef<RebalanceOrchestrator.Command> orchestrator;
  private final Runnable closing;

  /**
   * @param bucket the bucket to rebalance
   * @param names the nodes that {@code wiring} reaches
   */
  public Rebalancer(String bucket, List<String> names, RebalanceSettings settings, Wiring wiring) {
    ActorSystem<RebalanceOrchestrator.Command> own = ActorSystem.create(
        RebalanceOrchestrator.create(bucket, names, settings, wiring, Clock.systemUTC()), "rebalance", ACTORS);
    this.system = own;
    this.orchestrator = own;
    this.closing = () -> {
      own.terminate();
      own.getWhenTerminated().toCompletableFuture().join();
      wiring.close();
    };
  }

  /** An orchestrator that runs in a system of somebody else, who ends it: closing this does nothing. */
  Rebalancer(ActorRef<RebalanceOrchestrator.Command> orchestrator, ActorSystem<?> system) {
    this.system = system;
    this.orchestrator = orchestrator;
    this.closing = () -> {};
  }

  /**
   * Runs a rebalance.
   *
   * @return its summary when it has ended, or a {@link RebalanceRefusedException}
   */
  public CompletionStage<RebalanceSummary> start(RebalanceRequest request) {
    return ask(replyTo -> new RebalanceOrchestrator.Start(request, replyTo), WHENEVER)
        .thenApply(answer -> expect(answer, RebalanceOrchestrator.Finished.class).summary());
  }

  /** What {@link #start} would do, or a {@link RebalanceRefusedException}; changes nothing. */
  public CompletionStage<Readiness.Ready> plan(RebalanceRequest request) {
    return ask(replyTo -> new RebalanceOrchestrator.Plan(request, replyTo), WHENEVER)
        .thenApply(answer -> expect(answer, RebalanceOrchestrator.Planned.class).plan());
  }

  /** Compares the nodes with the map; a {@link RebalanceRefusedException} when a node cannot be asked. Changes nothing. */
  public CompletionStage<RebalanceOrchestrator.Verified> verify() {
    return ask(RebalanceOrchestrator.Verify::new, WHENEVER)
        .thenApply(answer -> expect(answer, RebalanceOrchestrator.Verified.class));
  }

  /**
   * Makes nodes and map agree after a run was killed; a {@link RebalanceRefusedException} when a node cannot be asked or another run is at
   * work.
   *
   * @param dryRun only tells what would be done
   */
  public CompletionStage<RebalanceOrchestrator.Repaired> repair(boolean dryRun) {
    return repair(dryRun, false);
  }

  /**
   * The same, and {@code promote} makes the most advanced copy active where none is, by failover log and seqnos: what only a lost active had
   * is given up.
   */
  public CompletionStage<RebalanceOrchestrator.Repaired> repair(boolean dryRun, boolean promote) {
    return ask(replyTo -> new RebalanceOrchestrator.Repair(dryRun, promote, replyTo), WHENEVER)
        .thenApply(answer -> expect(answer, RebalanceOrchestrator.Repaired.class));
  }

  /** Ends the rebalance that runs; takeovers that have begun may finish for {@code grace}. */
  public void stop(Duration grace) {
    orchestrator.tell(new RebalanceOrchestrator.Stop(grace));
  }

  /**
   * Steers the rebalance that runs.
   *
   * @return one answer, when what was asked is done; for a pause that is when it is complete
   */
  public CompletionStage<ControlAnswer> steer(ControlRequest request) {
    return AskPattern.ask(
        orchestrator, replyTo -> new RebalanceOrchestrator.Steer(request, replyTo), WHENEVER, system.scheduler());
  }

  /** Pauses the rebalance; {@link ControlAnswer.Paused} when the pause is complete. */
  public CompletionStage<ControlAnswer> pause(PauseMode mode) {
    return steer(new ControlRequest.Pause(mode));
  }

  /** Lets a paused rebalance go on. */
  public CompletionStage<ControlAnswer> resume() {
    return steer(new ControlRequest.Resume());
  }

  /** Other limits from now on. */
  public CompletionStage<ControlAnswer> change(LimitChange change) {
    return steer(new ControlRequest.ChangeLimit(change));
  }

  /** Takes one move out; answered when it has been undone or, past its takeover, finished. */
  public CompletionStage<ControlAnswer> cancel(int vbucket) {
    return steer(new ControlRequest.CancelMove(vbucket));
  }

  /**
   * From now on keeps every replica of the map filled from its active, during rebalances and between them, until {@link
   * #stopReplicating()}. Done when that has begun, or a {@link RebalanceRefusedException}.
   */
  public CompletionStage<Void> keepReplicating() {
    return ask(RebalanceOrchestrator.KeepReplicating::new, WHENEVER)
        .thenAccept(answer -> expect(answer, RebalanceOrchestrator.Replicating.class));
  }

  /** Ends replication; done when no stream of it is open any more. */
  public CompletionStage<Void> stopReplicating() {
    return ask(RebalanceOrchestrator.StopReplicating::new, WHENEVER)
        .thenAccept(answer -> expect(answer, RebalanceOrchestrator.NotReplicating.class));
  }

  /** How replication stands; empty when it is not kept. */
  public CompletionStage<Optional<ReplicationStatus>> replication() {
    return AskPattern.ask(
        orchestrator, RebalanceOrchestrator.GetReplication::new, Duration.ofSeconds(10),
        system.scheduler());
  }

  /** How far the rebalance is; empty when none runs. */
  public CompletionStage<Optional<RebalanceProgress>> progress() {
    return AskPattern.ask(
        orchestrator, RebalanceOrchestrator.GetProgress::new, SOON, system.scheduler());
  }

  /** What each move that runs now waits for, since when, how long at most, and at which attempt; by vBucket. */
  public CompletionStage<List<Explanation>> explain() {
    return explain(OptionalInt.empty());
  }

  /** The same of one vBucket; empty when it does not move now. */
  public CompletionStage<Optional<Explanation>> explain(int vbucket) {
    return explain(OptionalInt.of(vbucket)).thenApply(explanations -> explanations.stream().findFirst());
  }

  private CompletionStage<List<Explanation>> explain(OptionalInt vbucket) {
    CompletionStage<Explanations.Answer> answer = AskPattern.ask(
        orchestrator, replyTo -> new RebalanceOrchestrator.Explain(vbucket, replyTo), SOON, system.scheduler());
    return answer.thenApply(Explanations.Answer::explanations);
  }

  /** Calls {@code listener} for every event from now on, one after the other. It must not block. */
  public Subscription subscribe(Consumer<RebalanceEvent> listener) {
    return subscribe(listener, DispatcherSelector.defaultDispatcher());
  }

  /** The same for a listener that blocks, such as one that writes to a file: one that blocks for ever holds up nobody but itself. */
  public Subscription subscribeBlocking(Consumer<RebalanceEvent> listener) {
    return subscribe(listener, DispatcherSelector.blocking());
  }

  private Subscription subscribe(Consumer<RebalanceEvent> listener, Props where) {
    return subscribe(
        system, listener, where, ref -> orchestrator.tell(new RebalanceOrchestrator.Subscribe(ref)));
  }

  /**
   * @param telling makes whoever has events send them to the listener
   */
  static Subscription subscribe(
      ActorSystem<?> system, Consumer<RebalanceEvent> listener, Props where,
      Consumer<ActorRef<RebalanceEvent>> telling) {
    ActorRef<Object> ref = system.systemActorOf(
        Behaviors.receiveMessage(message -> {
          if (message instanceof RebalanceEvent event) {
            listener.accept(event);
          } else if (message instanceof CompletableFuture<?> heard) {
            heard.complete(null);
          }
          return Behaviors.same();
        }),
        "listener-" + System.identityHashCode(listener),
        where);
    telling.accept(ref.narrow());
    return () -> {
      CompletableFuture<Void> heard = new CompletableFuture<>();
      ref.tell(heard);
      return heard;
    };
  }

  /** A listener that was subscribed. */
  @FunctionalInterface
  public interface Subscription {
    /** Completes when the listener has heard every event that had been told when this was called, as after the end of a rebalance. */
    CompletionStage<Void> heardAll();
  }

  private CompletionStage<RebalanceOrchestrator.Answer> ask(
      Function<ActorRef<RebalanceOrchestrator.Answer>, RebalanceOrchestrator.Command> question, Duration limit) {
    return AskPattern.ask(
        orchestrator, question::apply, limit, system.scheduler());
  }

  private static <A extends RebalanceOrchestrator.Answer> A expect(RebalanceOrchestrator.Answer answer, Class<A> kind) {
    if (answer instanceof RebalanceOrchestrator.Refused refused) {
      throw new RebalanceRefusedException(refused.reasons());
    }
    return kind.cast(answer);
  }

  /** Stops the actors and closes all connections; returns when that is done. */
  @Override
  public void close() {
    closing.run();
  }
}
