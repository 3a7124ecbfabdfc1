package io.vbucket.rebalance.orchestrator;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the even shares of a rebalance shall obey besides its nodes and groups.
 *
 * @param weights capacity by node name, any number above 0: a node of weight 2 gets twice as many copies as one of weight 1; 1 where not told
 * @param locked vBuckets whose chain must stay as it is
 * @param maxPartners most nodes that one node replicates to, and receives from; 1 or more, empty for the planner's default
 * @param seed decides among plans that are equally good; empty for the planner's default
 * @param pastMaps by bucket, maps that it had, by node name: one of them is taken again where it obeys the rules and needs about as little
 *        as the best plan, so that a node that was away for a while gets back what it had
 */
public record PlanTerms(
    SortedMap<String, Double> weights, SortedSet<Integer> locked, OptionalInt maxPartners, OptionalLong seed,
    Map<String, List<VBucketMap>> pastMaps) {
  /** Nothing special. */
  public static final PlanTerms USUAL =
      new PlanTerms(new TreeMap<>(), new TreeSet<>(), OptionalInt.empty(), OptionalLong.empty(), Map.of());

  /** @throws IllegalArgumentException when a value is out of its range; the message names it */
  public PlanTerms {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    locked = Collections.unmodifiableSortedSet(new TreeSet<>(locked));
    pastMaps = pastMaps.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> List.copyOf(entry.getValue())));
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
    return new PlanTerms(new TreeMap<>(byNode), locked, maxPartners, seed, pastMaps);
  }

  public PlanTerms withLocked(Set<Integer> vbuckets) {
    return new PlanTerms(weights, new TreeSet<>(vbuckets), maxPartners, seed, pastMaps);
  }

  public PlanTerms withMaxPartners(int most) {
    return new PlanTerms(weights, locked, OptionalInt.of(most), seed, pastMaps);
  }

  public PlanTerms withSeed(long other) {
    return new PlanTerms(weights, locked, maxPartners, OptionalLong.of(other), pastMaps);
  }

  public PlanTerms withPastMaps(Map<String, List<VBucketMap>> byBucket) {
    return new PlanTerms(weights, locked, maxPartners, seed, byBucket);
  }
}
