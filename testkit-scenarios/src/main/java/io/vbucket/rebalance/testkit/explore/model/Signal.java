package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;

/**
 * What a frame of a link means to the models.
 *
 * @param opaque of the stream, 0 where the frame has one of the link's own
 * @param value status, seqno, state or flags, whatever the kind has
 * @param generation the stream that the frame truly belongs to. No node or relay may look at it: real frames do not carry it. It is there to see
 *     afterwards whether a frame of one stream did something to another (I6)
 */
public record Signal(Kind kind, int opaque, int value, int generation) {
  /** Kinds of frames. */
  public enum Kind {
    /** value: 1 for a takeover. */
    ADD_STREAM,
    ADD_STREAM_ANSWER,
    CLOSE_STREAM,
    CLOSE_STREAM_ANSWER,
    /** value: twice the seqno to start from, plus 1 for a takeover. */
    STREAM_REQ,
    STREAM_REQ_ANSWER,
    /** A snapshot: its marker and all its items. value: the last seqno. */
    SNAPSHOT,
    SNAPSHOT_ANSWER,
    /** value: 1 for active, 0 for pending. */
    SET_VBUCKET_STATE,
    SET_VBUCKET_STATE_ANSWER,
    STREAM_END,
    RETRY_REQUEST,
    /** The connection was closed by the node. */
    CLOSED
  }

  @Override
  public String toString() {
    return switch (kind) {
      case ADD_STREAM -> "ADD_STREAM(" + (value == 1 ? "takeover" : "replica") + ") stream " + generation;
      case CLOSE_STREAM -> "CLOSE_STREAM stream " + generation;
      case ADD_STREAM_ANSWER, CLOSE_STREAM_ANSWER ->
          kind.name().replace("_ANSWER", "") + " answer " + Status.nameOf(value) + " stream " + generation;
      case STREAM_REQ ->
          "STREAM_REQ(" + ((value & 1) == 1 ? "takeover, " : "") + "start " + value / 2 + ")" + shown();
      case STREAM_REQ_ANSWER -> "STREAM_REQ answer " + Status.nameOf(value) + shown();
      case SNAPSHOT -> "SNAPSHOT_MARKER, MUTATION(seqno " + value + ")" + shown();
      case SNAPSHOT_ANSWER -> "SNAPSHOT_MARKER answer" + shown();
      case SET_VBUCKET_STATE -> "SET_VBUCKET_STATE(" + (value == 1 ? "active" : "pending") + ")" + shown();
      case SET_VBUCKET_STATE_ANSWER -> "SET_VBUCKET_STATE answer " + Status.nameOf(value) + shown();
      case STREAM_END -> "STREAM_END(" + StreamEndReason.of(value) + ")" + shown();
      case RETRY_REQUEST -> "RETRY_REQUEST" + shown();
      case CLOSED -> "connection closed by the node";
    };
  }

  private String shown() {
    return " opaque " + opaque + " stream " + generation;
  }
}
