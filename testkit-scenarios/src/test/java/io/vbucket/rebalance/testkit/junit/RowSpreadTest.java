package io.vbucket.rebalance.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowSpreadTest {
  /** Every combination of 20 steps, 3 modes and 2 kinds. */
  private static List<Map<String, String>> matrix() {
    List<Map<String, String>> rows = new ArrayList<>();
    for (int step = 0; step < 20; step++) {
      for (String mode : List.of("drain", "park", "abort")) {
        for (String kept : List.of("false", "true")) {
          rows.add(Map.of("at", "step " + step, "mode", mode, "kept", kept));
        }
      }
    }
    return rows;
  }

  private static long with(List<Integer> chosen, String name, String choice) {
    return chosen.stream().filter(row -> matrix().get(row).get(name).equals(choice)).count();
  }

  @Test
  void aMatrixThatIsSmallEnoughIsPlayedWhole() {
    assertThat(RowSpread.of(matrix().subList(0, 5), 5, false)).containsExactly(0, 1, 2, 3, 4);
    assertThat(RowSpread.of(List.of(Map.of()), 3, true)).containsExactly(0);
  }

  @Test
  void everyChoiceIsPlayedOnceEvenWhenThatTakesMoreRowsThanWereWanted() {
    List<Integer> chosen = RowSpread.of(matrix(), 4, true);

    assertThat(chosen).hasSize(20).isSorted();
    IntStream.range(0, 20).forEach(step -> assertThat(with(chosen, "at", "step " + step)).isEqualTo(1));
  }

  @Test
  void theOtherChoicesTakeTurns() {
    List<Integer> chosen = RowSpread.of(matrix(), 4, true);

    assertThat(with(chosen, "kept", "true")).isEqualTo(10);
    assertThat(List.of("drain", "park", "abort")).allSatisfy(
        mode -> assertThat(with(chosen, "mode", mode)).isBetween(6L, 7L));
  }

  @Test
  void fewRowsLieFarApart() {
    List<Integer> chosen = RowSpread.of(matrix(), 3, false);

    assertThat(chosen).hasSize(3);
    assertThat(chosen.get(1) - chosen.get(0)).isGreaterThan(30);
    assertThat(chosen.get(2) - chosen.get(1)).isGreaterThan(30);
  }
}
