package io.vbucket.rebalance.testkit.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import io.vbucket.rebalance.testkit.script.run.ScenarioRunner;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SimulatedStageTest {
  private static final String RETRIED_TWICE = String.join("\n",
      "scenario = \"moved after two retries\"",
      "cluster { nodes = [a, b, c], vbuckets = 8, items-per-vbucket = 10, writers = 2 }",
      "ask { rebalance { remove = [c] } }",
      "script = [ { when = \"any received STREAM_REQ answer\", do = ask-retry b, count = 2 } ]",
      "expect { outcome = moved, report { unmoved = 0 } }");

  private static Scenario scenario(String text) {
    return ScriptParser.parse("here.conf", text).get(0);
  }

  private static ScenarioResult play(String text, long seed) {
    return new ScenarioRunner(() -> new SimulatedStage(seed)).run(scenario(text));
  }

  @Test
  void theSameSeedGivesTheSameRunToTheLastFrame() {
    ScenarioResult first = play(RETRIED_TWICE, 7);
    ScenarioResult second = play(RETRIED_TWICE, 7);

    assertThat(first.problems()).isEmpty();
    assertThat(first.schedule()).hasLineCount(second.schedule().split("\n").length).isEqualTo(second.schedule());
    assertThat(first.virtualTime()).isEqualTo(second.virtualTime());
  }

  @Test
  void anotherSeedGivesAnotherOrderOfEvents() {
    assertThat(play(RETRIED_TWICE, 7).schedule()).isNotEqualTo(play(RETRIED_TWICE, 8).schedule());
  }

  @Test
  void aSilentNodeCostsVirtualTimeOnlyAndTheAnswerComesWithinTheLimitsOfTheSettings() {
    String text = String.join("\n",
        "scenario = \"a consumer that never answers ADD_STREAM\"",
        "cluster { nodes = [a, b], writers = 0 }",
        "settings { takeover { max-attempts = 2, timeouts { add-stream = 2 m, close = 1 m } } }",
        "ask { move { vbucket = 2, from = a, to = b } }",
        "script = [ { drop = \"b received ADD_STREAM\", attempt = 1 } ]",
        "expect { outcome = moved, attempts = 2, within = 10 m }");

    ScenarioResult result = play(text, 1);

    assertThat(result.problems()).isEmpty();
    assertThat(result.virtualTime()).hasValueSatisfying(took -> assertThat(took).isGreaterThan(Duration.ofMinutes(2)));
  }

  @Test
  void itsProbesHearWhatTheOrchestratorTellsAndAnswers() {
    try (SimulatedStage stage = new SimulatedStage(3)) {
      stage.start(scenario(RETRIED_TWICE), new Stage.Audience() {
        @Override
        public void frame(Seen.OfFrame frame, Runnable proceed, java.util.function.IntConsumer refuse) {
          proceed.run();
        }

        @Override
        public void seen(Seen what) {}
      });
      stage.ask();
      assertThat(stage.await(() -> !stage.answers().isEmpty(), Duration.ofMinutes(5))).isTrue();
      stage.await(() -> false, Duration.ofSeconds(1));

      stage.events().expectMessageClass(RebalanceEvent.RebalancePlanned.class);
      stage.events().expectMessageClass(RebalanceEvent.RebalanceStarted.class);
      assertThat(stage.answersHeard().expectMessageClass(RebalanceOrchestrator.Finished.class).summary().unmoved())
          .isEmpty();
    }
  }
}
