package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * The command connections to a node.
 *
 * @param connectTimeout connecting one socket, 1 ms to 10 m
 * @param handshakeTimeout authentication to SELECT_BUCKET, 1 ms to 10 m
 * @param requestTimeout request written until answered, 1 ms to 10 m
 * @param deletionTimeout deletion of a copy until answered, 1 ms to 1 h
 * @param noopInterval a connection that was silent for so long is asked whether it lives, 1 ms to 10 m
 * @param waitLanes connections per node for requests that block their connection, 1 to 64; as many again for deletions
 * @param reconnectBackoff pause before a lost connection is opened again
 */
public record NodeSettings(
    Duration connectTimeout,
    Duration handshakeTimeout,
    Duration requestTimeout,
    Duration deletionTimeout,
    Duration noopInterval,
    int waitLanes,
    Backoff reconnectBackoff) {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /**
   * @throws SettingsException when a value is out of its range
   */
  public NodeSettings {
    new Check()
        .range("connect-timeout", connectTimeout, Units.MILLISECOND, LONGEST)
        .range("handshake-timeout", handshakeTimeout, Units.MILLISECOND, LONGEST)
        .range("request-timeout", requestTimeout, Units.MILLISECOND, LONGEST)
        .range("deletion-timeout", deletionTimeout, Units.MILLISECOND, Duration.ofHours(1))
        .range("noop-interval", noopInterval, Units.MILLISECOND, LONGEST)
        .range("wait-lanes", waitLanes, 1, 64)
        .present("reconnect-backoff", reconnectBackoff)
        .refuseIfWrong();
  }

  static NodeSettings read(Section section) {
    return section.build(s -> new NodeSettings(
        s.duration("connect-timeout"),
        s.duration("handshake-timeout"),
        s.duration("request-timeout"),
        s.duration("deletion-timeout"),
        s.duration("noop-interval"),
        s.integer("wait-lanes"),
        Backoff.read(s.section("reconnect-backoff"))));
  }
}
