package io.vbucket.rebalance.config;

/**
 * Whether a rebalance whose moves did not all succeed is run again.
 *
 * @param maxAttempts how often it is run, the first time included, 1 to 100; 1 does not try again
 * @param backoff pause between the end of one run and the next
 */
public record RetrySettings(int maxAttempts, Backoff backoff) {
  private static final int MOST = 100;

  /**
   * @throws SettingsException when a value is out of its range
   */
  public RetrySettings {
    new Check()
        .range("max-attempts", maxAttempts, 1, MOST)
        .present("backoff", backoff)
        .refuseIfWrong();
  }

  static RetrySettings read(Section section) {
    return section.build(s -> new RetrySettings(s.integer("max-attempts"), Backoff.read(s.section("backoff"))));
  }
}
