package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * The moves of a rebalance and their limits.
 *
 * @param maxConcurrent moves under way at a time in the whole rebalance, 1 to 65536
 * @param backfillsPerNode backfills at a time per node, as source or destination, 1 to 65536
 * @param movesPerNode moves under way at a time per node, as source or destination, 1 to 65536
 * @param backfillPollInterval pause between two questions how far a backfill is, 1 ms to 1 m
 * @param backfillDoneBelow a backfill is done when fewer items are left than this, 1 to 1000000000
 * @param backfillStallTimeout a backfill that does not get on for so long has failed, 1 ms to 24 h
 * @param convergenceWindow a backfill is given up when clients have written at least as fast as it went on for so long, 1 ms to 24 h
 * @param persistenceTimeout how long the destination may take to persist what it was sent, 1 ms to 24 h
 */
public record MoveSettings(
    int maxConcurrent,
    int backfillsPerNode,
    int movesPerNode,
    Duration backfillPollInterval,
    long backfillDoneBelow,
    Duration backfillStallTimeout,
    Duration convergenceWindow,
    Duration persistenceTimeout) {
  private static final int VBUCKETS = 65_536;
  private static final Duration LONGEST = Duration.ofHours(24);

  /**
   * @throws SettingsException when a value is out of its range
   */
  public MoveSettings {
    new Check()
        .range("max-concurrent", maxConcurrent, 1, VBUCKETS)
        .range("backfills-per-node", backfillsPerNode, 1, VBUCKETS)
        .range("moves-per-node", movesPerNode, 1, VBUCKETS)
        .range("backfill-poll-interval", backfillPollInterval, Units.MILLISECOND, Units.MINUTE)
        .range("backfill-done-below", backfillDoneBelow, 1, 1_000_000_000)
        .range("backfill-stall-timeout", backfillStallTimeout, Units.MILLISECOND, LONGEST)
        .range("convergence-window", convergenceWindow, Units.MILLISECOND, LONGEST)
        .range("persistence-timeout", persistenceTimeout, Units.MILLISECOND, LONGEST)
        .refuseIfWrong();
  }

  static MoveSettings read(Section section) {
    return section.build(s -> new MoveSettings(
        s.integer("max-concurrent"),
        s.integer("backfills-per-node"),
        s.integer("moves-per-node"),
        s.duration("backfill-poll-interval"),
        s.integer("backfill-done-below"),
        s.duration("backfill-stall-timeout"),
        s.duration("convergence-window"),
        s.duration("persistence-timeout")));
  }
}
