package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.explore.search.Budget;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import io.vbucket.rebalance.testkit.script.Step;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes an {@link Exploration} of a scenario: what its lines make happen at one moment may happen at any here. Lines that say when STREAM_END or the
 * answer to ADD_STREAM gets through add nothing, since both may take any time anyway.
 */
public final class ScriptedExploration {
  private final Scenario scenario;
  private final int maxAttempts;
  private final boolean takeoverSlots;
  private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
  private final List<ScriptException.Mistake> mistakes = new ArrayList<>();

  private ScriptedExploration(Scenario scenario) {
    this.scenario = scenario;
    RebalanceSettings settings = RebalanceSettings.load(scenario.settings().atPath("rebalance"));
    this.maxAttempts = settings.takeover().maxAttempts();
    this.takeoverSlots = settings.move().takeoversPerNode() > 0;
  }

  /** @throws ScriptException when the scenario cannot be explored, with every reason */
  public static Exploration of(Scenario scenario) {
    return new ScriptedExploration(scenario).read();
  }

  private Exploration read() {
    Place place = scenario.explore().map(Scenario.Explore::place).orElse(scenario.place());
    if (scenario.explore().isEmpty()) {
      mistakes.add(new ScriptException.Mistake(place,
          "the script has no explore { }; explore { retries = 2, cuts = 1 } would try every order of two retries and a lost connection"));
    }
    NodeVersion version = NodeVersion.V7_6;
    if (scenario.ask() instanceof Ask.OneMove move) {
      String from = scenario.cluster().versions().get(move.from());
      if (!from.equals(scenario.cluster().versions().get(move.to()))) {
        mistakes.add(new ScriptException.Mistake(place, "explore needs both nodes in one version"));
      }
      version = from.startsWith("6") ? NodeVersion.V6_0 : NodeVersion.V7_6;
    } else {
      mistakes.add(
          new ScriptException.Mistake(place, "explore needs ask { move { vbucket, from, to } }: it searches one move"));
    }
    scenario.steps().forEach(this::count);
    if (!mistakes.isEmpty()) {
      throw new ScriptException(mistakes);
    }
    scenario.explore().ifPresent(explore -> faults.putAll(explore.faults()));
    return new Exploration(version, maxAttempts, takeoverSlots, faults);
  }

  private void count(Step step) {
    if (step instanceof Step.When when) {
      when.actions().forEach(action -> count(step, action));
    } else if (step instanceof Step.Intercept intercept) {
      count(intercept);
    }
  }

  private void count(Step step, Action action) {
    if (action instanceof Action.AskRetry) {
      add(Fault.RETRIES, step.count());
    } else if (action instanceof Action.Cut) {
      add(Fault.CUTS, step.count());
    } else if (action instanceof Action.CutAdmin) {
      add(Fault.SILENCES, step.count());
    } else if (action instanceof Action.EndStream) {
      add(Fault.EARLY_ENDS, step.count());
    } else if (action instanceof Action.Write) {
      add(Fault.WRITES, step.count());
    } else if (action instanceof Action.Stop) {
      add(Fault.CANCELS, 1);
    } else {
      mistakes.add(new ScriptException.Mistake(step.place(), "explore cannot do " + wordOf(action)
          + "; it can do ask-retry, cut, cut-admin, end-stream, write and stop"));
    }
  }

  private static String wordOf(Action action) {
    return action.getClass().getSimpleName().replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private void count(Step.Intercept intercept) {
    int opcode = intercept.pattern().opcode();
    boolean waits = intercept.fate() instanceof Step.Fate.HoldUntil || intercept.fate() instanceof Step.Fate.Delay;
    if (waits && (opcode == Opcode.DCP_STREAM_END || opcode == Opcode.DCP_ADD_STREAM && intercept.pattern().answer())) {
      return;
    }
    boolean refuses = intercept.fate() instanceof Step.Fate.Refuse refuse && Status.isTemporary(refuse.status());
    if (refuses && (opcode == Opcode.DCP_ADD_STREAM || opcode == Opcode.DCP_SET_VBUCKET_STATE)) {
      add(Fault.REFUSALS, intercept.count());
    } else {
      mistakes.add(new ScriptException.Mistake(intercept.place(),
          "explore cannot do this to " + intercept.pattern().text()
              + "; it can hold STREAM_END and the answer to ADD_STREAM, and "
              + "refuse ADD_STREAM and SET_VBUCKET_STATE with a temporary status"));
    }
  }

  private void add(Fault fault, int count) {
    int often = Math.min(count, Math.min(maxAttempts, Budget.MOST));
    faults.merge(fault, often, (a, b) -> Math.min(Budget.MOST, a + b));
  }
}
