package io.vbucket.rebalance.orchestrator.cluster;

import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.LimitChange.Limit;
import java.util.ArrayList;
import java.util.List;

/**
 * What one bucket may use of the limits that hold for all buckets together. A share only ever grows, when others have ended and none waits for
 * their places: so the sum never exceeds the limits, whatever the buckets do meanwhile.
 */
final class LimitShares {
  private LimitShares() {}

  /** What to change for a bucket that shared {@code whole} with {@code before - 1} others and now does so with {@code now - 1}. */
  static List<LimitChange> changes(MoveSettings whole, int before, int now) {
    MoveSettings from = whole.sharedBy(before);
    MoveSettings to = whole.sharedBy(now);
    List<LimitChange> changes = new ArrayList<>();
    add(changes, Limit.MAX_CONCURRENT, from.maxConcurrent(), to.maxConcurrent());
    add(changes, Limit.MOVES_PER_NODE, from.movesPerNode(), to.movesPerNode());
    add(changes, Limit.BACKFILLS_PER_NODE, from.backfillsPerNode(), to.backfillsPerNode());
    add(changes, Limit.TAKEOVERS_PER_NODE, from.takeoversPerNode(), to.takeoversPerNode());
    add(changes, Limit.BYTES_PER_SECOND_PER_NODE, from.bytesPerSecondPerNode(), to.bytesPerSecondPerNode());
    add(changes, Limit.BYTES_PER_SECOND_PER_LINK, from.bytesPerSecondPerLink(), to.bytesPerSecondPerLink());
    return changes;
  }

  private static void add(List<LimitChange> changes, Limit limit, long before, long now) {
    if (before != now) {
      changes.add(new LimitChange(limit, now));
    }
  }
}
