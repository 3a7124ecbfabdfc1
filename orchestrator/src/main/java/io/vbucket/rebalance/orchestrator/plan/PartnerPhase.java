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

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final long[] value;
  private long work;

  PartnerPhase(Draft draft, long work) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.value = new long[n * n];
    this.work = work;
  }

  void run() {
    Arrays.fill(draft.pair, false);
    Arrays.fill(draft.out, 0);
    Arrays.fill(draft.in, 0);
    if (space.partners >= n - 1) {
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
    boolean[] hopeless = new boolean[n];
    for (int q = 0; q < n; q++) {
      while (draft.out[q] < space.partnersOf(q) && !hopeless[q]) {
        hopeless[q] = !(work > 0 && bestChain(q) || anyPair(q));
      }
    }
  }

  private List<int[]> valuePairs() {
    for (int v = 0; v < space.vbuckets; v++) {
      int q = draft.active[v];
      for (int cell = v * space.width; cell < (v + 1) * space.width; cell++) {
        int p = space.held[cell];
        if (p != PlanSpace.NONE && space.pairAllowed(q, p)) {
          value[q * n + p] += space.locked[v] ? 1000 * PlanSpace.COPY : Math.max(1, space.copyCost[v]);
        }
      }
    }
    List<int[]> pairs = new ArrayList<>();
    for (int q = 0; q < n; q++) {
      for (int p = 0; p < n; p++) {
        if (value[q * n + p] > 0) {
          pairs.add(new int[] {q, p});
        }
      }
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
    for (int other = 0; other < n; other++) {
      there += draft.hasPair(q, other) && space.group[other] == space.group[p] ? 1 : 0;
    }
    return there < (space.partners + space.replicas - 1) / space.replicas;
  }

  private boolean bestChain(int start) {
    long[] row = new long[n];
    long[] column = new long[n];
    int[] columnParent = new int[n];
    int[] rowParent = new int[n];
    Arrays.fill(row, FAR);
    Arrays.fill(column, FAR);
    Arrays.fill(rowParent, -1);
    row[start] = 0;
    boolean[] fresh = new boolean[n];
    fresh[start] = true;
    for (int hop = 0; hop < 6; hop++) {
      boolean[] reached = new boolean[n];
      for (int q = 0; q < n; q++) {
        for (int p = 0; fresh[q] && p < n; p++) {
          long there = row[q] - value[q * n + p];
          if (there < column[p] && addable(q, p)) {
            column[p] = there;
            columnParent[p] = q;
            reached[p] = true;
          }
        }
        work -= fresh[q] ? n : 1;
      }
      boolean[] next = new boolean[n];
      for (int p = 0; p < n; p++) {
        for (int q = 0; reached[p] && draft.in[p] >= space.partners && q < n; q++) {
          long there = column[p] + value[q * n + p];
          if (draft.hasPair(q, p) && q != start && there < row[q] && !onWay(p, q, columnParent, rowParent)) {
            row[q] = there;
            rowParent[q] = p;
            next[q] = true;
          }
        }
        work -= reached[p] ? n : 1;
      }
      fresh = next;
    }
    int best = -1;
    for (int p = 0; p < n; p++) {
      if (column[p] < FAR && draft.in[p] < space.partners && (best < 0 || column[p] < column[best]
          || column[p] == column[best] && draft.in[p] < draft.in[best])) {
        best = p;
      }
    }
    return best >= 0 && apply(start, best, columnParent, rowParent);
  }

  private boolean onWay(int column, int row, int[] columnParent, int[] rowParent) {
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

  private boolean apply(int start, int end, int[] columnParent, int[] rowParent) {
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

  /** The node with the fewest givers that may still take one. */
  private boolean anyPair(int q) {
    int best = -1;
    for (int p = 0; p < n; p++) {
      if (draft.in[p] < space.partners && addable(q, p) && (best < 0 || draft.in[p] < draft.in[best])) {
        best = p;
      }
    }
    if (best >= 0) {
      draft.addPair(q, best);
    }
    return best >= 0;
  }
}
