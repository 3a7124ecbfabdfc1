package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.VBucketState;

/**
 * Decides what becomes of every frame of a node, on the node's thread. Asked before {@link NodeFaults}' rules.
 */
@FunctionalInterface
public interface FrameTap {
  /**
   * @param peer the connection
   * @param direction as the node sees it
   * @param vbucket what the frame is about, also for an answer; -1 for none
   * @param state that a SET_VBUCKET_STATE names, or the one that is being answered; null for none
   * @param proceed lets the frame go on: now, later on the node's thread, twice, or never
   */
  void onFrame(
      PeerSession peer, FaultRule.Direction direction, Frame frame, int vbucket, VBucketState state, Runnable proceed);
}
