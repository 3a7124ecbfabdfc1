package io.vbucket.rebalance.testkit.stage;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.testkit.script.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The orchestrator as embedders get it, in real time; killed and started again as a script wants. */
final class LiveOrchestrator implements AutoCloseable {
  /** Limits of about a second where the scenario sets none, so that lost frames cost seconds and not minutes. */
  private static final Config BRISK = ConfigFactory.parseString(String.join("\n",
      "takeover.backoff { initial = 5 ms, max = 50 ms }",
      "takeover.timeouts { add-stream = 1 s, catch-up = 2 s, pending = 1 s, active = 1 s, close = 300 ms, states = 1 s, link = 3 s,"
          + " node-down = 4 s }",
      "move { backfill-poll-interval = 10 ms, backfill-stall-timeout = 5 s, persistence-timeout = 5 s }",
      "link { connect-timeout = 1 s, handshake-timeout = 1 s, reconnect-backoff { initial = 10 ms, max = 100 ms } }",
      "node { connect-timeout = 1 s, handshake-timeout = 1 s, request-timeout = 1 s,"
          + " reconnect-backoff { initial = 10 ms, max = 100 ms } }",
      "map.push-timeout = 2 s"));

  /** Does what blocks, and must not be done on a node's thread. */
  private final ExecutorService hands = Executors.newSingleThreadExecutor(task -> {
    Thread thread = new Thread(task, "stage");
    thread.setDaemon(true);
    return thread;
  });
  private final Object moment = new Object();
  private final Consumer<RebalanceEvent> told;
  private final Consumer<RebalanceOrchestrator.Answer> answered;
  private final BiConsumer<Integer, ControlAnswer> steered;
  private volatile Rebalancer rebalancer;
  private volatile long askedNanos;

  LiveOrchestrator(
      Consumer<RebalanceEvent> told,
      Consumer<RebalanceOrchestrator.Answer> answered,
      BiConsumer<Integer, ControlAnswer> steered) {
    this.told = told;
    this.answered = answered;
    this.steered = steered;
  }

  static RebalanceSettings settingsOf(Scenario scenario) {
    return settingsOf(scenario, ConfigFactory.empty());
  }

  /**
   * @param stage what the stage sets in place of the brisk limits, where the scenario does not
   */
  static RebalanceSettings settingsOf(Scenario scenario, Config stage) {
    return RebalanceSettings.load(
        scenario.settings().withFallback(stage).withFallback(BRISK).atPath("rebalance"));
  }

  void start(String bucket, List<String> names, RebalanceSettings settings, Wiring wiring) {
    rebalancer = new Rebalancer(bucket, names, settings, wiring);
    rebalancer.subscribe(event -> {
      told.accept(event);
      wake();
    });
  }

  void kill() {
    Rebalancer killed = rebalancer;
    hands.execute(killed::close);
  }

  /** Does it soon, one after the other, on a thread that may block. */
  void aside(Runnable task) {
    hands.execute(task);
  }

  void repair(Runnable then) {
    rebalancer.repair(false).whenComplete((repaired, failure) -> then.run());
  }

  void keepReplicating() {
    rebalancer.keepReplicating();
  }

  void stopRebalance(Duration grace) {
    rebalancer.stop(grace);
  }

  void steer(int number, ControlRequest request) {
    rebalancer.steer(request).thenAccept(answer -> {
      steered.accept(number, answer);
      wake();
    });
  }

  void ask(RebalanceRequest request) {
    if (askedNanos == 0) {
      askedNanos = System.nanoTime();
    }
    rebalancer.start(request).whenComplete((summary, failure) -> {
      Throwable root = failure != null && failure.getCause() != null ? failure.getCause() : failure;
      if (root instanceof RebalanceRefusedException refused) {
        answered.accept(new RebalanceOrchestrator.Refused(refused.reasons()));
      } else if (summary != null) {
        answered.accept(new RebalanceOrchestrator.Finished(summary));
      }
      wake();
    });
  }

  private void wake() {
    synchronized (moment) {
      moment.notifyAll();
    }
  }

  boolean await(BooleanSupplier done, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    synchronized (moment) {
      while (!done.getAsBoolean()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return false;
        }
        pause(Math.min(left, 20));
      }
      return true;
    }
  }

  private void pause(long millis) {
    try {
      moment.wait(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a scenario was played", interrupted);
    }
  }

  Duration elapsed() {
    return askedNanos == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - askedNanos);
  }

  /** Ends the orchestrator; {@link #aside} does what is left of its work until {@link #close}. */
  void end() {
    if (rebalancer != null) {
      rebalancer.close();
    }
  }

  @Override
  public void close() {
    hands.shutdownNow();
  }
}
