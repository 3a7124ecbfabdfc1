package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.VBucketState;

/** Is told what a node does, on the node's thread, in the order in which it happens. Must not call the node back. */
public interface NodeObserver {
  /** Sees nothing. */
  NodeObserver NONE = new NodeObserver() {};

  /** Before the frame is acted on. */
  default void frameReceived(DataNode node, PeerSession peer, Frame frame) {}

  /** When the frame is handed to the connection, after faults. */
  default void frameSent(DataNode node, PeerSession peer, Frame frame) {}

  /**
   * A vBucket has entered another state.
   *
   * @param before null when the node had no such vBucket
   * @param after null when the vBucket was deleted
   */
  default void stateChanged(DataNode node, String bucket, int vbucket, VBucketState before, VBucketState after) {}

  /** The node died: it serves nothing until it is started again. */
  default void stopped(DataNode node) {}

  /** The node serves again; its states are as {@link DataNode#state} says. */
  default void started(DataNode node) {}

  /** The node itself closed a connection, for this reason. */
  default void connectionDropped(DataNode node, PeerSession peer, String reason) {}
}
