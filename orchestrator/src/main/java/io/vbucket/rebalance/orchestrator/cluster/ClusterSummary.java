package io.vbucket.rebalance.orchestrator.cluster;

import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the rebalance of several buckets ended.
 *
 * @param buckets what came of each, in the order of their turns
 * @param duration from the start of the first to the end of the last
 */
public record ClusterSummary(Map<String, BucketOutcome> buckets, Duration duration) {
  public ClusterSummary {
    buckets = Collections.unmodifiableMap(new LinkedHashMap<>(buckets));
  }

  /** Whether every planned move of every bucket was made. */
  public boolean isComplete() {
    return buckets.values().stream().allMatch(BucketOutcome::isComplete);
  }

  /** Whether nothing was changed on any node: every bucket was refused, or its turn never came. */
  public boolean changedNothing() {
    return buckets.values().stream().allMatch(BucketOutcome::changedNothing);
  }

  /** The sums over all buckets whose rebalance was begun; it was stopped when one of them was, or when one's turn never came. */
  public RebalanceSummary totals() {
    if (buckets.size() == 1 && buckets.values().iterator().next() instanceof BucketOutcome.Ended only) {
      return only.summary();
    }
    int moved = 0;
    int retried = 0;
    int nodesRead = 0;
    boolean stopped = false;
    List<String> unmoved = new ArrayList<>();
    List<String> needOperator = new ArrayList<>();
    List<String> residue = new ArrayList<>();
    TreeMap<Integer, Integer> attempts = new TreeMap<>();
    for (Map.Entry<String, BucketOutcome> bucket : buckets.entrySet()) {
      if (bucket.getValue() instanceof BucketOutcome.Ended ended) {
        RebalanceSummary summary = ended.summary();
        moved += summary.moved();
        retried += summary.retried();
        nodesRead = Math.max(nodesRead, summary.nodesRead());
        stopped |= summary.stopped();
        unmoved.addAll(summary.unmoved());
        needOperator.addAll(summary.needOperator());
        summary.residue().forEach(left -> residue.add(bucket.getKey() + ": " + left));
        summary.attempts().forEach((number, count) -> attempts.merge(number, count, Integer::sum));
      } else {
        stopped |= bucket.getValue() instanceof BucketOutcome.NotBegun;
      }
    }
    return new RebalanceSummary(
        moved, unmoved, needOperator, retried, attempts, residue, stopped, duration, nodesRead);
  }
}
