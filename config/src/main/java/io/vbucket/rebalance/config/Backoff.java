package io.vbucket.rebalance.config;

import java.time.Duration;

/**
 * How long to pause after failures in a row.
 *
 * @param initial pause after the first failure, 0 ms to 1 h
 * @param max the longest pause, {@code initial} to 1 h
 * @param factor by how much each further failure lengthens the pause, 1 to 10
 */
public record Backoff(Duration initial, Duration max, double factor) {

  /**
   * @throws SettingsException when a value is out of its range
   */
  public Backoff {
    Check check = new Check()
        .range("initial", initial, Duration.ZERO, Units.HOUR)
        .range("max", max, Duration.ZERO, Units.HOUR)
        .range("factor", factor, 1, 10);
    if (check.isFine()) {
      check.that("max", Units.duration(max), max.compareTo(initial) >= 0,
          "at least initial, " + Units.duration(initial));
    }
    check.refuseIfWrong();
  }

  /**
   * The pause after so many failures in a row.
   *
   * @param failures 0 gives no pause, 1 gives {@code initial}
   */
  public Duration delay(int failures) {
    if (failures <= 0) {
      return Duration.ZERO;
    }
    double nanos = initial.toNanos() * Math.pow(factor, failures - 1.0);
    // Also true for infinity: thousands of failures must not wrap around into a short pause.
    return nanos >= max.toNanos() ? max : Duration.ofNanos((long) nanos);
  }

  static Backoff read(Section section) {
    return section.build(s -> new Backoff(s.duration("initial"), s.duration("max"), s.number("factor")));
  }
}
