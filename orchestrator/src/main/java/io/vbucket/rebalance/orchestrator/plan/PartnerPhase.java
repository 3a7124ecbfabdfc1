package io.vbucket.rebalance.orchestrator.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Decides which node replicates to which: every node to as many as it may and from as many, and of all such graphs one that lets most
 * replicas stay. The value of a pair is the number of replicas that could stay on it. Pairs are taken by falling value, then missing
 * ones are added by cheapest alternating chains (A takes on B, for which B lets go of C, which takes on D).
 */
final class PartnerPhase {
  private static final long FAR = Long.MAX_VALUE / 4;
  private static final int HOPS = 6;

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final long[] value;
  /** Nodes with a value for this one; who is not in it, is worth nothing. */
  private final int[][] valued;
  private final long[] row;
  private final long[] column;
  private final int[] columnParent;
  private final int[] rowParent;
  private boolean any;

  PartnerPhase(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.value = new long[n * n];
    this.valued = new int[n][];
    this.row = new long[n];
    this.column = new long[n];
    this.columnParent = new int[n];
    this.rowParent = new int[n];
  }

  void run() {
    draft.dropAllPairs();
    if (space.anyPartner) {
      for (int q = 0; q < n; q++) {
        for (int p = 0; p < n; p++) {
          if (space.pairAllowed(q, p)) {
            draft.addPair(q, p);
          }
        }
      }
      return;
    }
    List<int[]> pairs = valuePairs();
    if (pairs.isEmpty() && ring()) {
      return;
    }
    for (int[] pair : pairs) {
      if (draft.out[pair[0]] < space.partners && draft.in[pair[1]] < space.partners) {
        draft.addPair(pair[0], pair[1]);
      }
    }
    for (int q = 0; q < n; q++) {
      boolean more = true;
      while (more && draft.out[q] < space.partnersOf(q)) {
        more = chain(q, false) || chain(q, true);
      }
    }
  }

  private List<int[]> valuePairs() {
    for (int v = 0; v < space.vbuckets; v++) {
      int q = draft.active[v];
      for (int cell = v * space.width; cell < (v + 1) * space.width; cell++) {
        int p = space.held[cell];
        if (q != PlanSpace.NONE && p != PlanSpace.NONE && space.pairAllowed(q, p)) {
          value[q * n + p] += space.locked[v] ? 1000 * PlanSpace.COPY : Math.max(1, space.copyCost[v]);
        }
      }
    }
    List<int[]> pairs = new ArrayList<>();
    int[] valuedOfOne = new int[n];
    for (int q = 0; q < n; q++) {
      int count = 0;
      for (int p = 0; p < n; p++) {
        if (value[q * n + p] > 0) {
          pairs.add(new int[] {q, p});
          valuedOfOne[count++] = p;
        }
      }
      valued[q] = Arrays.copyOf(valuedOfOne, count);
    }
    pairs.sort(Comparator.comparingLong((int[] pair) -> -value[pair[0] * n + pair[1]]));
    return pairs;
  }

  private boolean addable(int q, int p) {
    return space.pairAllowed(q, p) && !draft.hasPair(q, p)
        && (space.replicas < 2 || space.groups == n || groupRoom(q, p));
  }

  /** A row whose partners were all in one group could not give its replicas different groups. */
  private boolean groupRoom(int q, int p) {
    if (space.replicas > space.groups - 1) {
      return true;
    }
    int there = 0;
    for (int place = 0; place < draft.out[q]; place++) {
      there += space.group[draft.taker(q, place)] == space.group[p] ? 1 : 0;
    }
    return there < (space.partners + space.replicas - 1) / space.replicas;
  }

  /**
   * The cheapest chain that gives a node one partner more.
   *
   * @param any takes the first chain there is: prices that fall along a way may have spoilt the cheapest
   */
  private boolean chain(int start, boolean any) {
    this.any = any;
    Arrays.fill(row, FAR);
    Arrays.fill(column, FAR);
    Arrays.fill(rowParent, -1);
    row[start] = 0;
    int[] open = java.util.stream.IntStream.range(0, n).filter(p -> draft.in[p] < space.partners).toArray();
    long least = FAR;
    boolean[] fresh = new boolean[n];
    fresh[start] = true;
    for (int hop = 0; hop < HOPS; hop++) {
      boolean[] reached = new boolean[n];
      for (int q = 0; q < n; q++) {
        if (fresh[q] && q == start) {
          for (int p = 0; p < n; p++) {
            take(q, p, reached);
          }
        } else if (fresh[q] && (any || row[q] < least)) {
          for (int p : valued[q]) {
            take(q, p, reached);
          }
          takeAny(q, open, reached);
        }
      }
      for (int p : open) {
        least = Math.min(least, column[p]);
      }
      fresh = new boolean[n];
      for (int p = 0; p < n; p++) {
        for (int place = 0; reached[p] && draft.in[p] >= space.partners && place < draft.in[p]; place++) {
          letGo(p, draft.giver(p, place), start, fresh);
        }
      }
    }
    int best = -1;
    for (int p : open) {
      if (column[p] < FAR && (best < 0 || column[p] < column[best]
          || column[p] == column[best] && draft.in[p] < draft.in[best])) {
        best = p;
      }
    }
    return best >= 0 && apply(start, best);
  }

  /** Of the nodes that nothing is worth for, one is as good as another. */
  private void takeAny(int q, int[] open, boolean[] reached) {
    for (int p : open) {
      if (addable(q, p)) {
        take(q, p, reached);
        return;
      }
    }
  }

  private void take(int q, int p, boolean[] reached) {
    long there = row[q] - value[q * n + p];
    if ((any ? column[p] == FAR : there < column[p]) && addable(q, p)) {
      column[p] = there;
      columnParent[p] = q;
      reached[p] = true;
    }
  }

  private void letGo(int p, int q, int start, boolean[] fresh) {
    long there = column[p] + value[q * n + p];
    if (q != start && (any ? row[q] == FAR : there < row[q]) && !onWay(p, q)) {
      row[q] = there;
      rowParent[q] = p;
      fresh[q] = true;
    }
  }

  private boolean onWay(int column, int row) {
    int p = column;
    for (int steps = 0; p >= 0 && steps <= n; steps++) {
      int q = columnParent[p];
      if (q == row) {
        return true;
      }
      p = rowParent[q];
    }
    return false;
  }

  private boolean apply(int start, int end) {
    int length = 0;
    for (int p = end; columnParent[p] != start; p = rowParent[columnParent[p]]) {
      if (++length > n) {
        return false;
      }
    }
    int p = end;
    while (columnParent[p] != start) {
      draft.addPair(columnParent[p], p);
      int dropped = rowParent[columnParent[p]];
      draft.dropPair(columnParent[p], dropped);
      p = dropped;
    }
    draft.addPair(start, p);
    return true;
  }

  /**
   * With nothing to keep: nodes in a ring in which the groups take turns, each node replicating to the next ones of other groups.
   *
   * @return false when the groups are not equal
   */
  private boolean ring() {
    int groups = space.groups;
    int size = n / groups;
    int[] filled = new int[groups];
    int[] at = new int[n];
    for (int i = 0; i < n; i++) {
      int g = space.group[i];
      if (space.groupSize[g] != size) {
        return false;
      }
      at[filled[g]++ * groups + g] = i;
    }
    for (int place = 0; place < n; place++) {
      int q = at[place];
      for (int step = 1; step < n && draft.out[q] < space.partnersOf(q); step++) {
        int p = at[(place + step) % n];
        if (space.pairAllowed(q, p)) {
          draft.addPair(q, p);
        }
      }
    }
    return true;
  }
}
