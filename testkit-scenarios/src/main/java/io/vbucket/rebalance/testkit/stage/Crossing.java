package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.protocol.Frame;
import java.util.function.IntConsumer;

/**
 * What all proxies of a stage tell: each frame that passes, and what it shows of states.
 *
 * @param retryOpcode by which consumers ask for a retry
 */
record Crossing(Stage.Audience audience, FrameReader frames, ShownStates states, int retryOpcode) {
  /**
   * A frame comes by.
   *
   * @param connection on which
   * @param received whether the node gets it
   * @param proceed lets it go on
   */
  void tell(
      String node, ProxiedConnection connection, boolean received, Frame frame, Runnable proceed, IntConsumer refuse) {
    Seen.OfFrame seen = frames.read(node, connection, connection.dcpName(), received, frame, -1, null);
    audience.frame(seen, () -> {
      proceed.run();
      connection.note(seen);
      states.shownBy(seen).ifPresent(audience::seen);
    }, refuse);
  }
}
