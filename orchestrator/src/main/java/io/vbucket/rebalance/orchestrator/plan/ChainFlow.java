package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Which vBuckets of each active go to which of its partners, so many to each as {@link LoadFlow} says, with the fewest new copies. */
final class ChainFlow {
  /** More than all copies of one active together. */
  private static final long WIDE = 1L << 50;

  private final Draft draft;
  private final PlanSpace space;
  private final int[] load;

  ChainFlow(Draft draft, int[] load) {
    this.draft = draft;
    this.space = draft.space;
    this.load = load;
  }

  void run() {
    int n = space.nodes;
    int[][] vbuckets = draft.byActive();
    for (int q = 0; q < n; q++) {
      int row = q * n;
      deal(q, vbuckets[q], IntStream.range(0, n).filter(p -> load[row + p] > 0).toArray());
    }
  }

  private void deal(int q, int[] vbuckets, int[] takers) {
    int[] groups = Arrays.stream(takers).map(p -> space.group[p]).distinct().toArray();
    int count = vbuckets.length;
    int firstTaker = 1 + count + count * groups.length;
    int end = firstTaker + takers.length;
    Flow flow = new Flow(end + 1);
    int[] arcs = new int[count * takers.length];
    for (int i = 0; i < count; i++) {
      flow.arc(0, 1 + i, space.replicas, 0);
      for (int g = 0; g < groups.length; g++) {
        int node = 1 + count + i * groups.length + g;
        int must = Math.min(1, space.leastIn(space.group[q], groups[g]));
        flow.arc(1 + i, node, must, -WIDE);
        flow.arc(1 + i, node, space.mostIn(space.group[q], groups[g]) - must, 0);
        for (int p = 0; p < takers.length; p++) {
          if (space.group[takers[p]] == groups[g]) {
            arcs[i * takers.length + p] =
                flow.arc(node, firstTaker + p, 1, space.cost(vbuckets[i], takers[p]));
          }
        }
      }
    }
    for (int p = 0; p < takers.length; p++) {
      flow.arc(firstTaker + p, end, load[q * space.nodes + takers[p]], 0);
    }
    flow.run();
    for (int i = 0; i < count; i++) {
      int slot = 0;
      for (int p = 0; p < takers.length; p++) {
        if (flow.carried(arcs[i * takers.length + p]) > 0) {
          draft.setReplica(vbuckets[i], slot++, takers[p]);
        }
      }
    }
  }
}
