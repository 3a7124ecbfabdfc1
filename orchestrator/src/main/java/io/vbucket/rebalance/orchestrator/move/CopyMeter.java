package io.vbucket.rebalance.orchestrator.move;

import java.time.Duration;
import java.time.Instant;

/**
 * How much of a copy was sent, over all incarnations of its link. Immutable.
 *
 * @param itemsLeft the last estimate, -1 before the first
 * @param items the largest number of items that this copy had to be sent, as far as is known
 * @param bytes since the move began
 * @param ofThisLink the last reading of the present link
 * @param told when this was last worth an event, null before the first time
 * @param isNews whether it is worth one now
 */
record CopyMeter(long itemsLeft, long items, long bytes, long ofThisLink, Instant told, boolean isNews) {
  static final CopyMeter ZERO = new CopyMeter(-1, 0, 0, 0, null, false);

  private static final Duration BETWEEN_EVENTS = Duration.ofSeconds(1);

  /** @param all items of the whole copy, 0 when not known: then what is left is all that is known */
  CopyMeter estimated(long left, long all) {
    return new CopyMeter(left, Math.max(items, Math.max(left, all)), bytes, ofThisLink, told, false);
  }

  /** A reading that is smaller than the one before comes from a new link, which counts from 0. */
  CopyMeter read(long reading, Instant now) {
    long more = reading >= ofThisLink ? reading - ofThisLink : reading;
    boolean isLast = itemsLeft == 0;
    boolean due = told == null || isLast || Duration.between(told, now).compareTo(BETWEEN_EVENTS) >= 0;
    boolean differs = more > 0 || told == null;
    return new CopyMeter(itemsLeft, items, bytes + more, reading, due && differs ? now : told, due && differs);
  }
}
