package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;

/**
 * Cheapest greatest flow through a network of whole numbers, from node 0 to the last one. Arcs lead from lower to higher node numbers, so that
 * there is no cycle and costs may be negative. Several arcs between the same nodes make a price that rises with the amount.
 *
 * <p>Written here because it has to start in a millisecond and run on plain arrays, once per active node; a library's flow (JGraphT) is what
 * tests compare it with.
 */
final class Flow {
  private static final long FAR = Long.MAX_VALUE / 4;

  private final int nodes;
  private int arcs;
  /** Arc {@code a} and its way back {@code a ^ 1}. */
  private int[] to = new int[64];
  private int[] next = new int[64];
  private int[] room = new int[64];
  private long[] cost = new long[64];
  private final int[] first;
  private final int[] at;
  private final long[] distance;
  private final boolean[] seen;
  private final int[] queue;
  private final int[] way;

  Flow(int nodes) {
    this.nodes = nodes;
    this.first = new int[nodes];
    this.at = new int[nodes];
    this.distance = new long[nodes];
    this.seen = new boolean[nodes];
    this.queue = new int[nodes];
    this.way = new int[nodes];
    Arrays.fill(first, -1);
  }

  /** @return the arc's number, for {@link #carried} */
  int arc(int from, int target, int capacity, long price) {
    if (from >= target) {
      throw new IllegalArgumentException("arc from " + from + " to " + target + ", allowed are ascending ones");
    }
    if (arcs + 2 > to.length) {
      to = Arrays.copyOf(to, 2 * arcs);
      next = Arrays.copyOf(next, 2 * arcs);
      room = Arrays.copyOf(room, 2 * arcs);
      cost = Arrays.copyOf(cost, 2 * arcs);
    }
    half(from, target, capacity, price);
    half(target, from, 0, -price);
    return arcs - 2;
  }

  private void half(int from, int target, int capacity, long price) {
    to[arcs] = target;
    room[arcs] = capacity;
    cost[arcs] = price;
    next[arcs] = first[from];
    first[from] = arcs++;
  }

  /** How much flows through this arc, after {@link #run}. */
  int carried(int arc) {
    return room[arc ^ 1];
  }

  /** @return how much flows in all */
  long run() {
    long total = 0;
    while (measure()) {
      System.arraycopy(first, 0, at, 0, nodes);
      Arrays.fill(seen, false);
      long more = push();
      while (more > 0) {
        total += more;
        more = push();
      }
    }
    return total;
  }

  /** The cheapest ways from node 0 to every node. */
  private boolean measure() {
    Arrays.fill(distance, FAR);
    Arrays.fill(seen, false);
    distance[0] = 0;
    int head = 0;
    int waiting = 1;
    queue[0] = 0;
    while (waiting > 0) {
      int node = queue[head];
      head = head + 1 == nodes ? 0 : head + 1;
      waiting--;
      seen[node] = false;
      for (int a = first[node]; a >= 0; a = next[a]) {
        long there = distance[node] + cost[a];
        if (room[a] > 0 && there < distance[to[a]]) {
          distance[to[a]] = there;
          if (!seen[to[a]]) {
            seen[to[a]] = true;
            queue[(head + waiting++) % nodes] = to[a];
          }
        }
      }
    }
    return distance[nodes - 1] < FAR;
  }

  /** As much as one more of the cheapest ways carries. A node from which none leads on is left out until they are measured anew. */
  private long push() {
    int length = 0;
    int node = 0;
    seen[0] = true;
    while (node != nodes - 1) {
      int a = at[node];
      while (a >= 0 && (room[a] == 0 || seen[to[a]] || distance[to[a]] != distance[node] + cost[a])) {
        a = next[a];
      }
      at[node] = a;
      if (a >= 0) {
        way[length++] = a;
        node = to[a];
        seen[node] = true;
      } else if (length == 0) {
        return 0;
      } else {
        node = to[way[--length] ^ 1];
      }
    }
    int amount = Integer.MAX_VALUE;
    for (int i = 0; i < length; i++) {
      amount = Math.min(amount, room[way[i]]);
    }
    for (int i = 0; i < length; i++) {
      room[way[i]] -= amount;
      room[way[i] ^ 1] += amount;
      seen[to[way[i]]] = false;
    }
    return amount;
  }
}
