package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.testkit.explore.search.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The schedule of a trace as a scenario script, so that it can be played with the real actors on a stage: each fault happens when the frame is
 * received that was received last before it in the trace, and a STREAM_END that came late is held back as long.
 *
 * @param text the script
 * @param left faults that a script cannot express, in words
 */
public record TraceScript(String text, List<String> left) {
  private static final Pattern STREAM = Pattern.compile(".* stream (\\d+)");
  private static final Pattern STATE = Pattern.compile("SET_VBUCKET_STATE\\((pending|active)\\).*");

  public TraceScript {
    left = List.copyOf(left);
  }

  /** @param path the trace, gone through again */
  public static TraceScript of(Trace trace, Path path) {
    return new Writer().written(trace, path);
  }

  private static final class Writer {
    private final Map<Integer, Integer> attempts = new HashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final List<String> left = new ArrayList<>();
    private int attempt;
    private String when = "when = asked";
    private String until = "until = asked";

    private TraceScript written(Trace trace, Path path) {
      path.steps().forEach(this::step);
      List<String> script = new ArrayList<>();
      script.add(
          "scenario = \"the schedule in which the " + trace.variant() + " variant breaks " + trace.violated() + "\"");
      script.add("cluster  { nodes = [a, b], version = \"" + trace.exploration().version().text().substring(0, 3)
          + "\", writers = 1 }");
      script.add("settings { takeover.max-attempts = " + trace.maxAttempts() + " }");
      script.add("ask      { move { vbucket = 2, from = a, to = b } }");
      script.add("script = [");
      lines.forEach((line, count) -> script.add("  { " + line + (count > 1 ? ", count = " + count : "") + " }"));
      script.add("]");
      script.add("expect   { outcome = settled }");
      return new TraceScript(String.join(System.lineSeparator(), script), left);
    }

    private void step(Path.Step step) {
      Matcher stream = STREAM.matcher(step.message());
      int generation = stream.matches() ? Integer.parseInt(stream.group(1)) : 0;
      if (step.to().equals("destination") && step.message().startsWith("ADD_STREAM(")) {
        attempt += step.message().startsWith("ADD_STREAM(takeover)") ? 1 : 0;
        attempts.put(generation, step.message().startsWith("ADD_STREAM(takeover)") ? attempt : 0);
      }
      int of = attempts.getOrDefault(generation, attempt);
      if (step.to().equals("link") && step.message().startsWith("STREAM_END") && of < attempt) {
        add("hold = \"a sends STREAM_END\", attempt = " + of + ", " + until);
      }
      if (step.from().equals("link") && stream.matches()) {
        frameReceived(step, of);
      }
      if (step.fault() != null) {
        fault(step, of);
      }
    }

    private void frameReceived(Path.Step step, int of) {
      String node = step.to().equals("source") ? "a" : "b";
      if (!step.to().equals("source") && !step.to().equals("destination")) {
        return;
      }
      when = "when = \"" + node + " received " + nameOf(step.message()) + "\", attempt = " + of;
      until = "until = \"" + node + " received " + nameOf(step.message()) + "\", until-attempt = " + of;
    }

    private static String nameOf(String message) {
      Matcher state = STATE.matcher(message);
      if (state.matches()) {
        return "SET_VBUCKET_STATE(" + state.group(1) + ")";
      }
      String frame = message.replaceFirst("[ (,].*", "");
      return frame + (message.contains(" answer ") ? " answer" : "");
    }

    private void fault(Path.Step step, int of) {
      switch (step.fault()) {
        case RETRIES -> add(when + ", do = ask-retry");
        case CUTS -> add(when + ", do = \"cut b\"");
        case EARLY_ENDS -> add(when + ", do = \"end-stream a\"");
        case WRITES -> add(when + ", do = \"write 1\"");
        case CANCELS -> add(when + ", do = \"cancel 2\"");
        case REFUSALS ->
            add("refuse = \"b received " + nameOf(step.message()) + "\", attempt = " + of + ", with = ETMPFAIL");
        default -> left.add(step.to() + ": " + step.text());
      }
      if (step.text().contains("forgets")) {
        left.add("that the consumer forgets its stream when it asks for a retry");
      }
    }

    private void add(String line) {
      lines.merge(line, 1, Integer::sum);
    }
  }
}
