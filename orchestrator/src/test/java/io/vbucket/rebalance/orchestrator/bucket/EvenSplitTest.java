package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EvenSplitTest {

  @Test
  void a_fourth_node_gets_a_quarter_of_1024_vbuckets_with_256_moves() {
    List<String> owners = new ArrayList<>();
    for (int vbucket = 0; vbucket < 1024; vbucket++) {
      owners.add("n" + (1 + vbucket % 3));
    }

    List<Move> moves = EvenSplit.plan("b", owners, List.of("n1", "n2", "n3", "n4"));

    assertThat(moves).hasSize(256).allMatch(move -> move.destination().equals("n4"));
  }

  @Property
  void shares_are_even_and_only_what_must_move_moves(
      @ForAll @IntRange(min = 1, max = 200) int vbuckets,
      @ForAll @IntRange(min = 1, max = 6) int before,
      @ForAll @IntRange(min = 1, max = 6) int after,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<String> owners = new ArrayList<>();
    for (int vbucket = 0; vbucket < vbuckets; vbucket++) {
      owners.add("n" + random.nextInt(before));
    }
    List<String> kept = new ArrayList<>();
    int shift = random.nextInt(3);
    for (int node = 0; node < after; node++) {
      kept.add("n" + (node + shift));
    }

    List<Move> moves = EvenSplit.plan("b", owners, kept);

    Map<String, Integer> counts = new HashMap<>();
    kept.forEach(node -> counts.put(node, 0));
    List<String> result = new ArrayList<>(owners);
    moves.forEach(move -> {
      assertThat(result.set(move.vbucket(), move.destination())).isEqualTo(move.source())
          .isNotEqualTo(move.destination());
    });
    result.forEach(owner -> counts.merge(owner, 1, Integer::sum));
    assertThat(counts.keySet()).containsExactlyInAnyOrderElementsOf(kept);
    assertThat(counts.values()).allMatch(n -> n == vbuckets / after || n == (vbuckets + after - 1) / after);
    assertThat(moves).as("fewest moves").hasSize(fewest(owners, kept));
  }

  private static int fewest(List<String> owners, List<String> kept) {
    List<Integer> counts = new ArrayList<>();
    for (String node : kept) {
      counts.add((int) owners.stream().filter(node::equals).count());
    }
    counts.sort((a, b) -> b - a);
    int stay = 0;
    for (int i = 0; i < counts.size(); i++) {
      stay += Math.min(counts.get(i), owners.size() / kept.size() + (i < owners.size() % kept.size() ? 1 : 0));
    }
    return owners.size() - stay;
  }

  @Test
  void vbuckets_without_an_owner_are_left_alone() {
    List<String> owners = new ArrayList<>(List.of("a", "a"));
    owners.add(null);

    assertThat(EvenSplit.plan("b", owners, List.of("a", "c"))).hasSize(1);
  }

  @Test
  void a_rebalance_without_nodes_is_refused() {
    assertThatThrownBy(() -> EvenSplit.plan("b", List.of("a"), List.of())).hasMessageContaining("no node is left");
  }
}
