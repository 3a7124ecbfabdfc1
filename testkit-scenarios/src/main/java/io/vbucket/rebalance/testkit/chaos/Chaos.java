package io.vbucket.rebalance.testkit.chaos;

import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import io.vbucket.rebalance.testkit.script.run.ScenarioRunner;
import io.vbucket.rebalance.testkit.stage.SimulatedStage;
import java.util.ArrayList;
import java.util.List;

/** Plays plans, and finds out which of their faults it takes to make one fail. */
public final class Chaos {
  private Chaos() {}

  /** Plays a plan without keeping a schedule. */
  public static ScenarioResult play(ChaosPlan plan) {
    return ScenarioRunner.withoutSchedule(() -> new SimulatedStage(plan.seed())).run(plan.scenario());
  }

  /** Plays a plan and keeps what happened. */
  public static ScenarioResult show(ChaosPlan plan) {
    return new ScenarioRunner(() -> new SimulatedStage(plan.seed())).run(plan.scenario());
  }

  /** Leaves out one fault after the other as long as the plan still fails; each of those that stay is needed. */
  public static ChaosPlan shrink(ChaosPlan failing) {
    ChaosPlan smallest = failing;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      for (int i = 0; i < smallest.faults().size() && !smaller; i++) {
        List<Fault> fewer = new ArrayList<>(smallest.faults());
        fewer.remove(i);
        ChaosPlan candidate = smallest.with(fewer);
        if (play(candidate).failed()) {
          smallest = candidate;
          smaller = true;
        }
      }
    }
    return smallest;
  }
}
