package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code matrix { at = [x, y] }} makes one scenario per choice, or per combination when it has several lists; {@code $at} stands for the
 * choice wherever a text may stand. {@code matrix { at = steps }} takes every step of the asked move. {@code matrix = [ { at = x, n = 1 },
 * { at = y, n = 2 } ]} lists the rows themselves, {@code at = steps} among them; there, a text that is just {@code "$name"} may stand for a whole line or list.
 */
final class MatrixRows {
  private static final Pattern NAME = Pattern.compile("\\$([a-z][a-z0-9-]*)");

  private final Mistakes mistakes;

  MatrixRows(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** At least one row; a single empty one when the script has no matrix. */
  List<Map<String, ConfigValue>> rows(ConfigObject script) {
    ConfigValue given = script.get("matrix");
    if (given instanceof ConfigObject matrix) {
      return combinations(matrix, script);
    }
    if (given instanceof ConfigList list && !list.isEmpty() && list.stream().allMatch(ConfigObject.class::isInstance)) {
      List<Map<String, ConfigValue>> rows = new ArrayList<>();
      list.forEach(row -> rows.addAll(atEachStep((ConfigObject) row, script)));
      return rows;
    }
    if (given != null) {
      mistakes.add(given,
          "expected matrix { name = [choice, ...] }, matrix { at = steps } or matrix = [ { name = choice, ... }, ... ]");
    }
    return List.of(Map.of());
  }

  /** The row itself, or, when it says {@code at = steps}, one for each step. */
  private List<Map<String, ConfigValue>> atEachStep(ConfigObject row, ConfigObject script) {
    List<Map<String, ConfigValue>> rows = new ArrayList<>();
    rows.add(new TreeMap<>(row));
    row.forEach((name, value) -> {
      if (isSteps(value)) {
        List<Map<String, ConfigValue>> each = new ArrayList<>();
        rows.forEach(base -> choices(name, value, script).forEach(step -> {
          Map<String, ConfigValue> next = new TreeMap<>(base);
          next.put(name, step);
          each.add(next);
        }));
        rows.clear();
        rows.addAll(each);
      }
    });
    return rows;
  }

  private static boolean isSteps(ConfigValue value) {
    return Entries.isText(value) && value.unwrapped().equals("steps");
  }

  private List<Map<String, ConfigValue>> combinations(ConfigObject matrix, ConfigObject script) {
    List<Map<String, ConfigValue>> rows = new ArrayList<>();
    rows.add(Map.of());
    for (Map.Entry<String, ConfigValue> entry : new TreeMap<>(matrix).entrySet()) {
      List<ConfigValue> choices = choices(entry.getKey(), entry.getValue(), script);
      List<Map<String, ConfigValue>> longer = new ArrayList<>();
      for (Map<String, ConfigValue> row : rows) {
        for (ConfigValue choice : choices) {
          Map<String, ConfigValue> next = new LinkedHashMap<>(row);
          next.put(entry.getKey(), choice);
          longer.add(next);
        }
      }
      rows = longer;
    }
    return rows;
  }

  private List<ConfigValue> choices(String name, ConfigValue value, ConfigObject script) {
    if (value instanceof ConfigList list && !list.isEmpty() && list.stream().allMatch(Entries::isScalar)) {
      return list;
    }
    if (isSteps(value)) {
      List<String> steps = steps(script);
      if (!steps.isEmpty()) {
        return steps.stream()
            .map(step -> (ConfigValue) ConfigValueFactory.fromAnyRef(step).withOrigin(value.origin()))
            .toList();
      }
      mistakes.add(value,
          "matrix { " + name + " = steps } needs ask { move { ... } }, or ask { moves { 0 = [b, a] } } and"
              + " cluster { chains { 0 = [a, b] } }");
      return List.of(ConfigValueFactory.fromAnyRef("asked"));
    }
    mistakes.add(value, "matrix: " + name + " = " + Entries.shown(value) + ": expected a list of texts, or steps");
    return List.of(ConfigValueFactory.fromAnyRef("asked"));
  }

  /** Of the move that is asked for; of several, that of the first vBucket. Empty when there is none. */
  private static List<String> steps(ConfigObject script) {
    var config = script.toConfig();
    if (config.hasPath("ask.move.from") && config.hasPath("ask.move.to")) {
      return MoveSteps.of(config.getString("ask.move.from"), config.getString("ask.move.to"));
    }
    if (config.hasPath("ask.moves") && config.getValue("ask.moves") instanceof ConfigObject moves) {
      String first = moves.keySet().stream().filter(key -> key.matches("\\d{1,4}"))
          .min(Comparator.comparing(Integer::valueOf)).orElse("");
      List<String> after = chain(moves.get(first));
      List<String> before = config.hasPath("cluster.chains")
          && config.getValue("cluster.chains") instanceof ConfigObject chains ? chain(chains.get(first)) : List.of();
      return after.isEmpty() || before.isEmpty()
          ? List.of()
          : MoveSteps.ofChain(Integer.parseInt(first), before, after);
    }
    return List.of();
  }

  /** Node names, null for a hole; empty when it is no chain. */
  private static List<String> chain(ConfigValue value) {
    List<String> chain = new ArrayList<>();
    if (value instanceof ConfigList nodes && nodes.stream().allMatch(Entries::isText)) {
      nodes.forEach(node -> chain.add(node.unwrapped().equals(ChainParser.HOLE) ? null : (String) node.unwrapped()));
    }
    return chain;
  }

  /** What tells rows apart in a title. */
  static Map<String, String> shown(Map<String, ConfigValue> row) {
    Map<String, String> shown = new LinkedHashMap<>();
    row.forEach((name, value) -> {
      if (Entries.isScalar(value)) {
        shown.put(name, String.valueOf(value.unwrapped()));
      } else if (value instanceof ConfigList list && list.stream().allMatch(Entries::isScalar)) {
        shown.put(name, list.unwrapped().toString());
      }
    });
    return shown;
  }

  /** The value with {@code $name} replaced by the row's choice, at its old place in the file. */
  ConfigValue fill(ConfigValue value, Map<String, ConfigValue> row) {
    if (value instanceof ConfigObject object) {
      ConfigObject filled = object;
      for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
        filled = filled.withValue(entry.getKey(), fill(entry.getValue(), row));
      }
      return filled.withOrigin(object.origin());
    }
    if (value instanceof ConfigList list) {
      List<ConfigValue> filled = new ArrayList<>();
      for (ConfigValue element : list) {
        ConfigValue one = fill(element, row);
        // "$lines" in a list stands for all of its lines.
        if (one instanceof ConfigList several && !(element instanceof ConfigList)) {
          filled.addAll(several);
        } else {
          filled.add(one);
        }
      }
      return ConfigValueFactory.fromIterable(filled).withOrigin(list.origin());
    }
    if (value.valueType() != ConfigValueType.STRING || !String.valueOf(value.unwrapped()).contains("$")) {
      return value;
    }
    return fillText(value, row);
  }

  private ConfigValue fillText(ConfigValue value, Map<String, ConfigValue> row) {
    String text = String.valueOf(value.unwrapped());
    Matcher whole = NAME.matcher(text);
    if (whole.matches() && row.containsKey(whole.group(1))) {
      ConfigValue choice = row.get(whole.group(1));
      return Entries.isScalar(choice) ? choice.withOrigin(value.origin()) : choice;
    }
    Matcher matcher = NAME.matcher(text);
    String filled = matcher.replaceAll(found -> {
      ConfigValue choice = row.get(found.group(1));
      if (choice == null || !Entries.isScalar(choice)) {
        mistakes.add(value, choice != null
            ? found.group() + " stands for more than a text here: write it alone"
            : "no " + found.group() + " in the matrix; "
                + (row.isEmpty() ? "the script has no matrix" : Words.hint(found.group(1), row.keySet())));
        return Matcher.quoteReplacement(found.group());
      }
      return Matcher.quoteReplacement(String.valueOf(choice.unwrapped()));
    });
    return ConfigValueFactory.fromAnyRef(filled).withOrigin(value.origin());
  }
}
