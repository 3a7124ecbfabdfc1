package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.config.MapSettings;
import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What operators have changed of the settings' limits while moves ran. A run that is repeated for what is left goes on with them. Immutable.
 *
 * @param changes the last one of each limit, of each node that has its own
 */
public record LiveLimits(List<LimitChange> changes) {
  public static final LiveLimits NONE = new LiveLimits(List.of());

  public LiveLimits {
    changes = List.copyOf(changes);
  }

  public LiveLimits and(LimitChange change) {
    List<LimitChange> all = new ArrayList<>(changes);
    all.removeIf(earlier -> earlier.limit() == change.limit() && earlier.node().equals(change.node()));
    all.add(change);
    return new LiveLimits(all);
  }

  /** The settings' limits for moves, with the changes. */
  MoveLimits over(MoveSettings settings) {
    MoveLimits limits = MoveLimits.of(settings);
    for (LimitChange change : changes) {
      limits = limits.with(change);
    }
    return limits;
  }

  /** How long finished moves are collected before one new map goes out. */
  Duration batchDelay(MapSettings settings) {
    return changes.stream()
        .filter(change -> change.limit() == LimitChange.Limit.MAP_BATCH_DELAY)
        .map(change -> Duration.ofMillis(change.whole()))
        .findFirst()
        .orElse(settings.batchDelay());
  }
}
