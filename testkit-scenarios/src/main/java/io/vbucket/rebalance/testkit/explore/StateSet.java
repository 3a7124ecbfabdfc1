package io.vbucket.rebalance.testkit.explore;

import java.util.Arrays;

/**
 * A set of states of fixed width, numbered in the order in which they came. Exact: whole states are kept and compared, not their hashes. With
 * each state goes how it was reached first.
 */
final class StateSet {
  private final int width;
  private int[] cells;
  private int[] table = new int[1 << 16];
  private int[] parents = new int[1 << 15];
  private int[] steps = new int[1 << 15];
  private int size;

  StateSet(int width) {
    this.width = width;
    this.cells = new int[width << 15];
    Arrays.fill(table, -1);
  }

  int size() {
    return size;
  }

  /** Adds a state and returns its number, or -1 when it was there. */
  int add(int[] state, int parent, int step) {
    if (2 * size >= table.length) {
      grow();
    }
    int slot = slotOf(state);
    if (table[slot] >= 0) {
      return -1;
    }
    if (size == parents.length) {
      parents = Arrays.copyOf(parents, 2 * size);
      steps = Arrays.copyOf(steps, 2 * size);
      cells = Arrays.copyOf(cells, Math.multiplyExact(2 * size, width));
    }
    table[slot] = size;
    System.arraycopy(state, 0, cells, size * width, width);
    parents[size] = parent;
    steps[size] = step;
    return size++;
  }

  void copyTo(int number, int[] state) {
    System.arraycopy(cells, number * width, state, 0, width);
  }

  int parent(int number) {
    return parents[number];
  }

  int step(int number) {
    return steps[number];
  }

  private int slotOf(int[] state) {
    int mask = table.length - 1;
    int slot = hash(state, 0) & mask;
    while (table[slot] >= 0 && !Arrays.equals(
        cells, table[slot] * width, (table[slot] + 1) * width, state, 0, width)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int hash(int[] from, int at) {
    long hash = 0;
    for (int i = 0; i < width; i++) {
      hash = (hash ^ from[at + i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
    }
    return (int) (hash >>> 16);
  }

  private void grow() {
    table = new int[2 * table.length];
    Arrays.fill(table, -1);
    int mask = table.length - 1;
    for (int number = 0; number < size; number++) {
      int slot = hash(cells, number * width) & mask;
      while (table[slot] >= 0) {
        slot = (slot + 1) & mask;
      }
      table[slot] = number;
    }
  }
}
