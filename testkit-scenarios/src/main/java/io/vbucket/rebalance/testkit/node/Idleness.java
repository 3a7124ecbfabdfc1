package io.vbucket.rebalance.testkit.node;

import java.time.Duration;

/** Closes a DCP connection whose peer is silent for too long, and beats the time for NOOPs. */
final class Idleness {
  private final Peer peer;
  private NodeClock.Timer timer;
  private Duration interval = Duration.ZERO;
  private Runnable eachInterval = () -> {};
  private long heardNanos;

  Idleness(Peer peer) {
    this.peer = peer;
  }

  void heard() {
    heardNanos = peer.node().clock().nowNanos();
  }

  /** Begins to watch, or goes on at another interval; zero: no more. */
  void watch(Duration newInterval, Runnable newEachInterval) {
    stop();
    interval = newInterval;
    eachInterval = newEachInterval;
    heard();
    if (!interval.isZero()) {
      next();
    }
  }

  private void next() {
    timer = peer.node().clock().schedule(interval, () -> {
      long limitNanos = Math.max(2 * interval.toNanos(), peer.node().settings().idleLimit().toNanos());
      if (peer.node().clock().nowNanos() - heardNanos > limitNanos) {
        peer.drop("nothing came for " + Duration.ofNanos(limitNanos));
        return;
      }
      eachInterval.run();
      if (peer.isOpen()) {
        next();
      }
    });
  }

  void stop() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
