package io.vbucket.rebalance.orchestrator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MapPlannerTest {
  static List<String> nodes(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "n%03d".formatted(i)).toList();
  }

  static VBucketMap fresh(int vbuckets, int replicas, int nodes) {
    return MapPlanner.plan(PlanRequest.forNewBucket(vbuckets, replicas, nodes(0, nodes))).target();
  }

  private static MapPlan sound(PlanRequest request) {
    MapPlan plan = MapPlanner.plan(request);
    assertThat(new PlanRules(request).broken(plan.target())).isEmpty();
    assertThat(plan.copies()).isGreaterThanOrEqualTo(plan.copiesBound());
    assertThat(plan.takeovers()).isGreaterThanOrEqualTo(plan.takeoversBound());
    return plan;
  }

  @Test
  void one_node_added_to_three_needs_a_quarter_of_the_takeovers_and_no_copy_too_many() {
    MapPlan plan = sound(PlanRequest.from(fresh(1024, 1, 3)).change(nodes(3, 4), List.of()));
    assertThat(plan.copies()).isEqualTo(512);
    assertThat(plan.takeovers()).isEqualTo(256);
  }

  @Test
  void one_node_added_to_a_hundred_builds_hardly_more_copies_than_it_must() {
    MapPlan plan = sound(PlanRequest.from(fresh(1024, 2, 100)).change(nodes(100, 101), List.of()));
    assertThat(plan.copiesBound()).isEqualTo(30);
    assertThat(plan.copies()).isLessThanOrEqualTo(32);
    assertThat(plan.takeovers()).isEqualTo(10);
    assertThat(plan.balance().partnersMax()).isEqualTo(10);
    assertThat(plan.balance().receivedMax()).isEqualTo(10);
  }

  @Test
  void a_swap_moves_only_what_the_removed_nodes_hold() {
    VBucketMap map = fresh(1024, 2, 20);
    MapPlan plan = sound(PlanRequest.from(map).change(nodes(20, 23), nodes(4, 7)));
    int held =
        nodes(4, 7).stream().mapToInt(node -> map.count(node, 0) + map.count(node, 1) + map.count(node, 2)).sum();
    assertThat(plan.copies()).isEqualTo(held);
    assertThat(plan.moves()).allSatisfy(move -> assertThat(nodes(4, 7)).containsAll(move.dropped()));
  }

  @Test
  void copies_that_are_built_only_to_have_fewer_partners_are_told_with_what_would_spare_them() {
    List<List<String>> chains = IntStream.range(0, 400)
        .mapToObj(v -> List.of("n%03d".formatted(v % 20), "n%03d".formatted((v % 20 + 1 + v / 20 % 19) % 20))).toList();
    PlanRequest request = PlanRequest.from(VBucketMap.of(1, chains)).change(nodes(20, 21), List.of());

    MapPlan crowded = sound(request);
    MapPlan spared = sound(request.withMaxSlaves(19));

    assertThat(crowded.copies()).isGreaterThan(spared.copies());
    assertThat(crowded.notes()).singleElement().asString().contains("up to 19 others as it is, and 10 are allowed",
        "--max-partners 19");
    assertThat(spared.notes()).isEmpty();
  }

  @Test
  void removing_a_node_and_adding_it_again_gives_the_old_map_back() {
    VBucketMap map = fresh(1024, 1, 6);
    PlanRequest before = PlanRequest.from(map);
    VBucketMap without = sound(before.change(List.of(), nodes(2, 3))).target();
    MapPlan back = sound(PlanRequest.from(without).withPastMaps(List.of(map)).change(nodes(2, 3), List.of()));
    assertThat(back.target()).isEqualTo(map);
    assertThat(sound(PlanRequest.from(without).change(nodes(2, 3), List.of())).target())
        .as("what a new bucket would get is known without being told").isEqualTo(map);
  }

  @Test
  void a_balanced_map_on_the_same_nodes_stays_as_it_is() {
    VBucketMap map = fresh(1024, 2, 12);
    MapPlan plan = sound(PlanRequest.from(map));
    assertThat(plan.target()).isEqualTo(map);
    assertThat(plan.moves()).isEmpty();
  }

  @Test
  void the_same_request_gives_the_same_map_whatever_the_order_of_its_nodes() {
    VBucketMap map = fresh(1024, 2, 13);
    List<String> kept = new ArrayList<>(nodes(1, 15));
    VBucketMap one = MapPlanner.plan(PlanRequest.from(map).withKeepNodes(kept)).target();
    Collections.reverse(kept);
    VBucketMap other = MapPlanner.plan(PlanRequest.from(map).withKeepNodes(kept)).target();
    assertThat(other).isEqualTo(one);
  }

  @Test
  void replicas_stay_out_of_the_actives_group() {
    Map<String, String> groups = Map.of("n000", "x", "n001", "x", "n002", "x", "n003", "y", "n004", "y", "n005", "y");
    PlanRequest request = PlanRequest.forNewBucket(1024, 2, nodes(0, 6)).withGroups(groups);
    VBucketMap map = sound(request).target();
    for (int v = 0; v < 1024; v++) {
      String home = groups.get(map.active(v));
      assertThat(map.chain(v).subList(1, 3)).noneMatch(node -> groups.get(node).equals(home));
    }
  }

  @Test
  void a_group_of_one_takes_all_replicas_of_the_others_and_leaves_no_hole() {
    PlanRequest request = PlanRequest.forNewBucket(600, 1, nodes(0, 6)).withGroups(
        Map.of("n000", "x", "n001", "x", "n002", "x", "n003", "x", "n004", "x", "n005", "y"));
    VBucketMap map = sound(request).target();
    assertThat(map.count("n005", 1)).isEqualTo(500);
    assertThat(map.count("n000", 1)).isEqualTo(20);
  }

  @Test
  void capacity_decides_shares_by_largest_remainder() {
    PlanRequest request = PlanRequest.forNewBucket(100, 1, nodes(0, 4)).withWeights(Map.of("n000", 2.0, "n001", 1.5));
    VBucketMap map = sound(request).target();
    assertThat(map.count("n000", 0)).isEqualTo(37);
    assertThat(map.count("n001", 0)).isEqualTo(27);
    assertThat(map.count("n002", 0) + map.count("n003", 0)).isEqualTo(36);
  }

  @Test
  void locked_vbuckets_keep_their_chains() {
    VBucketMap map = fresh(64, 1, 4);
    PlanRequest request = PlanRequest.from(map).change(nodes(4, 6), List.of()).withLocked(Set.of(0, 1, 2, 3, 4));
    VBucketMap target = MapPlanner.plan(request).target();
    assertThat(map.diff(target)).doesNotContain(0, 1, 2, 3, 4).isNotEmpty();
  }

  @Test
  void large_vbuckets_stay_when_small_ones_do_as_well() {
    VBucketMap map = fresh(100, 0, 4);
    long[] bytes = new long[100];
    for (int v = 0; v < 100; v++) {
      bytes[v] = v % 8 < 4 ? 1_000 : 1_000_000;
    }
    MapPlan plan = sound(PlanRequest.from(map).change(nodes(4, 5), List.of()).withBytes(bytes));
    assertThat(plan.copies()).isEqualTo(20);
    assertThat(plan.bytes()).isEqualTo(20_000);
  }

  @Test
  void too_few_nodes_leave_holes_and_say_so() {
    MapPlan plan = sound(PlanRequest.from(fresh(16, 2, 4)).change(List.of(), nodes(0, 2)));
    assertThat(plan.target().chain(0)).hasSize(3).endsWith((String) null);
    assertThat(plan.notes()).anySatisfy(note -> assertThat(note).contains("2 replicas need 3 nodes, there are 2"));
  }

  @Test
  void holes_are_filled_by_copies_and_a_lost_active_by_its_replica() {
    VBucketMap map =
        VBucketMap.of(1, List.of(java.util.Arrays.asList("n000", null), java.util.Arrays.asList(null, "n001")));
    MapPlan plan = sound(PlanRequest.from(map).withKeepNodes(nodes(0, 2)));
    assertThat(plan.target().chain(0)).containsExactly("n000", "n001");
    assertThat(plan.target().chain(1)).containsExactly("n001", "n000");
    assertThat(plan.copies()).isEqualTo(2);
    assertThat(plan.takeovers()).isZero();
  }

  @Test
  void what_cannot_be_planned_is_refused_with_the_reason() {
    PlanRequest request = PlanRequest.from(fresh(16, 1, 3));
    assertThatThrownBy(() -> request.change(List.of(), nodes(0, 3))).isInstanceOf(PlanException.class)
        .hasMessageContaining("no node is left");
    assertThatThrownBy(() -> request.change(List.of(), List.of("other")))
        .hasMessageContaining("node other is to be removed, but is not one");
    assertThatThrownBy(() -> request.change(nodes(0, 1), List.of()))
        .hasMessageContaining("n000 is to be added, but is there already");
    assertThatThrownBy(() -> request.withWeights(Map.of("n000", 0.0)))
        .hasMessageContaining("weight of node n000 is 0.0");
    assertThatThrownBy(() -> request.withLocked(Set.of(0)).change(List.of(), List.of(request.current().active(0))))
        .hasMessageContaining("vBucket 0 is locked and has a copy on node");
  }
}
