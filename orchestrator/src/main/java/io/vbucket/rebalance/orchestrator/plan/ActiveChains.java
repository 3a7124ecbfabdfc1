package io.vbucket.rebalance.orchestrator.plan;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Cheapest chains of hand-overs: A gives a vBucket to B, B gives another one to C. A vBucket goes to one of its holders, or to a node that
 * replicates to enough of its holders, or (when exact, or nothing else leads on) to any node in need.
 */
final class ActiveChains {
  private static final int NONE = PlanSpace.NONE;
  private static final long FAR = Long.MAX_VALUE / 4;
  private static final int VISITS = 8;

  private final Draft draft;
  private final PlanSpace space;
  private final HomePrice price;
  private final int[] order;
  private final boolean exact;
  private final long[] distance;
  private final int[] parent;
  private final int[] through;
  private final int[] hits;
  private final int[] candidate;
  private final boolean[] touched;
  private final ArrayDeque<Integer> queue = new ArrayDeque<>();
  private final boolean[] queued;
  /** Nodes on the way to the one from which is searched on, those marked with the number of that search. */
  private final int[] onWay;
  private int way;
  private int[] everywhere;
  private int[] memberStart;
  private int[] member;

  /** @param exact one chain at a time, since prices change with each; otherwise many that have nothing in common */
  ActiveChains(Draft draft, HomePrice price, int[] order, boolean exact) {
    this.draft = draft;
    this.space = draft.space;
    this.price = price;
    this.order = order;
    this.exact = exact;
    this.distance = new long[space.nodes];
    this.parent = new int[space.nodes];
    this.through = new int[space.nodes];
    this.hits = new int[space.nodes];
    this.queued = new boolean[space.nodes];
    this.onWay = new int[space.nodes];
    this.candidate = new int[space.nodes + space.width];
    this.touched = new boolean[space.vbuckets];
  }

  /** @return whether any chain was found and carried out */
  boolean go(boolean homeless, boolean[] source, boolean[] target) {
    int[] targets = IntStream.range(0, space.nodes).filter(i -> target[i]).toArray();
    everywhere = exact ? targets : new int[0];
    return !exact && direct(homeless, source, target) || search(homeless, source, targets);
  }

  /** From where there are too many to where there are too few in one step and without a copy too many: most of the work, cheaply. */
  private boolean direct(boolean homeless, boolean[] source, boolean[] target) {
    boolean any = false;
    for (int v : order) {
      int from = draft.active[v];
      if (space.locked[v] || (homeless
          ? from != NONE
          : from == NONE || !source[from]
              || draft.actives[from] <= space.shares.activeLow[from])) {
        continue;
      }
      long least = (from == NONE ? space.copyCost[v] : price.of(v, from)) + PlanSpace.COPY / 2;
      int best = NONE;
      for (int i = candidates(v) - 1; i >= 0; i--) {
        int to = candidate[i];
        if (to != from && target[to] && draft.actives[to] < space.shares.activeHigh[to]) {
          long there = price.of(v, to);
          best = there < least ? to : best;
          least = Math.min(least, there);
        }
      }
      if (best != NONE) {
        ActiveIntake.give(draft, v, best);
        any = true;
      }
    }
    return any;
  }

  private boolean search(boolean homeless, boolean[] source, int[] targets) {
    Arrays.fill(distance, FAR);
    Arrays.fill(parent, -2);
    listMembers();
    if (homeless) {
      markWay(NONE);
      for (int v : order) {
        if (draft.active[v] == NONE && !space.locked[v]) {
          relax(v, NONE, 0);
        }
      }
    } else {
      for (int i = 0; i < space.nodes; i++) {
        if (source[i]) {
          distance[i] = 0;
          queue.add(i);
          queued[i] = true;
        }
      }
    }
    int[] visits = new int[space.nodes];
    while (!queue.isEmpty()) {
      int i = queue.poll();
      queued[i] = false;
      if (visits[i]++ <= (exact ? VISITS : 0)) {
        markWay(i);
        for (int m = memberStart[i]; m < memberStart[i + 1]; m++) {
          relax(member[m], i, distance[i]);
        }
      }
    }
    return carryOut(homeless, source, targets);
  }

  private void listMembers() {
    memberStart = new int[space.nodes + 1];
    for (int v : order) {
      if (draft.active[v] != NONE && !space.locked[v]) {
        memberStart[draft.active[v] + 1]++;
      }
    }
    for (int i = 0; i < space.nodes; i++) {
      memberStart[i + 1] += memberStart[i];
    }
    member = new int[memberStart[space.nodes]];
    int[] filled = Arrays.copyOf(memberStart, space.nodes);
    for (int v : order) {
      if (draft.active[v] != NONE && !space.locked[v]) {
        member[filled[draft.active[v]]++] = v;
      }
    }
  }

  private void relax(int v, int from, long before) {
    long here = before - (from == NONE ? 0 : price.of(v, from));
    for (int i = candidates(v) - 1; i >= 0; i--) {
      reach(v, from, candidate[i], here);
    }
    for (int to : everywhere) {
      reach(v, from, to, here);
    }
  }

  /** Holders, and nodes that replicate to enough of them: only the active itself would be a new copy there. */
  private int candidates(int v) {
    int start = v * space.width;
    int count = 0;
    for (int cell = start; cell < start + space.width; cell++) {
      if (space.held[cell] != NONE) {
        candidate[count++] = space.held[cell];
      }
    }
    int holders = count;
    if (space.anyPartner || exact || space.replicas == 0 || holders < space.replicas) {
      return count;
    }
    for (int i = 0; i < holders; i++) {
      for (int place = 0; place < draft.in[candidate[i]]; place++) {
        hits[draft.giver(candidate[i], place)]++;
      }
    }
    for (int i = 0; i < holders; i++) {
      for (int place = 0; place < draft.in[candidate[i]]; place++) {
        int giver = draft.giver(candidate[i], place);
        if (hits[giver] >= space.replicas && !space.holds(v, giver)) {
          candidate[count++] = giver;
        }
        hits[giver] = 0;
      }
    }
    return count;
  }

  private void reach(int v, int from, int to, long here) {
    if (to == from) {
      return;
    }
    long there = here + price.of(v, to);
    if (there < distance[to] && onWay[to] != way) {
      distance[to] = there;
      parent[to] = from;
      through[to] = v;
      if (!queued[to]) {
        queued[to] = true;
        queue.add(to);
      }
    }
  }

  /** Prices may fall along a way, but it must not bite its tail. While it is led on from one node, that node's own way stays the same. */
  private void markWay(int from) {
    way++;
    int at = from;
    for (int steps = 0; at >= 0 && steps <= space.nodes; steps++) {
      onWay[at] = way;
      at = parent[at];
    }
  }

  private boolean carryOut(boolean homeless, boolean[] source, int[] targets) {
    int[] byDistance = IntStream.of(targets).filter(i -> distance[i] < FAR && parent[i] != -2).boxed()
        .sorted((a, b) -> Long.compare(distance[a], distance[b])).mapToInt(i -> i).toArray();
    if (byDistance.length == 0) {
      return false;
    }
    Arrays.fill(touched, false);
    long most = distance[byDistance[0]] + PlanSpace.COPY + PlanSpace.COPY / 2;
    if (!exact) {
      // A long chain of copies is no better than a vBucket that goes anywhere with all its replicas.
      most = Math.min(most, (space.replicas + 1) * PlanSpace.COPY);
    }
    int done = 0;
    for (int target : byDistance) {
      if (exact ? done > 0 : distance[target] > most) {
        break;
      }
      if (stands(target, homeless, source)) {
        hand(target);
        done++;
      }
    }
    return done > 0;
  }

  /** Whether the way is still there after other chains were carried out. */
  private boolean stands(int last, boolean homeless, boolean[] source) {
    int to = last;
    int steps = 0;
    while (to >= 0 && parent[to] != -2) {
      int from = parent[to];
      if (touched[through[to]] || draft.active[through[to]] != from || steps++ > space.nodes) {
        return false;
      }
      to = from;
    }
    int high = last >= 0 ? space.shares.activeHigh[last] : 0;
    return draft.actives[last] < high && (homeless
        ? to == NONE
        : to >= 0 && source[to] && draft.actives[to] > space.shares.activeLow[to]);
  }

  private void hand(int last) {
    int to = last;
    while (to >= 0 && parent[to] != -2) {
      touched[through[to]] = true;
      int from = parent[to];
      ActiveIntake.give(draft, through[to], to);
      to = from;
    }
  }
}
