package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.EventKind;
import io.vbucket.rebalance.testkit.script.FrameNames;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grammar of triggers, the same wherever a script says when, until when, in which order or never:
 *
 * <pre>
 * trigger = what [ "of vbucket" N ] [ "in attempt" N ]
 * what    = "asked" | "after" DURATION | "after" N "frames"
 *         | NODE ("sends" | "received") FRAME [ "answer" [STATUS] ]
 *         | NODE "is" ("active" | "replica" | "pending" | "dead" | "absent" | "down" | "up")
 *         | NODE "dropped a connection"
 *         | EVENT
 *         | STATUS                                         any node sends an answer with this status
 * NODE    = a name of the cluster | "any"
 * FRAME   = "any" | ADD_STREAM | STREAM_END | SET_VBUCKET_STATE(pending) | ...   the documented names without DCP_
 * EVENT   = takeover-started | taken-over | retry-asked | attempt-failed | map-committed | moved | ...
 * </pre>
 *
 * Attempt 1 is the first takeover; attempt 0 is the stream that fills the copy before, which is meant only when it is named.
 */
final class TriggerParser {
  private static final Pattern FRAME = Pattern.compile("([A-Z_]+)(?:\\((\\w+)\\))?");
  private static final List<String> SHAPES = List.of(
      "asked", "after 3 s", "after 40 frames", "NODE received FRAME", "NODE sends FRAME answer STATUS", "NODE is STATE",
      "NODE is down",
      "NODE dropped a connection", "an event such as takeover-started", "a status such as KEY_EEXISTS");

  private final Context context;

  TriggerParser(Context context) {
    this.context = context;
  }

  /**
   * @param vbucket from a key of its own, or {@link Trigger#ANY}
   * @param attempt likewise
   */
  Optional<Trigger> parse(ConfigValue at, String text, int vbucket, int attempt) {
    Deque<String> words = new ArrayDeque<>(Arrays.asList(text.trim().split("\\s+")));
    List<String> all = new ArrayList<>(words);
    int scopeVBucket = vbucket;
    int scopeAttempt = attempt;
    if (all.size() > 3 && all.subList(all.size() - 3, all.size() - 1).equals(List.of("in", "attempt"))) {
      scopeAttempt = number(at, all.get(all.size() - 1));
      all = all.subList(0, all.size() - 3);
    }
    if (all.size() > 3 && all.subList(all.size() - 3, all.size() - 1).equals(List.of("of", "vbucket"))) {
      scopeVBucket = number(at, all.get(all.size() - 1));
      all = all.subList(0, all.size() - 3);
    }
    if (scopeVBucket != Trigger.ANY && !context.checkVBucket(at, scopeVBucket)
        || scopeAttempt != Trigger.ANY && !context.checkAttempt(at, scopeAttempt)) {
      return Optional.empty();
    }
    Optional<Trigger> trigger = what(at, text, new ArrayDeque<>(all), scopeVBucket, scopeAttempt);
    trigger.ifPresent(found -> checkScope(at, found, vbucket, attempt));
    return trigger;
  }

  private void checkScope(ConfigValue at, Trigger trigger, int vbucket, int attempt) {
    boolean frameOrEvent = trigger instanceof Trigger.FrameSeen || trigger instanceof Trigger.EventTold;
    if (attempt != Trigger.ANY && !frameOrEvent) {
      context.mistakes().add(at, "\"" + trigger.text() + "\" belongs to no attempt: only frames and events do");
    }
    if (vbucket != Trigger.ANY && !frameOrEvent && !(trigger instanceof Trigger.StateReached)) {
      context.mistakes().add(at, "\"" + trigger.text() + "\" is about no vBucket: only frames, events and states are");
    }
  }

  private Optional<Trigger> what(ConfigValue at, String text, Deque<String> words, int vbucket, int attempt) {
    String first = words.removeFirst();
    if (words.isEmpty()) {
      return single(at, first, vbucket, attempt);
    }
    if (first.equals("after") && words.size() == 2 && words.peekLast().equals("frames")) {
      int count = number(at, words.peekFirst());
      return count < 1 ? Optional.empty() : Optional.of(new Trigger.Frames(count));
    }
    if (first.equals("after")) {
      Optional<Trigger> after = Entries.durationOf(String.join(" ", words)).map(Trigger.After::new);
      return after.isPresent() ? after : wrong(at, text, "expected a duration such as 500 ms or 3 s after \"after\"");
    }
    String verb = words.removeFirst();
    List<String> rest = List.copyOf(words);
    switch (verb) {
      case "received", "sends", "sent" -> {
        return context.checkNodeOrAny(at, first)
            ? frame(at, text, first, verb.equals("received"), rest, vbucket, attempt)
            : Optional.empty();
      }
      case "is" -> {
        return context.checkNode(at, first) && rest.size() == 1
            ? state(at, first, rest.get(0), vbucket)
            : Optional.empty();
      }
      case "dropped" -> {
        return context.checkNodeOrAny(at, first)
            ? Optional.of(new Trigger.NodeIs(first, Trigger.Condition.DROPPED_CONNECTION))
            : Optional.empty();
      }
      default -> {
        return wrong(at, text, Words.hint(verb, List.of("received", "sends", "is", "dropped")));
      }
    }
  }

  private Optional<Trigger> single(ConfigValue at, String word, int vbucket, int attempt) {
    if (word.equals("asked")) {
      return Optional.of(new Trigger.Asked());
    }
    for (EventKind kind : EventKind.values()) {
      if (kind.word().equals(word)) {
        return Optional.of(new Trigger.EventTold(kind, vbucket, attempt));
      }
    }
    Optional<Integer> status = FrameNames.status(word);
    if (status.isPresent()) {
      return Optional.of(
          new Trigger.FrameSeen(Trigger.ANYONE, false, Trigger.ANY, null, true, status.get(), vbucket, attempt));
    }
    List<String> known = new ArrayList<>(Arrays.stream(EventKind.values()).map(EventKind::word).toList());
    known.add("asked");
    String hint = Words.hint(word, known);
    return wrong(at, word, hint.startsWith("did")
        ? hint
        : "expected " + String.join(" | ", SHAPES) + "; events are "
            + String.join(", ", known.subList(0, known.size() - 1)));
  }

  private Optional<Trigger> frame(
      ConfigValue at, String text, String node, boolean received, List<String> words, int vbucket, int attempt) {
    if (words.isEmpty()) {
      return wrong(at, text, "expected the name of a frame after \"" + (received ? "received" : "sends") + "\"");
    }
    boolean answer = words.size() > 1 && words.get(1).equals("answer");
    if (words.size() > (answer ? 3 : 1)) {
      return wrong(at, text, "expected at most FRAME answer STATUS after the verb");
    }
    int opcode = Trigger.ANY;
    VBucketState state = null;
    if (!words.get(0).equals("any")) {
      Matcher matcher = FRAME.matcher(words.get(0));
      String name = matcher.matches() ? matcher.group(1).replaceFirst("^DCP_", "") : words.get(0);
      Optional<Integer> known = FrameNames.opcode(name);
      if (known.isEmpty()) {
        return wrong(at, text, "no frame " + name + "; " + Words.hint(name, FrameNames.frames()));
      }
      opcode = known.get();
      if (matcher.group(2) != null) {
        Optional<VBucketState> named = stateOf(matcher.group(2));
        if (named.isEmpty() || opcode != Opcode.DCP_SET_VBUCKET_STATE && opcode != Opcode.SET_VBUCKET) {
          return wrong(at, text,
              "only SET_VBUCKET_STATE and SET_VBUCKET take a state: active, replica, pending or dead");
        }
        state = named.get();
      }
    }
    int status = Trigger.ANY;
    if (words.size() == 3) {
      Optional<Integer> known = FrameNames.status(words.get(2));
      if (known.isEmpty()) {
        return wrong(at, text, "no status " + words.get(2) + "; " + Words.hint(words.get(2), FrameNames.statuses()));
      }
      status = known.get();
    }
    Trigger.FrameSeen seen = new Trigger.FrameSeen(node, received, opcode, state, answer, status, vbucket, attempt);
    Optional<String> impossible = FrameRules.impossible(seen, context);
    return impossible.isPresent() ? wrong(at, text, impossible.get()) : Optional.of(seen);
  }

  private Optional<Trigger> state(ConfigValue at, String node, String word, int vbucket) {
    for (Trigger.Condition condition : Trigger.Condition.values()) {
      if (condition.words().equals("is " + word)) {
        return Optional.of(new Trigger.NodeIs(node, condition));
      }
    }
    Optional<VBucketState> state = stateOf(word);
    if (state.isEmpty() && !word.equals("absent")) {
      return wrong(at, node + " is " + word,
          Words.hint(word, List.of("active", "replica", "pending", "dead", "absent", "down", "up")));
    }
    int about = vbucket == Trigger.ANY && context.ask() instanceof io.vbucket.rebalance.testkit.script.Ask.OneMove move
        ? move.vbucket()
        : vbucket;
    return Optional.of(new Trigger.StateReached(node, about, state.orElse(null)));
  }

  static Optional<VBucketState> stateOf(String word) {
    return Arrays.stream(VBucketState.values())
        .filter(state -> state.name().toLowerCase(Locale.ROOT).equals(word))
        .findFirst();
  }

  private int number(ConfigValue at, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException wrong) {
      context.mistakes().add(at, "\"" + text + "\": expected a whole number");
      return Trigger.ANY;
    }
  }

  private Optional<Trigger> wrong(ConfigValue at, String text, String allowed) {
    context.mistakes().add(at, "unknown trigger \"" + text + "\": " + allowed);
    return Optional.empty();
  }
}
