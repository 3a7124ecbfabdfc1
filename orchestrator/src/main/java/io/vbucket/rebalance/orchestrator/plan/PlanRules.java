package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules of a balanced map, each told when it is broken. In the order in which they give way where nodes, groups or weights cannot keep
 * all: only kept nodes and none twice in a chain, full chains, groups, shares of actives, shares of replicas, partners.
 */
public final class PlanRules {
  private final PlanSpace space;

  public PlanRules(PlanRequest request) {
    this.space = new PlanSpace(request, Map.of());
  }

  PlanRules(PlanSpace space) {
    this.space = space;
  }

  /** What is broken, one sentence each; empty for a map that keeps every rule. */
  public List<String> broken(VBucketMap map) {
    List<String> broken = new ArrayList<>();
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < space.nodes; i++) {
      index.put(space.names[i], i);
    }
    if (map.numVBuckets() != space.vbuckets || map.numReplicas() != space.request.numReplicas()) {
      return List.of("the map has " + map + ", not " + space.vbuckets + " vBuckets with " + space.request.numReplicas()
          + " replicas");
    }
    int r = space.replicas;
    int[][] counts = new int[space.nodes][map.numReplicas() + 1];
    int[][] load = new int[space.nodes][space.nodes];
    for (int v = 0; v < space.vbuckets; v++) {
      List<String> chain = map.chain(v);
      if (space.locked[v]) {
        lockedStays(v, chain, broken);
      }
      boolean whole = true;
      for (int position = 0; position < chain.size(); position++) {
        String node = chain.get(position);
        Integer i = node == null ? null : index.get(node);
        if (i == null) {
          whole = false;
          if (node != null) {
            broken.add("vBucket " + v + " is on node " + node + ", which is not kept");
          } else if (position <= r && !space.locked[v]) {
            broken.add("vBucket " + v + " has no node at position " + position);
          }
        } else {
          counts[i][position]++;
          if (position > 0 && chain.get(0) != null && index.containsKey(chain.get(0))) {
            load[index.get(chain.get(0))][i]++;
          }
        }
      }
      if (whole || r < map.numReplicas()) {
        groups(v, chain, index, broken);
      }
    }
    shares(counts, broken);
    partners(map, counts, load, broken);
    return broken;
  }

  private void lockedStays(int v, List<String> chain, List<String> broken) {
    List<String> old = space.request.current().chain(v);
    for (int position = 0; position < Math.max(old.size(), chain.size()); position++) {
      String before = position < old.size() ? old.get(position) : null;
      String after = position < chain.size() ? chain.get(position) : null;
      if (before == null ? after != null : !before.equals(after)) {
        broken.add("vBucket " + v + " is locked, but changes from " + old + " to " + chain);
        return;
      }
    }
  }

  private void groups(int v, List<String> chain, Map<String, Integer> index, List<String> broken) {
    if (space.locked[v] || chain.get(0) == null || index.get(chain.get(0)) == null) {
      return;
    }
    int home = space.group[index.get(chain.get(0))];
    int own = 0;
    Set<Integer> used = new HashSet<>();
    for (int position = 0; position <= space.replicas; position++) {
      Integer i = chain.get(position) == null ? null : index.get(chain.get(position));
      if (i == null) {
        return;
      }
      own += position > 0 && space.group[i] == home ? 1 : 0;
      used.add(space.group[i]);
    }
    if (own > space.inOwnGroup(home)) {
      broken.add("vBucket " + v + " has " + own + " replicas in the group of its active, allowed are "
          + space.inOwnGroup(home));
    }
    int possible = Math.min(space.groups, space.replicas + 1);
    if (used.size() < possible) {
      broken.add("vBucket " + v + " is spread over " + used.size() + " groups, possible are " + possible);
    }
  }

  private void shares(int[][] counts, List<String> broken) {
    int[] totals = new int[space.nodes];
    for (int i = 0; i < space.nodes; i++) {
      for (int position = 1; position < counts[i].length; position++) {
        totals[i] += counts[i][position];
      }
    }
    Shares shares = space.shares.withinGroups(space, totals);
    for (int i = 0; i < space.nodes; i++) {
      within("actives", i, counts[i][0], space.shares.activeLow[i], space.shares.activeHigh[i], broken);
      for (int position = 1; position <= space.replicas; position++) {
        double share = shares.replicaShare[i] / space.replicas;
        int high = Math.max((int) Math.ceil(share - 1e-6),
            (shares.replicaHigh[i] + space.replicas - 1) / space.replicas);
        within("replicas at position " + position, i, counts[i][position], (int) Math.floor(share + 1e-6), high,
            broken);
      }
    }
  }

  private void within(String what, int i, int count, int low, int high, List<String> broken) {
    if (count < low || count > high) {
      broken.add("node " + space.names[i] + " has " + count + " " + what + ", its share allows " + low + " to " + high);
    }
  }

  private void partners(VBucketMap map, int[][] counts, int[][] load, List<String> broken) {
    int[] gives = new int[space.nodes];
    int[] receives = new int[space.nodes];
    for (int i = 0; i < space.nodes; i++) {
      for (int other = 0; other < space.nodes; other++) {
        gives[i] += load[i][other] > 0 ? 1 : 0;
        receives[i] += load[other][i] > 0 ? 1 : 0;
      }
    }
    SparePartners spare = null;
    for (int i = 0; i < space.nodes; i++) {
      if (gives[i] > space.givable[i]) {
        broken.add(
            "node " + space.names[i] + " replicates to " + gives[i] + " nodes, allowed are " + space.givable[i]);
      }
      if (receives[i] > space.receivableAtMost[i]) {
        broken.add("node " + space.names[i] + " receives replicas from " + receives[i] + " nodes, allowed are "
            + space.receivableAtMost[i]);
      }
      int possible = Math.min(counts[i][0] * space.replicas, space.partnersOf(i));
      boolean fewer = gives[i] < possible;
      if (fewer && space.unequalGroups) {
        // Not all can have all partners: what is missing is only what a step could add.
        spare = spare == null ? new SparePartners(Draft.of(space, map)) : spare;
        fewer = !space.weighted() && spare.mayHaveMore(i);
      }
      if (fewer) {
        broken.add("node " + space.names[i] + " replicates to " + gives[i] + " nodes, it could to " + possible);
      }
    }
  }
}
