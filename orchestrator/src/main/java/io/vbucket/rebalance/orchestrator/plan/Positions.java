package io.vbucket.rebalance.orchestrator.plan;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Orders the replicas of every chain so that each node stands equally often, give or take one, at each position. Changing places costs no
 * copy and no takeover. That this is always possible: take two positions and see every chain as an arrow from the node at one to the node at
 * the other. A node with two more arrows out than in reaches one with more in than out (the nodes that it reaches have no arrow that leads
 * out of them, so together at least as many arrows in as out); turning the arrows of the way round makes both more even.
 */
final class Positions {
  private final Draft draft;
  private final PlanSpace space;
  private final int r;
  private final int n;
  private final int[] counts;
  private final NodeLists members;

  Positions(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.r = space.replicas;
    this.n = space.nodes;
    this.counts = new int[n * Math.max(1, r)];
    this.members = new NodeLists(n, space.vbuckets);
  }

  void run() {
    if (r < 2) {
      return;
    }
    for (int v = 0; v < space.vbuckets; v++) {
      arrange(v);
      for (int slot = 0; slot < r; slot++) {
        if (draft.replica(v, slot) != PlanSpace.NONE) {
          counts[draft.replica(v, slot) * r + slot]++;
          members.add(draft.replica(v, slot), v);
        }
      }
    }
    boolean more = true;
    while (more) {
      more = false;
      for (int node = 0; node < n; node++) {
        for (int a = 0; a < r; a++) {
          for (int b = 0; b < r; b++) {
            while (counts[node * r + a] > counts[node * r + b] + 1 && even(node, a, b)) {
              more = true;
            }
          }
        }
      }
    }
  }

  /** Who was at a position stays there; others go where they are fewest. */
  private void arrange(int v) {
    if (space.locked[v]) {
      return;
    }
    int[] old = Arrays.copyOfRange(draft.replica, v * r, v * r + r);
    int[] placed = new int[r];
    Arrays.fill(placed, PlanSpace.NONE);
    for (int slot = 0; slot < r; slot++) {
      int before = slot + 1 < space.width ? space.held[v * space.width + slot + 1] : PlanSpace.NONE;
      for (int i = 0; i < r && before != PlanSpace.NONE; i++) {
        if (old[i] == before) {
          placed[slot] = before;
          old[i] = PlanSpace.NONE;
        }
      }
    }
    for (int node : old) {
      if (node != PlanSpace.NONE) {
        int best = -1;
        for (int slot = 0; slot < r; slot++) {
          if (placed[slot] == PlanSpace.NONE && (best < 0 || counts[node * r + slot] < counts[node * r + best])) {
            best = slot;
          }
        }
        placed[best] = node;
      }
    }
    System.arraycopy(placed, 0, draft.replica, v * r, r);
  }

  /** Turns round a way of arrows from {@code start}, which stands too often at {@code a}, to a node that stands more often at {@code b}. */
  private boolean even(int start, int a, int b) {
    int[] parent = new int[n];
    int[] through = new int[n];
    Arrays.fill(parent, -1);
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    queue.add(start);
    parent[start] = start;
    while (!queue.isEmpty()) {
      int node = queue.poll();
      for (int m = 0; m < members.size(node); m++) {
        int v = members.get(node, m);
        int other = draft.replica(v, b);
        if (draft.replica(v, a) != node || other == PlanSpace.NONE || parent[other] >= 0 || space.locked[v]) {
          continue;
        }
        parent[other] = node;
        through[other] = v;
        if (counts[other * r + b] > counts[other * r + a]) {
          turn(start, other, a, b, parent, through);
          return true;
        }
        queue.add(other);
      }
    }
    return false;
  }

  private void turn(int start, int end, int a, int b, int[] parent, int[] through) {
    int node = end;
    while (node != start) {
      int v = through[node];
      draft.replica[v * r + b] = parent[node];
      draft.replica[v * r + a] = node;
      counts[node * r + b]--;
      counts[node * r + a]++;
      counts[parent[node] * r + a]--;
      counts[parent[node] * r + b]++;
      node = parent[node];
    }
  }
}
