package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.stage.EmbeddedStage;
import io.vbucket.rebalance.testkit.stage.SimulatedStage;
import io.vbucket.rebalance.testkit.stage.Stage;
import java.util.function.Supplier;

/** The stages by their names on the command line. */
enum StageChoice {
  simulated,
  embedded,
  /** Nodes that others own. */
  cluster;

  /**
   * @param foreign the stage of a cluster file
   */
  Stage open(long seed, Supplier<Stage> foreign) {
    return switch (this) {
      case simulated -> new SimulatedStage(seed);
      case embedded -> new EmbeddedStage();
      case cluster -> foreign.get();
    };
  }
}
