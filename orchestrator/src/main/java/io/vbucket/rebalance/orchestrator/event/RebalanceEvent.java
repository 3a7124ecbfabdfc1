package io.vbucket.rebalance.orchestrator.event;

import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Instant;

/** Something that happened during a rebalance of a bucket, in the order in which it happened. */
public sealed interface RebalanceEvent {
  Instant at();

  String bucket();

  /** Begun, with so many moves to do. */
  record RebalanceStarted(Instant at, String bucket, int moves) implements RebalanceEvent {}

  record MoveStarted(Instant at, String bucket, int vbucket, String source, String destination)
      implements RebalanceEvent {}

  record PhaseEntered(Instant at, String bucket, int vbucket, MovePhase phase) implements RebalanceEvent {}

  /** ADD_STREAM(takeover) of an attempt is written; the first attempt has number 1. */
  record AttemptStarted(Instant at, String bucket, int vbucket, int attempt) implements RebalanceEvent {}

  /** The source's consent to go dead was passed on: clients of this vBucket wait from about now. */
  record SourceGoesDead(Instant at, String bucket, int vbucket, int attempt) implements RebalanceEvent {}

  /** The destination said that it is active: clients of this vBucket are served again. */
  record DestinationActive(Instant at, String bucket, int vbucket, int attempt) implements RebalanceEvent {}

  /**
   * @param attempt 0 when the copy could not be filled
   * @param again whether another attempt follows
   */
  record AttemptFailed(
      Instant at, String bucket, int vbucket, int attempt, FailureReason reason, String detail, boolean again)
      implements RebalanceEvent {}

  /** The new owner of these moves is in the map of that revision, and both its nodes know it. */
  record MapCommitted(Instant at, String bucket, long revision, int moves) implements RebalanceEvent {}

  record MoveEnded(Instant at, String bucket, int vbucket, String source, String destination, MoveOutcome outcome)
      implements RebalanceEvent {}

  /** Something that the operator should know though nothing failed. */
  record Warned(Instant at, String bucket, String what) implements RebalanceEvent {}

  record RebalanceEnded(Instant at, String bucket, RebalanceSummary summary) implements RebalanceEvent {}
}
