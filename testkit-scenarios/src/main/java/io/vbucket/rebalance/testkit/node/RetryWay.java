package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import java.util.List;

/** One way in which a takeover is made to be tried again. The first group is done by the destination's node, the last by the source's. */
public enum RetryWay {
  REQUEST_AFTER_STREAM_REQ(Point.STREAM_REQ_ANSWERED, 0),
  REQUEST_BEFORE_PENDING(Point.BEFORE_PENDING, 0),
  REQUEST_AFTER_PENDING(Point.AFTER_PENDING, 0),
  REQUEST_BEFORE_ACTIVE(Point.BEFORE_ACTIVE, 0),
  /** Too late: the vBucket has changed hands (race T9). */
  REQUEST_AFTER_ACTIVE(Point.AFTER_ACTIVE, 0),
  /** As the first, and the consumer forgets its stream: the producer still has it (race T6). */
  REQUEST_AND_FORGET(Point.STREAM_REQ_ANSWERED, 0),
  ADD_STREAM_ETMPFAIL(Point.ADD_STREAM, Status.ETMPFAIL),
  ADD_STREAM_EBUSY(Point.ADD_STREAM, Status.EBUSY),
  ADD_STREAM_ENOMEM(Point.ADD_STREAM, Status.ENOMEM),
  REFUSE_PENDING(Point.REFUSE_PENDING, Status.ETMPFAIL),
  REFUSE_ACTIVE(Point.REFUSE_ACTIVE, Status.ETMPFAIL),
  DROP_CONNECTION_BEFORE_PENDING(Point.BEFORE_PENDING, 0),
  DROP_CONNECTION_BEFORE_ACTIVE(Point.BEFORE_ACTIVE, 0),
  END_BEFORE_PENDING(Point.SOURCE_BEFORE_PENDING, 0),
  END_BEFORE_ACTIVE(Point.SOURCE_BEFORE_ACTIVE, 0);

  /** Ways that harm no other vBucket's stream on the same connection, and do not come too late. */
  public static final List<RetryWay> OF_DESTINATION = List.of(REQUEST_AFTER_STREAM_REQ, REQUEST_BEFORE_PENDING,
      REQUEST_AFTER_PENDING, REQUEST_BEFORE_ACTIVE, ADD_STREAM_ETMPFAIL, ADD_STREAM_EBUSY, ADD_STREAM_ENOMEM,
      REFUSE_PENDING,
      REFUSE_ACTIVE);

  /** Moments of a takeover at which a node looks whether it was told to ask for a retry. */
  enum Point {
    ADD_STREAM,
    STREAM_REQ_ANSWERED,
    BEFORE_PENDING,
    REFUSE_PENDING,
    AFTER_PENDING,
    BEFORE_ACTIVE,
    REFUSE_ACTIVE,
    AFTER_ACTIVE,
    SOURCE_BEFORE_PENDING,
    SOURCE_BEFORE_ACTIVE
  }

  private final Point point;
  private final int status;

  RetryWay(Point point, int status) {
    this.point = point;
    this.status = status;
  }

  Point point() {
    return point;
  }

  int status() {
    return status;
  }

  boolean dropsConnection() {
    return this == DROP_CONNECTION_BEFORE_PENDING || this == DROP_CONNECTION_BEFORE_ACTIVE;
  }

  boolean forgetsOwnSide() {
    return this == REQUEST_AND_FORGET;
  }

  StreamEndReason endReason() {
    return this == END_BEFORE_PENDING ? StreamEndReason.BACKFILL_FAILED : StreamEndReason.DISCONNECTED;
  }
}
