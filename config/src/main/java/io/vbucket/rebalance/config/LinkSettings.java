package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * The link between a source and a destination.
 *
 * @param connectTimeout connecting one socket, 1 ms to 10 m
 * @param handshakeTimeout authentication to DCP OPEN, per connection, 1 ms to 10 m
 * @param readBufferBytes size of one read from a socket, 4 KiB to 16 MiB
 * @param maxBodyBytes the longest frame body that is accepted, 1 KiB to 1 GiB
 * @param writeHighWaterBytes reading from one side stops when so much waits to be written to the other, 16 KiB to 1 GiB
 * @param writeLowWaterBytes reading goes on when only so much is left, 1 KiB to {@code writeHighWaterBytes}
 * @param eventLoopThreads threads that serve all links, 1 to 256
 * @param connectionsPerPair links between the same two nodes, 1 to 64; a vBucket uses that of its number modulo this count
 * @param idleTimeout a link on which NOOPs passed and then nothing came from a side for so long is replaced, 1 s to 24 h
 * @param reconnectBackoff pause before a lost link is opened again
 */
public record LinkSettings(
    Duration connectTimeout,
    Duration handshakeTimeout,
    long readBufferBytes,
    long maxBodyBytes,
    long writeHighWaterBytes,
    long writeLowWaterBytes,
    int eventLoopThreads,
    int connectionsPerPair,
    Duration idleTimeout,
    Backoff reconnectBackoff) {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /**
   * @throws SettingsException when a value is out of its range
   */
  public LinkSettings {
    new Check()
        .range("connect-timeout", connectTimeout, Units.MILLISECOND, LONGEST)
        .range("handshake-timeout", handshakeTimeout, Units.MILLISECOND, LONGEST)
        .bytes("read-buffer", readBufferBytes, 4 * Units.KIB, 16 * Units.MIB)
        .bytes("max-body", maxBodyBytes, Units.KIB, Units.GIB)
        .bytes("write-high-water", writeHighWaterBytes, 16 * Units.KIB, Units.GIB)
        .bytes("write-low-water", writeLowWaterBytes, Units.KIB, Units.GIB)
        .that(
            "write-low-water",
            Units.bytes(writeLowWaterBytes),
            writeLowWaterBytes <= writeHighWaterBytes,
            "at most write-high-water, " + Units.bytes(writeHighWaterBytes))
        .range("event-loop-threads", eventLoopThreads, 1, 256)
        .range("connections-per-pair", connectionsPerPair, 1, 64)
        .range("idle-timeout", idleTimeout, Duration.ofSeconds(1), Duration.ofHours(24))
        .present("reconnect-backoff", reconnectBackoff)
        .refuseIfWrong();
  }

  static LinkSettings read(Section section) {
    return section.build(s -> new LinkSettings(
        s.duration("connect-timeout"),
        s.duration("handshake-timeout"),
        s.bytes("read-buffer"),
        s.bytes("max-body"),
        s.bytes("write-high-water"),
        s.bytes("write-low-water"),
        s.integer("event-loop-threads"),
        s.integer("connections-per-pair"),
        s.duration("idle-timeout"),
        Backoff.read(s.section("reconnect-backoff"))));
  }
}
