package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.move.MoveEvent;
import io.vbucket.rebalance.orchestrator.move.MoveProtocol;

/** The rules of moves as a function: {@link MoveProtocol#on}, unless somebody wants to see what happens with others. */
@FunctionalInterface
public interface MoveRules {
  /** As in production. */
  MoveRules REAL = MoveProtocol::on;

  MoveProtocol.Step on(MoveProtocol protocol, MoveEvent event);
}
