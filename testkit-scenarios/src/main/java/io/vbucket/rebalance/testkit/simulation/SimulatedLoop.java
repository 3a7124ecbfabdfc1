package io.vbucket.rebalance.testkit.simulation;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;

/** A thread of the network that is no thread: it works when the simulation says so. */
final class SimulatedLoop extends ManualIoEventLoop {
  private final VirtualTime time;

  SimulatedLoop(VirtualTime time) {
    super(null, Thread.currentThread(), LocalIoHandler.newFactory(), time.ticker());
    this.time = time;
  }

  /** When its next timer is due, in the time of the simulation, or {@link Long#MAX_VALUE}. */
  long nextNanos() {
    long delay = nextScheduledTaskNano();
    return delay < 0 ? Long.MAX_VALUE : time.nowNanos() + delay;
  }
}
