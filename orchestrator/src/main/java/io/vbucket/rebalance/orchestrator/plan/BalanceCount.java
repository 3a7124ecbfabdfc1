package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Counts a map's loads for {@link MapPlan.Balance}. */
final class BalanceCount {
  private BalanceCount() {}

  static MapPlan.Balance of(PlanSpace space, VBucketMap map) {
    int n = space.nodes;
    int[] place = map.nodes().stream().mapToInt(node -> Math.max(-1, Arrays.binarySearch(space.names, node))).toArray();
    int[][] counts = new int[map.numReplicas() + 1][n];
    int[] load = new int[n * n];
    for (int v = 0; v < map.numVBuckets(); v++) {
      int active = map.index(v, 0) < 0 ? -1 : place[map.index(v, 0)];
      for (int position = 0; position <= map.numReplicas(); position++) {
        int node = map.index(v, position) < 0 ? -1 : place[map.index(v, position)];
        if (node >= 0) {
          counts[position][node]++;
          if (position > 0 && active >= 0) {
            load[active * n + node]++;
          }
        }
      }
    }
    int[] gives = new int[n];
    int[] receives = new int[n];
    for (int q = 0; q < n; q++) {
      for (int p = 0; p < n; p++) {
        gives[q] += load[q * n + p] > 0 ? 1 : 0;
        receives[p] += load[q * n + p] > 0 ? 1 : 0;
      }
    }
    int[] replicas =
        IntStream.rangeClosed(1, space.replicas).flatMap(position -> Arrays.stream(counts[position])).toArray();
    int[] pairs = Arrays.stream(load).filter(l -> l > 0).toArray();
    return new MapPlan.Balance(min(counts[0]), max(counts[0]), min(replicas), max(replicas), min(gives), max(gives),
        min(receives),
        max(receives), min(pairs), max(pairs));
  }

  private static int min(int[] counts) {
    return Arrays.stream(counts).min().orElse(0);
  }

  private static int max(int[] counts) {
    return Arrays.stream(counts).max().orElse(0);
  }
}
