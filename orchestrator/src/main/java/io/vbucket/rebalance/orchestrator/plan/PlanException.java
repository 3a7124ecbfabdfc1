package io.vbucket.rebalance.orchestrator.plan;

/** What is asked for cannot be planned; the message says what is wrong, what is allowed, and names the node or vBucket. */
public final class PlanException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public PlanException(String message) {
    super(message);
  }
}
