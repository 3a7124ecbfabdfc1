package io.vbucket.rebalance.testkit.junit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which rows of a matrix are played where there is no time for all. A row is worth more the more choices it has that no row before it had, then
 * the less often its choices were taken, then the farther it is from those that were: so few rows show much. Always the same for the same matrix.
 */
final class RowSpread {
  private final List<Map<String, String>> rows;
  private final Map<Map.Entry<String, String>, Integer> taken = new HashMap<>();
  private final TreeSet<Integer> chosen = new TreeSet<>();

  private RowSpread(List<Map<String, String>> rows) {
    this.rows = rows;
  }

  /**
   * Indexes of the rows to play, in their order.
   *
   * @param rows choice by name
   * @param most so many at most
   * @param everyChoice more than that, as long as a choice is left that no row has
   */
  static List<Integer> of(List<Map<String, String>> rows, int most, boolean everyChoice) {
    RowSpread spread = new RowSpread(rows);
    while (spread.chosen.size() < Math.min(most, rows.size()) || everyChoice && spread.isChoiceLeft()) {
      spread.take(spread.best());
    }
    return List.copyOf(spread.chosen);
  }

  private boolean isChoiceLeft() {
    return rows.stream().anyMatch(row -> untaken(row) > 0);
  }

  private int best() {
    int best = -1;
    for (int row = 0; row < rows.size(); row++) {
      if (!chosen.contains(row) && (best < 0 || isBetter(row, best))) {
        best = row;
      }
    }
    return best;
  }

  private boolean isBetter(int row, int other) {
    long fresh = untaken(rows.get(row)) - untaken(rows.get(other));
    int rarer = used(rows.get(other)) - used(rows.get(row));
    return fresh != 0 ? fresh > 0 : rarer != 0 ? rarer > 0 : distance(row) > distance(other);
  }

  private long untaken(Map<String, String> row) {
    return row.entrySet().stream().filter(choice -> !taken.containsKey(choice)).count();
  }

  private int used(Map<String, String> row) {
    return row.entrySet().stream().mapToInt(choice -> taken.getOrDefault(choice, 0)).sum();
  }

  private int distance(int row) {
    Integer below = chosen.lower(row);
    Integer above = chosen.higher(row);
    return Math.min(below == null ? rows.size() : row - below, above == null ? rows.size() : above - row);
  }

  private void take(int row) {
    chosen.add(row);
    new ArrayList<>(rows.get(row).entrySet())
        .forEach(choice -> taken.merge(Map.entry(choice.getKey(), choice.getValue()), 1, Integer::sum));
  }
}
