package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;

/** What a node can do with one connection. Called on the node's thread only. */
public interface PeerConnection {
  /** Queues a frame; frames leave in this order. Does nothing once the connection is closed. */
  void send(Frame frame);

  /** Closes the connection; what is queued may be lost. */
  void close();

  /** False while the peer does not take what is queued; {@link PeerSession#writable()} tells when that is over. */
  boolean isWritable();

  /** Stops or resumes taking bytes from the peer (a fault that tests ask for). */
  default void setReading(boolean reading) {}
}
