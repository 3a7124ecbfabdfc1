package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException.Mistake;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What of a scenario somebody can cause, or see, who stands between the orchestrator and nodes that are not his. */
public final class OnlyByRelay {
  private static final String NODE_ITSELF = "nobody but the node itself can cause it";
  private static final String BEHIND_ITS_BACK =
      "it would change a cluster that belongs to others, not what passes between it and the orchestrator";

  private OnlyByRelay() {}

  /** What stage cluster cannot do of the scenario, each with the line where it is asked for; empty when it can be played there. */
  public static List<Mistake> refuse(Scenario scenario) {
    List<Mistake> found = new ArrayList<>();
    if (scenario.ask() instanceof Ask.Rebalance) {
      add(found, scenario.place(), "ask { rebalance }",
          "only single vBuckets are moved there; ask for a move, or for moves");
    }
    if (scenario.ask() instanceof Ask.Chains) {
      add(found, scenario.place(), "ask { moves } with chains",
          "the chains there are the cluster's own; ask for moves to other owners");
    }
    if (scenario.cluster().replicas() > 0) {
      add(found, scenario.place(), "cluster { replicas }",
          "every copy is read back, which only a node of our own allows");
    }
    for (Step step : scenario.steps()) {
      if (step instanceof Step.When when) {
        check(found, step.place(), when.trigger());
        when.actions().forEach(action -> check(found, step.place(), action));
      } else if (step instanceof Step.Intercept intercept) {
        check(found, step.place(), intercept.pattern());
        if (intercept.fate() instanceof Step.Fate.HoldUntil hold) {
          check(found, step.place(), hold.until());
        }
      }
      step.from().ifPresent(trigger -> check(found, step.place(), trigger));
      step.before().ifPresent(trigger -> check(found, step.place(), trigger));
    }
    scenario.expect().inOrder().forEach(trigger -> check(found, scenario.place(), trigger));
    scenario.expect().never().forEach(trigger -> check(found, scenario.place(), trigger));
    return found;
  }

  private static void check(List<Mistake> found, Place place, Trigger trigger) {
    if (trigger instanceof Trigger.NodeIs is && is.condition() != Trigger.Condition.DROPPED_CONNECTION) {
      add(found, place, trigger.text(), NODE_ITSELF);
    } else if (trigger instanceof Trigger.FrameSeen frame && frame.opcode() == Opcode.GET) {
      add(found, place, trigger.text(), "clients' operations go to the nodes directly, where nobody sees them");
    }
  }

  private static void check(List<Mistake> found, Place place, Action action) {
    nodeItself(action).ifPresent(words -> add(found, place, words, NODE_ITSELF));
    if (action instanceof Action.SetState set) {
      String state = set.state() == null ? "absent" : set.state().wireName();
      add(found, place, "set " + set.node() + " " + state, BEHIND_ITS_BACK);
    } else if (action instanceof Action.NewerMap) {
      add(found, place, "newer-map", BEHIND_ITS_BACK);
    }
  }

  private static Optional<String> nodeItself(Action action) {
    if (action instanceof Action.Kill kill) {
      return Optional.of("kill " + kill.node());
    } else if (action instanceof Action.Restart restart) {
      return Optional.of("restart " + restart.node() + (restart.keepData() ? "" : " empty"));
    } else if (action instanceof Action.AskRetry ask && ask.forget()) {
      return Optional.of("ask-retry " + ask.node() + " forget");
    }
    return Optional.empty();
  }

  private static void add(List<Mistake> found, Place place, String words, String why) {
    Mistake mistake = new Mistake(place, "\"" + words + "\": not on stage cluster: " + why);
    if (!found.contains(mistake)) {
      found.add(mistake);
    }
  }
}
