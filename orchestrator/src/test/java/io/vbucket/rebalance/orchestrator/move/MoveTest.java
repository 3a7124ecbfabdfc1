package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MoveTest {
  @Test
  void a_move_tells_what_it_builds_and_what_it_drops() {
    Move move = new Move("travel", 7, Arrays.asList("a", "b", null), Arrays.asList("c", "a", "d"), 100);

    assertThat(move.source()).isEqualTo("a");
    assertThat(move.destination()).isEqualTo("c");
    assertThat(move.isTakeover()).isTrue();
    assertThat(move.built()).containsExactly("c", "d");
    assertThat(move.dropped()).containsExactly("b");
    assertThat(move.nodes()).containsExactly("a", "b", "c", "d");
    assertThat(move).hasToString("travel/7 [a, b, null]->[c, a, d]");
  }

  @Test
  void a_vBucket_without_an_active_is_not_taken_over() {
    Move move = new Move("travel", 7, Arrays.asList(null, "b"), List.of("b", "a"), 0);

    assertThat(move.source()).isNull();
    assertThat(move.isTakeover()).isFalse();
  }

  @Test
  void a_move_without_replicas_reads_as_one_node_to_another() {
    assertThat(new Move("travel", 7, "a", "b")).hasToString("travel/7 a->b")
        .isEqualTo(new Move("travel", 7, List.of("a"), List.of("b"), 0));
  }

  @Test
  void a_chain_that_is_changed_afterwards_does_not_change_the_move() {
    List<String> after = new ArrayList<>(List.of("b"));
    Move move = new Move("travel", 7, List.of("a"), after, 0);

    after.set(0, "c");

    assertThat(move.destination()).isEqualTo("b");
  }

  @Test
  void a_chain_with_a_node_twice_and_an_empty_chain_are_refused() {
    assertThatThrownBy(() -> new Move("travel", 7, List.of("a"), List.of("b", "b"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vb:7")
        .hasMessageContaining("names b twice");
    assertThatThrownBy(() -> new Move("travel", 7, List.of(), List.of("b"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is empty");
  }
}
