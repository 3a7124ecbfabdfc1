package io.vbucket.rebalance.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.regex.Pattern;

/** Where a value was written, and how it looked. */
final class Origins {
  private static final int LONGEST_VALUE = 80;
  private static final Pattern LINES = Pattern.compile(": \\d+(-\\d+)?$");
  private static final Pattern LINE_AND_MESSAGE = Pattern.compile("^.*?: \\d+(-\\d+)?: ", Pattern.DOTALL);

  private Origins() {}

  static String of(ConfigValue value) {
    return of(value.origin());
  }

  /** {@code file:line}, or the name of the source where lines mean nothing, such as system properties. */
  static String of(ConfigOrigin origin) {
    if (origin == null) {
      return null;
    }
    String name = LINES.matcher(origin.description()).replaceFirst("");
    return origin.lineNumber() < 0 ? name : name + ":" + origin.lineNumber();
  }

  static Problem of(ConfigException failed, String source) {
    String message = String.valueOf(failed.getMessage());
    if (failed.origin() == null) {
      return new Problem(source, "", "", SyntaxMessage.of(message));
    }
    return new Problem(of(failed.origin()), "", "",
        SyntaxMessage.of(LINE_AND_MESSAGE.matcher(message).replaceFirst("")));
  }

  static String rendered(ConfigValue value) {
    String text = value.render(ConfigRenderOptions.concise());
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "...";
  }
}
