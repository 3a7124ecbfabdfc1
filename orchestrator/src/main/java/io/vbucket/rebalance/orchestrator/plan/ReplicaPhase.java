package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Decides where the replicas are, given actives and partners: those there are stay where they may, holes are filled, every pair of
 * partners gets something to carry, then replicas are handed on by {@link ReplicaChains} until every node's total is within its range. A
 * pair outside the partner graph is opened only when nothing else brings the totals into range.
 */
final class ReplicaPhase {
  private static final int NONE = PlanSpace.NONE;

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final int r;
  private final int[] order;
  private int[] byActiveStart;
  private int[] byActive;

  ReplicaPhase(Draft draft, SplittableRandom random) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.r = space.replicas;
    this.order = new int[space.vbuckets];
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
    listByActive();
    keep();
    fill();
    ReplicaChains chains = new ReplicaChains(draft, order);
    usePairs(chains);
    handOnDirectly(chains);
    chains.balance();
    chains.cheapen();
  }

  private void listByActive() {
    byActiveStart = new int[n + 1];
    for (int v : order) {
      if (draft.active[v] != NONE) {
        byActiveStart[draft.active[v] + 1]++;
      }
    }
    for (int q = 0; q < n; q++) {
      byActiveStart[q + 1] += byActiveStart[q];
    }
    byActive = new int[byActiveStart[n]];
    int[] filled = Arrays.copyOf(byActiveStart, n);
    for (int v : order) {
      if (draft.active[v] != NONE) {
        byActive[filled[draft.active[v]]++] = v;
      }
    }
  }

  /** Those that must stay first; where there are more holders than places, the ones with most room stay. */
  private void keep() {
    draft.keepLocked();
    int[] stay = new int[space.width];
    for (boolean choice : new boolean[] {false, true}) {
      for (int v : order) {
        int count = 0;
        for (int cell = v * space.width; draft.active[v] != NONE && cell < (v + 1) * space.width; cell++) {
          int node = space.held[cell];
          if (node != NONE && node != draft.active[v] && draft.hasPair(draft.active[v], node)) {
            stay[count++] = node;
          }
        }
        if (!space.locked[v] && count > r == choice) {
          if (choice) {
            byRoom(stay, count);
          }
          keep(v, stay, count);
        }
      }
    }
  }

  private void keep(int v, int[] stay, int count) {
    int slot = 0;
    for (int i = 0; i < count && slot < r; i++) {
      if (draft.allows(v, slot, stay[i])) {
        draft.setReplica(v, slot++, stay[i]);
        draft.addPair(draft.active[v], stay[i]);
      }
    }
  }

  private void byRoom(int[] nodes, int count) {
    for (int i = 1; i < count; i++) {
      for (int j = i; j > 0 && room(nodes[j]) > room(nodes[j - 1]); j--) {
        int swap = nodes[j];
        nodes[j] = nodes[j - 1];
        nodes[j - 1] = swap;
      }
    }
  }

  private double room(int node) {
    return draft.shares.replicaShare[node] - draft.totals[node];
  }

  private void fill() {
    for (int v : order) {
      for (int slot = 0; slot < r; slot++) {
        if (draft.replica(v, slot) == NONE && !space.locked[v]) {
          int node = best(v, slot, true);
          if (node == NONE) {
            node = best(v, slot, false);
          }
          if (node != NONE) {
            draft.setReplica(v, slot, node);
            draft.addPair(draft.active[v], node);
          }
        }
      }
    }
  }

  private int best(int v, int slot, boolean partners) {
    int q = draft.active[v];
    int count = partners ? draft.out[q] : n;
    int best = NONE;
    double least = Double.MAX_VALUE;
    for (int c = 0; c < count; c++) {
      int node = partners ? draft.taker(q, c) : c;
      if (!draft.allows(v, slot, node)) {
        continue;
      }
      int load = draft.load[q * n + node];
      double lack = draft.totals[node] - draft.shares.replicaShare[node];
      double price = space.cost(v, node) + 1e3 * Math.max(0, draft.totals[node] + 1 - draft.shares.replicaHigh[node])
          + 10.0 * load / Math.max(1e-9, draft.shares.replicaShare[node] / space.vbuckets * n) + lack;
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

  /** Every node replicates to all its partners, or to as many as it has replicas to give. */
  private void usePairs(ReplicaChains chains) {
    for (int q = 0; q < n; q++) {
      for (int place = 0; place < draft.out[q]; place++) {
        int p = draft.taker(q, place);
        if (draft.load[q * n + p] == 0) {
          use(chains, q, p);
        }
      }
    }
  }

  private void use(ReplicaChains chains, int q, int p) {
    long least = Long.MAX_VALUE;
    int bestV = NONE;
    int bestFrom = NONE;
    for (int i = byActiveStart[q]; i < byActiveStart[q + 1]; i++) {
      int v = byActive[i];
      for (int slot = 0; slot < r && !space.locked[v]; slot++) {
        int from = draft.replica(v, slot);
        if (from != NONE && draft.load[q * n + from] > 1 && draft.allows(v, slot, p)) {
          long price = chains.step(v, from, p) + chains.lack(from) - chains.lack(p);
          if (price < least) {
            least = price;
            bestV = v;
            bestFrom = from;
          }
        }
      }
    }
    if (bestV != NONE) {
      chains.shift(bestV, bestFrom, p);
    }
  }

  /** From a node with too many to one with too few, as long as one step does it: most of the work, cheaply. */
  private void handOnDirectly(ReplicaChains chains) {
    for (int v : order) {
      for (int slot = 0; slot < r && !space.locked[v]; slot++) {
        int from = draft.replica(v, slot);
        if (from == NONE || draft.totals[from] <= draft.shares.replicaHigh[from]
            || space.cost(v, from) == 0 && !space.empty[v]) {
          continue;
        }
        int q = draft.active[v];
        for (int place = 0; place < draft.out[q]; place++) {
          int to = draft.taker(q, place);
          if (draft.totals[to] < draft.shares.replicaLow[to] && draft.allows(v, slot, to)
              && chains.step(v, from, to) <= 0) {
            chains.shift(v, from, to);
            break;
          }
        }
      }
    }
  }
}
