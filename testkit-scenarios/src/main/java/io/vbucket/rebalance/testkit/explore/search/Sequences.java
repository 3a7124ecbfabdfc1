package io.vbucket.rebalance.testkit.explore.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is in channels: sequences of numbers, each known by one number itself; the empty one is 0. */
final class Sequences {
  static final int EMPTY = 0;

  private final Interner<List<Integer>> all = new Interner<>();
  private final PairMap longer = new PairMap();
  private int[] heads = new int[64];
  private int[] rests = new int[64];

  Sequences() {
    all.number(List.of());
  }

  int head(int sequence) {
    return heads[sequence];
  }

  int rest(int sequence) {
    return rests[sequence];
  }

  List<Integer> content(int sequence) {
    return all.value(sequence);
  }

  int append(int sequence, int element) {
    int known = longer.get(sequence, element);
    if (known >= 0) {
      return known;
    }
    List<Integer> content = new ArrayList<>(all.value(sequence));
    content.add(element);
    int number = number(List.copyOf(content));
    longer.put(sequence, element, number);
    return number;
  }

  private int number(List<Integer> content) {
    int before = all.size();
    int number = all.number(content);
    if (number == before && !content.isEmpty()) {
      if (number >= heads.length) {
        heads = Arrays.copyOf(heads, 2 * number);
        rests = Arrays.copyOf(rests, 2 * number);
      }
      // First the rest: numbering it may replace both arrays.
      int rest = number(content.subList(1, content.size()));
      heads[number] = content.get(0);
      rests[number] = rest;
    }
    return number;
  }
}
