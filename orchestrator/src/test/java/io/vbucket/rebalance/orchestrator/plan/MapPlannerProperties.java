package io.vbucket.rebalance.orchestrator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Every map obeys the rules, over the ranges in which the classic planner is tested. The same few cases in every build; many more with
 * {@code mvn -Pwide -pl orchestrator -am test}.
 */
class MapPlannerProperties {
  @Provide
  Arbitrary<Integer> vbuckets() {
    return Arbitraries.of(1, 2, 64, 1024, 4096);
  }

  @Property(seed = "7")
  void a_new_map_obeys_every_rule(@ForAll("vbuckets") int vbuckets, @ForAll @IntRange(min = 1, max = 100) int nodes,
      @ForAll @IntRange(max = 3) int replicas) {
    PlanRequest request = PlanRequest.forNewBucket(vbuckets, replicas, MapPlannerTest.nodes(0, nodes));
    planned(request);
  }

  @Property(seed = "11")
  void a_mended_map_obeys_every_rule(@ForAll("vbuckets") int vbuckets, @ForAll @IntRange(min = 1, max = 100) int nodes,
      @ForAll @IntRange(max = 3) int replicas, @ForAll @IntRange(max = 12) int added,
      @ForAll @IntRange(max = 12) int removed,
      @ForAll @IntRange(max = 3) int replicasAfter) {
    PlanRequest before = PlanRequest.forNewBucket(vbuckets, replicas, MapPlannerTest.nodes(0, nodes));
    VBucketMap map = MapPlanner.plan(before).target();
    PlanRequest request =
        PlanRequest.from(map).withKeepNodes(MapPlannerTest.nodes(Math.min(removed, nodes - 1), nodes + added))
            .withReplicas(replicasAfter);
    replay(map, planned(request));
  }

  @Property(seed = "15")
  void equal_groups_obey_every_rule(@ForAll("vbuckets") int vbuckets,
      @ForAll @IntRange(min = 1, max = 10) int groupSize,
      @ForAll @IntRange(min = 2, max = 8) int groups, @ForAll @IntRange(max = 3) int replicas,
      @ForAll @IntRange(max = 2) int addedToEach) {
    List<String> all = MapPlannerTest.nodes(0, (groupSize + addedToEach) * groups);
    Map<String, String> byNode = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      byNode.put(all.get(i), "group" + i % groups);
    }
    PlanRequest first =
        PlanRequest.forNewBucket(vbuckets, replicas, all.subList(0, groupSize * groups)).withGroups(byNode);
    MapPlan plan = planned(first);
    PlanRequest request = PlanRequest.from(plan.target()).withGroups(byNode).withKeepNodes(all);
    planned(request);
  }

  /** Groups of any size, single nodes among them: what gives way then, and how far, {@link MapJudge} says. */
  @Property(seed = "19")
  void unequal_groups_obey_every_rule(@ForAll("vbuckets") int vbuckets,
      @ForAll @IntRange(min = 2, max = 100) int nodes, @ForAll @IntRange(max = 3) int replicas,
      @ForAll @IntRange(min = 1, max = 7) int groups, @ForAll @IntRange(max = 3) int added,
      @ForAll @IntRange(max = 3) int removed, @ForAll boolean lopsided, @ForAll long seed) {
    Random random = new Random(seed);
    Map<String, String> byNode = new HashMap<>();
    MapPlannerTest.nodes(0, nodes + added).forEach(
        node -> byNode.put(node, "group" + (lopsided && random.nextInt(3) > 0 ? 0 : random.nextInt(groups))));
    PlanRequest first =
        PlanRequest.forNewBucket(vbuckets, replicas, MapPlannerTest.nodes(0, nodes)).withGroups(byNode);
    VBucketMap map = planned(first).target();
    PlanRequest request = PlanRequest.from(map).withGroups(byNode)
        .withKeepNodes(MapPlannerTest.nodes(Math.min(removed, nodes - 1), nodes + added));
    MapPlan plan = planned(request);
    replay(map, plan);
  }

  /** Two groups that differ by one node; one node alone against many; few nodes that must take in nearly all that they can. */
  @Test
  void groups_that_once_were_unbalanced_or_crowded_obey_every_rule() {
    for (int[] sizes : new int[][] {{36, 35}, {1, 11, 36}, {9, 14, 61}, {6, 13, 49}, {1, 2, 4, 5, 7, 38}, {1, 1, 2}}) {
      Map<String, String> byNode = new HashMap<>();
      for (int g = 0; g < sizes.length; g++) {
        for (int i = 0; i < sizes[g]; i++) {
          byNode.put("g" + g + "n" + i, "group" + g);
        }
      }
      for (int replicas = 1; replicas <= 3; replicas++) {
        planned(PlanRequest.forNewBucket(1024, replicas, List.copyOf(byNode.keySet())).withGroups(byNode));
      }
    }
  }

  @Property(seed = "39")
  void a_swap_moves_only_what_the_removed_nodes_held(@ForAll("vbuckets") int vbuckets,
      @ForAll @IntRange(min = 1, max = 100) int nodes, @ForAll @IntRange(max = 3) int replicas,
      @ForAll @IntRange(min = 1, max = 10) int swapped, @ForAll @IntRange(max = 7) int groups, @ForAll long seed) {
    Random random = new Random(seed);
    int count = Math.min(swapped, nodes);
    List<String> all = MapPlannerTest.nodes(0, nodes + count);
    Map<String, String> byNode = new HashMap<>();
    for (int i = 0; i < nodes && groups > 0; i++) {
      byNode.put(all.get(i), "group" + random.nextInt(groups));
    }
    for (int i = 0; i < count && groups > 0; i++) {
      byNode.put(all.get(nodes + i), byNode.get(all.get(i)));
    }
    Set<String> removed = Set.copyOf(all.subList(0, count));
    VBucketMap before =
        planned(PlanRequest.forNewBucket(vbuckets, replicas, all.subList(0, nodes)).withGroups(byNode)).target();

    MapPlan plan =
        planned(PlanRequest.from(before).withGroups(byNode).withKeepNodes(all.subList(count, nodes + count)));

    int lost = 0;
    for (int v = 0; v < vbuckets; v++) {
      List<String> was = before.chain(v);
      int gone = (int) was.stream().filter(node -> node != null && removed.contains(node)).count();
      lost += gone;
      if (gone == 0) {
        assertThat(plan.target().chain(v)).as("vb:%d", v).isEqualTo(was);
      }
    }
    assertThat(plan.copies()).isEqualTo(lost);
  }

  @Property(seed = "43")
  void a_node_that_comes_back_brings_the_old_map_back(@ForAll("vbuckets") int vbuckets,
      @ForAll @IntRange(min = 2, max = 100) int nodes, @ForAll @IntRange(max = 3) int replicas,
      @ForAll @IntRange(min = 1, max = 10) int removed, @ForAll @IntRange(max = 7) int groups, @ForAll long seed) {
    Random random = new Random(seed);
    List<String> all = MapPlannerTest.nodes(0, nodes);
    Map<String, String> byNode = new HashMap<>();
    all.forEach(node -> byNode.put(node, groups == 0 ? node : "group" + random.nextInt(groups)));
    VBucketMap before = planned(PlanRequest.forNewBucket(vbuckets, replicas, all).withGroups(byNode)).target();
    List<String> rest = all.subList(Math.min(removed, nodes - 1), nodes);
    VBucketMap without = planned(PlanRequest.from(before).withGroups(byNode).withKeepNodes(rest)).target();

    MapPlan back = planned(PlanRequest.from(without).withGroups(byNode).withReplicas(replicas).withKeepNodes(all)
        .withPastMaps(List.of(before)));

    assertThat(back.target()).isEqualTo(before);
  }

  @Property(seed = "47")
  void locked_chains_stay_as_they_are_holes_included(@ForAll("vbuckets") int vbuckets,
      @ForAll @IntRange(min = 1, max = 40) int nodes, @ForAll @IntRange(max = 3) int replicas,
      @ForAll @IntRange(max = 5) int groups, @ForAll long seed) {
    Random random = new Random(seed);
    List<String> all = MapPlannerTest.nodes(0, nodes + 2);
    Map<String, String> byNode = new HashMap<>();
    all.forEach(node -> byNode.put(node, groups == 0 ? node : "group" + random.nextInt(groups)));
    VBucketMap map = anyMap(vbuckets, replicas, all.subList(0, nodes), random);
    Set<Integer> locked = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      locked.add(random.nextInt(vbuckets));
    }
    PlanRequest request = PlanRequest.from(map).withGroups(byNode).withKeepNodes(all).withLocked(locked);
    MapJudge.judge(request, MapPlanner.plan(request).target());
  }

  @Property(seed = "23")
  void small_maps_are_as_cheap_as_any_can_be(@ForAll long seed) {
    Random random = new Random(seed);
    List<String> all = List.of("a", "b", "c", "d", "e");
    int replicas = random.nextInt(3);
    int vbuckets = 1 + random.nextInt(replicas == 2 ? 4 : 5);
    VBucketMap map = MapPlanner.plan(PlanRequest.forNewBucket(vbuckets, random.nextInt(3), some(all, random))).target();
    PlanRequest request = PlanRequest.from(map).withReplicas(replicas).withKeepNodes(some(all, random)).withSeed(seed);
    int[] cheapest = Exhaustive.cheapest(request);
    if (cheapest != null) {
      MapPlan plan = MapPlanner.plan(request);
      assertThat(plan.copiesBound()).isLessThanOrEqualTo(cheapest[0]);
      assertThat(List.of(plan.copies(), plan.takeovers())).isEqualTo(List.of(cheapest[0], cheapest[1]));
    }
  }

  @Property(seed = "27")
  void without_replicas_no_flow_copies_fewer_bytes(@ForAll long seed) {
    Random random = new Random(seed);
    int vbuckets = 1 + random.nextInt(48);
    List<String> before = MapPlannerTest.nodes(0, 1 + random.nextInt(5));
    List<List<String>> chains = new ArrayList<>();
    long[] bytes = new long[vbuckets];
    for (int v = 0; v < vbuckets; v++) {
      chains.add(List.of(before.get(random.nextInt(before.size()))));
      bytes[v] = 1 + random.nextInt(1000);
    }
    List<String> kept = MapPlannerTest.nodes(random.nextInt(3), 3 + random.nextInt(5));
    Map<String, Double> weights = new HashMap<>();
    kept.forEach(node -> weights.put(node, 1.0 + random.nextInt(3)));
    PlanRequest request =
        PlanRequest.from(VBucketMap.of(0, chains)).withKeepNodes(kept).withBytes(bytes).withWeights(weights);

    MapPlan plan = MapPlanner.plan(request);

    assertThat(new PlanRules(request).broken(plan.target())).isEmpty();
    assertThat(plan.bytes()).isEqualTo(CheapestFlow.bytes(request));
  }

  /** As another program may have left it: any node anywhere, holes, more or fewer replicas than wanted. */
  @Property(seed = "31")
  void any_map_becomes_one_that_obeys_every_rule(@ForAll("vbuckets") int vbuckets,
      @ForAll @IntRange(min = 1, max = 40) int nodes, @ForAll @IntRange(max = 3) int replicas,
      @ForAll @IntRange(max = 3) int replicasAfter, @ForAll long seed) {
    Random random = new Random(seed);
    List<String> all = MapPlannerTest.nodes(0, nodes);
    PlanRequest request = PlanRequest.from(anyMap(vbuckets, replicas, all, random)).withReplicas(replicasAfter)
        .withKeepNodes(MapPlannerTest.nodes(Math.min(nodes - 1, random.nextInt(3)), nodes + random.nextInt(3)));

    planned(request);
  }

  /** What is built anyway is built where its active has the least, unless a node's total or a chain forbids it. */
  @Property(seed = "35", tries = 40)
  void no_new_replica_could_go_to_a_partner_with_less_to_carry(@ForAll @IntRange(min = 2, max = 40) int nodes,
      @ForAll @IntRange(min = 1, max = 3) int replicas, @ForAll @IntRange(min = 1, max = 12) int added) {
    VBucketMap before =
        MapPlanner.plan(PlanRequest.forNewBucket(256, replicas, MapPlannerTest.nodes(0, nodes))).target();
    PlanRequest request = PlanRequest.from(before).withKeepNodes(MapPlannerTest.nodes(0, nodes + added));
    VBucketMap after = MapPlanner.plan(request).target();
    PlanSpace space = new PlanSpace(request, Map.of());
    Map<List<String>, Integer> load = new HashMap<>();
    Map<String, Integer> total = new HashMap<>();
    for (int v = 0; v < after.numVBuckets(); v++) {
      for (String node : after.chain(v).subList(1, space.replicas + 1)) {
        load.merge(List.of(after.chain(v).get(0), node), 1, Integer::sum);
        total.merge(node, 1, Integer::sum);
      }
    }
    for (int v = 0; v < after.numVBuckets(); v++) {
      List<String> chain = after.chain(v);
      for (String from : chain.subList(1, space.replicas + 1)) {
        for (int i = 0; i < space.nodes && !before.chain(v).contains(from); i++) {
          String to = space.names[i];
          int there = load.getOrDefault(List.of(chain.get(0), to), 0);
          boolean hasRoom = total.get(from) > space.shares.replicaLow[List.of(space.names).indexOf(from)]
              && total.getOrDefault(to, 0) < space.shares.replicaHigh[i];
          if (there > 0 && hasRoom && !chain.contains(to)) {
            assertThat(load.get(List.of(chain.get(0), from)) - there).as("vb:%d from %s to %s", v, from, to)
                .isLessThanOrEqualTo(1);
          }
        }
      }
    }
  }

  /** As it must be, by the planner's rules and by another count of them. */
  private static MapPlan planned(PlanRequest request) {
    MapPlan plan = MapPlanner.plan(request);
    MapJudge.judge(request, plan.target());
    assertThat(new PlanRules(request).broken(plan.target())).isEmpty();
    assertThat(plan.copies()).isGreaterThanOrEqualTo(plan.copiesBound());
    assertThat(plan.takeovers()).isGreaterThanOrEqualTo(plan.takeoversBound());
    return plan;
  }

  private static VBucketMap anyMap(int vbuckets, int replicas, List<String> nodes, Random random) {
    List<List<String>> chains = new ArrayList<>();
    for (int v = 0; v < vbuckets; v++) {
      List<String> chain = new ArrayList<>();
      for (int position = 0; position <= replicas; position++) {
        String node = nodes.get(random.nextInt(nodes.size()));
        // Somebody must hold something, or there were no nodes.
        boolean hole = chain.contains(node) || v > 0 && random.nextInt(20) == 0;
        chain.add(hole ? null : node);
      }
      chains.add(chain);
    }
    return VBucketMap.of(replicas, chains);
  }

  private static List<String> some(List<String> all, Random random) {
    List<String> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, 1 + random.nextInt(4));
  }

  private static void replay(VBucketMap map, MapPlan plan) {
    Map<Integer, List<String>> changes = new HashMap<>();
    int copies = 0;
    for (Move move : plan.moves()) {
      assertThat(move.before()).isEqualTo(map.chain(move.vbucket()));
      changes.put(move.vbucket(), move.after());
      copies += move.built().size();
    }
    assertThat(copies).isEqualTo(plan.copies());
    for (int v = 0; v < map.numVBuckets(); v++) {
      if (!changes.containsKey(v)) {
        assertThat(plan.target().chain(v).stream().filter(node -> node != null).toList())
            .isEqualTo(map.chain(v).stream().filter(node -> node != null).toList());
      }
    }
  }
}
