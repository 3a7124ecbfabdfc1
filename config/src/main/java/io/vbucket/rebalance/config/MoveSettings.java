package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * The moves of a rebalance and their limits.
 *
 * @param maxConcurrent moves under way at a time in the whole rebalance, 1 to 65536
 * @param backfillsPerNode backfills at a time per node, as old active, new active or new replica, 1 to 65536
 * @param movesPerNode moves under way at a time per node, as old or new active, 1 to 65536
 * @param takeoversPerNode takeovers at a time per node, as old or new active, 0 to 65536; 0 is no limit
 * @param bytesPerSecondPerNode bytes of copies that a node sends, and as many that it receives, 0 to 1 TiB; 0 is no limit
 * @param bytesPerSecondPerLink bytes of copies from one node to another, 0 to 1 TiB; 0 is no limit
 * @param urgentShare part of the places that ordinary moves leave free while urgent ones wait for them, 0 to 0.9
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
    int takeoversPerNode,
    long bytesPerSecondPerNode,
    long bytesPerSecondPerLink,
    double urgentShare,
    Duration backfillPollInterval,
    long backfillDoneBelow,
    Duration backfillStallTimeout,
    Duration convergenceWindow,
    Duration persistenceTimeout) {
  private static final int VBUCKETS = 65_536;
  private static final long MOST_BYTES = 1024 * Units.GIB;
  private static final Duration LONGEST = Duration.ofHours(24);

  /**
   * @throws SettingsException when a value is out of its range
   */
  public MoveSettings {
    new Check()
        .range("max-concurrent", maxConcurrent, 1, VBUCKETS)
        .range("backfills-per-node", backfillsPerNode, 1, VBUCKETS)
        .range("moves-per-node", movesPerNode, 1, VBUCKETS)
        .range("takeovers-per-node", takeoversPerNode, 0, VBUCKETS)
        .bytes("bytes-per-second-per-node", bytesPerSecondPerNode, 0, MOST_BYTES)
        .bytes("bytes-per-second-per-link", bytesPerSecondPerLink, 0, MOST_BYTES)
        .range("urgent-share", urgentShare, 0.0, 0.9)
        .range("backfill-poll-interval", backfillPollInterval, Units.MILLISECOND, Units.MINUTE)
        .range("backfill-done-below", backfillDoneBelow, 1, 1_000_000_000)
        .range("backfill-stall-timeout", backfillStallTimeout, Units.MILLISECOND, LONGEST)
        .range("convergence-window", convergenceWindow, Units.MILLISECOND, LONGEST)
        .range("persistence-timeout", persistenceTimeout, Units.MILLISECOND, LONGEST)
        .refuseIfWrong();
  }

  /** Most that can share these limits with at least one place for each. */
  public int mostSharers() {
    int places = Math.min(maxConcurrent, Math.min(backfillsPerNode, movesPerNode));
    return takeoversPerNode == 0 ? places : Math.min(places, takeoversPerNode);
  }

  /**
   * The limits of one of {@code sharers} that work on the same nodes: together they never use more than these limits allow.
   *
   * @param sharers 1 to {@link #mostSharers()}
   */
  public MoveSettings sharedBy(int sharers) {
    if (sharers < 1 || sharers > mostSharers()) {
      throw new IllegalArgumentException(
          sharers + " buckets cannot share these limits: expected 1 to " + mostSharers() + ", one move for each");
    }
    return new MoveSettings(
        maxConcurrent / sharers, backfillsPerNode / sharers, movesPerNode / sharers,
        takeoversPerNode / sharers, share(bytesPerSecondPerNode, sharers), share(bytesPerSecondPerLink, sharers),
        urgentShare,
        backfillPollInterval, backfillDoneBelow, backfillStallTimeout, convergenceWindow, persistenceTimeout);
  }

  /** 0 is no limit, and a small limit must not become none. */
  private static long share(long bytes, int sharers) {
    return bytes == 0 ? 0 : Math.max(1, bytes / sharers);
  }

  static MoveSettings read(Section section) {
    return section.build(s -> new MoveSettings(
        s.integer("max-concurrent"),
        s.integer("backfills-per-node"),
        s.integer("moves-per-node"),
        s.integer("takeovers-per-node"),
        s.bytes("bytes-per-second-per-node"),
        s.bytes("bytes-per-second-per-link"),
        s.number("urgent-share"),
        s.duration("backfill-poll-interval"),
        s.integer("backfill-done-below"),
        s.duration("backfill-stall-timeout"),
        s.duration("convergence-window"),
        s.duration("persistence-timeout")));
  }
}
