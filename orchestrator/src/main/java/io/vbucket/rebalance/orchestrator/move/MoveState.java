package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;

/** Where a move stands. */
public sealed interface MoveState {
  record New() implements MoveState {}

  /** Asks both nodes what they have before anything is changed. */
  record Checking(int asked) implements MoveState {}

  /** The destination becomes a replica. */
  record Preparing() implements MoveState {}

  /** The replica stream was asked for. */
  record Connecting() implements MoveState {}

  /** The replica stream fills the destination. */
  record Backfilling(long itemsLeft) implements MoveState {}

  record Persisting() implements MoveState {}

  record TakingOver() implements MoveState {}

  /**
   * Pauses before the next attempt.
   *
   * @param refill whether the destination must be prepared and filled anew
   */
  record BackingOff(boolean refill) implements MoveState {}

  /** The stream was told to end; a retryable reason means that the filling is started anew afterwards. */
  record Cancelling(FailureReason reason, String why) implements MoveState {}

  record Committing() implements MoveState {}

  record CleaningUp(int tries) implements MoveState {}

  /** Both nodes are asked, so that nothing is taken back that is in use. */
  record CheckingUndo(FailureReason reason, String detail, int asked) implements MoveState {}

  record Undoing(FailureReason reason, String detail, int tries) implements MoveState {}

  record Finished() implements MoveState {}
}
