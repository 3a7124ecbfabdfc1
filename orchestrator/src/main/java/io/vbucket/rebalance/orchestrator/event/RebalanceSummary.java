package io.vbucket.rebalance.orchestrator.event;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;

/**
 * How a rebalance ended.
 *
 * @param moved moves that are complete
 * @param unmoved moves that were undone or never begun, each with its reason
 * @param needOperator vBuckets that somebody must look at
 * @param retried complete moves that took more than one attempt
 * @param attempts number of moves by the number of attempts they took
 * @param residue what could not be cleaned up
 * @param stopped whether it was stopped before all moves were begun
 */
public record RebalanceSummary(
    int moved,
    List<String> unmoved,
    List<String> needOperator,
    int retried,
    SortedMap<Integer, Integer> attempts,
    List<String> residue,
    boolean stopped,
    Duration duration) {
  public RebalanceSummary {
    unmoved = List.copyOf(unmoved);
    needOperator = List.copyOf(needOperator);
    residue = List.copyOf(residue);
    attempts = java.util.Collections.unmodifiableSortedMap(new java.util.TreeMap<>(attempts));
  }

  /** Whether every planned move was made and nothing is left to look at. */
  public boolean isComplete() {
    return unmoved.isEmpty() && needOperator.isEmpty() && !stopped;
  }
}
