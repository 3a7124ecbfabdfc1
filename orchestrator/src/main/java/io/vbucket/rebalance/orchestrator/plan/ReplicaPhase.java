package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Decides where the replicas are, given actives and partners: those there are stay where they may, holes are filled, then replicas are
 * handed on along cheapest chains of nodes (A gives one to B, B another one to C) until every node's total is within its range and every
 * pair of partners is used. A pair outside the partner graph is opened only when nothing else brings the totals into range.
 */
final class ReplicaPhase {
  private static final long PAIR = 500 * PlanSpace.COPY;
  private static final long OUTSIDE = 2000 * PlanSpace.COPY;
  private static final long UNEVEN = 10;
  private static final long FAR = Long.MAX_VALUE / 4;
  private static final int HOPS = 8;

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final int r;
  private final int[][] out;
  private final int[] order;
  private final NodeLists members;
  private boolean outside;
  private long work;

  ReplicaPhase(Draft draft, SplittableRandom random, long work) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.r = space.replicas;
    this.work = work;
    this.out = new int[n][];
    this.order = new int[space.vbuckets];
    this.members = new NodeLists(n, space.vbuckets);
    Arrays.setAll(order, v -> v);
    if (space.request.current() != null) {
      for (int i = order.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swap = order[i];
        order[i] = order[j];
        order[j] = swap;
      }
    }
  }

  void run() {
    if (r == 0) {
      return;
    }
    listPartners();
    keep();
    fill();
    for (int v : order) {
      for (int slot = 0; slot < r; slot++) {
        if (draft.replica(v, slot) != PlanSpace.NONE) {
          members.add(draft.replica(v, slot), v);
        }
      }
    }
    handOnDirectly();
    balance();
    if (unbalanced()) {
      outside = true;
      balance();
      outside = false;
      listPartners();
    }
    usePairs();
    cheapen();
  }

  private void listPartners() {
    for (int q = 0; q < n; q++) {
      int[] row = new int[draft.out[q]];
      int count = 0;
      for (int p = 0; p < n; p++) {
        if (draft.hasPair(q, p)) {
          row[count++] = p;
        }
      }
      out[q] = row;
    }
  }

  private void keep() {
    for (int v : order) {
      int slot = 0;
      for (int cell = v * space.width; cell < (v + 1) * space.width && slot < r; cell++) {
        int node = space.held[cell];
        boolean wanted = node != PlanSpace.NONE && node != draft.active[v]
            && (space.locked[v] || draft.hasPair(draft.active[v], node) && draft.allows(v, slot, node));
        if (wanted) {
          draft.setReplica(v, slot++, node);
          draft.addPair(draft.active[v], node);
        }
      }
    }
  }

  private void fill() {
    for (int v : order) {
      for (int slot = 0; slot < r; slot++) {
        if (draft.replica(v, slot) == PlanSpace.NONE && !space.locked[v]) {
          int node = best(v, slot, out[draft.active[v]]);
          if (node == PlanSpace.NONE) {
            node = best(v, slot, null);
          }
          if (node != PlanSpace.NONE) {
            draft.setReplica(v, slot, node);
            if (!draft.hasPair(draft.active[v], node)) {
              draft.addPair(draft.active[v], node);
              listRow(draft.active[v]);
            }
          }
        }
      }
    }
  }

  private void listRow(int q) {
    out[q] = java.util.stream.IntStream.range(0, n).filter(p -> draft.hasPair(q, p)).toArray();
  }

  private int best(int v, int slot, int[] candidates) {
    int count = candidates == null ? n : candidates.length;
    int best = PlanSpace.NONE;
    double least = Double.MAX_VALUE;
    int row = draft.active[v] * n;
    for (int c = 0; c < count; c++) {
      int node = candidates == null ? c : candidates[c];
      if (!draft.allows(v, slot, node)) {
        continue;
      }
      int load = draft.load[row + node];
      double lack = draft.totals[node] - space.shares.replicaShare[node];
      double price = space.cost(v, node) + 1e3 * Math.max(0, draft.totals[node] + 1 - space.shares.replicaHigh[node])
          + 10.0 * load / Math.max(1e-9, space.shares.replicaShare[node] / space.vbuckets * n) + lack;
      if (load == 0) {
        price -= 1e3;
      }
      if (price < least) {
        least = price;
        best = node;
      }
    }
    return best;
  }

  /** From a node with too many to one with too few, as long as one step does it: most of the work, cheaply. */
  private void handOnDirectly() {
    for (int v : order) {
      for (int slot = 0; slot < r && !space.locked[v]; slot++) {
        int from = draft.replica(v, slot);
        if (from == PlanSpace.NONE || draft.totals[from] <= space.shares.replicaHigh[from]
            || space.cost(v, from) == 0 && !space.empty[v]) {
          continue;
        }
        for (int to : out[draft.active[v]]) {
          if (draft.totals[to] < space.shares.replicaLow[to] && draft.allows(v, slot, to) && step(v, from, to) <= 0) {
            shift(v, from, to);
            break;
          }
        }
      }
    }
  }

  private boolean unbalanced() {
    for (int i = 0; i < n; i++) {
      if (draft.totals[i] > space.shares.replicaHigh[i] || draft.totals[i] < space.shares.replicaLow[i]) {
        return true;
      }
    }
    return false;
  }

  private void balance() {
    boolean more = true;
    while (more) {
      boolean[] over = new boolean[n];
      boolean[] under = new boolean[n];
      boolean anyOver = false;
      boolean anyUnder = false;
      for (int i = 0; i < n; i++) {
        over[i] = draft.totals[i] > space.shares.replicaHigh[i];
        under[i] = draft.totals[i] < space.shares.replicaLow[i];
        anyOver |= over[i];
        anyUnder |= under[i];
      }
      more = false;
      if (anyOver || anyUnder) {
        for (int i = 0; i < n; i++) {
          over[i] |= !anyOver && draft.totals[i] > space.shares.replicaLow[i];
          under[i] |= !anyUnder && draft.totals[i] < space.shares.replicaHigh[i];
        }
        more = new Walk(over, under).go(FAR);
      }
    }
  }

  /** Every node replicates to all its partners, if it has as many replicas to give as partners. */
  private void usePairs() {
    for (int q = 0; q < n; q++) {
      for (int p : out[q]) {
        if (draft.load[q * n + p] == 0 && draft.actives[q] * r >= out[q].length && work > 0) {
          use(q, p);
        }
      }
    }
  }

  private void use(int q, int p) {
    long least = FAR;
    int bestV = -1;
    int bestFrom = -1;
    for (int v : order) {
      if (draft.active[v] != q || space.locked[v]) {
        continue;
      }
      for (int slot = 0; slot < r; slot++) {
        int from = draft.replica(v, slot);
        if (from != PlanSpace.NONE && draft.load[q * n + from] > 1 && draft.allows(v, slot, p)) {
          long price = step(v, from, p) + (draft.totals[from] - draft.totals[p]) * -UNEVEN;
          if (price < least) {
            least = price;
            bestV = v;
            bestFrom = from;
          }
        }
      }
    }
    if (bestV >= 0) {
      shift(bestV, bestFrom, p);
      if (draft.totals[p] > space.shares.replicaHigh[p] || draft.totals[bestFrom] < space.shares.replicaLow[bestFrom]) {
        boolean[] source = new boolean[n];
        boolean[] target = new boolean[n];
        for (int i = 0; i < n; i++) {
          boolean over = draft.totals[p] > space.shares.replicaHigh[p];
          boolean under = draft.totals[bestFrom] < space.shares.replicaLow[bestFrom];
          source[i] = over ? i == p : draft.totals[i] > space.shares.replicaLow[i];
          target[i] = under ? i == bestFrom : draft.totals[i] < space.shares.replicaHigh[i];
        }
        if (!new Walk(source, target).go(PAIR / 2)) {
          shift(bestV, p, bestFrom);
        }
      }
    }
  }

  /** Chains that end where they began, or between totals that may change, and save copies. */
  private void cheapen() {
    boolean more = true;
    while (more && work > 0) {
      more = false;
      for (int start = 0; start < n && work > 0; start++) {
        boolean[] source = new boolean[n];
        boolean[] target = new boolean[n];
        source[start] = true;
        boolean mayGive = draft.totals[start] > space.shares.replicaLow[start];
        for (int i = 0; i < n; i++) {
          target[i] = i == start || mayGive && draft.totals[i] < space.shares.replicaHigh[i];
        }
        more |= hasCopies(start) && new Walk(source, target).go(-UNEVEN * 1000);
      }
    }
  }

  private boolean hasCopies(int node) {
    for (int i = 0; i < members.size(node); i++) {
      if (space.cost(members.get(node, i), node) > 0) {
        return true;
      }
    }
    return false;
  }

  /** What it costs when {@code v}'s replica goes from one node to another; FAR when a rule forbids it. */
  private long step(int v, int from, int to) {
    int row = draft.active[v] * n;
    boolean fromPair = draft.hasPair(draft.active[v], from);
    boolean toPair = draft.hasPair(draft.active[v], to);
    long price = space.cost(v, to) - space.cost(v, from) + UNEVEN * (draft.load[row + to] + 1 - draft.load[row + from]);
    if (draft.load[row + from] == 1) {
      price += fromPair ? PAIR : 0;
    }
    if (draft.load[row + to] == 0) {
      price -= toPair ? PAIR : 0;
    }
    return price + (toPair ? 0 : OUTSIDE);
  }

  private void shift(int v, int from, int to) {
    draft.setReplica(v, draft.slotOf(v, from), to);
    members.remove(from, v);
    members.add(to, v);
    if (!draft.hasPair(draft.active[v], to)) {
      draft.addPair(draft.active[v], to);
      listRow(draft.active[v]);
    }
  }

  /** Cheapest chain of hand-overs from a source to a target, of at most {@link #HOPS} steps. */
  private final class Walk {
    private final boolean[] source;
    private final boolean[] target;
    private final long[][] distance = new long[HOPS + 1][n];
    private final int[][] parent = new int[HOPS + 1][n];
    private final int[][] through = new int[HOPS + 1][n];

    Walk(boolean[] source, boolean[] target) {
      this.source = source;
      this.target = target;
    }

    /** @return whether a chain cheaper than {@code limit} was found and carried out */
    boolean go(long limit) {
      for (long[] row : distance) {
        Arrays.fill(row, FAR);
      }
      long[] reached = new long[n];
      Arrays.fill(reached, FAR);
      for (int i = 0; i < n; i++) {
        if (source[i]) {
          distance[0][i] = 0;
          reached[i] = target[i] ? FAR : 0;
        }
      }
      for (int hop = 1; hop <= HOPS; hop++) {
        boolean changed = false;
        for (int from = 0; from < n; from++) {
          if (distance[hop - 1][from] < FAR) {
            changed |= expand(hop, from, reached);
          }
        }
        if (!changed) {
          break;
        }
      }
      long least = limit;
      int bestHop = -1;
      int best = -1;
      for (int hop = 1; hop <= HOPS; hop++) {
        for (int i = 0; i < n; i++) {
          if (target[i] && distance[hop][i] < least) {
            least = distance[hop][i];
            bestHop = hop;
            best = i;
          }
        }
      }
      return best >= 0 && carryOut(bestHop, best, limit);
    }

    private boolean expand(int hop, int from, long[] reached) {
      boolean changed = false;
      long before = distance[hop - 1][from];
      for (int m = 0; m < members.size(from); m++) {
        int v = members.get(from, m);
        if (space.locked[v]) {
          continue;
        }
        int slot = draft.slotOf(v, from);
        int[] row = out[draft.active[v]];
        int count = outside ? n : row.length;
        work -= count;
        for (int c = 0; c < count; c++) {
          int to = outside ? c : row[c];
          if (to == from) {
            continue;
          }
          long there = before + step(v, from, to);
          if (there < reached[to] && there < distance[hop][to] && draft.allows(v, slot, to)
              && !onWay(hop - 1, from, to, v)) {
            distance[hop][to] = there;
            reached[to] = there;
            parent[hop][to] = from;
            through[hop][to] = v;
            changed = true;
          }
        }
      }
      return changed;
    }

    /** A chain must not bite its own tail, unless it ends where it began, and touches a vBucket only once. */
    private boolean onWay(int hop, int from, int to, int v) {
      int at = from;
      for (int h = hop; h >= 1; h--) {
        if (through[h][at] == v || at == to) {
          return true;
        }
        at = parent[h][at];
      }
      return at == to && !target[to];
    }

    private boolean carryOut(int lastHop, int last, long limit) {
      int[] nodes = new int[lastHop + 1];
      int at = last;
      for (int hop = lastHop; hop >= 1; hop--) {
        nodes[hop] = at;
        at = parent[hop][at];
      }
      nodes[0] = at;
      long price = 0;
      int done = 0;
      boolean right = true;
      for (int hop = 1; hop <= lastHop && right; hop++) {
        int v = through[hop][nodes[hop]];
        int slot = draft.slotOf(v, nodes[hop - 1]);
        right = slot != PlanSpace.NONE && draft.allows(v, slot, nodes[hop]);
        if (right) {
          price += step(v, nodes[hop - 1], nodes[hop]);
          shift(v, nodes[hop - 1], nodes[hop]);
          done = hop;
        }
      }
      if (right && price < limit) {
        return true;
      }
      for (int hop = done; hop >= 1; hop--) {
        shift(through[hop][nodes[hop]], nodes[hop], nodes[hop - 1]);
      }
      return false;
    }
  }
}
