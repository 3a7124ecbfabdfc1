package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code matrix { at = [x, y] }} makes one scenario per choice, or per combination when it has several lists; {@code $at} stands for the
 * choice wherever a text may stand. {@code matrix { at = steps }} takes every step of the asked move.
 */
final class MatrixRows {
  private static final Pattern NAME = Pattern.compile("\\$([a-z][a-z0-9-]*)");

  private final Mistakes mistakes;

  MatrixRows(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** At least one row; a single empty one when the script has no matrix. */
  List<Map<String, String>> rows(ConfigObject script) {
    List<Map<String, String>> rows = new ArrayList<>();
    rows.add(Map.of());
    if (!(script.get("matrix") instanceof ConfigObject matrix)) {
      if (script.containsKey("matrix")) {
        mistakes.add(script.get("matrix"), "expected matrix { name = [choice, ...] } or matrix { at = steps }");
      }
      return rows;
    }
    for (Map.Entry<String, ConfigValue> entry : new TreeMap<>(matrix).entrySet()) {
      List<String> choices = choices(entry.getKey(), entry.getValue(), script);
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> row : rows) {
        for (String choice : choices) {
          Map<String, String> next = new LinkedHashMap<>(row);
          next.put(entry.getKey(), choice);
          longer.add(next);
        }
      }
      rows = longer;
    }
    return rows;
  }

  private List<String> choices(String name, ConfigValue value, ConfigObject script) {
    if (value instanceof ConfigList list && !list.isEmpty() && list.stream().allMatch(Entries::isScalar)) {
      return list.stream().map(choice -> String.valueOf(choice.unwrapped())).toList();
    }
    if (Entries.isText(value) && value.unwrapped().equals("steps")) {
      var config = script.toConfig();
      if (config.hasPath("ask.move.from") && config.hasPath("ask.move.to")) {
        return steps(config.getString("ask.move.from"), config.getString("ask.move.to"));
      }
      mistakes.add(value, "matrix { " + name + " = steps } needs ask { move { ... } }");
      return List.of("asked");
    }
    mistakes.add(value, "matrix: " + name + " = " + Entries.shown(value) + ": expected a list of texts, or steps");
    return List.of("asked");
  }

  /** Every step of a move that can be seen from outside, in order. */
  static List<String> steps(String from, String to) {
    return List.of(
        "move-started",
        to + " is replica",
        to + " received ADD_STREAM in attempt 0",
        from + " received STREAM_REQ in attempt 0",
        "backfill-started",
        "persistence-started",
        to + " received ADD_STREAM in attempt 1",
        from + " received STREAM_REQ in attempt 1",
        to + " received STREAM_REQ answer in attempt 1",
        to + " sends ADD_STREAM answer in attempt 1",
        to + " received SET_VBUCKET_STATE(pending) in attempt 1",
        to + " is pending",
        from + " is dead",
        to + " received SET_VBUCKET_STATE(active) in attempt 1",
        to + " is active",
        from + " received SET_VBUCKET_STATE(active) answer in attempt 1",
        to + " received STREAM_END in attempt 1",
        "commit-started",
        "map-committed",
        from + " received DEL_VBUCKET");
  }

  /** The value with {@code $name} replaced by the row's choice, at its old place in the file. */
  ConfigValue fill(ConfigValue value, Map<String, String> row) {
    if (value instanceof ConfigObject object) {
      ConfigObject filled = object;
      for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
        filled = filled.withValue(entry.getKey(), fill(entry.getValue(), row));
      }
      return filled.withOrigin(object.origin());
    }
    if (value instanceof ConfigList list) {
      List<ConfigValue> filled = list.stream().map(element -> fill(element, row)).toList();
      return ConfigValueFactory.fromIterable(filled).withOrigin(list.origin());
    }
    if (value.valueType() != ConfigValueType.STRING || !String.valueOf(value.unwrapped()).contains("$")) {
      return value;
    }
    Matcher matcher = NAME.matcher(String.valueOf(value.unwrapped()));
    String text = matcher.replaceAll(found -> {
      if (!row.containsKey(found.group(1))) {
        mistakes.add(value, "no $" + found.group(1) + " in the matrix; "
            + (row.isEmpty() ? "the script has no matrix" : Words.hint(found.group(1), row.keySet())));
        return Matcher.quoteReplacement(found.group());
      }
      return Matcher.quoteReplacement(row.get(found.group(1)));
    });
    return ConfigValueFactory.fromAnyRef(text).withOrigin(value.origin());
  }
}
