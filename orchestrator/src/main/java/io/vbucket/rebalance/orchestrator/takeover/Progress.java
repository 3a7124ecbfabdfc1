package io.vbucket.rebalance.orchestrator.takeover;

/**
 * How far one stream got, as seen on the wire by its gate. Grows only, and survives fencing: it is the evidence from which is
 * decided whether the source may be made active again (I1).
 */
public enum Progress {
  /** ADD_STREAM may have been written; nothing of the stream was passed on. */
  ADDED,
  /** The consumer's STREAM_REQ was passed on: the producer may have a stream. */
  REQUESTED,
  /** The producer's consent was passed on: data flows. */
  STREAMING,
  /** SET_VBUCKET_STATE(pending) was passed on. */
  PENDING_ASKED,
  /** The consumer's consent to pending was passed on: the source goes dead. */
  PENDING_CONFIRMED,
  /** SET_VBUCKET_STATE(active) was passed on: from here the destination may become active at any moment. */
  ACTIVE_ASKED,
  /** The consumer said that it is active. */
  ACTIVE_CONFIRMED,
  /** The producer's STREAM_END was passed on: nothing is left of the stream. */
  ENDED;

  public boolean atLeast(Progress other) {
    return compareTo(other) >= 0;
  }

  /** Whether the source may have gone dead on behalf of this stream. */
  public boolean sourceMayBeDead() {
    return atLeast(PENDING_CONFIRMED);
  }

  /** Whether the destination may have become active on behalf of this stream. */
  public boolean destinationMayBeActive() {
    return atLeast(ACTIVE_ASKED);
  }

  public static Progress furthest(Progress a, Progress b) {
    return a.atLeast(b) ? a : b;
  }
}
