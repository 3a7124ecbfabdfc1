package io.vbucket.rebalance.testkit.stage;

public abstract class SimulatedStage implements Stage {
}
