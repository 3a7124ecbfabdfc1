package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.protocol.Status;

/** Why an attempt failed, and whether another one may help. */
public enum FailureReason {
  /** The consumer sent a retry request frame. */
  CONSUMER_ASKED(true),
  /** ADD_STREAM was answered with ETMPFAIL, EBUSY or ENOMEM. */
  ADD_STREAM_TEMPORARILY_REFUSED(true),
  /** ADD_STREAM was answered KEY_EEXISTS: one side still held a stream that closing both sides has removed by now (T6). */
  ALREADY_STREAMING(true),
  /** SET_VBUCKET_STATE was answered with anything but success (T26). */
  STATE_REFUSED(true),
  /** STREAM_END came before the destination was active. */
  STREAM_ENDED(true),
  /** A connection of the link was lost. */
  LINK_LOST(true),
  /** A node refuses a connection of the link, and will go on to: a privilege is missing, or the password is wrong. */
  LINK_REFUSED(false),
  /** A phase took longer than its limit, or nothing flowed any more. */
  NO_PROGRESS(true),
  /** A node sent what no node sends. */
  PROTOCOL_VIOLATION(true),
  /** The destination's copy is dead or gone: it must be prepared and filled again (T35). */
  DESTINATION_NOT_READY(true),
  /** ADD_STREAM was refused for good. */
  ADD_STREAM_REFUSED(false),
  /** The source is not active, and not because of this move: somebody else changed it (T25, T30). */
  SOURCE_NOT_ACTIVE(false),
  /** The destination is active, and not because of this move (T25). */
  DESTINATION_ACTIVE(false),
  SOURCE_UNREACHABLE(false),
  DESTINATION_UNREACHABLE(false),
  /** The mover asked to end it. */
  CANCELLED(false),
  /** Clients write faster than the copy is filled. */
  WILL_NOT_CONVERGE(false);

  private final boolean retryable;

  FailureReason(boolean retryable) {
    this.retryable = retryable;
  }

  public boolean isRetryable() {
    return retryable;
  }

  static FailureReason ofAddStreamStatus(int status) {
    if (Status.isTemporary(status)) {
      return ADD_STREAM_TEMPORARILY_REFUSED;
    }
    return status == Status.KEY_EEXISTS ? ALREADY_STREAMING : ADD_STREAM_REFUSED;
  }
}
