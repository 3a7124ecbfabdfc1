package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * The cluster map that the nodes are told.
 *
 * @param pushTimeout map sent to a node until answered, 1 ms to 10 m
 * @param batchDelay how long finished moves are collected before one new map goes out, 0 ms to 10 s
 * @param watchInterval how often nodes are asked for a newer map while replication is kept, 10 ms to 1 h
 * @param leaveDelay how long the map still names nodes that own nothing any more, 0 ms to 1 m
 */
public record MapSettings(Duration pushTimeout, Duration batchDelay, Duration watchInterval, Duration leaveDelay) {

  /**
   * @throws SettingsException when a value is out of its range
   */
  public MapSettings {
    new Check()
        .range("push-timeout", pushTimeout, Units.MILLISECOND, Duration.ofMinutes(10))
        .range("batch-delay", batchDelay, Duration.ZERO, Duration.ofSeconds(10))
        .range("watch-interval", watchInterval, Duration.ofMillis(10), Duration.ofHours(1))
        .range("leave-delay", leaveDelay, Duration.ZERO, Duration.ofMinutes(1))
        .refuseIfWrong();
  }

  static MapSettings read(Section section) {
    return section.build(s -> new MapSettings(
        s.duration("push-timeout"), s.duration("batch-delay"), s.duration("watch-interval"),
        s.duration("leave-delay")));
  }
}
