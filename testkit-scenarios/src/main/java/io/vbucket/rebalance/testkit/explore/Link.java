package io.vbucket.rebalance.testkit.explore;

/**
 * The link between both nodes as its actor sees it.
 *
 * @param up whether both connections stand and the stream was told so
 * @param incarnation number of the present pair of connections
 * @param heard the incarnation that the stream actor heard of last: what it asks of an older one is not done
 * @param consumerGone whether the destination dropped the connection of a lost link
 * @param producerGone whether the source did
 */
record Link(boolean up, int incarnation, int heard, boolean consumerGone, boolean producerGone) {
  static final Link FIRST = new Link(true, 1, 1, false, false);
}
