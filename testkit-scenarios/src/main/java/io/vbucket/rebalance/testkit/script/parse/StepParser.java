package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.FrameNames;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The grammar of a script's lines:
 *
 * <pre>
 * { when = TRIGGER, do = ACTION | [ACTION, ...] }          and after = 2 s: not at once
 * { hold = FRAME, until = TRIGGER, until-attempt = N }     FRAME: a trigger of the form NODE sends|received ...
 * { drop = FRAME }
 * { duplicate = FRAME }
 * { delay = FRAME, by = 500 ms }
 * { refuse = FRAME, with = STATUS }
 * </pre>
 *
 * and in every line {@code attempt = N}, {@code vbucket = N}, {@code count = N | all}: for so many occurrences, 1 if not given, and
 * {@code from = TRIGGER}: not before this has happened, {@code before = TRIGGER}: not after it. {@code when = "TRIGGER since TRIGGER"} says
 * the same as {@code from} where one text must say both, as in a matrix.
 */
final class StepParser {
  /** Between two triggers: the first counts only after the second. */
  static final String SINCE = " since ";

  private static final Map<String, List<String>> KEYS = new LinkedHashMap<>();

  static {
    KEYS.put("when", List.of("when", "from", "before", "after", "do", "attempt", "vbucket", "count"));
    KEYS.put("hold", List.of("hold", "from", "before", "until", "until-attempt", "attempt", "vbucket", "count"));
    KEYS.put("drop", List.of("drop", "from", "before", "attempt", "vbucket", "count"));
    KEYS.put("duplicate", List.of("duplicate", "from", "before", "attempt", "vbucket", "count"));
    KEYS.put("delay", List.of("delay", "from", "before", "by", "attempt", "vbucket", "count"));
    KEYS.put("refuse", List.of("refuse", "from", "before", "with", "attempt", "vbucket", "count"));
  }

  private final Context context;
  private final TriggerParser triggers;
  private final ActionParser actions;

  StepParser(Context context) {
    this.context = context;
    this.triggers = new TriggerParser(context);
    this.actions = new ActionParser(context);
  }

  Optional<Step> parse(ConfigValue value) {
    if (!(value instanceof ConfigObject object)) {
      context.mistakes().add(value, Entries.shown(value) + ": expected a line such as { when = TRIGGER, do = ACTION }");
      return Optional.empty();
    }
    List<String> kinds = KEYS.keySet().stream().filter(object::containsKey).toList();
    if (kinds.size() != 1) {
      context.mistakes().add(value, kinds.isEmpty()
          ? "a line needs one of " + String.join(", ", KEYS.keySet()) + near(object)
          : "a line has only one of " + String.join(", ", kinds) + ": split it");
      return Optional.empty();
    }
    String kind = kinds.get(0);
    Entries entries = new Entries("a line with " + kind, object, context.mistakes(), KEYS.get(kind));
    Place place = context.mistakes().place(object.get(kind));
    int count = count(entries);
    Optional<Trigger> from = entries.has("from") ? bound(entries, "from") : since(entries, kind);
    Optional<Trigger> before = bound(entries, "before");
    Optional<Trigger> trigger = trigger(entries, kind, "attempt");
    if (kind.equals("when")) {
      List<Action> todo = actions(entries);
      Duration after = entries.duration("after").orElse(Duration.ZERO);
      return trigger.map(when -> new Step.When(place, when, count, from, before, after, todo));
    }
    if (trigger.isEmpty()) {
      return Optional.empty();
    }
    if (!(trigger.get() instanceof Trigger.FrameSeen pattern)) {
      context.mistakes().add(entries.value(kind), kind + " = \"" + trigger.get().text()
          + "\": only frames can be intercepted; write NODE sends FRAME or NODE received FRAME");
      return Optional.empty();
    }
    return fate(kind, entries, pattern).map(fate -> new Step.Intercept(place, pattern, count, from, before, fate));
  }

  private static String near(ConfigObject object) {
    for (String key : object.keySet()) {
      String hint = Words.hint(key, KEYS.keySet());
      if (hint.startsWith("did")) {
        return "; " + key + ": " + hint;
      }
    }
    return "";
  }

  private int count(Entries entries) {
    if (entries.has("count") && entries.text("count").orElse("").equals("all")) {
      return Integer.MAX_VALUE;
    }
    return entries.number("count", 1, 1_000_000).orElse(1);
  }

  private Optional<Trigger> bound(Entries entries, String key) {
    return entries.has(key)
        ? entries.text(key).flatMap(text -> triggers.parse(entries.value(key), text, Trigger.ANY, Trigger.ANY))
        : Optional.empty();
  }

  private Optional<Trigger> since(Entries entries, String kind) {
    String text = entries.value(kind).unwrapped() instanceof String said ? said : "";
    int since = text.indexOf(SINCE);
    return since < 0
        ? Optional.empty()
        : triggers.parse(entries.value(kind), text.substring(since + SINCE.length()), Trigger.ANY, Trigger.ANY);
  }

  private Optional<Trigger> trigger(Entries entries, String key, String attemptKey) {
    int attempt = entries.number(attemptKey, 0, 10_000).orElse(Trigger.ANY);
    int vbucket = attemptKey.equals("attempt") ? entries.number("vbucket", 0, 65_535).orElse(Trigger.ANY) : Trigger.ANY;
    if (!entries.has(key)) {
      entries.needText(key);
      return Optional.empty();
    }
    return entries.text(key).flatMap(text -> {
      int since = key.equals("until") || entries.has("from") ? -1 : text.indexOf(SINCE);
      return triggers.parse(entries.value(key), since < 0 ? text : text.substring(0, since), vbucket, attempt);
    });
  }

  private List<Action> actions(Entries entries) {
    int vbucket = entries.number("vbucket", 0, 65_535).orElse(Trigger.ANY);
    if (!entries.has("do")) {
      entries.needText("do");
    }
    List<Action> todo = new ArrayList<>();
    for (ConfigValue value : entries.list("do")) {
      if (Entries.isText(value)) {
        actions.parse(value, String.valueOf(value.unwrapped()), vbucket).ifPresent(todo::add);
      } else {
        context.mistakes().add(value, "do = " + Entries.shown(value) + ": expected an action such as \"kill a\"");
      }
    }
    return todo;
  }

  private Optional<Step.Fate> fate(String kind, Entries entries, Trigger.FrameSeen pattern) {
    return switch (kind) {
      case "hold" -> trigger(entries, "until", "until-attempt").flatMap(until -> hold(entries, pattern, until));
      case "drop" -> Optional.of(new Step.Fate.Drop());
      case "duplicate" -> Optional.of(new Step.Fate.Duplicate());
      case "delay" -> {
        if (!entries.has("by")) {
          entries.needText("by");
        }
        yield entries.duration("by").map(Step.Fate.Delay::new);
      }
      default -> refuse(entries, pattern);
    };
  }

  private Optional<Step.Fate> hold(Entries entries, Trigger.FrameSeen pattern, Trigger until) {
    if (until instanceof Trigger.FrameSeen other && sameFrame(pattern, other)) {
      context.mistakes().add(entries.value("until"),
          "until = \"" + until.text() + "\" never comes: it is the frame that is held; name another frame or attempt");
      return Optional.empty();
    }
    if (until instanceof Trigger.Asked) {
      context.mistakes().add(entries.value("until"),
          "until = \"asked\" never comes: it is over before the first frame; name a frame, a state, an event or a time");
      return Optional.empty();
    }
    return Optional.of(new Step.Fate.HoldUntil(until));
  }

  private static boolean sameFrame(Trigger.FrameSeen held, Trigger.FrameSeen until) {
    boolean sameKind =
        held.opcode() == until.opcode() && held.answer() == until.answer() && held.state() == until.state();
    boolean samePlace = held.node().equals(until.node()) && held.received() == until.received();
    boolean sameScope = held.attempt() == until.attempt() && held.vbucket() == until.vbucket();
    return sameKind && sameScope && (samePlace || held.opcode() != Trigger.ANY && relayed(held.opcode()));
  }

  /** A frame that one node sends and the other one gets. */
  private static boolean relayed(int opcode) {
    return switch (opcode) {
      case Opcode.DCP_STREAM_REQ, Opcode.DCP_STREAM_END, Opcode.DCP_SET_VBUCKET_STATE, Opcode.DCP_SNAPSHOT_MARKER,
          Opcode.DCP_MUTATION, Opcode.DCP_DELETION -> true;
      default -> false;
    };
  }

  private Optional<Step.Fate> refuse(Entries entries, Trigger.FrameSeen pattern) {
    if (!pattern.received() || pattern.answer()) {
      context.mistakes().add(entries.value("refuse"),
          "refuse = \"" + pattern.text() + "\": only a request that a node received can be refused");
      return Optional.empty();
    }
    String name = entries.needText("with");
    Optional<Integer> status = FrameNames.status(name);
    if (status.isEmpty() && !name.isEmpty()) {
      context.mistakes().add(entries.value("with"),
          "no status " + name + "; " + Words.hint(name, FrameNames.statuses()));
    }
    return status.map(Step.Fate.Refuse::new);
  }
}
