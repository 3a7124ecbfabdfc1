package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nodes are a, b and c in moves; the map calls them by their addresses. */
class LeavingNodesTest {
  private static final Map<String, String> SERVERS = Map.of("a", "h1:1", "b", "h2:1", "c", "h3:1");
  private static final List<String> ADDRESSES = List.of("h1:1", "h2:1", "h3:1");

  private static BucketConfig config(int[]... chains) {
    return BucketConfig.initial("orders", ADDRESSES, chains[0].length - 1, chains);
  }

  private static Move move(int vbucket, List<String> before, List<String> after) {
    return new Move("orders", vbucket, before, after, 0);
  }

  @Test
  void a_node_whose_last_vbucket_moves_away_leaves() {
    BucketConfig config = config(new int[] {0}, new int[] {1});
    List<Move> moves = List.of(move(0, List.of("a"), List.of("b")));
    assertThat(LeavingNodes.of(config, moves, SERVERS::get)).containsExactly("a");
  }

  @Test
  void a_node_that_keeps_a_vbucket_nobody_moves_stays() {
    BucketConfig config = config(new int[] {0}, new int[] {0});
    List<Move> moves = List.of(move(0, List.of("a"), List.of("b")));
    assertThat(LeavingNodes.of(config, moves, SERVERS::get)).isEmpty();
  }

  @Test
  void a_node_that_becomes_a_replica_stays() {
    BucketConfig config = config(new int[] {0, 1});
    List<Move> moves = List.of(move(0, List.of("a", "b"), List.of("b", "a")));
    assertThat(LeavingNodes.of(config, moves, SERVERS::get)).isEmpty();
  }

  @Test
  void a_node_that_held_replicas_only_leaves_too() {
    BucketConfig config = config(new int[] {0, 1});
    List<Move> moves = List.of(move(0, List.of("a", "b"), List.of("a", "c")));
    assertThat(LeavingNodes.of(config, moves, SERVERS::get)).containsExactly("b");
  }

  @Test
  void a_node_that_gives_one_vbucket_and_gets_another_stays() {
    BucketConfig config = config(new int[] {0}, new int[] {1});
    List<Move> moves =
        List.of(move(0, List.of("a"), List.of("b")), move(1, List.of("b"), List.of("a")));
    assertThat(LeavingNodes.of(config, moves, SERVERS::get)).isEmpty();
  }

  @Test
  void holes_are_no_nodes() {
    BucketConfig config = config(new int[] {0, -1});
    List<Move> moves = List.of(move(0, Arrays.asList("a", null), Arrays.asList("b", null)));
    assertThat(LeavingNodes.of(config, moves, SERVERS::get)).containsExactly("a");
  }

  @Test
  void without_moves_nobody_leaves() {
    assertThat(LeavingNodes.of(config(new int[] {0}, new int[] {1}), List.of(), SERVERS::get)).isEmpty();
  }
}
