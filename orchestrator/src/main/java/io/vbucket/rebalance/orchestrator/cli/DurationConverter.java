package io.vbucket.rebalance.orchestrator.cli;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as they are written in settings files: {@code 500 ms}, {@code 10s}, {@code 2 m}. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Duration LONGEST = Duration.ofHours(1);

  @Override
  public Duration convert(String text) {
    Duration duration = Duration.ofMillis(-1);
    // A number without a unit would be taken for milliseconds, which is hardly what was meant.
    if (text.matches(".*\\d\\s*[a-z]+\\s*")) {
      try {
        duration = ConfigFactory.parseMap(Map.of("value", text)).getDuration("value");
      } catch (ConfigException wrong) {
        throw refused(text);
      }
    }
    if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
      throw refused(text);
    }
    return duration;
  }

  private static TypeConversionException refused(String text) {
    return new TypeConversionException(
        "'" + text + "': expected a number with a unit, 0 ms to 1 h, such as 500 ms, 10 s or 2 m");
  }
}
