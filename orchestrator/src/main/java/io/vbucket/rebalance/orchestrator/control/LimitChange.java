package io.vbucket.rebalance.orchestrator.control;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Another limit for the moves of a rebalance, from now on. Moves that run are never stopped by it: a smaller limit lets fewer start.
 *
 * @param limit which one
 * @param node the node whose own limit it shall be, or the link as {@code source->destination}; empty for all that have none of their own
 * @param value a whole number from 1 to 65536; takeovers from 0 and bytes per second 0 to 1099511627776 (1 TiB), where 0 is no limit; the urgent share
 *     0 to 0.9; the delay of a map whole milliseconds from 0 to 10000
 */
public record LimitChange(Limit limit, Optional<String> node, BigDecimal value) {
  private static final BigDecimal MOST_MOVES = BigDecimal.valueOf(65_536);
  private static final BigDecimal MOST_BYTES = BigDecimal.valueOf(1L << 40);
  private static final BigDecimal MOST_URGENT = new BigDecimal("0.9");
  private static final BigDecimal LONGEST_DELAY = BigDecimal.valueOf(10_000);
  private static final Pattern DURATION = Pattern.compile("(\\d{1,5})\\s*(ms|s)");
  private static final String ARROW = "->";

  /** The limits that can be changed, by the names of their settings. */
  public enum Limit {
    MAX_CONCURRENT,
    MOVES_PER_NODE,
    BACKFILLS_PER_NODE,
    TAKEOVERS_PER_NODE,
    BYTES_PER_SECOND_PER_NODE,
    BYTES_PER_SECOND_PER_LINK,
    URGENT_SHARE,
    MAP_BATCH_DELAY;

    private boolean isOfBytes() {
      return this == BYTES_PER_SECOND_PER_NODE || this == BYTES_PER_SECOND_PER_LINK;
    }

    private boolean isOfTheWhole() {
      return this == MAX_CONCURRENT || this == URGENT_SHARE || isDuration();
    }

    private boolean canBeNone() {
      return isOfBytes() || this == TAKEOVERS_PER_NODE || isDuration();
    }

    /** Whether its value is written with a unit, such as {@code 50 ms}. */
    public boolean isDuration() {
      return this == MAP_BATCH_DELAY;
    }

    private BigDecimal largest() {
      return switch (this) {
        case URGENT_SHARE -> MOST_URGENT;
        case MAP_BATCH_DELAY -> LONGEST_DELAY;
        case BYTES_PER_SECOND_PER_NODE, BYTES_PER_SECOND_PER_LINK -> MOST_BYTES;
        case MAX_CONCURRENT, MOVES_PER_NODE, BACKFILLS_PER_NODE, TAKEOVERS_PER_NODE -> MOST_MOVES;
      };
    }

    private String expected() {
      if (isDuration()) {
        return "a duration from 0 ms to 10 s, such as 50 ms or 2 s";
      }
      BigDecimal smallest = this == URGENT_SHARE || canBeNone() ? BigDecimal.ZERO : BigDecimal.ONE;
      return "a " + (this == URGENT_SHARE ? "" : "whole ") + "number from " + smallest + " to " + largest();
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
    boolean share = limit == Limit.URGENT_SHARE;
    BigDecimal smallest = share || limit.canBeNone() ? BigDecimal.ZERO : BigDecimal.ONE;
    boolean whole = share || value.stripTrailingZeros().scale() <= 0;
    if (value.compareTo(smallest) < 0 || value.compareTo(limit.largest()) > 0 || !whole) {
      throw new IllegalArgumentException("limit " + limit.word() + " = " + value + (limit.isDuration() ? " ms" : "")
          + ": expected " + limit.expected());
    }
    value = plain(value);
    if (limit.isOfTheWhole() && node.isPresent()) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " of node " + node.get()
              + ": it is one of the whole rebalance; leave the node out");
    }
    if (node.isPresent() && limit == Limit.BYTES_PER_SECOND_PER_LINK && limit.nodesIn(node.get()).size() != 2) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + " of " + node.get() + ": expected a link as source->destination, such as n1->n2");
    }
  }

  public LimitChange(Limit limit, Optional<String> node, long value) {
    this(limit, node, BigDecimal.valueOf(value));
  }

  /** For all. */
  public LimitChange(Limit limit, long value) {
    this(limit, Optional.empty(), value);
  }

  /**
   * As an operator writes it.
   *
   * @param value its digits; those of a duration with their unit, ms or s
   * @throws IllegalArgumentException when that is no number, or not a possible one
   */
  public static LimitChange parse(Limit limit, Optional<String> node, String value) {
    if (limit.isDuration()) {
      return ofDuration(limit, node, value);
    }
    try {
      return new LimitChange(limit, node, new BigDecimal(value));
    } catch (NumberFormatException wrong) {
      throw new IllegalArgumentException("limit " + limit.word() + ": expected a "
          + (limit == Limit.URGENT_SHARE ? "number" : "whole number") + ", but it is " + value, wrong);
    }
  }

  private static LimitChange ofDuration(Limit limit, Optional<String> node, String value) {
    Matcher form = DURATION.matcher(value);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "limit " + limit.word() + ": expected " + limit.expected() + ", but it is " + value);
    }
    long number = Long.parseLong(form.group(1));
    return new LimitChange(limit, node, form.group(2).equals("s") ? 1_000 * number : number);
  }

  /** So that equal numbers are equal values, and are written without an exponent. */
  private static BigDecimal plain(BigDecimal value) {
    BigDecimal stripped = value.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  /** The value of a limit that is a whole number. */
  public long whole() {
    return value.longValueExact();
  }

  @Override
  public String toString() {
    return limit.word() + " = " + value + (limit.isDuration() ? " ms" : "")
        + node.map(name -> (limit == Limit.BYTES_PER_SECOND_PER_LINK ? " on link " : " on node ") + name).orElse("");
  }
}
