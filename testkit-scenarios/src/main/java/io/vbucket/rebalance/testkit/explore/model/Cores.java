package io.vbucket.rebalance.testkit.explore.model;

/** The pure functions that are explored. */
public record Cores(GateRules gate, TakeoverRules takeover, MoveRules move) {
  /** As in production. */
  public static final Cores REAL = new Cores(GateRules.REAL, TakeoverRules.REAL, MoveRules.REAL);
}
