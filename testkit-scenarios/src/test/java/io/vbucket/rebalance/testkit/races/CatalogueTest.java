package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.testkit.junit.ScenarioScripts;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;

/** The race catalogue as scripts, each on both stages where it makes sense. */
class CatalogueTest {
  @ScenarioScripts(value = "scenarios", stages = "simulated", rows = 16, everyChoice = true)
  void scriptHoldsInVirtualTime(ScenarioResult played) {
    assertThat(played.problems()).isEmpty();
  }

  @ScenarioScripts(value = "scenarios", stages = "embedded", rows = 3)
  void scriptHoldsOnSockets(ScenarioResult played) {
    assertThat(played.problems()).isEmpty();
  }
}
