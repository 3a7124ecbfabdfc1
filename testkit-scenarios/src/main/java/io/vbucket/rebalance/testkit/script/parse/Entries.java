package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The entries of one { } of a script, read with their kinds. A wrong one is noted, and something harmless is given back. */
final class Entries {
  private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|m)");

  final ConfigObject object;
  final Mistakes mistakes;
  private final String what;

  /**
   * @param what of which part of the script these are the entries
   * @param keys the keys that it may have
   */
  Entries(String what, ConfigObject object, Mistakes mistakes, List<String> keys) {
    this.what = what;
    this.object = object;
    this.mistakes = mistakes;
    new TreeMap<>(object).forEach((key, value) -> {
      if (!keys.contains(key)) {
        mistakes.add(value, "unknown key " + key + " in " + what + "; " + Words.hint(key, keys));
      }
    });
  }

  boolean has(String key) {
    return object.containsKey(key);
  }

  ConfigValue value(String key) {
    return object.get(key);
  }

  /** The entries of an inner { }. */
  Optional<Entries> inner(String key, List<String> keys) {
    ConfigValue value = object.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ConfigObject inner) {
      return Optional.of(new Entries(key, inner, mistakes, keys));
    }
    mistakes.add(value, key + " = " + shown(value) + ": expected " + key + " { " + String.join(", ", keys) + " }");
    return Optional.empty();
  }

  Optional<String> text(String key) {
    ConfigValue value = object.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (isScalar(value) && !String.valueOf(value.unwrapped()).isBlank()) {
      return Optional.of(String.valueOf(value.unwrapped()));
    }
    mistakes.add(value, key + " = " + shown(value) + ": expected a text");
    return Optional.empty();
  }

  String needText(String key) {
    if (!has(key)) {
      mistakes.add(object, what + " lacks " + key);
    }
    return text(key).orElse("");
  }

  Optional<Integer> number(String key, int min, int max) {
    ConfigValue value = object.get(key);
    if (value == null) {
      return Optional.empty();
    }
    Optional<Integer> number = numberOf(value);
    if (number.isPresent() && number.get() >= min && number.get() <= max) {
      return number;
    }
    mistakes.add(value, key + " = " + shown(value) + ": expected a whole number from " + min + " to " + max);
    return Optional.empty();
  }

  static Optional<Integer> numberOf(ConfigValue value) {
    try {
      return Optional.of(new java.math.BigDecimal(String.valueOf(value.unwrapped())).intValueExact());
    } catch (ArithmeticException | NumberFormatException wrong) {
      return Optional.empty();
    }
  }

  Optional<Duration> duration(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> duration = durationOf(text.get());
    if (duration.isEmpty()) {
      mistakes.add(value(key), key + " = " + text.get() + ": expected a duration such as 500 ms, 3 s or 2 m");
    }
    return duration;
  }

  static Optional<Duration> durationOf(String text) {
    Matcher matcher = DURATION.matcher(text.trim());
    if (!matcher.matches() || matcher.group(1).length() > 9) {
      return Optional.empty();
    }
    long amount = Long.parseLong(matcher.group(1));
    return Optional.of(switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      default -> Duration.ofMinutes(amount);
    });
  }

  /** A list, or one value for a list of one. */
  List<ConfigValue> list(String key) {
    ConfigValue value = object.get(key);
    if (value == null) {
      return List.of();
    }
    return value instanceof ConfigList list ? list : List.of(value);
  }

  List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (ConfigValue value : list(key)) {
      if (isScalar(value)) {
        texts.add(String.valueOf(value.unwrapped()));
      } else {
        mistakes.add(value, key + ": " + shown(value) + " is no text");
      }
    }
    return texts;
  }

  static boolean isScalar(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> true;
      default -> false;
    };
  }

  static boolean isText(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING;
  }

  static String shown(ConfigValue value) {
    String text = value.render(ConfigRenderOptions.concise());
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
