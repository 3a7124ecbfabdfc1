package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;

/** How a move ended. */
public sealed interface MoveOutcome {
  /** Takeover attempts that were begun. */
  int attempts();

  /**
   * The destination is active and in the map.
   *
   * @param residue what could not be cleaned up on the old owner, or empty
   */
  record Moved(int attempts, String residue) implements MoveOutcome {}

  /**
   * The source is still the owner and the map is unchanged.
   *
   * @param residue what could not be taken back on the destination, or empty
   */
  record Unmoved(int attempts, FailureReason reason, String detail, String residue) implements MoveOutcome {}

  /** Somebody must look: nothing was deleted. */
  record NeedsOperator(int attempts, String detail) implements MoveOutcome {}
}
