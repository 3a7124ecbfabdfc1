package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.Expectations;
import io.vbucket.rebalance.testkit.script.Expectations.Outcome;
import io.vbucket.rebalance.testkit.script.Expectations.Range;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The grammar of {@code expect}:
 *
 * <pre>
 * outcome  = moved | unmoved | needs-operator | refused | settled (moved or unmoved) | ended (any of these)
 * again    = moved | ...              how the last ask-again ends; not judged when the first run needs an operator
 * attempts = N | { min = N, max = N }
 * active   { 2 = b }
 * chains   { 2 = [b, a] }             as the newest map has them; none for a hole
 * states   { 2 { a = absent, b = active } }
 * items-lost = 0 | any                0 is always checked; any: the only node that has them comes back empty
 * in-order = [ TRIGGER, ... ]
 * never    = [ TRIGGER, ... ]
 * within   = 30 s                     virtual time on the simulated stage
 * report   { moved = 1, retried = 1, unmoved = 0, need-operator = 0, residue = 0, stopped = false }
 * </pre>
 */
final class ExpectationParser {
  static final List<String> REPORT = List.of("moved", "unmoved", "need-operator", "retried", "residue", "stopped");
  private static final List<String> KEYS = List.of(
      "outcome", "again", "attempts", "active", "chains", "states", "items-lost", "in-order", "never", "within",
      "report");

  private final Context context;
  private final Mistakes mistakes;
  private final TriggerParser triggers;

  ExpectationParser(Context context) {
    this.context = context;
    this.mistakes = context.mistakes();
    this.triggers = new TriggerParser(context);
  }

  Expectations parse(Entries script) {
    Optional<Entries> inner = script.inner("expect", KEYS);
    if (inner.isEmpty()) {
      if (!script.has("expect")) {
        mistakes.add(script.object, "the script lacks expect { outcome = moved }");
      }
      return new Expectations(Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Map.of(), Map.of(), false,
          List.of(), List.of(),
          Optional.empty(), Map.of());
    }
    Entries expect = inner.get();
    boolean mayLose = expect.text("items-lost").filter("any"::equals).isPresent();
    if (!mayLose) {
      expect.number("items-lost", 0, 0);
    }
    return new Expectations(
        outcome(expect, "outcome"),
        outcome(expect, "again"),
        attempts(expect),
        active(expect),
        chains(expect),
        states(expect),
        mayLose,
        triggers(expect, "in-order"),
        triggers(expect, "never"),
        expect.duration("within"),
        report(expect));
  }

  private Optional<Outcome> outcome(Entries expect, String key) {
    Optional<String> word = expect.text(key);
    Optional<Outcome> outcome = word.flatMap(
        text -> Arrays.stream(Outcome.values()).filter(value -> word(value).equals(text)).findFirst());
    if (word.isPresent() && outcome.isEmpty()) {
      mistakes.add(expect.value(key), "unknown outcome " + word.get() + "; "
          + Words.hint(word.get(), Arrays.stream(Outcome.values()).map(ExpectationParser::word).toList()));
    }
    return outcome;
  }

  private static String word(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Optional<Range> attempts(Entries expect) {
    if (expect.value("attempts") instanceof ConfigObject) {
      return expect.inner("attempts", List.of("min", "max")).map(range -> new Range(
          range.number("min", 0, 10_000).orElse(0), range.number("max", 0, 10_000).orElse(Integer.MAX_VALUE)));
    }
    return expect.number("attempts", 0, 10_000).map(exact -> {
      if (exact > context.maxAttempts()) {
        mistakes.add(expect.value("attempts"),
            "attempts = " + exact + " never comes: rebalance.takeover.max-attempts is "
                + context.maxAttempts());
      }
      return new Range(exact, exact);
    });
  }

  private Map<Integer, String> active(Entries expect) {
    Map<Integer, String> active = new TreeMap<>();
    byVBucket(expect, "active").forEach((vbucket, value) -> {
      String node = String.valueOf(value.unwrapped());
      if (context.checkNode(value, node)) {
        active.put(vbucket, node);
      }
    });
    return active;
  }

  private Map<Integer, List<String>> chains(Entries expect) {
    return expect.has("chains")
        ? new ChainParser(mistakes, context.cluster().nodes(), context.cluster().vbuckets(),
            context.cluster().replicas())
            .chains("chains", expect.value("chains"))
        : Map.of();
  }

  private Map<Integer, Map<String, Optional<VBucketState>>> states(Entries expect) {
    Map<Integer, Map<String, Optional<VBucketState>>> states = new TreeMap<>();
    byVBucket(expect, "states").forEach((vbucket, value) -> {
      if (!(value instanceof ConfigObject byNode)) {
        mistakes.add(value, "states: expected " + vbucket + " { a = absent, b = active }");
        return;
      }
      Map<String, Optional<VBucketState>> ofVBucket = new HashMap<>();
      byNode.forEach((node, word) -> {
        String text = String.valueOf(word.unwrapped());
        Optional<VBucketState> state = TriggerParser.stateOf(text);
        if (state.isEmpty() && !text.equals("absent")) {
          mistakes.add(word, "no state " + text + "; "
              + Words.hint(text, List.of("active", "replica", "pending", "dead", "absent")));
        } else if (context.checkNode(word, node)) {
          ofVBucket.put(node, state);
        }
      });
      states.put(vbucket, ofVBucket);
    });
    return states;
  }

  private Map<Integer, ConfigValue> byVBucket(Entries expect, String key) {
    Map<Integer, ConfigValue> found = new TreeMap<>();
    ConfigValue value = expect.value(key);
    if (value instanceof ConfigObject object) {
      object.forEach((name, inner) -> {
        if (!name.matches("\\d{1,5}")) {
          mistakes.add(inner,
              key + ": " + name + " is no vBucket: expected 0 to " + (context.cluster().vbuckets() - 1));
        } else if (context.checkVBucket(inner, Integer.parseInt(name))) {
          found.put(Integer.parseInt(name), inner);
        }
      });
    } else if (value != null) {
      mistakes.add(value, key + " = " + Entries.shown(value) + ": expected " + key + " { 2 = ... }");
    }
    return found;
  }

  private List<Trigger> triggers(Entries expect, String key) {
    List<Trigger> parsed = new ArrayList<>();
    for (ConfigValue value : expect.list(key)) {
      if (Entries.isText(value)) {
        triggers.parse(value, String.valueOf(value.unwrapped()), Trigger.ANY, Trigger.ANY).ifPresent(parsed::add);
      } else {
        mistakes.add(value, key + ": " + Entries.shown(value) + ": expected a trigger");
      }
    }
    return parsed;
  }

  private Map<String, String> report(Entries expect) {
    Map<String, String> report = new TreeMap<>();
    expect.inner("report", REPORT).ifPresent(entries -> entries.object.keySet().stream().filter(REPORT::contains)
        .forEach(key -> entries.text(key).ifPresent(text -> report.put(key, text))));
    return report;
  }
}
