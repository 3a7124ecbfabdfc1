package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.VBucketState;

/** One end of a DCP connection on a node. */
sealed interface DcpEndpoint permits DcpProducer, DcpConsumer {
  /** Something came from the peer. */
  void heard();

  /** Does a request of this side's opcodes; false when the request is none. */
  boolean perform(Frame request);

  void answered(Frame answer);

  /** The vBucket that an answer is about, or -1. */
  int vbucketOf(Frame answer);

  /** The state in the last SET_VBUCKET_STATE of a vBucket's stream, or null. */
  VBucketState stateAsked(int vbucket);

  void writable();

  void closed();
}
