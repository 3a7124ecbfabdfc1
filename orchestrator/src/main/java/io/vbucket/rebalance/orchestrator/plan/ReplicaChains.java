package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Cheapest chains by which replicas are handed on: A gives a replica to B, B gives another one to C. Each search finds the cheapest way to
 * every node, of at most {@link #HOPS} steps; those that have nothing in common are carried out together.
 */
final class ReplicaChains {
  private static final long PAIR = 500 * PlanSpace.COPY;
  private static final long OUTSIDE = 2000 * PlanSpace.COPY;
  private static final long UNEVEN = 10;
  private static final long FAR = Long.MAX_VALUE / 4;
  private static final int NONE = PlanSpace.NONE;
  private static final int HOPS = 8;
  /** Searches in a large map after which single steps are taken too, though chains may be cheaper. */
  private static final int PATIENCE = 50;
  private static final long LARGE = 200_000;
  private static final long NEAR = PlanSpace.COPY + PlanSpace.COPY / 2;
  /** Steps that the search for savings may look at; no clock, so that the plan is the same everywhere. */
  private static final long SAVINGS = 4_000_000;
  private static final long SAVING_PER_VBUCKET = 400;

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final NodeLists members;
  private final long[][] distance;
  private final int[][] parent;
  private final int[][] through;
  private final long[] reached;
  private final boolean[] touched;
  /** Nodes that may be reached though they are no partners. */
  private int[] outside = new int[0];
  private final boolean large;
  private int searches;
  private long looked;

  ReplicaChains(Draft draft, int[] order) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.members = new NodeLists(n, space.vbuckets);
    this.distance = new long[HOPS + 1][n];
    this.parent = new int[HOPS + 1][n];
    this.through = new int[HOPS + 1][n];
    this.reached = new long[n];
    this.large = (long) space.vbuckets * space.replicas * Math.min(n, space.partners) > LARGE;
    this.touched = new boolean[space.vbuckets];
    for (int v : order) {
      for (int slot = 0; slot < space.replicas; slot++) {
        if (draft.replica(v, slot) != NONE) {
          members.add(draft.replica(v, slot), v);
        }
      }
    }
  }

  /** Brings every node's total into its range: first without giving up a pair, then at any price, then with new pairs. */
  void balance() {
    balance(PAIR / 2);
    balance(FAR);
    if (unbalanced()) {
      outside = IntStream.range(0, n).filter(i -> draft.totals[i] < draft.shares.replicaHigh[i]).toArray();
      balance(FAR);
      outside = new int[0];
    }
  }

  private boolean unbalanced() {
    for (int i = 0; i < n; i++) {
      if (draft.totals[i] > draft.shares.replicaHigh[i] || draft.totals[i] < draft.shares.replicaLow[i]) {
        return true;
      }
    }
    return false;
  }

  private void balance(long limit) {
    boolean more = true;
    while (more) {
      boolean[] source = new boolean[n];
      boolean[] target = new boolean[n];
      boolean over = false;
      boolean under = false;
      for (int i = 0; i < n; i++) {
        source[i] = draft.totals[i] > draft.shares.replicaHigh[i];
        target[i] = draft.totals[i] < draft.shares.replicaLow[i];
        over |= source[i];
        under |= target[i];
      }
      more = false;
      if (over || under) {
        for (int i = 0; i < n; i++) {
          source[i] |= !over && draft.totals[i] > draft.shares.replicaLow[i];
          target[i] |= !under && draft.totals[i] < draft.shares.replicaHigh[i];
        }
        search(source, target);
        more = cheapest(target) > PlanSpace.COPY / 2 && direct(source, target);
        int done = more ? 0 : carryOut(target, limit, false);
        more |= done > 0;
        if (large && ++searches > PATIENCE) {
          more |= direct(source, target);
        }
      }
    }
  }

  private long cheapest(boolean[] target) {
    long least = FAR;
    for (int end = n; end < n * (HOPS + 1); end++) {
      least = target[end % n] ? Math.min(least, distance[end / n][end % n]) : least;
    }
    return least;
  }

  /** Where every chain costs a copy, one step is as good as many. */
  private boolean direct(boolean[] source, boolean[] target) {
    boolean any = false;
    for (int from = 0; from < n; from++) {
      for (int m = members.size(from) - 1; m >= 0 && source[from]; m--) {
        int v = members.get(from, m);
        int slot = draft.slotOf(v, from);
        int best = NONE;
        long least = space.copyCost[v] + PlanSpace.COPY / 2;
        for (int place = 0; !space.locked[v] && place < draft.out[draft.active[v]]; place++) {
          int to = draft.taker(draft.active[v], place);
          if (to != from && target[to] && fits(from, to, false) && draft.allows(v, slot, to)) {
            long price = step(v, from, to);
            best = price < least ? to : best;
            least = Math.min(least, price);
          }
        }
        if (best != NONE) {
          shift(v, from, best);
          any = true;
        }
      }
    }
    return any;
  }

  /** Chains that end where they began, or lead between totals that may change, and save copies. */
  void cheapen() {
    looked = 0;
    boolean more = true;
    while (more && looked < Math.max(SAVINGS, SAVING_PER_VBUCKET * space.vbuckets)) {
      boolean[] source = new boolean[n];
      boolean any = false;
      for (int i = 0; i < n; i++) {
        source[i] = hasCopies(i);
        any |= source[i];
      }
      more = false;
      if (any) {
        search(source, null);
        boolean[] all = new boolean[n];
        Arrays.fill(all, true);
        more = carryOut(all, -PlanSpace.COPY / 1000, true) > 0;
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

  /** How far a node is from its share, as a price far below that of a copy. */
  long lack(int node) {
    return (long) (UNEVEN * (draft.shares.replicaShare[node] - draft.totals[node]));
  }

  /** What it costs when {@code v}'s replica goes from one node to another. */
  long step(int v, int from, int to) {
    return giveUp(v, from) + receive(v, to);
  }

  private long giveUp(int v, int from) {
    int pair = draft.active[v] * n + from;
    int load = draft.load[pair];
    return (load == 1 && draft.pair[pair] ? PAIR : 0) - space.cost(v, from) - UNEVEN * load;
  }

  private long receive(int v, int to) {
    int pair = draft.active[v] * n + to;
    int load = draft.load[pair];
    long price = space.cost(v, to) + UNEVEN * (load + 1);
    return draft.pair[pair] ? price - (load == 0 ? PAIR : 0) : price + OUTSIDE;
  }

  void shift(int v, int from, int to) {
    draft.setReplica(v, draft.slotOf(v, from), to);
    members.remove(from, v);
    members.add(to, v);
    draft.addPair(draft.active[v], to);
  }

  /** @param nearest in large maps the search ends where one of these was reached for little, however much cheaper a longer way may be */
  private void search(boolean[] source, boolean[] nearest) {

    for (long[] row : distance) {
      Arrays.fill(row, FAR);
    }
    Arrays.fill(reached, FAR);
    for (int i = 0; i < n; i++) {
      distance[0][i] = source[i] ? 0 : FAR;
    }
    boolean changed = true;
    boolean near = false;
    for (int hop = 1; hop <= HOPS && changed && !near; hop++) {
      changed = false;
      for (int from = 0; from < n; from++) {
        if (distance[hop - 1][from] < FAR) {
          changed |= expand(hop, from);
        }
      }
      for (int i = 0; large && nearest != null && i < n; i++) {
        near |= nearest[i] && distance[hop][i] < NEAR;
      }
    }
  }

  private boolean expand(int hop, int from) {
    boolean changed = false;
    for (int m = 0; m < members.size(from); m++) {
      int v = members.get(from, m);
      if (space.locked[v]) {
        continue;
      }
      int slot = draft.slotOf(v, from);
      int q = draft.active[v];
      looked += draft.out[q] + outside.length;
      long before = distance[hop - 1][from] + giveUp(v, from);
      for (int c = 0; c < draft.out[q]; c++) {
        changed |= reach(hop, from, draft.taker(q, c), v, slot, before);
      }
      for (int to : outside) {
        changed |= reach(hop, from, to, v, slot, before);
      }
    }
    return changed;
  }

  private boolean reach(int hop, int from, int to, int v, int slot, long before) {
    if (to == from) {
      return false;
    }
    long there = before + receive(v, to);
    boolean better = there < reached[to] && draft.allows(v, slot, to) && !onWay(hop - 1, from, to, v);
    if (better) {
      distance[hop][to] = there;
      reached[to] = there;
      parent[hop][to] = from;
      through[hop][to] = v;
    }
    return better;
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
    return false;
  }

  /**
   * Carries out chains in the order of their prices.
   *
   * @param limit only chains cheaper than this
   * @param balanced totals must be as right afterwards as before, whatever the end; otherwise the end is what needed one
   */
  private int carryOut(boolean[] target, long limit, boolean balanced) {
    int[] ends = IntStream.range(0, n * (HOPS + 1))
        .filter(end -> target[end % n] && end >= n && distance[end / n][end % n] < limit).boxed()
        .sorted((a, b) -> Long.compare(distance[a / n][a % n], distance[b / n][b % n])).mapToInt(i -> i).toArray();
    if (ends.length == 0) {
      return 0;
    }
    Arrays.fill(touched, false);
    int done = 0;
    long most = distance[ends[0] / n][ends[0] % n] + PlanSpace.COPY / 2;
    for (int end : ends) {
      if (distance[end / n][end % n] > most) {
        break;
      }
      done += carryOut(end / n, end % n, limit, balanced) ? 1 : 0;
    }
    return done;
  }

  private boolean carryOut(int lastHop, int last, long limit, boolean balanced) {
    int[] nodes = new int[lastHop + 1];
    int at = last;
    for (int hop = lastHop; hop >= 1; hop--) {
      nodes[hop] = at;
      if (touched[through[hop][at]]) {
        return false;
      }
      at = parent[hop][at];
    }
    nodes[0] = at;
    if (!fits(at, last, balanced)) {
      return false;
    }
    long price = 0;
    int done = 0;
    boolean right = true;
    for (int hop = 1; hop <= lastHop && right; hop++) {
      int v = through[hop][nodes[hop]];
      int slot = draft.slotOf(v, nodes[hop - 1]);
      right = slot != NONE && draft.allows(v, slot, nodes[hop]);
      if (right) {
        price += step(v, nodes[hop - 1], nodes[hop]);
        shift(v, nodes[hop - 1], nodes[hop]);
        done = hop;
      }
    }
    if (right && price < limit) {
      for (int hop = 1; hop <= lastHop; hop++) {
        touched[through[hop][nodes[hop]]] = true;
      }
      return true;
    }
    for (int hop = done; hop >= 1; hop--) {
      shift(through[hop][nodes[hop]], nodes[hop], nodes[hop - 1]);
    }
    return false;
  }

  private boolean fits(int start, int end, boolean balanced) {
    if (start == end) {
      return balanced;
    }
    int gives = draft.totals[start] - 1;
    int takes = draft.totals[end] + 1;
    boolean startFits = gives >= draft.shares.replicaLow[start];
    boolean endFits = takes <= draft.shares.replicaHigh[end];
    return startFits && endFits && (balanced
        || draft.totals[start] > draft.shares.replicaHigh[start] || draft.totals[end] < draft.shares.replicaLow[end]);
  }
}
