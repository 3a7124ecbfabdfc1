package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.Arrays;

/**
 * A map while it is being made: who is active, who are the replicas, and the counts that the rules are about. The order of replicas is
 * decided at the end, by {@link Positions}.
 */
final class Draft {
  static final int NONE = PlanSpace.NONE;

  final PlanSpace space;
  /** As asked at first; where groups are unequal, replicas are shared anew once it is known how many actives each group has. */
  Shares shares;
  /** Decides among homes that cost the same; 0 for the order in which they are looked at. */
  int chance;
  final int[] active;
  /** Replicas by vBucket, {@code space.replicas} cells each. */
  final int[] replica;
  final int[] actives;
  final int[] totals;
  /** vBuckets by active node and replica node. */
  final int[] load;
  /** Pairs that may carry replicas: {@code allowed[from * nodes + to]}. */
  final boolean[] pair;
  final int[] out;
  final int[] in;
  /** Changes with the node's actives and with the nodes that it may replicate to; from 1 on. */
  final int[] version;
  /** Partners by giving node; the first {@code out} of each row count. */
  private final int[][] takers;
  /** Givers by receiving node; the first {@code in} of each row count. */
  private final int[][] givers;

  Draft(PlanSpace space) {
    this.space = space;
    this.shares = space.shares;
    this.active = new int[space.vbuckets];
    this.replica = new int[space.vbuckets * space.replicas];
    this.actives = new int[space.nodes];
    this.totals = new int[space.nodes];
    this.load = new int[space.nodes * space.nodes];
    this.pair = new boolean[space.nodes * space.nodes];
    this.out = new int[space.nodes];
    this.in = new int[space.nodes];
    this.version = new int[space.nodes];
    this.takers = new int[space.nodes][4];
    this.givers = new int[space.nodes][4];
    Arrays.fill(version, 1);
    Arrays.fill(active, NONE);
    Arrays.fill(replica, NONE);
  }

  /** A finished map as a draft; nodes that are not kept count as holes. */
  static Draft of(PlanSpace space, VBucketMap map) {
    Draft draft = new Draft(space);
    int[] place =
        map.nodes().stream().mapToInt(node -> Math.max(NONE, Arrays.binarySearch(space.names, node))).toArray();
    for (int v = 0; v < space.vbuckets; v++) {
      draft.setActive(v, map.index(v, 0) < 0 ? NONE : place[map.index(v, 0)]);
      for (int slot = 0; slot < space.replicas && draft.active[v] != NONE; slot++) {
        draft.setReplica(v, slot, map.index(v, slot + 1) < 0 ? NONE : place[map.index(v, slot + 1)]);
      }
    }
    return draft;
  }

  void setActive(int v, int node) {
    if (active[v] != NONE) {
      actives[active[v]]--;
      version[active[v]]++;
    }
    active[v] = node;
    if (node != NONE) {
      actives[node]++;
      version[node]++;
    }
  }

  /** Only when the active stands. */
  void setReplica(int v, int slot, int node) {
    int cell = v * space.replicas + slot;
    int row = active[v] * space.nodes;
    if (replica[cell] != NONE) {
      totals[replica[cell]]--;
      load[row + replica[cell]]--;
    }
    replica[cell] = node;
    if (node != NONE) {
      totals[node]++;
      load[row + node]++;
    }
  }

  /** Every replica of a locked chain at its position, holes included. */
  void keepLocked() {
    for (int v = 0; v < space.vbuckets; v++) {
      int slots = space.locked[v] && active[v] != NONE ? Math.min(space.replicas, space.width - 1) : 0;
      for (int slot = 0; slot < slots; slot++) {
        int node = space.held[v * space.width + slot + 1];
        if (node != NONE) {
          setReplica(v, slot, node);
          addPair(active[v], node);
        }
      }
    }
  }

  /** The vBuckets of every active that are not locked. */
  int[][] byActive() {
    int[] counts = new int[space.nodes];
    for (int v = 0; v < space.vbuckets; v++) {
      if (active[v] != NONE && !space.locked[v]) {
        counts[active[v]]++;
      }
    }
    int[][] vbuckets = new int[space.nodes][];
    Arrays.setAll(vbuckets, node -> new int[counts[node]]);
    Arrays.fill(counts, 0);
    for (int v = 0; v < space.vbuckets; v++) {
      if (active[v] != NONE && !space.locked[v]) {
        vbuckets[active[v]][counts[active[v]]++] = v;
      }
    }
    return vbuckets;
  }

  int replica(int v, int slot) {
    return replica[v * space.replicas + slot];
  }

  int slotOf(int v, int node) {
    for (int slot = 0; slot < space.replicas; slot++) {
      if (replica[v * space.replicas + slot] == node) {
        return slot;
      }
    }
    return NONE;
  }

  void addPair(int from, int to) {
    if (!pair[from * space.nodes + to]) {
      pair[from * space.nodes + to] = true;
      version[from]++;
      takers[from] = appended(takers[from], out[from]++, to);
      givers[to] = appended(givers[to], in[to]++, from);
    }
  }

  void dropPair(int from, int to) {
    if (pair[from * space.nodes + to]) {
      pair[from * space.nodes + to] = false;
      version[from]++;
      drop(takers[from], out[from]--, to);
      drop(givers[to], in[to]--, from);
    }
  }

  void dropAllPairs() {
    Arrays.fill(pair, false);
    Arrays.setAll(version, i -> version[i] + 1);
    Arrays.fill(out, 0);
    Arrays.fill(in, 0);
  }

  /** One of the {@code out} nodes that this one may replicate to. */
  int taker(int from, int place) {
    return takers[from][place];
  }

  /** One of the {@code in} nodes that may replicate to this one. */
  int giver(int to, int place) {
    return givers[to][place];
  }

  private static int[] appended(int[] row, int size, int node) {
    int[] roomy = size < row.length ? row : Arrays.copyOf(row, 2 * size);
    roomy[size] = node;
    return roomy;
  }

  private static void drop(int[] row, int size, int node) {
    int place = 0;
    while (row[place] != node) {
      place++;
    }
    row[place] = row[size - 1];
  }

  boolean hasPair(int from, int to) {
    return pair[from * space.nodes + to];
  }

  /**
   * Whether {@code node} may stand in this slot, the other slots being as they are: not twice in a chain, no replica in the active's
   * group while others have room, as many groups per chain as there can be.
   */
  boolean allows(int v, int slot, int node) {
    int home = active[v];
    if (node == home) {
      return false;
    }
    if (space.ungrouped) {
      for (int other = 0; other < space.replicas; other++) {
        if (other != slot && replica[v * space.replicas + other] == node) {
          return false;
        }
      }
      return true;
    }
    int group = space.group[node];
    int own = space.group[home] == group ? 1 : 0;
    int sameGroup = own;
    int emptySlots = 0;
    int covered = 1;
    for (int other = 0; other < space.replicas; other++) {
      int there = replica[v * space.replicas + other];
      if (other == slot) {
        continue;
      }
      if (there == node) {
        return false;
      }
      if (there == NONE) {
        emptySlots++;
        continue;
      }
      int g = space.group[there];
      own += g == space.group[home] ? 1 : 0;
      sameGroup += g == group ? 1 : 0;
      covered += isFirst(v, other, slot) ? 1 : 0;
    }
    if (own > space.inOwnGroup(space.group[home])) {
      return false;
    }
    if (sameGroup == 0) {
      return true;
    }
    return Math.min(space.groups, space.replicas + 1) - covered <= emptySlots;
  }

  /** Whether this slot is the first of its chain in its group, one slot left out. */
  private boolean isFirst(int v, int slot, int without) {
    int g = space.group[replica[v * space.replicas + slot]];
    if (g == space.group[active[v]]) {
      return false;
    }
    for (int before = 0; before < slot; before++) {
      int there = replica[v * space.replicas + before];
      if (before != without && there != NONE && space.group[there] == g) {
        return false;
      }
    }
    return true;
  }
}
