package io.vbucket.rebalance.orchestrator.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a rebalance ended.
 *
 * @param moved moves that are complete
 * @param unmoved moves that were undone or never begun, each with its reason
 * @param needOperator vBuckets that somebody must look at
 * @param retried moves that took more than one attempt, complete or not
 * @param attempts number of moves by the number of attempts they took
 * @param residue what could not be cleaned up, or was found when all nodes were read at the end
 * @param stopped whether it was stopped before all moves were begun
 * @param nodesRead how many nodes were read at the end to find out what is left; 0 when that was not done, as after a complete run
 */
public record RebalanceSummary(
    int moved,
    List<String> unmoved,
    List<String> needOperator,
    int retried,
    SortedMap<Integer, Integer> attempts,
    List<String> residue,
    boolean stopped,
    Duration duration,
    int nodesRead) {
  public RebalanceSummary {
    unmoved = List.copyOf(unmoved);
    needOperator = List.copyOf(needOperator);
    residue = List.copyOf(residue);
    attempts = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(attempts));
  }

  /** Of a rebalance after which the nodes were not read. */
  public RebalanceSummary(
      int moved,
      List<String> unmoved,
      List<String> needOperator,
      int retried,
      SortedMap<Integer, Integer> attempts,
      List<String> residue,
      boolean stopped,
      Duration duration) {
    this(moved, unmoved, needOperator, retried, attempts, residue, stopped, duration, 0);
  }

  /** This, and what was found on the nodes afterwards. */
  public RebalanceSummary withResidue(List<String> found, int read) {
    List<String> all = new ArrayList<>(residue);
    all.addAll(found);
    return new RebalanceSummary(moved, unmoved, needOperator, retried, attempts, all, stopped, duration, read);
  }

  /** This run and the one that was made for what it had left: what was not moved counts by the later one alone, which planned anew. */
  public RebalanceSummary followedBy(RebalanceSummary later) {
    TreeMap<Integer, Integer> all = new TreeMap<>(attempts);
    later.attempts().forEach((number, moves) -> all.merge(number, moves, Integer::sum));
    List<String> left = new ArrayList<>(residue);
    left.addAll(later.residue());
    return new RebalanceSummary(
        moved + later.moved(),
        later.unmoved(),
        later.needOperator(),
        retried + later.retried(),
        all,
        left,
        later.stopped(),
        duration.plus(later.duration()),
        later.nodesRead());
  }

  /** Whether every planned move was made and nothing is left to look at. */
  public boolean isComplete() {
    return unmoved.isEmpty() && needOperator.isEmpty() && !stopped;
  }
}
