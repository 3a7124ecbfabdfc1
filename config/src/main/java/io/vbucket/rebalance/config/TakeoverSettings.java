package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * The takeover of one vBucket.
 *
 * @param maxAttempts attempts per move, the first included, 1 to 1000
 * @param backoff pause between a failed attempt and the next
 * @param retryRequestOpcode opcode by which a destination asks for a retry, 0x00 to 0xff, none of DCP's own 0x50 to 0x64
 * @param timeouts how long each phase of an attempt may take
 */
public record TakeoverSettings(int maxAttempts, Backoff backoff, int retryRequestOpcode, Timeouts timeouts) {

  /**
   * @throws SettingsException when a value is out of its range
   */
  public TakeoverSettings {
    boolean opcodeFree = retryRequestOpcode >= 0
        && retryRequestOpcode <= 0xff
        && !(retryRequestOpcode >= 0x50 && retryRequestOpcode <= 0x64);
    new Check()
        .range("max-attempts", maxAttempts, 1, 1000)
        .present("backoff", backoff)
        .that(
            "retry-request-opcode",
            "0x" + Integer.toHexString(retryRequestOpcode),
            opcodeFree,
            "0x00 to 0xff, none of DCP's own 0x50 to 0x64")
        .present("timeouts", timeouts)
        .refuseIfWrong();
  }

  /**
   * Limits of the phases, each 1 ms to 24 h.
   *
   * @param addStream ADD_STREAM written until the source answers STREAM_REQ
   * @param catchUp without progress, until the source asks for pending
   * @param pending SET_VBUCKET_STATE(pending) passed on until answered
   * @param active pending confirmed until active is asked and answered
   * @param close CLOSE_STREAM written until answered; then it counts as closed
   * @param states reading or setting the states of source and destination
   * @param link waiting for a new link
   * @param nodeDown waiting for a lost node to come back before the move gives up
   */
  public record Timeouts(
      Duration addStream,
      Duration catchUp,
      Duration pending,
      Duration active,
      Duration close,
      Duration states,
      Duration link,
      Duration nodeDown) {
    private static final Duration LONGEST = Duration.ofHours(24);

    /**
     * @throws SettingsException when a value is out of its range
     */
    public Timeouts {
      new Check()
          .range("add-stream", addStream, Units.MILLISECOND, LONGEST)
          .range("catch-up", catchUp, Units.MILLISECOND, LONGEST)
          .range("pending", pending, Units.MILLISECOND, LONGEST)
          .range("active", active, Units.MILLISECOND, LONGEST)
          .range("close", close, Units.MILLISECOND, LONGEST)
          .range("states", states, Units.MILLISECOND, LONGEST)
          .range("link", link, Units.MILLISECOND, LONGEST)
          .range("node-down", nodeDown, Units.MILLISECOND, LONGEST)
          .refuseIfWrong();
    }

    static Timeouts read(Section section) {
      return section.build(s -> new Timeouts(
          s.duration("add-stream"),
          s.duration("catch-up"),
          s.duration("pending"),
          s.duration("active"),
          s.duration("close"),
          s.duration("states"),
          s.duration("link"),
          s.duration("node-down")));
    }
  }

  static TakeoverSettings read(Section section) {
    return section.build(s -> new TakeoverSettings(
        s.integer("max-attempts"),
        Backoff.read(s.section("backoff")),
        s.integer("retry-request-opcode"),
        Timeouts.read(s.section("timeouts"))));
  }
}
