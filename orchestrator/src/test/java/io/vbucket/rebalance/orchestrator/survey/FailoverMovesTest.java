package io.vbucket.rebalance.orchestrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailoverMovesTest {
  private final List<String> reasons = new ArrayList<>();

  private List<Move> failOver(Set<String> nodes, List<List<String>> chains) {
    return new FailoverMoves("travel", VBucketMap.of(chains.get(0).size() - 1, chains), nodes).moves(reasons);
  }

  @Test
  void everyActiveChangesPlacesWithAReplicaSoThatNoCopyIsBuiltOrDropped() {
    List<Move> moves = failOver(
        Set.of("a"),
        List.of(List.of("a", "b", "c"), List.of("b", "a", "c"), List.of("a", "c", "b"), List.of("c", "b", "a")));

    assertThat(moves).extracting(Move::vbucket).containsExactly(0, 2);
    assertThat(moves).allSatisfy(move -> {
      assertThat(move.built()).isEmpty();
      assertThat(move.dropped()).isEmpty();
      assertThat(move.source()).isEqualTo("a");
      assertThat(move.after()).contains("a");
    });
    assertThat(moves).extracting(Move::destination).containsExactlyInAnyOrder("b", "c");
    assertThat(reasons).isEmpty();
  }

  @Test
  void aNodeThatFailsOverTooTakesNothing() {
    assertThat(failOver(Set.of("a", "b"), List.of(List.of("a", "b", "c")))).extracting(Move::destination)
        .containsExactly("c");
  }

  @Test
  void aVBucketWithoutAReplicaElsewhereIsAReasonWhyNot() {
    failOver(Set.of("a"), List.of(Arrays.asList("a", null), List.of("a", "b")));
    assertThat(reasons).hasSize(1).first().asString().contains("1 vBuckets", "vb:0 the first of them");
  }
}
