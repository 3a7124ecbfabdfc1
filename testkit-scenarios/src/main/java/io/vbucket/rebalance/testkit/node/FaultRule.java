package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;

/** Which frames something happens to. Start with {@link #received} or {@link #sent} and narrow it down. */
public final class FaultRule {
  /** As the node with the rule sees it. */
  public enum Direction {
    RECEIVED,
    SENT
  }

  private final Direction direction;
  private final int opcode;
  private final boolean request;
  private final FaultAction action;
  private int vbucket = -1;
  private int attempt = -1;
  private VBucketState state;
  private int skip;
  private int times = 1;
  private int hits;

  private FaultRule(Direction direction, int opcode, boolean request, FaultAction action) {
    this.direction = direction;
    this.opcode = opcode;
    this.request = request;
    this.action = action;
  }

  /** A request that the node receives, once. */
  public static FaultRule received(int opcode, FaultAction action) {
    return new FaultRule(Direction.RECEIVED, opcode, true, action);
  }

  public static FaultRule receivedAnswer(int opcode, FaultAction action) {
    return new FaultRule(Direction.RECEIVED, opcode, false, action);
  }

  /** A request that the node sends, once. */
  public static FaultRule sent(int opcode, FaultAction action) {
    return new FaultRule(Direction.SENT, opcode, true, action);
  }

  public static FaultRule sentAnswer(int opcode, FaultAction action) {
    return new FaultRule(Direction.SENT, opcode, false, action);
  }

  public FaultRule ofVBucket(int only) {
    vbucket = only;
    return this;
  }

  /** Only in the n-th stream that was asked of this node for the vBucket, from 1. */
  public FaultRule inAttempt(int only) {
    attempt = only;
    return this;
  }

  /** Only SET_VBUCKET_STATE to this state, and its answer. */
  public FaultRule about(VBucketState only) {
    state = only;
    return this;
  }

  /** Not the first n frames. */
  public FaultRule after(int n) {
    skip = n;
    return this;
  }

  public FaultRule times(int n) {
    times = n;
    return this;
  }

  public FaultRule always() {
    return times(Integer.MAX_VALUE);
  }

  /** How often it happened. */
  public int hits() {
    return hits;
  }

  FaultAction action() {
    return action;
  }

  boolean isSpent() {
    return hits >= times;
  }

  boolean matches(Direction where, Frame frame, int ofVBucket, int inAttempt, VBucketState ofState) {
    if (where != direction || frame.opcode() != opcode || frame.isRequest() != request || isSpent()
        || vbucket >= 0 && ofVBucket != vbucket || attempt >= 0 && inAttempt != attempt
        || state != null && ofState != state) {
      return false;
    }
    if (skip > 0) {
      skip--;
      return false;
    }
    hits++;
    return true;
  }

  @Override
  public String toString() {
    return direction + " " + Opcode.nameOf(opcode) + (request ? "" : " answer") + " -> " + action;
  }
}
