package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.TypeConversionException;

/** One line by which an operator steers a rebalance that runs. */
sealed interface ControlLine {
  /** What can be written, one line each. */
  List<String> GRAMMAR = List.of(
      "pause drain        what runs is finished, nothing new starts (also just: pause)",
      "pause park         each move stands at its next safe point and keeps its stream; a takeover that has begun ends first",
      "pause abort        what runs is taken back, and begins anew after resume",
      "resume             goes on",
      "limit NAME N       another limit from now on: " + String.join(", ", LimitChange.Limit.words()),
      "limit NAME N NODE  the same for one node, or one link as source->destination; takeovers and bytes per second: 0 is no limit",
      "limit map-batch-delay DURATION   how long finished moves are collected before a new map goes out, 0 ms to 10 s",
      "cancel VBUCKET     takes one move out: it is undone or, past its takeover, finished",
      "status             how far it is",
      "explain [VBUCKET]  what each running move waits for, or that of one vBucket",
      "stop [DURATION]    as Ctrl-C: what has not begun its takeover is undone, takeovers may finish for so long",
      "help               these lines");

  /** Asks the rebalance for something. */
  record Ask(ControlRequest request) implements ControlLine {}

  record Status() implements ControlLine {}

  /** @param vbucket empty for all moves that run */
  record Explain(OptionalInt vbucket) implements ControlLine {}

  /** @param grace how long takeovers may go on; empty for what {@code --grace} says */
  record Stop(Optional<Duration> grace) implements ControlLine {}

  record Help() implements ControlLine {}

  /** Empty, or a comment that begins with #. */
  record Nothing() implements ControlLine {}

  /** The line is none of these. */
  record Wrong(String why) implements ControlLine {}

  static ControlLine parse(String line) {
    String text = line.strip();
    if (text.isEmpty() || text.startsWith("#")) {
      return new Nothing();
    }
    List<String> words = Arrays.asList(text.split("\\s+"));
    List<String> rest = words.subList(1, words.size());
    return switch (words.get(0)) {
      case "pause" -> pause(rest);
      case "resume" -> alone(words, new Ask(new ControlRequest.Resume()));
      case "limit" -> limit(rest);
      case "cancel" -> cancel(rest);
      case "status" -> alone(words, new Status());
      case "explain" -> explain(rest);
      case "stop" -> stop(rest);
      case "help" -> alone(words, new Help());
      default -> new Wrong("no command '" + words.get(0)
          + "'; expected pause, resume, limit, cancel, status, explain, stop or help");
    };
  }

  private static ControlLine alone(List<String> words, ControlLine line) {
    return words.size() == 1 ? line : new Wrong(words.get(0) + " takes nothing after it, but there is " + words.get(1));
  }

  private static ControlLine pause(List<String> rest) {
    if (rest.isEmpty()) {
      return new Ask(new ControlRequest.Pause(PauseMode.DRAIN));
    }
    Optional<PauseMode> mode = rest.size() == 1 ? PauseMode.of(rest.get(0)) : Optional.empty();
    return mode.isPresent()
        ? new Ask(new ControlRequest.Pause(mode.get()))
        : new Wrong("pause " + String.join(" ", rest) + ": expected pause drain, pause park or pause abort");
  }

  private static ControlLine limit(List<String> rest) {
    Optional<LimitChange.Limit> limit = rest.isEmpty() ? Optional.empty() : LimitChange.Limit.of(rest.get(0));
    if (limit.isPresent() && limit.get().isDuration() && rest.size() > 1) {
      return changed(limit.get(), Optional.empty(), String.join(" ", rest.subList(1, rest.size())));
    }
    if (limit.isEmpty() || rest.size() < 2 || rest.size() > 3) {
      return new Wrong(
          "limit " + String.join(" ", rest) + ": expected limit NAME N or limit NAME N NODE, where NAME is "
              + String.join(", ", LimitChange.Limit.words()));
    }
    return changed(limit.get(), rest.size() == 3 ? Optional.of(rest.get(2)) : Optional.empty(), rest.get(1));
  }

  private static ControlLine changed(LimitChange.Limit limit, Optional<String> node, String value) {
    try {
      return new Ask(new ControlRequest.ChangeLimit(LimitChange.parse(limit, node, value)));
    } catch (IllegalArgumentException wrong) {
      return new Wrong(wrong.getMessage());
    }
  }

  private static boolean isVBucket(List<String> rest) {
    return rest.size() == 1 && rest.get(0).matches("\\d{1,5}");
  }

  private static ControlLine explain(List<String> rest) {
    if (rest.isEmpty()) {
      return new Explain(OptionalInt.empty());
    }
    return isVBucket(rest)
        ? new Explain(OptionalInt.of(Integer.parseInt(rest.get(0))))
        : new Wrong("explain " + String.join(" ", rest)
            + ": expected nothing after it, or the number of one vBucket, such as explain 17");
  }

  private static ControlLine cancel(List<String> rest) {
    return isVBucket(rest)
        ? new Ask(new ControlRequest.CancelMove(Integer.parseInt(rest.get(0))))
        : new Wrong("cancel " + String.join(" ", rest) + ": expected the number of one vBucket, such as cancel 17");
  }

  private static ControlLine stop(List<String> rest) {
    if (rest.isEmpty()) {
      return new Stop(Optional.empty());
    }
    try {
      return new Stop(Optional.of(new DurationConverter().convert(String.join(" ", rest))));
    } catch (TypeConversionException wrong) {
      return new Wrong("stop " + wrong.getMessage());
    }
  }
}
