package io.vbucket.rebalance.orchestrator.node;

import io.vbucket.rebalance.protocol.Frame;
import java.util.Set;

/**
 * A connection on which nothing comes any more, with requests on it that the node may still carry out: it is kept until the node has answered
 * what was sent last, or the connection is lost. As a node carries out what comes on one connection in order, nothing of it is open then.
 */
final class Suspect {
  private final NodeChannel channel;
  private final Set<Integer> changing;
  private final int lastOpaque;

  /**
   * @param changing vBuckets whose copies those requests change
   * @param lastOpaque none that was used on the connection
   */
  Suspect(NodeChannel channel, Set<Integer> changing, int lastOpaque) {
    this.channel = channel;
    this.changing = Set.copyOf(changing);
    this.lastOpaque = lastOpaque;
    channel.send(new Exchange.Noop().request().withOpaque(lastOpaque));
  }

  boolean isChanging(int vbucket) {
    return changing.contains(vbucket);
  }

  /** Whether this shows that everything that was sent is carried out. */
  boolean isSettledBy(Frame frame) {
    return frame.opaque() == lastOpaque;
  }

  void abort() {
    channel.abort();
  }
}
