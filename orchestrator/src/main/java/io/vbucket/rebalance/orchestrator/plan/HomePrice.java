package io.vbucket.rebalance.orchestrator.plan;

/**
 * What it costs when a vBucket gets this active: the copies that it would need then, replicas included, and the takeover. A holder needs
 * no copy for itself, and a replica can stay only where the new active replicates to its node. Lower than any copy count the ties: a node
 * that has still to choose its partners shall neither choose them all with its first vBuckets nor be left without.
 */
final class HomePrice {
  static final long TAKEOVER = 20_000;
  private static final long TIE = 100;
  private static final int NONE = PlanSpace.NONE;

  private final Draft draft;
  private final PlanSpace space;

  HomePrice(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
  }

  long of(int v, int home) {
    boolean holds = space.holds(v, home);
    int possible = keepable(v, home, false);
    int withPairs = space.anyPartner ? possible : keepable(v, home, true);
    int open = open(home);
    long price = holds ? 0 : TIE / 2;
    if (possible > withPairs) {
      int missing = possible - withPairs;
      int covered = Math.min(missing, open);
      withPairs += covered;
      price += covered == missing ? TIE * Math.abs(missing - pace(home)) : 0;
    } else if (open > 0) {
      price += TIE;
    }
    if (home != space.heldActive(v) && space.hasActive[v]) {
      price += TAKEOVER;
    }
    return price + ((holds ? 0 : 1) + space.replicas - withPairs) * space.copyCost[v];
  }

  /** Partners that this node may still choose. */
  int open(int home) {
    return space.anyPartner ? 0 : Math.max(0, space.partnersOf(home) - draft.out[home]);
  }

  /** New partners per vBucket, so that the last vBucket that this node gets brings the last partner. */
  int pace(int home) {
    int picks = Math.max(1, space.shares.activeLow[home] - draft.actives[home]);
    return (open(home) + picks - 1) / picks;
  }

  /** Replicas of the current holders that can stay when {@code home} becomes active, counting only allowed pairs if asked to. */
  private int keepable(int v, int home, boolean onlyPairs) {
    int kept = 0;
    long taken = 0;
    boolean apart = !space.ungrouped && Math.min(space.groups, space.replicas + 1) == space.replicas + 1;
    int start = v * space.width;
    for (int cell = start; cell < start + space.width && kept < space.replicas; cell++) {
      int node = space.held[cell];
      if (node == NONE || !space.pairAllowed(home, node) || onlyPairs && !draft.hasPair(home, node)
          || apart && sharesGroup(start, cell, taken)) {
        continue;
      }
      taken |= 1L << (cell - start);
      kept++;
    }
    return kept;
  }

  private boolean sharesGroup(int start, int cell, long taken) {
    for (int before = start; before < cell; before++) {
      if ((taken >> (before - start) & 1) == 1 && space.group[space.held[before]] == space.group[space.held[cell]]) {
        return true;
      }
    }
    return false;
  }
}
