package io.vbucket.rebalance.testkit.simulation;

import akka.actor.AbstractScheduler;
import akka.actor.Cancellable;
import akka.event.LoggingAdapter;
import com.typesafe.config.Config;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import scala.concurrent.ExecutionContext;
import scala.concurrent.duration.FiniteDuration;

/** Keeps an actor system's timers in a simulation's time. Named in its configuration; made by Akka. */
public final class SimulatedScheduler extends AbstractScheduler {
  private final VirtualTime time;

  public SimulatedScheduler(Config config, LoggingAdapter log, ThreadFactory threads) {
    this.time = Simulation.named(config.getString("simulation.id")).time();
  }

  @Override
  public Cancellable schedule(
      FiniteDuration initialDelay, FiniteDuration interval, Runnable task, ExecutionContext executor) {
    Repeating repeating = new Repeating(Duration.ofNanos(interval.toNanos()), task, executor);
    repeating.next(Duration.ofNanos(initialDelay.toNanos()));
    return repeating;
  }

  @Override
  public Cancellable scheduleOnce(FiniteDuration delay, Runnable task, ExecutionContext executor) {
    VirtualTime.Timer timer = time.schedule(Duration.ofNanos(delay.toNanos()), () -> executor.execute(task));
    return new Cancellable() {
      @Override
      public boolean cancel() {
        return timer.cancel();
      }

      @Override
      public boolean isCancelled() {
        return !timer.isWaiting();
      }
    };
  }

  @Override
  public double maxFrequency() {
    return 1_000_000;
  }

  private final class Repeating implements Cancellable {
    private final Duration interval;
    private final Runnable task;
    private final ExecutionContext executor;
    private VirtualTime.Timer timer;
    private boolean cancelled;

    Repeating(Duration interval, Runnable task, ExecutionContext executor) {
      this.interval = interval;
      this.task = task;
      this.executor = executor;
    }

    synchronized void next(Duration delay) {
      if (!cancelled) {
        timer = time.schedule(delay, () -> {
          executor.execute(task);
          next(interval);
        });
      }
    }

    @Override
    public synchronized boolean cancel() {
      boolean was = !cancelled;
      cancelled = true;
      timer.cancel();
      return was;
    }

    @Override
    public synchronized boolean isCancelled() {
      return cancelled;
    }
  }
}
