package io.vbucket.rebalance.testkit.simulation;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** The time of a simulation. Stands still until it is moved to the moment of the next timer. */
public final class VirtualTime {
  /** A timer that can be taken back. */
  public static final class Timer implements Comparable<Timer> {
    private final long atNanos;
    private final long number;
    private Runnable task;

    private Timer(long atNanos, long number, Runnable task) {
      this.atNanos = atNanos;
      this.number = number;
      this.task = task;
    }

    /** Whether it had neither run nor been cancelled before. */
    public synchronized boolean cancel() {
      boolean waiting = task != null;
      task = null;
      return waiting;
    }

    private synchronized Runnable take() {
      Runnable taken = task;
      task = null;
      return taken;
    }

    synchronized boolean isWaiting() {
      return task != null;
    }

    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private static final Instant BEGIN = Instant.parse("2030-01-01T00:00:00Z");

  private final MockTicker ticker = Ticker.newMockTicker();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long count;
  private boolean passing;

  public long nowNanos() {
    return ticker.nanoTime() - ticker.initialNanoTime();
  }

  Ticker ticker() {
    return new Ticker() {
      @Override
      public long initialNanoTime() {
        return ticker.initialNanoTime();
      }

      @Override
      public long nanoTime() {
        if (passing) {
          ticker.advance(1, TimeUnit.NANOSECONDS);
        }
        return ticker.nanoTime();
      }

      @Override
      public void sleep(long delay, TimeUnit unit) throws InterruptedException {
        ticker.sleep(delay, unit);
      }
    };
  }

  /** From now on whoever looks at the time finds that a nanosecond has passed: nothing is simulated any more. */
  void passByItself() {
    passing = true;
  }

  /** Runs {@code task} once after {@code delay}, from within the simulation's loop. */
  public synchronized Timer schedule(Duration delay, Runnable task) {
    Timer timer = new Timer(nowNanos() + Math.max(0, delay.toNanos()), count++, task);
    timers.add(timer);
    return timer;
  }

  /** Runs the next timer that is due; false when there is none. */
  boolean runOneDue() {
    Runnable task = null;
    synchronized (this) {
      while (task == null && !timers.isEmpty() && timers.peek().atNanos <= nowNanos()) {
        task = timers.poll().take();
      }
    }
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  /** When the next timer is due, or {@link Long#MAX_VALUE}. */
  synchronized long nextNanos() {
    while (!timers.isEmpty() && !timers.peek().isWaiting()) {
      timers.poll();
    }
    return timers.isEmpty() ? Long.MAX_VALUE : timers.peek().atNanos;
  }

  void moveTo(long nanos) {
    ticker.advance(Math.max(0, nanos - nowNanos()), TimeUnit.NANOSECONDS);
  }

  /** As a clock of the Java library, beginning in 2030. */
  public Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return BEGIN.plusNanos(nowNanos());
      }
    };
  }
}
