package io.vbucket.rebalance.orchestrator.plan;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A judge that finds nothing is worth nothing. */
class MapJudgeTest {
  private static final List<String> NODES = List.of("a1", "a2", "b1", "b2", "c1", "c2");
  private final PlanRequest request = PlanRequest.forNewBucket(12, 1, NODES).withGroups(groups());
  private final VBucketMap right = MapPlanner.plan(request).target();

  @Test
  void a_right_map_passes() {
    assertThatCode(() -> MapJudge.judge(request, right)).doesNotThrowAnyException();
  }

  @Test
  void a_replica_in_the_group_of_its_active_is_found() {
    int v = first("a1");
    assertThatThrownBy(() -> MapJudge.judge(request, right.with(Map.of(v, List.of("a1", "a2")))))
        .hasMessageContaining("vb:" + v + " is on [a1, a2]");
  }

  @Test
  void a_hole_and_a_node_that_is_not_kept_are_found() {
    assertThatThrownBy(() -> MapJudge.judge(request, right.with(Map.of(3, List.of(right.active(3))))))
        .hasMessageContaining("vb:3 is on");
    assertThatThrownBy(() -> MapJudge.judge(request, right.with(Map.of(3, List.of(right.active(3), "d1")))))
        .hasMessageContaining("d1");
  }

  @Test
  void uneven_actives_are_found() {
    Map<Integer, List<String>> all = new HashMap<>();
    for (int v = 0; v < 12; v++) {
      if (right.active(v).startsWith("b")) {
        all.put(v, List.of("c1", right.chain(v).get(1).startsWith("c") ? "a1" : right.chain(v).get(1)));
      }
    }
    assertThatThrownBy(() -> MapJudge.judge(request, right.with(all))).hasMessageContaining("actives of");
  }

  @Test
  void a_node_that_replicates_to_one_only_though_it_could_to_two_is_found() {
    VBucketMap lazy = VBucketMap.of(1, List.of(List.of("a", "b"), List.of("a", "b"), List.of("b", "c"),
        List.of("b", "c"), List.of("c", "a"), List.of("c", "a")));
    assertThatThrownBy(() -> MapJudge.judge(PlanRequest.forNewBucket(6, 1, List.of("a", "b", "c")), lazy))
        .hasMessageContaining("nodes that a replicates to");
  }

  @Test
  void a_partner_too_many_is_found() {
    PlanRequest strict = PlanRequest.forNewBucket(6, 1, List.of("a", "b", "c")).withMaxSlaves(1);
    VBucketMap map = VBucketMap.of(1, List.of(List.of("a", "b"), List.of("a", "c"), List.of("b", "a"),
        List.of("b", "c"), List.of("c", "a"), List.of("c", "b")));
    assertThatThrownBy(() -> MapJudge.judge(strict, map)).hasMessageContaining("nodes that a of alone a replicates to");
  }

  private int first(String active) {
    for (int v = 0; v < right.numVBuckets(); v++) {
      if (right.active(v).equals(active)) {
        return v;
      }
    }
    throw new AssertionError("nothing is active on " + active);
  }

  private static Map<String, String> groups() {
    Map<String, String> groups = new HashMap<>();
    NODES.forEach(node -> groups.put(node, node.substring(0, 1)));
    return groups;
  }
}
