package io.vbucket.rebalance.testkit.explore.search;

import java.util.Locale;

/** What may go wrong, each so often as a {@link Budget} says. The words are those of a script's {@code explore { ... }}. */
public enum Fault {
  /** The consumer asks for a retry of its takeover, by frame; it may forget its own side of the stream without a word to the producer (T6). */
  RETRIES,
  /** The consumer refuses ADD_STREAM or SET_VBUCKET_STATE with ETMPFAIL. */
  REFUSALS,
  /** The producer ends the stream before its time. */
  EARLY_ENDS,
  /** The producer asks the consumer to roll back (T21). */
  ROLLBACKS,
  /** A connection of the link is lost. */
  CUTS,
  /** A node does not answer a question in time, or cannot be reached. */
  SILENCES,
  /** A client's write. */
  WRITES,
  /** A time limit runs out although something could still happen. */
  IMPATIENCE,
  /** The operator cancels the move. */
  CANCELS;

  /** {@code early-ends}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
