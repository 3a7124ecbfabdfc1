package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.testkit.script.Action;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The grammar of what an operator asks of a rebalance that runs; see {@link ActionParser}. */
final class SteeringParser {
  private final Context context;

  SteeringParser(Context context) {
    this.context = context;
  }

  /**
   * @param text of the whole action; its first word is known
   * @param rest what follows that word
   */
  Optional<Action> parse(ConfigValue at, String text, List<String> rest, int vbucket) {
    Optional<ControlRequest> request = switch (text.trim().split("\\s+")[0]) {
      case "pause" -> pause(at, text, rest);
      case "limit" -> limit(at, text, rest);
      case "cancel" -> cancel(at, text, rest, vbucket);
      default -> rest.isEmpty()
          ? Optional.of(new ControlRequest.Resume())
          : wrong(at, text, "expected nothing after resume");
    };
    return request.map(Action.Steer::new);
  }

  private Optional<ControlRequest> pause(ConfigValue at, String text, List<String> rest) {
    Optional<PauseMode> mode = rest.isEmpty() ? Optional.of(PauseMode.DRAIN) : PauseMode.of(rest.get(0));
    return mode.isPresent() && rest.size() <= 1
        ? Optional.of(new ControlRequest.Pause(mode.get()))
        : wrong(at, text, "expected pause drain, pause park or pause abort");
  }

  private Optional<ControlRequest> limit(ConfigValue at, String text, List<String> rest) {
    Optional<LimitChange.Limit> limit = rest.isEmpty() ? Optional.empty() : LimitChange.Limit.of(rest.get(0));
    if (limit.isPresent() && limit.get().isDuration() && rest.size() > 1) {
      return changed(at, text, limit.get(), Optional.empty(), String.join(" ", rest.subList(1, rest.size())));
    }
    if (limit.isEmpty() || rest.size() < 2 || rest.size() > 3) {
      return wrong(at, text,
          "expected limit NAME N [NODE]; names are " + String.join(", ", LimitChange.Limit.words()));
    }
    if (rest.size() == 3
        && !limit.get().nodesIn(rest.get(2)).stream().allMatch(node -> context.checkNode(at, node))) {
      return Optional.empty();
    }
    Optional<String> node = rest.size() == 3 ? Optional.of(rest.get(2)) : Optional.empty();
    return changed(at, text, limit.get(), node, rest.get(1));
  }

  private Optional<ControlRequest> changed(
      ConfigValue at, String text, LimitChange.Limit limit, Optional<String> node, String value) {
    try {
      return Optional.of(new ControlRequest.ChangeLimit(LimitChange.parse(limit, node, value)));
    } catch (IllegalArgumentException wrong) {
      return wrong(at, text, wrong.getMessage());
    }
  }

  private Optional<ControlRequest> cancel(ConfigValue at, String text, List<String> rest, int vbucket) {
    if (rest.isEmpty()) {
      return Optional.of(new ControlRequest.CancelMove(vbucket));
    }
    boolean number = rest.size() == 1 && rest.get(0).matches("\\d{1,5}");
    if (!number) {
      return wrong(at, text,
          "expected cancel, or cancel and one vBucket, but it is " + Arrays.toString(rest.toArray()));
    }
    int said = Integer.parseInt(rest.get(0));
    return context.checkVBucket(at, said) ? Optional.of(new ControlRequest.CancelMove(said)) : Optional.empty();
  }

  private Optional<ControlRequest> wrong(ConfigValue at, String text, String allowed) {
    context.mistakes().add(at, "unknown action \"" + text + "\": " + allowed);
    return Optional.empty();
  }
}
