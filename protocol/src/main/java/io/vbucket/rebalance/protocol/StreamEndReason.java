package io.vbucket.rebalance.protocol;

/** Flags of a STREAM_END: why the producer ended the stream. */
public enum StreamEndReason {
  OK,
  CLOSED,
  STATE_CHANGED,
  DISCONNECTED,
  TOO_SLOW,
  BACKFILL_FAILED,
  ROLLBACK,
  FILTER_EMPTY,
  LOST_PRIVILEGES,
  /** A code that is not documented. */
  UNKNOWN;

  public int code() {
    return this == UNKNOWN ? 0xff : ordinal();
  }

  public static StreamEndReason of(int code) {
    return code >= 0 && code < UNKNOWN.ordinal() ? values()[code] : UNKNOWN;
  }
}
