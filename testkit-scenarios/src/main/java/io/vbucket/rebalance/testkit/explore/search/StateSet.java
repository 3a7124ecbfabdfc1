package io.vbucket.rebalance.testkit.explore.search;

import java.util.Arrays;

/**
 * A set of states of fixed width, numbered in the order in which they came. Exact: whole states are kept and compared, not their hashes. With
 * each state goes how it was reached first. States lie in pages, so that growing copies none of them.
 */
final class StateSet {
  private static final int PAGE_BITS = 14;
  private static final int PAGE = 1 << PAGE_BITS;

  private final int width;
  private int[][] pages = new int[16][];
  private int[] table = new int[1 << 16];
  private int[] parents = new int[1 << 14];
  private int[] steps = new int[1 << 14];
  private int size;

  StateSet(int width) {
    this.width = width;
    Arrays.fill(table, -1);
  }

  int size() {
    return size;
  }

  /** Adds a state that was reached from {@code parent} by its {@code step}-th successor; -1 when it was there, otherwise its number. */
  int add(int[] state, int parent, int step) {
    if (size >= table.length / 2) {
      growTable();
    }
    int slot = slotOf(state);
    if (table[slot] >= 0) {
      return -1;
    }
    if (size == parents.length) {
      int longer = (int) Math.min(Integer.MAX_VALUE - 8L, size + (size >> 1) + 1L);
      parents = Arrays.copyOf(parents, longer);
      steps = Arrays.copyOf(steps, longer);
    }
    int page = size >>> PAGE_BITS;
    if (page == pages.length) {
      pages = Arrays.copyOf(pages, 2 * page);
    }
    if (pages[page] == null) {
      pages[page] = new int[width * PAGE];
    }
    table[slot] = size;
    System.arraycopy(state, 0, pages[page], (size & PAGE - 1) * width, width);
    parents[size] = parent;
    steps[size] = step;
    return size++;
  }

  /** The number of a state, or -1. */
  int find(int[] state) {
    return table[slotOf(state)];
  }

  void copyTo(int number, int[] state) {
    System.arraycopy(pages[number >>> PAGE_BITS], (number & PAGE - 1) * width, state, 0, width);
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
    while (table[slot] >= 0 && !is(table[slot], state)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private boolean is(int number, int[] state) {
    int[] page = pages[number >>> PAGE_BITS];
    int at = (number & PAGE - 1) * width;
    for (int i = 0; i < width; i++) {
      if (page[at + i] != state[i]) {
        return false;
      }
    }
    return true;
  }

  private int hash(int[] from, int at) {
    long hash = 0;
    for (int i = 0; i < width; i++) {
      hash = (hash ^ from[at + i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
    }
    return (int) (hash >>> 16);
  }

  private void growTable() {
    table = new int[2 * table.length];
    Arrays.fill(table, -1);
    int mask = table.length - 1;
    for (int number = 0; number < size; number++) {
      int slot = hash(pages[number >>> PAGE_BITS], (number & PAGE - 1) * width) & mask;
      while (table[slot] >= 0) {
        slot = slot + 1 & mask;
      }
      table[slot] = number;
    }
  }
}
