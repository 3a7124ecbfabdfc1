package io.vbucket.rebalance.orchestrator;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a rebalance shall reach: every vBucket of the bucket on one of the nodes that own some now, with those of {@code add} and without
 * those of {@code remove}, in even shares. Or, when {@code moves} are given, just these.
 *
 * @param add names of nodes that shall own vBuckets from now on
 * @param remove names of nodes that shall own none any more
 * @param moves name of the new owner by vBucket; empty for even shares, and then the other two decide
 */
public record RebalanceRequest(Set<String> add, Set<String> remove, SortedMap<Integer, String> moves) {
  /**
   * @throws IllegalArgumentException when moves are given together with nodes to add or remove
   */
  public RebalanceRequest {
    add = Collections.unmodifiableSet(new TreeSet<>(add));
    remove = Collections.unmodifiableSet(new TreeSet<>(remove));
    moves = Collections.unmodifiableSortedMap(new TreeMap<>(moves));
    if (!moves.isEmpty() && !(add.isEmpty() && remove.isEmpty())) {
      throw new IllegalArgumentException(
          "moves " + moves + " together with nodes to add " + add + " or remove " + remove
              + ": ask for one after the other");
    }
  }

  public RebalanceRequest(Set<String> add, Set<String> remove) {
    this(add, remove, new TreeMap<>());
  }

  public static RebalanceRequest adding(String... names) {
    return new RebalanceRequest(Set.of(names), Set.of());
  }

  public static RebalanceRequest removing(String... names) {
    return new RebalanceRequest(Set.of(), Set.of(names));
  }

  /** Just these vBuckets get new owners. */
  public static RebalanceRequest moving(Map<Integer, String> newOwners) {
    return new RebalanceRequest(Set.of(), Set.of(), new TreeMap<>(newOwners));
  }
}
