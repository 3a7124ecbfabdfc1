package io.vbucket.rebalance.orchestrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.plan.MapPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlannedMovesTest {
  private static final VBucketMap MAP =
      VBucketMap.of(0, List.of(List.of("a"), List.of("a"), List.of("a"), List.of("a")));

  private static final long MIB = 1 << 20;

  private static PlannedMoves planned(RebalanceRequest request, Map<Integer, Long> sizes) {
    return new PlannedMoves("travel", MAP, List.of("a", "b"), request, List.of(), sizes);
  }

  private static List<Move> addingB(Map<Integer, Long> sizes) {
    PlannedMoves planned = planned(RebalanceRequest.adding("b"), sizes);
    return planned.of(planned.plan(0).orElseThrow());
  }

  @Test
  void thePlanMovesWhatIsSmallAndItsMovesKnowTheirSizes() {
    List<Move> moves = addingB(Map.of(0, 9 * MIB, 1, 1 * MIB, 2, 9 * MIB, 3, 2 * MIB));
    assertThat(moves).extracting(Move::vbucket).containsExactlyInAnyOrder(1, 3);
    assertThat(moves).extracting(Move::bytes).containsExactlyInAnyOrder(1 * MIB, 2 * MIB);
  }

  @Test
  void aVBucketOfUnknownSizeCountsAsOneOfMeanSize() {
    PlannedMoves planned = planned(RebalanceRequest.adding("b"), Map.of(0, 9 * MIB, 1, 1 * MIB, 2, 8 * MIB));
    MapPlan plan = planned.plan(0).orElseThrow();
    assertThat(planned.of(plan)).extracting(Move::vbucket).containsExactlyInAnyOrder(1, 3);
    assertThat(planned.of(plan)).extracting(Move::bytes).containsExactlyInAnyOrder(1 * MIB, 6 * MIB);
  }

  @Test
  void whatIsSmallAnywayIsNotChosenBySizeButItsMovesKnowTheirSizes() {
    Map<Integer, Long> sizes = Map.of(0, 9_100L, 1, 100L, 2, 9_102L, 3, 203L);
    assertThat(addingB(sizes)).extracting(Move::vbucket)
        .containsExactlyElementsOf(addingB(Map.of()).stream().map(Move::vbucket).toList());
    assertThat(addingB(sizes)).allSatisfy(move -> assertThat(move.bytes()).isEqualTo(sizes.get(move.vbucket())));
  }

  @Test
  void whereNoNodeTellsSizesTheyStayUnknown() {
    assertThat(addingB(Map.of())).hasSize(2).allSatisfy(move -> assertThat(move.bytes()).isZero());
    assertThat(addingB(Map.of(0, 0L, 1, 0L, 2, 0L, 3, 0L))).hasSize(2)
        .allSatisfy(move -> assertThat(move.bytes()).isZero());
  }

  @Test
  void movesThatWereAskedForByHandKnowTheirSizesToo() {
    PlannedMoves planned = planned(RebalanceRequest.moving(Map.of(2, "b")), Map.of(2, 777L));
    assertThat(planned.asked(new ArrayList<>())).extracting(Move::bytes).containsExactly(777L);
  }

  @Test
  void sizesAreTheLargerOfWhatIsOnDiskAndWhatIsInMemory() {
    assertThat(CopySizes.of(Map.of(
        "vb_3", "active",
        "vb_3:db_data_size", "5000",
        "vb_3:ht_item_memory", "7000",
        "vb_4:db_data_size", "100",
        "vb_4:ht_memory", "99999",
        "vb_5:num_items", "10",
        "vb_6:db_data_size", "a lot",
        "ep_db_data_size", "123"))).containsExactlyInAnyOrderEntriesOf(Map.of(3, 7000L, 4, 100L));
  }
}
