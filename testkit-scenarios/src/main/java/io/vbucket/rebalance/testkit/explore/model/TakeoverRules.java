package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;

/** The rules of takeovers as a function: {@link TakeoverProtocol#on}, unless somebody wants to see what happens with others. */
@FunctionalInterface
public interface TakeoverRules {
  /** As in production. */
  TakeoverRules REAL = TakeoverProtocol::on;

  TakeoverProtocol.Step on(TakeoverProtocol protocol, TakeoverEvent event);
}
