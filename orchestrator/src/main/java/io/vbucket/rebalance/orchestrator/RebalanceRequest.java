package io.vbucket.rebalance.orchestrator;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
 * @param replicas replicas that every vBucket shall have, 0 to 3; empty for as many as the bucket has
 * @param groups server group by node name: a vBucket's copies are spread over groups; a node without one is a group of its own
 * @param failOver names of nodes whose actives shall move to nodes that hold replicas, which change places with them; asked for alone
 * @param pinned a plan that was made before, to be carried out as it is; asked for alone
 * @param terms what the even shares shall obey besides; not with moves, a failover or a pinned plan, which share nothing out
 */
public record RebalanceRequest(Set<String> add, Set<String> remove, SortedMap<Integer, String> moves,
    OptionalInt replicas,
    SortedMap<String, String> groups,
    Set<String> failOver,
    Optional<PinnedPlan> pinned,
    PlanTerms terms) {
  /** Most replicas that a bucket can have. */
  public static final int MAX_REPLICAS = 3;

  /**
   * @throws IllegalArgumentException when moves are given together with nodes to add or remove or with terms, or replicas are out of range
   */
  public RebalanceRequest {
    add = Collections.unmodifiableSet(new TreeSet<>(add));
    remove = Collections.unmodifiableSet(new TreeSet<>(remove));
    moves = Collections.unmodifiableSortedMap(new TreeMap<>(moves));
    groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
    failOver = Collections.unmodifiableSet(new TreeSet<>(failOver));
    boolean more = !add.isEmpty() || !remove.isEmpty() || !moves.isEmpty() || replicas.isPresent()
        || !terms.equals(PlanTerms.USUAL);
    if (more && (!failOver.isEmpty() || pinned.isPresent()) || !failOver.isEmpty() && pinned.isPresent()) {
      throw new IllegalArgumentException(
          (failOver.isEmpty() ? "a pinned plan" : "a failover of " + failOver)
              + " together with something else: ask for one after the other");
    }
    if (!moves.isEmpty() && !(add.isEmpty() && remove.isEmpty())) {
      throw new IllegalArgumentException(
          "moves " + moves + " together with nodes to add " + add + " or remove " + remove
              + ": ask for one after the other");
    }
    if (!moves.isEmpty() && !terms.equals(PlanTerms.USUAL)) {
      throw new IllegalArgumentException(
          "moves " + moves + " together with terms for even shares: ask for one after the other");
    }
    if (replicas.isPresent() && (replicas.getAsInt() < 0 || replicas.getAsInt() > MAX_REPLICAS)) {
      throw new IllegalArgumentException(
          replicas.getAsInt() + " replicas: expected 0 to " + MAX_REPLICAS);
    }
  }

  public RebalanceRequest(
      Set<String> add, Set<String> remove, SortedMap<Integer, String> moves, OptionalInt replicas,
      SortedMap<String, String> groups) {
    this(add, remove, moves, replicas, groups, Set.of(), Optional.empty(), PlanTerms.USUAL);
  }

  public RebalanceRequest(Set<String> add, Set<String> remove, SortedMap<Integer, String> moves) {
    this(add, remove, moves, OptionalInt.empty(), new TreeMap<>());
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

  /** A graceful failover: these nodes shall have no actives any more, but keep their copies as replicas. */
  public static RebalanceRequest failingOver(String... names) {
    return new RebalanceRequest(
        Set.of(), Set.of(), new TreeMap<>(), OptionalInt.empty(), new TreeMap<>(), Set.of(names), Optional.empty(),
        PlanTerms.USUAL);
  }

  /** Just this plan, and only while the map is the one for which it was made. */
  public static RebalanceRequest of(PinnedPlan plan) {
    return new RebalanceRequest(
        Set.of(), Set.of(), new TreeMap<>(), OptionalInt.empty(), new TreeMap<>(), Set.of(), Optional.of(plan),
        PlanTerms.USUAL);
  }

  /** The same, and every vBucket shall have so many replicas. */
  public RebalanceRequest withReplicas(int number) {
    return new RebalanceRequest(add, remove, moves, OptionalInt.of(number), groups, failOver, pinned, terms);
  }

  /** The same, with copies spread over these groups. */
  public RebalanceRequest withGroups(Map<String, String> byNode) {
    return new RebalanceRequest(add, remove, moves, replicas, new TreeMap<>(byNode), failOver, pinned, terms);
  }

  /** The same, in shares that obey these terms. */
  public RebalanceRequest withTerms(PlanTerms other) {
    return new RebalanceRequest(add, remove, moves, replicas, groups, failOver, pinned, other);
  }
}
