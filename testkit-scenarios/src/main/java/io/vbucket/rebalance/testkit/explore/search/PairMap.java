package io.vbucket.rebalance.testkit.explore.search;

import java.util.Arrays;

/** From pairs of numbers that are not negative to such numbers, without an object per entry. */
final class PairMap {
  private static final long FREE = -1;

  private long[] keys = new long[1 << 10];
  private int[] values = new int[1 << 10];
  private int size;

  PairMap() {
    Arrays.fill(keys, FREE);
  }

  /** The number of a pair, or -1. */
  int get(int a, int b) {
    long key = key(a, b);
    int slot = slotOf(key);
    return keys[slot] == key ? values[slot] : -1;
  }

  void put(int a, int b, int value) {
    if (2 * size >= keys.length) {
      grow();
    }
    long key = key(a, b);
    int slot = slotOf(key);
    if (keys[slot] != key) {
      keys[slot] = key;
      size++;
    }
    values[slot] = value;
  }

  private static long key(int a, int b) {
    return (long) a << 32 | b;
  }

  private int slotOf(long key) {
    int mask = keys.length - 1;
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash ^ hash >>> 32) & mask;
    while (keys[slot] != FREE && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldValues = values;
    keys = new long[2 * oldKeys.length];
    values = new int[keys.length];
    Arrays.fill(keys, FREE);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int slot = slotOf(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
