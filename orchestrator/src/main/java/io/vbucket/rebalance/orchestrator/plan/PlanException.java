package io.vbucket.rebalance.orchestrator.plan;

import java.util.List;

/** What is asked for cannot be planned; the message says what is wrong, what is allowed, and names the node or vBucket. */
public final class PlanException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final transient List<String> problems;

  public PlanException(String message) {
    this(List.of(message));
  }

  /** @param problems every mistake, one sentence each, at least one */
  public PlanException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}
