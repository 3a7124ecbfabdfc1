package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.protocol.VBucketState;

/** What a node says of its copy of a vBucket, or that it says nothing. */
public enum CopyState {
  ACTIVE,
  REPLICA,
  PENDING,
  DEAD,
  /** The node has no copy. */
  ABSENT,
  /** The node did not answer. */
  UNREACHABLE;

  public static CopyState of(VBucketState state) {
    return switch (state) {
      case ACTIVE -> ACTIVE;
      case REPLICA -> REPLICA;
      case PENDING -> PENDING;
      case DEAD -> DEAD;
    };
  }
}
