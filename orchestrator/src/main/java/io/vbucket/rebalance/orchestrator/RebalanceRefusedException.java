package io.vbucket.rebalance.orchestrator;

import java.util.List;

/** A rebalance was not begun, and nothing was changed; each reason says what to do about it. */
public final class RebalanceRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> reasons;

  public RebalanceRefusedException(List<String> reasons) {
    super(String.join("; ", reasons));
    this.reasons = List.copyOf(reasons);
  }

  public List<String> reasons() {
    return reasons;
  }
}
