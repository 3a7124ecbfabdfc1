package io.vbucket.rebalance.testkit.node;

import java.time.Duration;

/** The only time that a node knows. Tasks run on the node's thread, one after another. */
public interface NodeClock {
  /** Nanoseconds since an arbitrary moment. */
  long nowNanos();

  /** Seconds since 1970, as documents expire by it. A clock that is not the real one begins with 2026. */
  default int epochSeconds() {
    return 1_767_225_600 + (int) (nowNanos() / 1_000_000_000);
  }

  /** Runs {@code task} once, after {@code delay} and never from within this call; 0 means after what is being done now. */
  Timer schedule(Duration delay, Runnable task);

  /** A task that can be taken back. */
  interface Timer {
    void cancel();
  }
}
