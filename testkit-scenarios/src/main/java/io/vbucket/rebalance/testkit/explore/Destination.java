package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;

/**
 * The destination node as a consumer: its copy, the stream that it may have, and its own counter for opaques.
 *
 * @param copy state of its copy
 * @param seqno what it has received or, when active, was written to it
 * @param counter last opaque that it minted on this connection
 * @param opaque of its stream, 0 for none
 * @param accepted whether the producer consented to the stream
 * @param generation of the ADD_STREAM that asked for it
 * @param owedAnswer generation whose ADD_STREAM is still to be answered with success, 0 for none; may come at any time
 * @param asked whether it has asked for a retry of this stream, and so no longer obeys SET_VBUCKET_STATE
 */
record Destination(
    CopyState copy, int seqno, int counter, int opaque, boolean takeover, boolean accepted, int generation,
    int owedAnswer,
    boolean asked) {
  static final Destination FIRST =
      new Destination(CopyState.ABSENT, 0, 0, 0, false, false, 0, 0, false);

  boolean hasStream() {
    return opaque != 0;
  }

  Destination requesting(int newOpaque, boolean forTakeover, int newGeneration) {
    return new Destination(copy, seqno, newOpaque, newOpaque, forTakeover, false, newGeneration, owedAnswer, false);
  }

  Destination accepting() {
    return new Destination(copy, seqno, counter, opaque, takeover, true, generation, generation, asked);
  }

  Destination withoutStream() {
    return new Destination(copy, seqno, counter, 0, false, false, 0, owedAnswer, false);
  }

  Destination answered() {
    return new Destination(copy, seqno, counter, opaque, takeover, accepted, generation, 0, asked);
  }

  Destination asking() {
    return new Destination(copy, seqno, counter, opaque, takeover, accepted, generation, owedAnswer, true);
  }

  Destination in(CopyState next) {
    return new Destination(next, seqno, counter, opaque, takeover, accepted, generation, owedAnswer, asked);
  }

  Destination having(int nowSeqno) {
    return new Destination(copy, nowSeqno, counter, opaque, takeover, accepted, generation, owedAnswer, asked);
  }

  /** The connection is gone, with whatever it had. */
  Destination disconnected() {
    return new Destination(copy, seqno, 0, 0, false, false, 0, 0, false);
  }
}
