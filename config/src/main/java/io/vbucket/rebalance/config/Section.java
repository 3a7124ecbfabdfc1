package io.vbucket.rebalance.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One object of a configuration, read key by key. A value of the wrong type is noted and replaced by the default, so that reading
 * goes on and finds the other mistakes too; the caller refuses the whole at the end.
 */
final class Section {
  private final String path;
  private final ConfigObject given;
  private final ConfigObject reference;
  private final List<Problem> problems;

  Section(String path, ConfigObject given, ConfigObject reference, List<Problem> problems) {
    this.path = path;
    this.given = given;
    this.reference = reference;
    this.problems = problems;
  }

  /** Builds a record from this section; what its constructor refuses is noted with file and line, and the defaults are taken. */
  <T> T build(Function<Section, T> read) {
    try {
      return read.apply(this);
    } catch (SettingsException refused) {
      for (Problem problem : refused.problems()) {
        problems.add(problem.at(culprit(problem), path + "." + problem.path()));
      }
      return read.apply(new Section(path, reference, reference, problems));
    }
  }

  Section section(String key) {
    ConfigObject fallback = (ConfigObject) reference.get(key);
    ConfigValue value = given.get(key);
    if (value instanceof ConfigObject object) {
      return new Section(path + "." + key, object, fallback, problems);
    }
    note(key, value, "settings in { }: " + String.join(", ", new TreeSet<>(fallback.keySet())));
    return new Section(path + "." + key, fallback, fallback, problems);
  }

  Duration duration(String key) {
    return read(key, "a duration with its unit, such as 50 ms, 10 s or 2 m", (config, k) -> {
      String text = text(config.root().get(k));
      // HOCON takes a bare number for milliseconds; who writes 30 means seconds as often.
      if (text.isEmpty() || Character.isDigit(text.charAt(text.length() - 1))) {
        throw new IllegalArgumentException("no unit");
      }
      return config.getDuration(k);
    });
  }

  long bytes(String key) {
    return read(key, "a size such as 256 KiB or 21 MiB, or a number of bytes", Config::getBytes);
  }

  int integer(String key) {
    return read(key, "a whole number, decimal or as 0x and hexadecimal digits", (config, k) -> {
      String text = text(config.root().get(k)).toLowerCase(Locale.ROOT);
      return text.startsWith("0x") ? Integer.parseInt(text.substring(2), 16) : new BigDecimal(text).intValueExact();
    });
  }

  double number(String key) {
    return read(key, "a number", Config::getDouble);
  }

  private <T> T read(String key, String allowed, BiFunction<Config, String, T> reader) {
    try {
      return reader.apply(given.toConfig(), key);
    } catch (ConfigException | IllegalArgumentException | ArithmeticException wrong) {
      note(key, given.get(key), allowed);
      return reader.apply(reference.toConfig(), key);
    }
  }

  private void note(String key, ConfigValue value, String allowed) {
    Problem problem = new Problem(
        Origins.of(value == null ? given : value), path + "." + key,
        value == null ? "nothing" : Origins.rendered(value), allowed);
    // A refused record is read a second time from its defaults; its nested sections were noted in the first pass.
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
  }

  /** Where the user wrote what led to the problem: a default is only ever wrong beside another value, which the problem names. */
  private String culprit(Problem problem) {
    ConfigValue value = given.get(problem.path());
    if (isDefault(problem.path())) {
      return given.keySet().stream()
          .filter(key -> !isDefault(key) && problem.allowed().contains(key))
          .map(key -> Origins.of(given.get(key)))
          .findFirst()
          .orElse(Origins.of(value));
    }
    return Origins.of(value);
  }

  private boolean isDefault(String key) {
    return given.get(key).origin().equals(reference.get(key).origin());
  }

  private static String text(ConfigValue value) {
    if (value == null || value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
      throw new IllegalArgumentException("not a scalar");
    }
    return String.valueOf(value.unwrapped()).trim();
  }
}
