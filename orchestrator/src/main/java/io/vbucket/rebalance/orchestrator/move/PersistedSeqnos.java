package io.vbucket.rebalance.orchestrator.move;

import java.util.HashMap;
import java.util.Map;

/**
 * How far copies are on disk, and how far they shall be. Immutable.
 *
 * @param wanted the seqno that each must have persisted, {@link #UNKNOWN} while the source has not told it
 * @param told by node, what it has persisted as it said last; {@link #UNKNOWN} for one that was asked and does not tell
 */
record PersistedSeqnos(long wanted, Map<String, Long> told) {
  static final long UNKNOWN = -1;

  static final PersistedSeqnos NONE = new PersistedSeqnos(UNKNOWN, Map.of());

  PersistedSeqnos {
    told = Map.copyOf(told);
  }

  /** Another wait begins. */
  PersistedSeqnos wanting(long seqno) {
    return new PersistedSeqnos(seqno, told);
  }

  PersistedSeqnos told(String node, long seqno) {
    Map<String, Long> more = new HashMap<>(told);
    more.put(node, seqno);
    return new PersistedSeqnos(wanted, more);
  }

  boolean isWantedKnown() {
    return wanted != UNKNOWN;
  }

  /** What is known of a node, in words. */
  String of(String node) {
    Long seqno = told.get(node);
    if (seqno == null) {
      return "not looked yet";
    }
    return seqno == UNKNOWN ? "the node does not tell" : "seqno " + Long.toUnsignedString(seqno);
  }
}
