package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.stage.EmbeddedStage;
import io.vbucket.rebalance.testkit.stage.SimulatedStage;
import io.vbucket.rebalance.testkit.stage.Stage;

/** The stages by their names on the command line. */
enum StageChoice {
  simulated,
  embedded;

  Stage open(long seed) {
    return this == simulated ? new SimulatedStage(seed) : new EmbeddedStage();
  }
}
