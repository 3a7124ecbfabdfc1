package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The grammar of what a step does:
 *
 * <pre>
 * ask-retry [NODE [forget]]    the consumer asks for a retry of its takeover, and forgets its stream without a word
 * cut NODE | cut-admin NODE    its DCP connections, or the others, break
 * kill NODE | restart NODE [empty]
 * stop-reading NODE | resume-reading NODE
 * set NODE STATE               somebody else sets the vBucket's state; STATE may be absent
 * end-stream NODE [REASON]     the producer ends the stream on its own
 * send-stream-end NODE [OPAQUE | of VBUCKET]    a STREAM_END that no node would send, with this opaque or that of another vBucket's stream
 * newer-map                    somebody else writes a newer map
 * write N                      N documents are written to the vBucket
 * read NODE                    a client that takes the node for the owner reads a document of the vBucket there
 * stop [DURATION]              the operator stops; takeovers may finish for so long (10 s)
 * pause [drain|park|abort] | resume    drain when not said; resume goes on
 * limit NAME N [NODE]          another limit from now on, such as backfills-per-node 8
 * cancel [N]                   the move of the vBucket is taken out
 * repair                       what an earlier rebalance left is finished or undone
 * ask-again                    the same is asked a second time
 * kill-orchestrator | restart-orchestrator
 * </pre>
 */
final class ActionParser {
  private static final List<String> VERBS = List.of(
      "ask-retry", "cut", "cut-admin", "kill", "restart", "stop-reading", "resume-reading", "set", "end-stream",
      "send-stream-end", "newer-map", "write", "read", "stop", "pause", "resume", "limit", "cancel", "repair",
      "ask-again",
      "kill-orchestrator", "restart-orchestrator");
  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

  private final Context context;

  ActionParser(Context context) {
    this.context = context;
  }

  Optional<Action> parse(ConfigValue at, String text, int vbucket) {
    List<String> words = Arrays.asList(text.trim().split("\\s+"));
    String verb = words.get(0);
    List<String> rest = words.subList(1, words.size());
    return switch (verb) {
      case "ask-retry" -> askRetry(at, text, rest, vbucket);
      case "cut" -> node(at, text, rest, 1).map(Action.Cut::new);
      case "cut-admin" -> node(at, text, rest, 1).map(Action.CutAdmin::new);
      case "kill" -> node(at, text, rest, 1).map(Action.Kill::new);
      case "restart" -> restart(at, text, rest);
      case "stop-reading" -> node(at, text, rest, 1).map(Action.StopReading::new);
      case "resume-reading" -> node(at, text, rest, 1).map(Action.ResumeReading::new);
      case "set" -> set(at, text, rest, vbucket);
      case "end-stream" -> endStream(at, text, rest, vbucket);
      case "send-stream-end" -> sendStreamEnd(at, text, rest, vbucket);
      case "newer-map" -> none(at, text, rest, new Action.NewerMap());
      case "write" -> write(at, text, rest, vbucket);
      case "read" -> node(at, text, rest, 1).map(node -> new Action.Read(node, vbucket));
      case "stop" -> stop(at, text, rest);
      case "pause", "resume", "limit", "cancel" -> new SteeringParser(context).parse(at, text, rest, vbucket);
      case "repair" -> none(at, text, rest, new Action.Repair());
      case "ask-again" -> none(at, text, rest, new Action.AskAgain());
      case "kill-orchestrator" -> none(at, text, rest, new Action.KillOrchestrator());
      case "restart-orchestrator" -> none(at, text, rest, new Action.RestartOrchestrator());
      default -> wrong(at, text, Words.hint(verb, VERBS));
    };
  }

  private Optional<Action> none(ConfigValue at, String text, List<String> rest, Action action) {
    return rest.isEmpty() ? Optional.of(action) : wrong(at, text, "expected nothing after it");
  }

  private Optional<Action> askRetry(ConfigValue at, String text, List<String> rest, int vbucket) {
    boolean forget = rest.size() == 2 && rest.get(1).equals("forget");
    if (rest.size() == 2 && !forget) {
      return wrong(at, text, "expected ask-retry, ask-retry NODE or ask-retry NODE forget");
    }
    return nodeOr(at, rest, context.consumer()).map(node -> new Action.AskRetry(node, vbucket, forget));
  }

  private Optional<String> nodeOr(ConfigValue at, List<String> rest, String fallback) {
    if (!rest.isEmpty()) {
      return node(at, "ask-retry", rest, 2);
    }
    if (fallback == null) {
      context.mistakes().add(at,
          "ask-retry: say which node, since not just one vBucket moves; " + Words.hint("", nodes()));
    }
    return Optional.ofNullable(fallback);
  }

  private List<String> nodes() {
    return context.cluster().nodes();
  }

  private Optional<String> node(ConfigValue at, String text, List<String> rest, int most) {
    if (rest.isEmpty() || rest.size() > most) {
      wrong(at, text, "expected the name of a node; allowed are " + String.join(", ", nodes()));
      return Optional.empty();
    }
    return context.checkNode(at, rest.get(0)) ? Optional.of(rest.get(0)) : Optional.empty();
  }

  private Optional<Action> restart(ConfigValue at, String text, List<String> rest) {
    boolean empty = rest.size() == 2 && rest.get(1).equals("empty");
    if (rest.size() == 2 && !empty) {
      return wrong(at, text, "expected restart NODE or restart NODE empty");
    }
    return node(at, text, rest, 2).map(node -> new Action.Restart(node, !empty));
  }

  private Optional<Action> set(ConfigValue at, String text, List<String> rest, int vbucket) {
    if (rest.size() != 2) {
      return wrong(at, text, "expected set NODE STATE");
    }
    Optional<VBucketState> state = TriggerParser.stateOf(rest.get(1));
    if (state.isEmpty() && !rest.get(1).equals("absent")) {
      return wrong(at, text, Words.hint(rest.get(1), List.of("active", "replica", "pending", "dead", "absent")));
    }
    return node(at, text, rest, 2).map(node -> new Action.SetState(node, vbucket, state.orElse(null)));
  }

  private Optional<Action> endStream(ConfigValue at, String text, List<String> rest, int vbucket) {
    int reason = StreamEndReason.STATE_CHANGED.code();
    if (rest.size() == 2) {
      String word = rest.get(1).toUpperCase(Locale.ROOT).replace('-', '_');
      Optional<StreamEndReason> named =
          Arrays.stream(StreamEndReason.values()).filter(r -> r.name().equals(word)).findFirst();
      if (named.isEmpty()) {
        return wrong(at, text, "no reason " + rest.get(1) + "; " + Words.hint(rest.get(1), Arrays
            .stream(StreamEndReason.values()).map(r -> r.name().toLowerCase(Locale.ROOT).replace('_', '-')).toList()));
      }
      reason = named.get().code();
    }
    int code = reason;
    return node(at, text, rest, 2).map(node -> new Action.EndStream(node, vbucket, code));
  }

  private Optional<Action> sendStreamEnd(ConfigValue at, String text, List<String> rest, int vbucket) {
    boolean like = rest.size() == 3 && rest.get(1).equals("of");
    Optional<Integer> number =
        rest.size() < 2 ? Optional.of(Trigger.ANY) : wholeNumber(rest.get(rest.size() - 1));
    if (number.isEmpty() || rest.size() == 3 && !like) {
      return wrong(at, text,
          "expected send-stream-end NODE OPAQUE or send-stream-end NODE of VBUCKET, with a whole number");
    }
    if (like && !context.checkVBucket(at, number.get())) {
      return Optional.empty();
    }
    return node(at, text, rest, 3).map(node -> new Action.SendStreamEnd(
        node, vbucket, like ? Trigger.ANY : number.get(), like ? number.get() : Trigger.ANY));
  }

  private Optional<Action> write(ConfigValue at, String text, List<String> rest, int vbucket) {
    Optional<Integer> documents = rest.size() == 1 ? wholeNumber(rest.get(0)) : Optional.empty();
    return documents.isPresent() && documents.get() > 0
        ? Optional.of(new Action.Write(documents.get(), vbucket))
        : wrong(at, text, "expected write N, with N documents");
  }

  private Optional<Action> stop(ConfigValue at, String text, List<String> rest) {
    Optional<Duration> grace = rest.isEmpty() ? Optional.of(DEFAULT_GRACE) : Entries.durationOf(String.join(" ", rest));
    return grace.isPresent()
        ? Optional.of(new Action.Stop(grace.get()))
        : wrong(at, text, "expected stop, or stop and a duration such as 5 s");
  }

  private static Optional<Integer> wholeNumber(String text) {
    try {
      return Optional.of(Integer.decode(text));
    } catch (NumberFormatException wrong) {
      return Optional.empty();
    }
  }

  private Optional<Action> wrong(ConfigValue at, String text, String allowed) {
    context.mistakes().add(at, "unknown action \"" + text + "\": " + allowed);
    return Optional.empty();
  }
}
