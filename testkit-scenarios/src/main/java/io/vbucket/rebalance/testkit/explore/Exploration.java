package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.testkit.explore.model.Cores;
import io.vbucket.rebalance.testkit.explore.model.OneMove;
import io.vbucket.rebalance.testkit.explore.naive.NaiveMove;
import io.vbucket.rebalance.testkit.explore.search.Budget;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Network;
import io.vbucket.rebalance.testkit.explore.search.Search;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * What is explored: one move of one vBucket.
 *
 * @param version whose behaviour both nodes show
 * @param maxAttempts takeovers before the move is given up, at least 1
 * @param takeoverSlots whether takeovers are limited, so that each attempt waits for its turn, for any length of time
 * @param faults how often each may happen; those that are not named do not happen
 */
public record Exploration(NodeVersion version, int maxAttempts, boolean takeoverSlots, Map<Fault, Integer> faults) {
  public Exploration {
    faults = new TreeMap<>(faults);
  }

  /** Without limit for takeovers. */
  public Exploration(NodeVersion version, int maxAttempts, Map<Fault, Integer> faults) {
    this(version, maxAttempts, false, faults);
  }

  /** Searches with the rules of a variant. */
  public Search.Found search(Variant variant, Search.Limits limits, LongConsumer progress) {
    return switch (variant) {
      case PRODUCT -> search(Cores.REAL, limits, progress);
      // Only what it does to the nodes is of interest, and whether it ends is not.
      case NAIVE -> new Search(network(variant), Invariant.OF_NODES, state -> true, limits, progress).run();
    };
  }

  /** Searches with other rules than those of production. */
  public Search.Found search(Cores cores, Search.Limits limits, LongConsumer progress) {
    return new Search(network(cores), Invariant.ALL, Invariant::isOver, limits, progress).run();
  }

  Network network(Variant variant) {
    return variant == Variant.PRODUCT
        ? network(Cores.REAL)
        : NaiveMove.network(version, maxAttempts, Budget.of(faults));
  }

  Network network(Cores cores) {
    return OneMove.network(cores, version, maxAttempts, takeoverSlots, Budget.of(faults));
  }
}
