package io.vbucket.rebalance.orchestrator.control;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Another limit for the moves of a rebalance, from now on. Moves that run are never stopped by it: a smaller limit lets fewer start.
 *
 * @param limit which one
 * @param node the node whose own limit it shall be; empty for all nodes that have none of their own
 * @param value 1 to 65536
 */
public record LimitChange(Limit limit, Optional<String> node, int value) {
  private static final int LARGEST = 65_536;

  /** The limits that can be changed, by the names of their settings. */
  public enum Limit {
    MAX_CONCURRENT,
    MOVES_PER_NODE,
    BACKFILLS_PER_NODE;

    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Limit> of(String word) {
      return Arrays.stream(values()).filter(limit -> limit.word().equals(word)).findFirst();
    }

    public static List<String> words() {
      return Arrays.stream(values()).map(Limit::word).toList();
    }
  }

  /** @throws IllegalArgumentException when the value is out of its range, or one node shall limit the whole rebalance */
  public LimitChange {
    if (value < 1 || value > LARGEST) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " = " + value + ": expected a whole number from 1 to " + LARGEST);
    }
    if (limit == Limit.MAX_CONCURRENT && node.isPresent()) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " of node " + node.get()
              + ": it is one of the whole rebalance; leave the node out");
    }
  }

  /** For all nodes. */
  public LimitChange(Limit limit, int value) {
    this(limit, Optional.empty(), value);
  }

  @Override
  public String toString() {
    return limit.word() + " = " + value + node.map(name -> " on node " + name).orElse("");
  }
}
