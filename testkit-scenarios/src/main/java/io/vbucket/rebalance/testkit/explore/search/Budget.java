package io.vbucket.rebalance.testkit.explore.search;

import java.util.Map;

/** How often each {@link Fault} may happen, 0 to 7 times; packed into one number, which is part of a state. */
public final class Budget {
  /** The most that may be said of one fault. */
  public static final int MOST = 7;

  private static final int BITS = 3;

  private Budget() {}

  /** Every fault that is not named does not happen. */
  public static int of(Map<Fault, Integer> faults) {
    int packed = 0;
    for (Map.Entry<Fault, Integer> entry : faults.entrySet()) {
      if (entry.getValue() < 0 || entry.getValue() > MOST) {
        throw new IllegalArgumentException(
            entry.getKey().word() + " = " + entry.getValue() + ": expected 0 to " + MOST);
      }
      packed |= entry.getValue() << BITS * entry.getKey().ordinal();
    }
    return packed;
  }

  public static int left(int packed, Fault fault) {
    return packed >> BITS * fault.ordinal() & MOST;
  }

  static int less(int packed, Fault fault) {
    return packed - (1 << BITS * fault.ordinal());
  }

}
