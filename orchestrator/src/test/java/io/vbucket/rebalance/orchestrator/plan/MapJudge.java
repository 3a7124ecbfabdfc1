package io.vbucket.rebalance.orchestrator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Every hard rule of a map for nodes of equal weight, counted from the chains alone: nothing of the planner's own counting is used. What cannot be
 * is told exactly:
 * <ul>
 * <li>With fewer nodes than copies, chains end in holes. With one group only, groups forbid nothing.
 * <li>Replicas share the active's group only as far as all other groups together have too few nodes.
 * <li>Where groups differ in size, replicas at a position are equal within 1 inside each group, not between groups.
 * <li>A node replicates to no more nodes than it gives replicas.
 * <li>Where groups differ in size, a node may receive from more than max-slaves others only if so many pairs must lead into its group, or out of
 * another one; and replicate to more only if another group has more than max-slaves nodes for each node outside it. It may have fewer partners
 * only if no single replica can go to another one without harm to these rules.
 * <li>Locked chains stay as they are and count in all of that: with them only chains are judged.
 * </ul>
 */
final class MapJudge {
  private final PlanRequest request;
  private final VBucketMap map;
  private final List<String> nodes;
  private final Map<String, String> group = new HashMap<>();
  private final Map<String, List<String>> members = new TreeMap<>();
  private final int r;
  private final int partners;
  private final boolean equalGroups;
  private final Map<String, int[]> counts = new HashMap<>();
  private final Map<String, Map<String, Integer>> load = new HashMap<>();
  private final Map<String, Set<String>> givers = new HashMap<>();

  private MapJudge(PlanRequest request, VBucketMap map) {
    this.request = request;
    this.map = map;
    this.nodes = request.keepNodes();
    for (String node : nodes) {
      String told = request.groups().get(node);
      group.put(node, told == null ? "alone " + node : "group " + told);
    }
    if (new HashSet<>(group.values()).size() == 1) {
      nodes.forEach(node -> group.put(node, "alone " + node));
    }
    nodes.forEach(node -> members.computeIfAbsent(group.get(node), g -> new ArrayList<>()).add(node));
    this.equalGroups = members.values().stream().map(List::size).distinct().count() == 1;
    this.r = Math.min(request.numReplicas(), nodes.size() - 1);
    this.partners = Math.min(Math.max(request.maxSlaves(), r), nodes.size() - 1);
    for (String node : nodes) {
      counts.put(node, new int[request.numReplicas() + 1]);
      load.put(node, new HashMap<>());
      givers.put(node, new HashSet<>());
    }
  }

  static void judge(PlanRequest request, VBucketMap map) {
    MapJudge judge = new MapJudge(request, map);
    judge.chains();
    if (request.locked().isEmpty() && request.weights().isEmpty()) {
      judge.loads();
      judge.partners();
    }
  }

  private void chains() {
    assertThat(map.numVBuckets()).isEqualTo(request.numVBuckets());
    for (int v = 0; v < map.numVBuckets(); v++) {
      List<String> chain = map.chain(v);
      if (request.locked().contains(v)) {
        List<String> old = request.current().chain(v);
        for (int position = 0; position < chain.size(); position++) {
          assertThat(chain.get(position)).as("locked vb:%d at position %d", v, position)
              .isEqualTo(position < old.size() ? old.get(position) : null);
        }
        continue;
      }
      // Said only when it is wrong: to describe thousands of right chains would take longer than to judge them.
      if (!isFull(chain) || !isWide(chain.subList(0, r + 1))) {
        fail("vb:%d is on %s, in groups %s, for %d replicas on nodes %s", v, chain,
            chain.stream().map(group::get).toList(), request.numReplicas(), nodes);
      }
      for (int position = 0; position <= r; position++) {
        counts.get(chain.get(position))[position]++;
        if (position > 0) {
          load.get(chain.get(0)).merge(chain.get(position), 1, Integer::sum);
          givers.get(chain.get(position)).add(chain.get(0));
        }
      }
    }
  }

  private boolean isFull(List<String> chain) {
    if (chain.size() != request.numReplicas() + 1) {
      return false;
    }
    Set<String> different = new HashSet<>(chain.subList(0, r + 1));
    return different.size() == r + 1 && counts.keySet().containsAll(different)
        && chain.subList(r + 1, chain.size()).stream().allMatch(node -> node == null);
  }

  private boolean isWide(List<String> chain) {
    String home = group.get(chain.get(0));
    long own = chain.stream().skip(1).filter(node -> group.get(node).equals(home)).count();
    long used = chain.stream().map(group::get).distinct().count();
    return own <= Math.max(0, r - outside(home)) && used >= Math.min(members.size(), r + 1);
  }

  private int outside(String g) {
    return nodes.size() - members.get(g).size();
  }

  private void loads() {
    even("actives", nodes, 0);
    for (int position = 1; position <= r; position++) {
      for (List<String> those : equalGroups ? List.of(nodes) : members.values()) {
        even("replicas at position " + position, those, position);
      }
    }
  }

  private void even(String what, List<String> those, int position) {
    int[] of = those.stream().mapToInt(node -> counts.get(node)[position]).sorted().toArray();
    assertThat(of[of.length - 1] - of[0]).as("%s of %s are %s", what, those, Arrays.toString(of))
        .isLessThanOrEqualTo(1);
  }

  private void partners() {
    for (String node : nodes) {
      String g = group.get(node);
      int gives = load.get(node).size();
      assertThat(gives).as("nodes that %s of %s replicates to", node, g).isLessThanOrEqualTo(mostGiven(g));
      assertThat(givers.get(node).size()).as("nodes that %s of %s receives from", node, g)
          .isLessThanOrEqualTo(mostReceived(g, true));
      int others = r > outside(g) ? nodes.size() - 1 : outside(g);
      int possible = Math.min(Math.min(partners, others), counts.get(node)[0] * r);
      if (equalGroups) {
        assertThat(gives).as("nodes that %s replicates to", node).isEqualTo(possible);
      } else if (gives < possible) {
        noStepAdds(node);
      }
    }
  }

  private int mostGiven(String g) {
    int most = partners;
    for (String other : members.keySet()) {
      if (!equalGroups && !other.equals(g)) {
        most = Math.max(most, up(members.get(other).size(), outside(other)));
      }
    }
    return most;
  }

  /**
   * Pairs that must lead out of a group to the nodes outside it (and from those to each other, who cannot all replicate into that group), or into
   * this one.
   *
   * @param shared besides, each node there but one shares two givers with others, since whole givers may not make equal loads
   */
  private int mostReceived(String g, boolean shared) {
    int most = partners;
    int into = 0;
    for (String other : members.keySet()) {
      if (equalGroups || other.equals(g)) {
        continue;
      }
      int size = members.get(other).size();
      int away = outside(other);
      int between = 0;
      for (String from : members.keySet()) {
        int there = r < members.size() ? 1 : Math.min(size, r - members.size() + 2);
        between += from.equals(other) ? 0 : members.get(from).size() * Math.max(0, Math.min(r, outside(from)) - there);
      }
      most = Math.max(most, forced(size * Math.min(r, away) + between, away, shared));
      int must = r >= members.size() - 1 ? Math.max(1, r - away + members.get(g).size()) : 0;
      into += size * Math.min(must, members.get(g).size());
    }
    return Math.max(most, forced(into, members.get(g).size(), shared));
  }

  private int forced(int pairs, int nodesThere, boolean shared) {
    return pairs <= (partners - 1) * nodesThere ? 0 : up(pairs + (shared ? 2 * (nodesThere - 1) : 0), nodesThere);
  }

  private static int up(int amount, int by) {
    return (amount + by - 1) / by;
  }

  private void noStepAdds(String active) {
    List<String> open = nodes.stream().filter(to -> !to.equals(active) && !load.get(active).containsKey(to)
        && givers.get(to).size() < mostReceived(group.get(to), false)).toList();
    for (int v = 0; v < map.numVBuckets() && !open.isEmpty(); v++) {
      if (!active.equals(map.active(v))) {
        continue;
      }
      List<String> chain = map.chain(v).subList(0, r + 1);
      for (int position = 1; position <= r; position++) {
        String from = chain.get(position);
        for (String to : load.get(active).get(from) > 1 ? open : List.<String>of()) {
          List<String> changed = new ArrayList<>(chain);
          changed.set(position, to);
          assertThat(isWide(changed) && staysEven(from, to))
              .as("vb:%d on %s could be on %s: then %s had a partner more", v, chain, to, active).isFalse();
        }
      }
    }
  }

  private boolean staysEven(String from, String to) {
    for (String g : new TreeSet<>(List.of(group.get(from), group.get(to)))) {
      int[] totals = members.get(g).stream().mapToInt(node -> Arrays.stream(counts.get(node)).skip(1).sum()
          - (node.equals(from) ? 1 : 0) + (node.equals(to) ? 1 : 0)).toArray();
      int level = Math.floorDiv(Arrays.stream(totals).sum(), totals.length * r);
      boolean whole = Arrays.stream(totals).sum() == level * totals.length * r;
      for (int total : totals) {
        if (total < level * r || total > (whole ? level : level + 1) * r) {
          return false;
        }
      }
    }
    return true;
  }
}
