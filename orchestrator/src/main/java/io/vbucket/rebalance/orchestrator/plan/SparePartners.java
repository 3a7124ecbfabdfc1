package io.vbucket.rebalance.orchestrator.plan;

import java.util.stream.IntStream;

/**
 * Gives nodes with fewer partners than they may have one more wherever a single replica can be handed to it: groups as wide as before, totals
 * within each group as even as before. {@link LoadFlow} uses as many pairs as its ranges of totals allow; where groups are unequal, other ranges
 * are as good, and a replica that goes from one group to another may make them so.
 */
final class SparePartners {
  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final int[] gives;
  private final int[] receives;
  private final int[] inGroup;
  private final int[][] vbuckets;

  SparePartners(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.gives = new int[n];
    this.receives = new int[n];
    this.inGroup = new int[space.groups];
    this.vbuckets = draft.byActive();
    for (int cell = 0; cell < n * n; cell++) {
      gives[cell / n] += draft.load[cell] > 0 ? 1 : 0;
      receives[cell % n] += draft.load[cell] > 0 ? 1 : 0;
    }
    for (int i = 0; i < n; i++) {
      inGroup[space.group[i]] += draft.totals[i];
    }
  }

  void run() {
    // What carries nothing is no partner, or a node would get more than it may once it does.
    for (int cell = 0; cell < n * n; cell++) {
      if (draft.load[cell] == 0) {
        draft.dropPair(cell / n, cell % n);
      }
    }
    boolean more = true;
    while (more) {
      more = false;
      for (int q = 0; q < n; q++) {
        for (int[] step = step(q); step != null; step = step(q)) {
          take(q, step);
          more = true;
        }
      }
    }
  }

  /** Whether this node could have a partner more. */
  boolean mayHaveMore(int q) {
    return step(q) != null;
  }

  /** The cheapest replica that may go to a new partner, as vBucket, slot, old node and new node; null when there is none. */
  private int[] step(int q) {
    if (gives[q] >= Math.min(space.partnersOf(q), draft.actives[q] * space.replicas)) {
      return null;
    }
    int[] open = IntStream.range(0, n).filter(p -> space.pairAllowed(q, p)
        && draft.load[q * n + p] == 0 && receives[p] < space.receivable[p]).toArray();
    long least = Long.MAX_VALUE;
    int[] best = null;
    for (int v : open.length == 0 ? open : vbuckets[q]) {
      for (int slot = 0; slot < space.replicas; slot++) {
        int from = draft.replica(v, slot);
        for (int to : from != PlanSpace.NONE && draft.load[q * n + from] > 1 ? open : new int[0]) {
          long price = space.cost(v, to) - space.cost(v, from);
          if (price < least && draft.allows(v, slot, to) && staysEven(from, to)) {
            least = price;
            best = new int[] {v, slot, from, to};
          }
        }
      }
    }
    return best;
  }

  private void take(int q, int[] step) {
    draft.setReplica(step[0], step[1], step[3]);
    draft.addPair(q, step[3]);
    inGroup[space.group[step[2]]]--;
    inGroup[space.group[step[3]]]++;
    gives[q]++;
    receives[step[3]]++;
  }

  private boolean staysEven(int from, int to) {
    int[] totals = draft.totals;
    if (space.group[from] == space.group[to]) {
      return totals[from] > lowest(space.group[from], 0) && totals[to] < highest(space.group[to], 0);
    }
    boolean even = true;
    for (int i = 0; i < n && even; i++) {
      int change = i == from ? -1 : i == to ? 1 : 0;
      int ofGroup = space.group[i] == space.group[from] ? -1 : 1;
      even = space.group[i] != space.group[from] && space.group[i] != space.group[to]
          || totals[i] + change >= lowest(space.group[i], ofGroup)
              && totals[i] + change <= highest(space.group[i], ofGroup);
    }
    return even;
  }

  private int lowest(int group, int change) {
    return space.replicas * Math.floorDiv(inGroup[group] + change, space.groupSize[group] * space.replicas);
  }

  private int highest(int group, int change) {
    return -space.replicas * Math.floorDiv(-inGroup[group] - change, space.groupSize[group] * space.replicas);
  }
}
