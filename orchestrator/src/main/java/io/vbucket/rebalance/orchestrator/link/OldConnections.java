package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.orchestrator.takeover.Side;

/**
 * What is known of the connections of a lost link on their nodes, while each is opened and closed once more under its old name.
 *
 * @param round number of the present try
 * @param open sides whose try has not ended yet
 * @param failed whether a try has failed, of whichever side and round
 */
record OldConnections(int round, boolean consumerGone, boolean producerGone, int open, boolean failed) {
  static final OldConnections LIVING = new OldConnections(0, false, false, 0, false);

  boolean areGone() {
    return consumerGone && producerGone;
  }

  boolean isGone(Side side) {
    return side == Side.CONSUMER ? consumerGone : producerGone;
  }

  /** A try begins for each side that is not known to be gone. */
  OldConnections nextRound() {
    return new OldConnections(
        round + 1, consumerGone, producerGone, (consumerGone ? 0 : 1) + (producerGone ? 0 : 1), failed);
  }

  OldConnections after(Side side, boolean gone) {
    return new OldConnections(
        round, consumerGone || side == Side.CONSUMER && gone, producerGone || side == Side.PRODUCER && gone, open - 1,
        failed || !gone);
  }
}
