package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;

/**
 * The source node as a producer: its copy, and the stream that it may have. Behaves as recorded: any answer to SET_VBUCKET_STATE counts as
 * consent, and a stream is refused only where the copy's state forbids it.
 *
 * @param copy state of its copy
 * @param seqno writes that clients were told are done, by whoever was active
 * @param opaque of its stream, 0 for none
 * @param phase how far a takeover is
 */
record Source(CopyState copy, int seqno, int opaque, boolean takeover, int sent, Phase phase) {
  enum Phase {
    STREAMING,
    PENDING_ASKED,
    DEAD,
    ACTIVE_ASKED
  }

  static final Source FIRST = new Source(CopyState.ACTIVE, 0, 0, false, 0, Phase.STREAMING);

  boolean hasStream() {
    return opaque != 0;
  }

  Source streaming(int newOpaque, boolean forTakeover, int from) {
    return new Source(copy, seqno, newOpaque, forTakeover, from, Phase.STREAMING);
  }

  Source withoutStream() {
    return new Source(copy, seqno, 0, false, 0, Phase.STREAMING);
  }

  Source at(Phase next) {
    return new Source(copy, seqno, opaque, takeover, sent, next);
  }

  Source having(int nowSent) {
    return new Source(copy, seqno, opaque, takeover, nowSent, phase);
  }

  Source in(CopyState next) {
    return new Source(next, seqno, opaque, takeover, sent, phase);
  }

  Source written() {
    return new Source(copy, seqno + 1, opaque, takeover, sent, phase);
  }
}
