package io.vbucket.rebalance.orchestrator;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the even shares of a rebalance shall obey besides its nodes and groups.
 *
 * @param weights capacity by node name, any number above 0: a node of weight 2 gets twice as many copies as one of weight 1; 1 where not told
 * @param locked vBuckets whose chain must stay as it is
 * @param maxPartners most nodes that one node replicates to, and receives from; 1 or more, empty for the planner's default
 * @param seed decides among plans that are equally good; empty for the planner's default
 */
public record PlanTerms(
    SortedMap<String, Double> weights, SortedSet<Integer> locked, OptionalInt maxPartners, OptionalLong seed) {
  /** Nothing special. */
  public static final PlanTerms USUAL =
      new PlanTerms(new TreeMap<>(), new TreeSet<>(), OptionalInt.empty(), OptionalLong.empty());

  /** @throws IllegalArgumentException when a value is out of its range; the message names it */
  public PlanTerms {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    locked = Collections.unmodifiableSortedSet(new TreeSet<>(locked));
    weights.forEach((node, weight) -> {
      if (!(weight > 0) || weight.isInfinite()) {
        throw new IllegalArgumentException("weight of node " + node + " is " + weight
            + ", allowed is any number above 0; remove a node that shall hold nothing");
      }
    });
    if (!locked.isEmpty() && locked.first() < 0) {
      throw new IllegalArgumentException("locked vBucket " + locked.first() + ": vBuckets have numbers from 0");
    }
    if (maxPartners.isPresent() && maxPartners.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "at most " + maxPartners.getAsInt() + " replication partners: allowed is 1 or more");
    }
  }

  public PlanTerms withWeights(Map<String, Double> byNode) {
    return new PlanTerms(new TreeMap<>(byNode), locked, maxPartners, seed);
  }

  public PlanTerms withLocked(Set<Integer> vbuckets) {
    return new PlanTerms(weights, new TreeSet<>(vbuckets), maxPartners, seed);
  }

  public PlanTerms withMaxPartners(int most) {
    return new PlanTerms(weights, locked, OptionalInt.of(most), seed);
  }

  public PlanTerms withSeed(long other) {
    return new PlanTerms(weights, locked, maxPartners, OptionalLong.of(other));
  }
}
