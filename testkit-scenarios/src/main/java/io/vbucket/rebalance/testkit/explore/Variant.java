package io.vbucket.rebalance.testkit.explore;

import java.util.Locale;

/** Whose rules are explored. */
public enum Variant {
  /** The cores of production. */
  PRODUCT,
  /** Two writers to the consumer's socket, a retry at once, no fence: how not to do it. */
  NAIVE;

  /** As on command lines. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
