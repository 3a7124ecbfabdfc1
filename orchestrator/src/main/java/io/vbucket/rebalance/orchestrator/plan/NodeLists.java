package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;

/** The vBuckets of every node, each list without order or gaps. */
final class NodeLists {
  private final int[][] items;
  private final int[] sizes;

  NodeLists(int nodes, int vbuckets) {
    this.items = new int[nodes][Math.max(4, vbuckets / nodes)];
    this.sizes = new int[nodes];
  }

  void add(int node, int vbucket) {
    if (sizes[node] == items[node].length) {
      items[node] = Arrays.copyOf(items[node], 2 * sizes[node]);
    }
    items[node][sizes[node]++] = vbucket;
  }

  void remove(int node, int vbucket) {
    int place = 0;
    while (items[node][place] != vbucket) {
      place++;
    }
    items[node][place] = items[node][--sizes[node]];
  }

  int size(int node) {
    return sizes[node];
  }

  int get(int node, int place) {
    return items[node][place];
  }
}
