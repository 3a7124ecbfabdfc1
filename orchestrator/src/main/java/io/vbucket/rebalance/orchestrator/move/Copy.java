package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;

/**
 * A copy that is being built on one node of the new chain.
 *
 * @param question number of the question that was asked about it last; answers to earlier ones change nothing
 * @param itemsLeft the smallest estimate of items still to be sent
 * @param tries how often in a row a node did not answer
 */
record Copy(Stage stage, int question, long itemsLeft, int tries, FailureReason reason, String detail) {
  enum Stage {
    /** The states are read, so that nothing is overwritten that is in use. */
    CHECKING,
    /** The node becomes a replica. */
    PREPARING,
    /** The replica stream was asked for. */
    CONNECTING,
    FILLING,
    /** Little is left to send, and the stream goes on. */
    FILLED,
    /** The stream was told to end, for {@code reason}; then the copy is started anew. */
    ENDING,
    BACKING_OFF
  }

  static Copy at(Stage stage, int question) {
    return new Copy(stage, question, Long.MAX_VALUE, 0, null, "");
  }

  Copy to(Stage next, int asked) {
    return new Copy(next, asked, Long.MAX_VALUE, 0, null, "");
  }

  Copy asking(int asked) {
    return new Copy(stage, asked, itemsLeft, tries, reason, detail);
  }

  Copy left(long items) {
    return new Copy(stage, question, items, tries, reason, detail);
  }

  Copy unanswered() {
    return new Copy(stage, question, itemsLeft, tries + 1, reason, detail);
  }

  Copy ending(FailureReason why, String what) {
    return new Copy(Stage.ENDING, question, itemsLeft, 0, why, what);
  }

  Copy failed() {
    return new Copy(Stage.BACKING_OFF, question, Long.MAX_VALUE, 0, null, "");
  }
}
