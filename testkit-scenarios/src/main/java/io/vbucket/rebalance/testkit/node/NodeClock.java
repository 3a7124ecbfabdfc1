package io.vbucket.rebalance.testkit.node;

import java.time.Duration;

/** The only time that a node knows. Tasks run on the node's thread, one after another. */
public interface NodeClock {
  /** Nanoseconds since an arbitrary moment. */
  long nowNanos();

  /** Runs {@code task} once, after {@code delay} and never from within this call; 0 means after what is being done now. */
  Timer schedule(Duration delay, Runnable task);

  /** A task that can be taken back. */
  interface Timer {
    void cancel();
  }
}
