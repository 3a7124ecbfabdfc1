package io.vbucket.rebalance.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with the components of one record, so that a user hears of all mistakes at once. */
final class Check {
  private final List<Problem> problems = new ArrayList<>();

  Check range(String key, long value, long min, long max) {
    return that(key, Long.toString(value), value >= min && value <= max, min + " to " + max);
  }

  Check range(String key, double value, double min, double max) {
    return that(key, Double.toString(value), value >= min && value <= max, plain(min) + " to " + plain(max));
  }

  Check range(String key, Duration value, Duration min, Duration max) {
    boolean ok = value != null && value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
    return that(key, Units.duration(value), ok, Units.duration(min) + " to " + Units.duration(max));
  }

  Check bytes(String key, long value, long min, long max) {
    return that(key, Units.bytes(value), value >= min && value <= max, Units.bytes(min) + " to " + Units.bytes(max));
  }

  Check present(String key, Object value) {
    return that(key, "null", value != null, "must be given");
  }

  Check that(String key, String value, boolean ok, String allowed) {
    if (!ok) {
      problems.add(new Problem(null, key, value, allowed));
    }
    return this;
  }

  /** Whether each value by itself is right, so that comparing them with each other makes sense. */
  boolean isFine() {
    return problems.isEmpty();
  }

  void refuseIfWrong() {
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
