package io.vbucket.rebalance.testkit.node;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that stands still until it is moved: for tests and for simulation. Tasks that are due at the same time run in order. */
public final class ManualNodeClock implements NodeClock {
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.<Task>comparingLong(task -> task.atNanos).thenComparingLong(task -> task.number));
  private long nowNanos;
  private long count;

  private static final class Task implements Timer {
    private final long atNanos;
    private final long number;
    private Runnable action;

    Task(long atNanos, long number, Runnable action) {
      this.atNanos = atNanos;
      this.number = number;
      this.action = action;
    }

    @Override
    public void cancel() {
      action = null;
    }
  }

  @Override
  public long nowNanos() {
    return nowNanos;
  }

  @Override
  public Timer schedule(Duration delay, Runnable action) {
    Task task = new Task(nowNanos + delay.toNanos(), count++, action);
    tasks.add(task);
    return task;
  }

  /** Runs the next task that is due now; false when there is none. */
  public boolean runOneDue() {
    while (!tasks.isEmpty() && tasks.peek().atNanos <= nowNanos) {
      Runnable action = tasks.poll().action;
      if (action != null) {
        action.run();
        return true;
      }
    }
    return false;
  }

  /** Moves the clock, running what falls due on the way at its own time. */
  public void advance(Duration by) {
    long until = nowNanos + by.toNanos();
    while (!tasks.isEmpty() && tasks.peek().atNanos <= until) {
      nowNanos = Math.max(nowNanos, tasks.peek().atNanos);
      runOneDue();
    }
    nowNanos = until;
  }
}
