package io.vbucket.rebalance.orchestrator.takeover;

/** The two ends of a link: the destination node is its consumer, the source node its producer. */
public enum Side {
  CONSUMER,
  PRODUCER
}
