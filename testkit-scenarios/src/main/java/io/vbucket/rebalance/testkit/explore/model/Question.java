package io.vbucket.rebalance.testkit.explore.model;

/**
 * What a node is asked over its administrator's connection.
 *
 * @param asker the channel by which it is answered, see {@link Parts}
 * @param tag tells the asker which of its questions was answered
 * @param seqno for {@link What#AWAIT_PERSISTENCE}
 */
public record Question(int asker, int tag, What what, int seqno) {
  /** What is asked. A copy is removed by three requests, with the asker's session between them. */
  public enum What {
    READ_STATE,
    SET_ACTIVE,
    SET_REPLICA,
    REMOVE_CHECK,
    REMOVE_SET_DEAD,
    REMOVE_DELETE,
    READ_BACKFILL,
    READ_HIGH_SEQNO,
    AWAIT_PERSISTENCE
  }

  boolean changesState() {
    return switch (what) {
      case SET_ACTIVE, SET_REPLICA, REMOVE_SET_DEAD, REMOVE_DELETE -> true;
      default -> false;
    };
  }

  @Override
  public String toString() {
    return switch (what) {
      case READ_STATE, REMOVE_CHECK -> "GET_VBUCKET";
      case SET_ACTIVE -> "SET_VBUCKET(active)";
      case SET_REPLICA -> "SET_VBUCKET(replica)";
      case REMOVE_SET_DEAD -> "SET_VBUCKET(dead)";
      case REMOVE_DELETE -> "DEL_VBUCKET";
      case READ_BACKFILL -> "STAT dcp-vbtakeover";
      case READ_HIGH_SEQNO -> "OBSERVE_SEQNO";
      case AWAIT_PERSISTENCE -> "SEQNO_PERSISTENCE(" + seqno + ")";
    };
  }
}
