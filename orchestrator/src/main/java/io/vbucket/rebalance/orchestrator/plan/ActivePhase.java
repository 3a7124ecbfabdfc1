package io.vbucket.rebalance.orchestrator.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Decides who is active: those who are, as far as their share allows; then nodes for the rest by cheapest chains of hand-overs (A gives
 * to B, B gives another one to C). The price of a node is the copies that the vBucket would need then, replicas included: a holder
 * needs none for itself, and a replica can stay only where the new active replicates to its node.
 *
 * <p>A new node chooses its partners here too, by the vBuckets it takes: replicas of a vBucket can stay if their nodes become its
 * partners, so it takes vBuckets whose replicas together lie on just as many nodes as it may have partners. (Taken at random, nearly
 * every replica of every vBucket it takes would have to move to one of its partners.)
 */
final class ActivePhase {
  private static final long TAKEOVER = 20_000;
  private static final long TIE = 100;
  private static final long FAR = Long.MAX_VALUE / 4;
  private static final int LIMBO = PlanSpace.NONE;

  private final Draft draft;
  private final PlanSpace space;
  private final SplittableRandom random;
  private final int[] order;
  private long work;

  ActivePhase(Draft draft, SplittableRandom random, long work) {
    this.draft = draft;
    this.space = draft.space;
    this.random = random;
    this.work = work;
    this.order = new int[space.vbuckets];
    Arrays.setAll(order, v -> v);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  }

  void run() {
    for (int v = 0; v < space.vbuckets; v++) {
      draft.setActive(v, space.heldActive(v));
      for (int cell = v * space.width + 1; cell < (v + 1) * space.width; cell++) {
        if (draft.active[v] != LIMBO && space.held[cell] != LIMBO
            && space.pairAllowed(draft.active[v], space.held[cell])) {
          draft.addPair(draft.active[v], space.held[cell]);
        }
      }
    }
    if (space.request.current() == null) {
      takeTurns();
    }
    keepPairsWithin();
    while (step()) {
      // One chain of hand-overs at a time: prices change with each.
    }
  }

  private void takeTurns() {
    int node = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      int looked = 0;
      while (looked++ < space.nodes && draft.actives[node] >= space.shares.activeLow[node]) {
        node = (node + 1) % space.nodes;
      }
      looked = 0;
      while (looked++ < space.nodes && draft.actives[node] >= space.shares.activeHigh[node]) {
        node = (node + 1) % space.nodes;
      }
      draft.setActive(v, node);
      node = (node + 1) % space.nodes;
    }
  }

  /** A node that replicates to more nodes than allowed keeps those with most vBuckets; what is dropped here may come back later. */
  private void keepPairsWithin() {
    for (int q = 0; q < space.nodes; q++) {
      while (draft.out[q] > space.partners) {
        int worst = -1;
        int least = Integer.MAX_VALUE;
        for (int p = 0; p < space.nodes; p++) {
          if (draft.hasPair(q, p) && draft.in[p] < least) {
            worst = p;
            least = draft.in[p];
          }
        }
        draft.dropPair(q, worst);
      }
    }
  }

  private boolean step() {
    boolean limbo = false;
    boolean over = false;
    boolean under = false;
    for (int v : order) {
      limbo |= draft.active[v] == LIMBO;
    }
    for (int i = 0; i < space.nodes; i++) {
      over |= draft.actives[i] > space.shares.activeHigh[i];
      under |= draft.actives[i] < space.shares.activeLow[i];
    }
    if (!limbo && !over && !under) {
      return false;
    }
    boolean[] source = new boolean[space.nodes];
    boolean[] target = new boolean[space.nodes];
    for (int i = 0; i < space.nodes; i++) {
      int count = draft.actives[i];
      source[i] = limbo ? false : over ? count > space.shares.activeHigh[i] : count > space.shares.activeLow[i];
      target[i] = under ? count < space.shares.activeLow[i] : count < space.shares.activeHigh[i];
    }
    return work > 0 ? bestChain(limbo, source, target) : anyHandOver(limbo, source, target);
  }

  private boolean bestChain(boolean limbo, boolean[] source, boolean[] target) {
    int n = space.nodes;
    long[] distance = new long[n];
    int[] parent = new int[n];
    int[] through = new int[n];
    Arrays.fill(distance, FAR);
    Arrays.fill(parent, -2);
    List<List<Integer>> members = members();
    int[] targets = java.util.stream.IntStream.range(0, n).filter(i -> target[i]).toArray();
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    boolean[] queued = new boolean[n];
    if (limbo) {
      for (int v : order) {
        if (draft.active[v] == LIMBO && !space.locked[v]) {
          relax(v, LIMBO, 0, targets, distance, parent, through, queue, queued);
        }
      }
    } else {
      for (int i = 0; i < n; i++) {
        if (source[i]) {
          distance[i] = 0;
          queue.add(i);
          queued[i] = true;
        }
      }
    }
    int[] visits = new int[n];
    boolean few = targets.length * 4 <= n || n <= 128;
    while (!queue.isEmpty()) {
      int i = queue.poll();
      queued[i] = false;
      if (visits[i]++ > 8) {
        continue;
      }
      for (int v : members.get(i)) {
        if (!space.locked[v]) {
          relax(v, i, distance[i], few ? targets : new int[0], distance, parent, through, queue, queued);
        }
      }
    }
    int best = -1;
    for (int i : targets) {
      if (distance[i] < FAR && parent[i] != -2 && (best < 0 || distance[i] < distance[best])) {
        best = i;
      }
    }
    return best >= 0 && hand(best, parent, through);
  }

  private List<List<Integer>> members() {
    List<List<Integer>> members = new ArrayList<>();
    for (int i = 0; i < space.nodes; i++) {
      members.add(new ArrayList<>());
    }
    for (int v : order) {
      if (draft.active[v] != LIMBO) {
        members.get(draft.active[v]).add(v);
      }
    }
    return members;
  }

  private void relax(int v, int from, long before, int[] targets, long[] distance, int[] parent, int[] through,
      ArrayDeque<Integer> queue, boolean[] queued) {
    long here = from == LIMBO ? 0 : price(v, from);
    work -= targets.length + space.width;
    for (int t = 0; t < targets.length + space.width; t++) {
      int to = t < targets.length ? targets[t] : space.held[v * space.width + t - targets.length];
      if (to == LIMBO || to == from) {
        continue;
      }
      long there = before + price(v, to) - here;
      if (there < distance[to] && !onWay(from, to, parent)) {
        distance[to] = there;
        parent[to] = from;
        through[to] = v;
        if (!queued[to]) {
          queued[to] = true;
          queue.add(to);
        }
      }
    }
  }

  /** Whether the way to {@code from} already leads over {@code node}: prices may fall along a way, it must not bite its tail. */
  private static boolean onWay(int from, int node, int[] parent) {
    int at = from;
    for (int steps = 0; at >= 0 && steps <= parent.length; steps++) {
      if (at == node) {
        return true;
      }
      at = parent[at];
    }
    return false;
  }

  private boolean hand(int last, int[] parent, int[] through) {
    int to = last;
    int steps = 0;
    while (to >= 0 && parent[to] != -2 && steps++ <= space.nodes) {
      int from = parent[to];
      give(through[to], to);
      to = from;
    }
    return true;
  }

  private void give(int v, int to) {
    draft.setActive(v, to);
    int open = Math.max(0, space.partnersOf(to) - draft.out[to]);
    for (int cell = v * space.width; cell < (v + 1) * space.width; cell++) {
      int node = space.held[cell];
      if (node != LIMBO && open > 0 && space.pairAllowed(to, node) && !draft.hasPair(to, node)) {
        draft.addPair(to, node);
        open--;
      }
    }
  }

  /** When there is too much to look for the best chains: the cheapest of a sample for the neediest node. */
  private boolean anyHandOver(boolean limbo, boolean[] source, boolean[] target) {
    int to = -1;
    for (int i = 0; i < space.nodes; i++) {
      if (target[i] && (to < 0 || need(i) > need(to))) {
        to = i;
      }
    }
    int best = -1;
    long least = FAR;
    int looked = 0;
    int start = random.nextInt(space.vbuckets);
    for (int i = 0; i < space.vbuckets && looked < 256; i++) {
      int v = order[(start + i) % space.vbuckets];
      int from = draft.active[v];
      if (space.locked[v] || (limbo ? from != LIMBO : from == LIMBO || !source[from])) {
        continue;
      }
      looked++;
      long price = price(v, to) - (from == LIMBO ? 0 : price(v, from));
      if (price < least) {
        least = price;
        best = v;
      }
    }
    if (best >= 0) {
      give(best, to);
    }
    return best >= 0;
  }

  private int need(int i) {
    return space.shares.activeHigh[i] - draft.actives[i];
  }

  private long price(int v, int home) {
    long copies = space.holds(v, home) ? 0 : 1;
    int open = Math.max(0, space.partnersOf(home) - draft.out[home]);
    int possible = draft.keepable(v, home, false);
    int withPairs = space.partners >= space.nodes - 1 ? possible : draft.keepable(v, home, true);
    int missing = possible - withPairs;
    long price = 0;
    if (missing > 0) {
      int covered = Math.min(missing, open);
      withPairs += covered;
      int picks = Math.max(1, space.shares.activeLow[home] - draft.actives[home]);
      int pace = (open + picks - 1) / picks;
      price += covered == missing ? TIE * Math.abs(missing - pace) : 0;
    } else if (open > 0) {
      price += TIE;
    }
    copies += space.replicas - withPairs;
    if (home != space.heldActive(v) && space.hasActive[v]) {
      price += TAKEOVER;
    }
    if (!space.holds(v, home)) {
      price += TIE / 2;
    }
    return price + copies * space.copyCost[v];
  }
}
