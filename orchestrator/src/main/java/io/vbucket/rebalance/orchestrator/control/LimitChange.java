package io.vbucket.rebalance.orchestrator.control;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Another limit for the moves of a rebalance, from now on. Moves that run are never stopped by it: a smaller limit lets fewer start.
 *
 * @param limit which one
 * @param node the node whose own limit it shall be, or the link as {@code source->destination}; empty for all that have none of their own
 * @param value 1 to 65536; bytes per second 0 to 1099511627776 (1 TiB), where 0 is no limit
 */
public record LimitChange(Limit limit, Optional<String> node, long value) {
  private static final long MOST_MOVES = 65_536;
  private static final long MOST_BYTES = 1L << 40;
  private static final String ARROW = "->";

  /** The limits that can be changed, by the names of their settings. */
  public enum Limit {
    MAX_CONCURRENT,
    MOVES_PER_NODE,
    BACKFILLS_PER_NODE,
    BYTES_PER_SECOND_PER_NODE,
    BYTES_PER_SECOND_PER_LINK;

    private boolean isOfBytes() {
      return this == BYTES_PER_SECOND_PER_NODE || this == BYTES_PER_SECOND_PER_LINK;
    }

    /** The nodes that {@code name} speaks of: both ends of a link, or the node itself. */
    public List<String> nodesIn(String name) {
      return this == BYTES_PER_SECOND_PER_LINK ? List.of(name.split(ARROW, -1)) : List.of(name);
    }

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
    long smallest = limit.isOfBytes() ? 0 : 1;
    long largest = limit.isOfBytes() ? MOST_BYTES : MOST_MOVES;
    if (value < smallest || value > largest) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " = " + value + ": expected a whole number from " + smallest + " to " + largest);
    }
    if (limit == Limit.MAX_CONCURRENT && node.isPresent()) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " of node " + node.get()
              + ": it is one of the whole rebalance; leave the node out");
    }
    if (node.isPresent() && limit == Limit.BYTES_PER_SECOND_PER_LINK && limit.nodesIn(node.get()).size() != 2) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " of " + node.get() + ": expected a link as source->destination, such as n1->n2");
    }
  }

  /** For all. */
  public LimitChange(Limit limit, long value) {
    this(limit, Optional.empty(), value);
  }

  @Override
  public String toString() {
    return limit.word() + " = " + value
        + node.map(name -> (limit == Limit.BYTES_PER_SECOND_PER_LINK ? " on link " : " on node ") + name).orElse("");
  }
}
