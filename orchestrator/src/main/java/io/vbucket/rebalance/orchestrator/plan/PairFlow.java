package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;

/**
 * Which node replicates to which where groups are unequal, as a flow of pairs: from every node to as many others as it may, through the group
 * that they are in, to every node from as many others as it may. A greatest flow has the most pairs there can be; the cheapest of those keeps
 * most replicas where they are, reaches every group that the chains need, and shares partners evenly.
 */
final class PairFlow {
  private static final long COVER = 1_000_000L * PlanSpace.COPY;
  private static final long UNFAIR = PlanSpace.COPY / 2;

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final int groups;
  private final int[] value;
  private final int[][] between;

  PairFlow(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.groups = space.groups;
    this.value = new int[n * n];
    this.between = betweenGroups();
  }

  void run() {
    draft.dropAllPairs();
    values();
    Flow flow = new Flow(2 + 2 * n + n * groups);
    int end = 1 + 2 * n + n * groups;
    int[] arc = new int[n * n];
    for (int q = 0; q < n; q++) {
      int most = Math.min(space.givable[q], space.replicas * draft.actives[q]);
      for (int k = 0; k < most; k++) {
        flow.arc(0, 1 + q, 1, k * UNFAIR);
      }
      intoGroups(flow, q);
    }
    for (int q = 0; q < n; q++) {
      for (int p = 0; p < n; p++) {
        boolean asked = space.pairAllowed(q, p) && (value[q * n + p] > 0 || space.isNear(q, p));
        arc[q * n + p] = asked
            ? flow.arc(group(q, space.group[p]), taker(p), 1, -Math.min(500, value[q * n + p]) * PlanSpace.COPY)
            : -1;
      }
    }
    for (int p = 0; p < n; p++) {
      int most = Math.min(space.receivable[p], draft.shares.replicaHigh[p]);
      for (int k = 0; k < most; k++) {
        flow.arc(taker(p), end, 1, k * UNFAIR);
      }
    }
    flow.run();
    for (int cell = 0; cell < n * n; cell++) {
      if (arc[cell] >= 0 && flow.carried(arc[cell]) > 0) {
        draft.addPair(cell / n, cell % n);
      }
    }
  }

  /** So many partners in each group as the replicas that it is to get ask for. */
  private void intoGroups(Flow flow, int q) {
    int home = space.group[q];
    double all = Math.max(1, Arrays.stream(between[home]).sum());
    for (int g = 0; g < groups; g++) {
      int must = space.leastIn(home, g);
      double ideal = Math.max(0.1, space.givable[q] * between[home][g] / all);
      int most = space.mostIn(home, g) > 0 ? Math.min(space.givable[q], space.groupSize[g]) : 0;
      for (int k = 0; k < most; k++) {
        flow.arc(1 + q, group(q, g), 1, (k < must ? -COVER : 0) + (long) (UNFAIR * 4 * k / ideal));
      }
    }
  }

  /** How many replicas the actives of each group are to have in each group, as evenly as the totals of the groups allow. */
  private int[][] betweenGroups() {
    int[] actives = new int[groups];
    double[] replicas = new double[groups];
    for (int i = 0; i < n; i++) {
      actives[space.group[i]] += draft.actives[i];
      replicas[space.group[i]] += draft.shares.replicaShare[i];
    }
    int end = 1 + 2 * groups;
    Flow flow = new Flow(end + 1);
    int steps = 5;
    int[] arcs = new int[groups * groups * steps];
    for (int h = 0; h < groups; h++) {
      flow.arc(0, 1 + h, space.replicas * actives[h], 0);
      for (int g = 0; g < groups; g++) {
        int must = actives[h] * space.leastIn(h, g);
        int left = actives[h] * space.mostIn(h, g) - must;
        arcs[(h * groups + g) * steps] = flow.arc(1 + h, 1 + groups + g, must, -COVER);
        for (int step = 1; step < steps; step++) {
          int part = left * step / (steps - 1) - left * (step - 1) / (steps - 1);
          arcs[(h * groups + g) * steps + step] = flow.arc(1 + h, 1 + groups + g, part, step);
        }
      }
    }
    for (int g = 0; g < groups; g++) {
      flow.arc(1 + groups + g, end, (int) Math.round(replicas[g]), 0);
      flow.arc(1 + groups + g, end, space.vbuckets * space.replicas, COVER / 2);
    }
    flow.run();
    int[][] between = new int[groups][groups];
    for (int arc = 0; arc < arcs.length; arc++) {
      between[arc / steps / groups][arc / steps % groups] += flow.carried(arcs[arc]);
    }
    return between;
  }

  private int group(int q, int g) {
    return 1 + n + q * groups + g;
  }

  private int taker(int p) {
    return 1 + n + n * groups + p;
  }

  private void values() {
    for (int v = 0; v < space.vbuckets; v++) {
      int q = draft.active[v];
      for (int cell = v * space.width; q != PlanSpace.NONE && cell < (v + 1) * space.width; cell++) {
        int p = space.held[cell];
        if (p != PlanSpace.NONE && space.pairAllowed(q, p)) {
          value[q * n + p] += space.locked[v] ? 500 : 1;
        }
      }
    }
  }
}
