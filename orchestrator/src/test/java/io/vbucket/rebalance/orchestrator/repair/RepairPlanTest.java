package io.vbucket.rebalance.orchestrator.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.survey.NodeFindings;
import io.vbucket.rebalance.orchestrator.survey.Survey;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RepairPlanTest {
  private static final Map<String, String> SERVERS = new LinkedHashMap<>();
  static {
    for (String name : List.of("a", "b", "c", "d")) {
      SERVERS.put(name, name + ":11210");
    }
  }

  private final Map<String, CopyState> copies = new TreeMap<>();

  /** What is to be done about vb:0 with this chain, {@code null} for a hole, and the copies that were told. */
  private RepairPlan plan(String... chain) {
    List<String> names = List.copyOf(SERVERS.keySet());
    int[] indexes = Arrays.stream(chain).mapToInt(node -> node == null ? -1 : names.indexOf(node)).toArray();
    BucketConfig config = BucketConfig.initial(
        "travel", List.copyOf(SERVERS.values()), chain.length - 1, new int[][] {indexes});
    Map<String, NodeFindings> found = new TreeMap<>();
    names.forEach(node -> found.put(
        node,
        new NodeFindings(node, config, copies.containsKey(node) ? Map.of(0, copies.get(node)) : Map.of(), List.of(),
            "")));
    return RepairPlan.of(config, new Survey.Findings(found), SERVERS);
  }

  private RepairPlanTest having(String node, CopyState state) {
    copies.put(node, state);
    return this;
  }

  @Test
  void nodes_that_agree_with_the_map_need_nothing() {
    assertThat(having("a", CopyState.ACTIVE).having("b", CopyState.REPLICA).plan("a", "b").isEmpty()).isTrue();
  }

  @Test
  void an_owner_that_went_dead_without_a_successor_becomes_active_again() {
    assertThat(having("a", CopyState.DEAD).having("c", CopyState.PENDING).plan("a").steps())
        .containsExactly(new RepairStep.Reactivate(0, "a"), new RepairStep.Remove(0, "c"));
  }

  @Test
  void a_takeover_that_was_completed_goes_into_the_map_before_the_old_copy_is_deleted() {
    assertThat(having("a", CopyState.DEAD).having("c", CopyState.ACTIVE).plan("a").steps())
        .containsExactly(new RepairStep.Adopt(0, List.of("c")), new RepairStep.Remove(0, "a"));
  }

  @Test
  void a_replica_that_took_over_changes_places_with_the_old_owner() {
    assertThat(having("a", CopyState.DEAD).having("b", CopyState.ACTIVE).plan("a", "b").steps())
        .containsExactly(new RepairStep.Demote(0, "a"), new RepairStep.Adopt(0, List.of("b", "a")));
  }

  @Test
  void a_new_owner_takes_the_old_ones_place_and_the_replicas_keep_theirs() {
    copies.putAll(Map.of("a", CopyState.DEAD, "b", CopyState.REPLICA, "d", CopyState.ACTIVE));

    assertThat(plan("a", "b", null).steps())
        .containsExactly(
            new RepairStep.Adopt(0, Arrays.asList("d", "b", null)), new RepairStep.Remove(0, "a"));
  }

  @Test
  void copies_outside_of_the_chain_are_deleted_and_a_dead_one_inside_becomes_a_replica() {
    copies.putAll(Map.of("a", CopyState.ACTIVE, "b", CopyState.DEAD, "c", CopyState.REPLICA));

    assertThat(plan("a", "b").steps())
        .containsExactly(new RepairStep.Demote(0, "b"), new RepairStep.Remove(0, "c"));
  }

  @Test
  void two_actives_are_left_to_an_operator_and_nothing_of_them_is_touched() {
    RepairPlan plan = having("a", CopyState.ACTIVE).having("c", CopyState.ACTIVE).having("d", CopyState.DEAD).plan("a");

    assertThat(plan.steps()).isEmpty();
    assertThat(plan.needOperator()).singleElement().asString().contains("vb:0 is active on [a, c]");
  }

  @ParameterizedTest
  @EnumSource(value = CopyState.class, names = {"REPLICA", "PENDING"})
  void an_owner_that_no_takeover_leaves_so_is_left_to_an_operator(CopyState state) {
    RepairPlan plan = having("a", state).having("c", CopyState.REPLICA).plan("a");

    assertThat(plan.steps()).isEmpty();
    assertThat(plan.needOperator()).singleElement().asString()
        .contains("vb:0 is active nowhere and " + state + " on its owner a");
  }

  @Test
  void an_owner_without_a_copy_is_left_to_an_operator() {
    assertThat(plan("a").needOperator()).singleElement().asString().contains("ABSENT on its owner a");
  }

  @Test
  void a_vbucket_that_nobody_owns_and_nobody_serves_is_as_the_map_says() {
    assertThat(plan((String) null).isEmpty()).isTrue();
  }
}
