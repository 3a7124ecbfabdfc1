package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request in numbers: nodes are indexes in the order of their names, so that the order in which they were told does not matter.
 * Read-only while planning.
 */
final class PlanSpace {
  static final int NONE = -1;
  /** Cost of one copy of average size; a takeover, a pair of nodes and an uneven load are told in the same unit. */
  static final long COPY = 1_000_000;

  private static final int LARGE = 200;

  final PlanRequest request;
  final String[] names;
  final int nodes;
  final int vbuckets;
  /** Replicas that fit on these nodes. */
  final int replicas;
  /** Most partners per node. */
  final int partners;
  final int[] group;
  final int[] groupSize;
  private final int[] placeInGroup;
  final int groups;
  /** Holders by vBucket among the kept nodes, active first; NONE for holes and for removed nodes. Of {@code width} cells each. */
  final int[] held;
  final int width;
  /** Whether the vBucket has an active now, perhaps on a node to be removed. */
  final boolean[] hasActive;
  /** Whether nobody holds the vBucket: its copies start empty and cost nothing. */
  final boolean[] empty;
  final boolean[] locked;
  final long[] copyCost;
  final Shares shares;
  /** Most nodes that may replicate to each: {@code partners}, or more where nodes outside a group are too few for that. */
  final int[] receivable;
  /** The same where loads cannot be made equal with that. */
  final int[] receivableAtMost;
  /** Most nodes that each may replicate to: {@code partners}, or more where groups ask for it. */
  final int[] givable;
  /** Whether groups differ in size or weight: then replicas are balanced within each group. */
  final boolean unequalGroups;
  /** Whether every node is a group of its own, so that groups forbid nothing. */
  final boolean ungrouped;
  /** Whether every node may replicate to every other one that its group allows. */
  final boolean anyPartner;
  private final int[] holdingsOf;
  private final int[] holdings;

  /** @param renames added node by removed node: holdings of the one count as the other's, as in a swap; or empty */
  PlanSpace(PlanRequest request, Map<String, String> renames) {
    this.request = request;
    this.names = request.keepNodes().stream().sorted().toArray(String[]::new);
    this.nodes = names.length;
    this.vbuckets = request.numVBuckets();
    this.replicas = Math.min(request.numReplicas(), nodes - 1);
    this.partners = Math.min(Math.max(request.maxSlaves(), replicas), nodes - 1);
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < nodes; i++) {
      index.put(names[i], i);
    }
    this.group = groupsOf(request, names);
    this.groups = Arrays.stream(group).max().orElse(0) + 1;
    this.groupSize = new int[groups];
    this.placeInGroup = new int[nodes];
    for (int i = 0; i < nodes; i++) {
      placeInGroup[i] = groupSize[group[i]]++;
    }
    VBucketMap current = request.current();
    this.width = 1 + Math.max(replicas, current == null ? 0 : current.numReplicas());
    this.held = new int[vbuckets * width];
    this.hasActive = new boolean[vbuckets];
    this.empty = new boolean[vbuckets];
    this.locked = new boolean[vbuckets];
    request.locked().forEach(vbucket -> locked[vbucket] = true);
    Arrays.fill(held, NONE);
    Arrays.fill(empty, true);
    if (current != null) {
      int[] places =
          current.nodes().stream().mapToInt(node -> index.getOrDefault(renames.getOrDefault(node, node), NONE))
              .toArray();
      for (int v = 0; v < vbuckets; v++) {
        for (int position = 0; position <= current.numReplicas(); position++) {
          int old = current.index(v, position);
          if (old >= 0) {
            held[v * width + position] = places[old];
            empty[v] = false;
            hasActive[v] |= position == 0;
          }
        }
      }
    }
    this.ungrouped = groups == nodes;
    this.unequalGroups = !ungrouped && (weighted() || Arrays.stream(groupSize).distinct().count() > 1);
    this.receivable = receivable(false);
    this.receivableAtMost = receivable(true);
    this.givable = givable();
    this.anyPartner = partners >= nodes - 1;
    this.copyCost = copyCosts(request.bytes());
    this.shares = new Shares(this);
    this.holdingsOf = new int[nodes + 1];
    for (int node : held) {
      if (node != NONE) {
        holdingsOf[node + 1]++;
      }
    }
    for (int i = 0; i < nodes; i++) {
      holdingsOf[i + 1] += holdingsOf[i];
    }
    this.holdings = new int[holdingsOf[nodes]];
    int[] filled = Arrays.copyOf(holdingsOf, nodes);
    for (int cell = 0; cell < held.length; cell++) {
      if (held[cell] != NONE) {
        holdings[filled[held[cell]]++] = cell / width;
      }
    }
  }

  /** How many vBuckets this node holds now, at any place. */
  int holdings(int node) {
    return holdingsOf[node + 1] - holdingsOf[node];
  }

  /** One of the vBuckets that this node holds now. */
  int holding(int node, int place) {
    return holdings[holdingsOf[node] + place];
  }

  /**
   * How many nodes may replicate to each: {@code partners}, or more where so many pairs must lead into its group, or to all nodes outside another
   * group, that its share of them is more.
   *
   * @param uneven besides, every node there but one shares two givers with others, since whole givers may not make equal loads: in a row of nodes and
   *     a row of givers, both ends of what a node gets may lie within a giver
   */
  private int[] receivable(boolean uneven) {
    int[] most = new int[nodes];
    Arrays.fill(most, partners);
    for (int i = 0; i < nodes && unequalGroups; i++) {
      int into = 0;
      for (int g = 0; g < groups; g++) {
        int outside = nodes - groupSize[g];
        if (g != group[i]) {
          int pairs = groupSize[g] * Math.min(replicas, outside);
          for (int from = 0; from < groups; from++) {
            int elsewhere = Math.min(replicas, nodes - groupSize[from]) - mostIn(from, g);
            pairs += from == g ? 0 : groupSize[from] * Math.max(0, elsewhere);
          }
          most[i] = Math.max(most[i], perNode(pairs, outside, uneven));
          into += groupSize[g] * leastIn(g, group[i]);
        }
      }
      most[i] = Math.max(most[i], perNode(into, groupSize[group[i]], uneven));
    }
    return most;
  }

  private int perNode(int pairs, int of, boolean uneven) {
    if (pairs <= (partners - 1) * of) {
      return 0;
    }
    return (pairs + (uneven ? 2 * (of - 1) : 0) + of - 1) / of;
  }

  /** Whether there are too many nodes to look at every pair. */
  boolean isLarge() {
    return nodes > LARGE;
  }

  /** Whether a pair is looked at though nothing could stay on it: all pairs are, or, of many nodes, for each node some in each group. */
  boolean isNear(int from, int to) {
    int some = Math.max(2, 4 * partners / groups);
    return !isLarge() || Math.floorMod(placeInGroup[to] - from * some, groupSize[group[to]]) < some;
  }

  /** How many nodes each may replicate to: more than {@code partners} where a greater group gets its replicas from few nodes. */
  private int[] givable() {
    int[] most = new int[nodes];
    Arrays.fill(most, partners);
    for (int i = 0; i < nodes && unequalGroups; i++) {
      for (int g = 0; g < groups; g++) {
        int outside = nodes - groupSize[g];
        if (g != group[i]) {
          most[i] = Math.max(most[i], (groupSize[g] + outside - 1) / outside);
        }
      }
    }
    return most;
  }

  /** Fewest replicas in {@code group} of a chain whose active is in {@code home}. */
  int leastIn(int home, int group) {
    int elsewhere = nodes - groupSize[home];
    if (home == group) {
      return inOwnGroup(home);
    }
    if (replicas >= elsewhere) {
      return groupSize[group];
    }
    return replicas <= groups - 1
        ? Math.max(0, replicas - (groups - 2))
        : Math.max(1, replicas - (elsewhere - groupSize[group]));
  }

  /** Most replicas in {@code group} of a chain whose active is in {@code home}. */
  int mostIn(int home, int group) {
    if (home == group) {
      return inOwnGroup(home);
    }
    if (replicas >= nodes - groupSize[home]) {
      return groupSize[group];
    }
    return replicas <= groups - 1 ? 1 : Math.min(groupSize[group], replicas - (groups - 2));
  }

  /** Groups as numbers. Where there is only one, it forbids nothing: then every node is a group of its own. */
  private static int[] groupsOf(PlanRequest request, String[] names) {
    Map<String, Integer> numbers = new HashMap<>();
    int[] group = new int[names.length];
    for (int i = 0; i < names.length; i++) {
      String told = request.groups().get(names[i]);
      Integer number = numbers.get(told == null ? "node " + names[i] : "group " + told);
      if (number == null) {
        number = numbers.size();
        numbers.put(told == null ? "node " + names[i] : "group " + told, number);
      }
      group[i] = number;
    }
    if (numbers.size() <= 1) {
      Arrays.setAll(group, i -> i);
    }
    return group;
  }

  private long[] copyCosts(long[] bytes) {
    long[] costs = new long[vbuckets];
    Arrays.fill(costs, COPY);
    double mean = bytes == null ? 0 : Arrays.stream(bytes).average().orElse(0);
    for (int v = 0; v < vbuckets; v++) {
      if (mean > 0) {
        costs[v] = Math.max(1, Math.round(COPY * (bytes[v] / mean)));
      }
      if (empty[v]) {
        costs[v] = 0;
      }
    }
    return costs;
  }

  double weight(int node) {
    return request.weights().getOrDefault(names[node], 1.0);
  }

  boolean weighted() {
    for (int i = 1; i < nodes; i++) {
      if (weight(i) != weight(0)) {
        return true;
      }
    }
    return false;
  }

  int heldActive(int vbucket) {
    return held[vbucket * width];
  }

  boolean holds(int vbucket, int node) {
    for (int cell = vbucket * width; cell < (vbucket + 1) * width; cell++) {
      if (held[cell] == node) {
        return true;
      }
    }
    return false;
  }

  long cost(int vbucket, int node) {
    return holds(vbucket, node) ? 0 : copyCost[vbucket];
  }

  /** Whether a replica on {@code to} can be right for an active on {@code from}. */
  boolean pairAllowed(int from, int to) {
    return from != to && (group[from] != group[to] || replicas > nodes - groupSize[group[from]]);
  }

  /** How many partners this node can have. */
  int partnersOf(int node) {
    int others = replicas > nodes - groupSize[group[node]] ? nodes - 1 : nodes - groupSize[group[node]];
    return Math.min(partners, others);
  }

  /** Replicas of actives of this group that must be in the group itself, since there are too few nodes elsewhere. */
  int inOwnGroup(int activeGroup) {
    return Math.max(0, replicas - (nodes - groupSize[activeGroup]));
  }

  /** Kept nodes that the current map does not know. */
  List<Integer> added() {
    List<Integer> added = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      if (request.current() == null || !request.current().nodes().contains(names[i])) {
        added.add(i);
      }
    }
    return added;
  }
}
