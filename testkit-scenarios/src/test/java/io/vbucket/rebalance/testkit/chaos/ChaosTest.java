package io.vbucket.rebalance.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.EventKind;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.script.Trigger;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChaosTest {
  private static final int SEEDS = 200;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everythingHoldsAndSettlesWhateverGoesWrong(long seed) {
    ChaosPlan plan = ChaosPlan.of(seed);

    ScenarioResult result = Chaos.play(plan);

    assertThat(result.problems()).as("scenario simulate --seeds 1 --from %d: %s %s", seed, plan.text(), plan.faults())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212})
  void everythingHoldsAndSettlesAlsoWhereTakeoversTakeTurns(long seed) {
    ChaosPlan plan = ChaosPlan.of(seed).limitedTo(1);

    ScenarioResult result = Chaos.play(plan);

    assertThat(result.problems())
        .as("scenario simulate --seeds 1 --from %d --takeovers-per-node 1: %s %s", seed, plan.text(), plan.faults())
        .isEmpty();
  }

  @Test
  void aSeedIsAlwaysTheSameRun() {
    ScenarioResult first = Chaos.show(ChaosPlan.of(5));
    ScenarioResult second = Chaos.show(ChaosPlan.of(5));

    assertThat(shown(second)).isEqualTo(shown(first));
    assertThat(second.virtualTime()).isEqualTo(first.virtualTime());
  }

  /** What a run shows, but for the number that every simulation of a process has in the addresses of its nodes. */
  private static String shown(ScenarioResult result) {
    return result.schedule().replaceAll("local:simulation-\\S*", "local:simulation");
  }

  /** Somebody makes a second active, behind everybody's back: no orchestrator can help that, so it must be found. */
  private static Fault sabotage() {
    Trigger begun = new Trigger.EventTold(EventKind.REBALANCE_STARTED, Trigger.ANY, Trigger.ANY);
    List<Action> twoActives = new ArrayList<>();
    List.of("a", "b", "c").forEach(node -> twoActives.add(new Action.SetState(node, 0, VBucketState.ACTIVE)));
    return new Fault("sabotage", List.of(new Step.When(
        new Place("here", 1), begun, 1, Optional.empty(), Optional.empty(), Duration.ZERO, twoActives)),
        Duration.ZERO, false);
  }

  @Test
  void aFailingPlanIsShrunkToTheFaultThatItTakes() {
    ChaosPlan plan = ChaosPlan.of(5);
    Fault sabotage = sabotage();
    List<Fault> faults = new ArrayList<>(plan.faults().subList(0, 2));
    faults.add(1, sabotage);

    ChaosPlan smallest = Chaos.shrink(plan.with(faults));

    assertThat(smallest.faults()).containsExactly(sabotage);
    assertThat(Chaos.play(smallest).problems()).anyMatch(problem -> problem.startsWith("I1: vb:0 is active on a and"));
  }
}
