package io.vbucket.rebalance.config;

import java.time.Duration;

/** Durations and sizes as they are written in a configuration file. */
public final class Units {
  static final Duration MILLISECOND = Duration.ofMillis(1);
  static final Duration MINUTE = Duration.ofMinutes(1);
  static final Duration HOUR = Duration.ofHours(1);
  static final long KIB = 1024;
  static final long MIB = 1024 * KIB;
  static final long GIB = 1024 * MIB;

  private Units() {}

  /** {@code 10 s}, {@code 5 m} or the like, in the largest unit of which it is a whole number. */
  public static String duration(Duration value) {
    if (value == null) {
      return "null";
    }
    long nanos = value.toNanosPart();
    if (nanos % 1_000_000 != 0) {
      return value.toNanos() + " ns";
    }
    if (nanos != 0 || value.isZero()) {
      return value.toMillis() + " ms";
    }
    long seconds = value.toSeconds();
    if (seconds % 3600 == 0) {
      return seconds / 3600 + " h";
    }
    return seconds % 60 == 0 ? seconds / 60 + " m" : seconds + " s";
  }

  static String bytes(long value) {
    if (value != 0 && value % GIB == 0) {
      return value / GIB + " GiB";
    }
    if (value != 0 && value % MIB == 0) {
      return value / MIB + " MiB";
    }
    return value != 0 && value % KIB == 0 ? value / KIB + " KiB" : value + " B";
  }
}
