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
  /** Prices that are remembered, 12 bytes each; in a larger map each is worked out anew. */
  private static final long REMEMBERED = 1_000_000;

  private final Draft draft;
  private final PlanSpace space;
  /** Whether the replicas of a chain must all be in different groups. */
  private final boolean apart;
  /** Told by {@link #keepable(int, int)} besides. */
  private int keepableOnPairs;
  /** By vBucket and home; each holds as long as the home's version is the same. */
  private final long[] known;
  private final int[] knownVersion;

  HomePrice(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.apart = !space.ungrouped && Math.min(space.groups, space.replicas + 1) == space.replicas + 1;
    boolean small = (long) space.nodes * space.vbuckets <= REMEMBERED;
    this.known = new long[small ? space.nodes * space.vbuckets : 0];
    this.knownVersion = new int[known.length];
  }

  long of(int v, int home) {
    if (known.length == 0) {
      return worked(v, home);
    }
    int cell = v * space.nodes + home;
    if (knownVersion[cell] != draft.version[home]) {
      known[cell] = worked(v, home);
      knownVersion[cell] = draft.version[home];
    }
    return known[cell];
  }

  private long worked(int v, int home) {
    boolean holds = space.holds(v, home);
    int possible = apart ? keepable(v, home, false) : keepable(v, home);
    int withPairs = space.anyPartner ? possible : apart ? keepable(v, home, true) : keepableOnPairs;
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
    if (draft.chance > 0) {
      price += (v * 31 + home * 7 + draft.chance) * 0x9E3779B9 >>> 28;
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

  /** Replicas of the current holders that can stay when {@code home} becomes active, where they may share a group. */
  private int keepable(int v, int home) {
    int kept = 0;
    int onPairs = 0;
    int start = v * space.width;
    for (int cell = start; cell < start + space.width; cell++) {
      int node = space.held[cell];
      if (node != NONE && space.pairAllowed(home, node)) {
        kept++;
        onPairs += draft.hasPair(home, node) ? 1 : 0;
      }
    }
    keepableOnPairs = Math.min(onPairs, space.replicas);
    return Math.min(kept, space.replicas);
  }

  /** The same where no two may be in one group, counting only allowed pairs if asked to. */
  private int keepable(int v, int home, boolean onlyPairs) {
    int kept = 0;
    long taken = 0;
    int start = v * space.width;
    for (int cell = start; cell < start + space.width && kept < space.replicas; cell++) {
      int node = space.held[cell];
      if (node == NONE || !space.pairAllowed(home, node) || onlyPairs && !draft.hasPair(home, node)
          || sharesGroup(start, cell, taken)) {
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
