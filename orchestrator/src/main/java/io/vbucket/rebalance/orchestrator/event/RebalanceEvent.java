package io.vbucket.rebalance.orchestrator.event;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Something that happened during a rebalance of a bucket, in the order in which it happened. The names of kinds and fields are those of
 * the JSON lines, too, and stay as they are.
 */
public sealed interface RebalanceEvent {
  Instant at();

  String bucket();

  /** The plan is made; nothing was changed yet. */
  record RebalancePlanned(Instant at, String bucket, PlannedRebalance plan) implements RebalanceEvent {}

  /** Begun, with so many moves to do. */
  record RebalanceStarted(Instant at, String bucket, int moves) implements RebalanceEvent {}

  record MoveStarted(Instant at, String bucket, int vbucket, String source, String destination)
      implements RebalanceEvent {}

  /** A phase of a move has begun; the one before it has ended at the same moment. The last phase ends with {@link MoveEnded}. */
  record PhaseEntered(Instant at, String bucket, int vbucket, MovePhase phase) implements RebalanceEvent {}

  /**
   * How much of a copy was sent: once a second at most while it is filled, and when its takeover is complete.
   *
   * @param node that gets the copy
   * @param itemsLeft items still to be sent, as the source estimates
   * @param bytes passed on since the move began, frames' headers and repeated fillings included
   * @param items that the copy has to be sent in all: the documents of the source, or for a node that had the copy before what it lacked; 0 when
   *     the source did not tell
   */
  record CopyProgressed(
      Instant at, String bucket, int vbucket, String node, long itemsLeft, long bytes, long items)
      implements RebalanceEvent {}

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

  /**
   * Clients write faster than the copy is filled: the move is given up, since waiting would not help.
   *
   * @param node that gets the copy
   * @param drainedPerSecond items that the copy got per second
   * @param writtenPerSecond items that clients wrote per second
   * @param window over which both were measured
   * @param itemsLeft at the end of the window
   */
  record WillNotConverge(
      Instant at, String bucket, int vbucket, String node, double drainedPerSecond, double writtenPerSecond,
      Duration window, long itemsLeft) implements RebalanceEvent {}

  /** The new owner of these moves is in the map of that revision, and both its nodes know it. */
  record MapCommitted(Instant at, String bucket, long revision, int moves) implements RebalanceEvent {}

  record MoveEnded(Instant at, String bucket, int vbucket, String source, String destination, MoveOutcome outcome)
      implements RebalanceEvent {}

  /** A pause was asked for; {@link Paused} follows when it is complete. */
  record PauseBegun(Instant at, String bucket, PauseMode mode) implements RebalanceEvent {}

  /**
   * Nothing starts any more, and no takeover is under way.
   *
   * @param held moves that stand at a safe point
   * @param residue after an abort, what the nodes still have of moves that were taken back; empty when they have nothing
   */
  record Paused(Instant at, String bucket, PauseMode mode, int held, List<String> residue) implements RebalanceEvent {
    public Paused {
      residue = List.copyOf(residue);
    }
  }

  record Resumed(Instant at, String bucket) implements RebalanceEvent {}

  /** The move stands at a safe point and goes on with {@link Resumed}. */
  record MoveHeld(Instant at, String bucket, int vbucket) implements RebalanceEvent {}

  /** The move was taken back because of a pause. It waits, and starts anew afterwards: this is not its end. */
  record MoveSetBack(Instant at, String bucket, int vbucket, String source, String destination, String residue)
      implements RebalanceEvent {}

  /** Somebody wants this move ended; {@link MoveEnded} follows if it had begun. */
  record MoveCancelled(Instant at, String bucket, int vbucket) implements RebalanceEvent {}

  record LimitChanged(Instant at, String bucket, LimitChange change) implements RebalanceEvent {}

  /** A stop was asked for: nothing starts any more, and takeovers may finish for {@code grace}. */
  record StopBegun(Instant at, String bucket, Duration grace, String why) implements RebalanceEvent {}

  /**
   * Not all moves were made; what is left is planned and run anew after a pause.
   *
   * @param attempt number of the next run, 2 or more
   * @param why what did not succeed
   */
  record RetryPlanned(Instant at, String bucket, int attempt, Duration pause, String why) implements RebalanceEvent {}

  /** What was to be run anew is not. */
  record RetryGivenUp(Instant at, String bucket, String why) implements RebalanceEvent {}

  /** Something that the operator should know though nothing failed. */
  record Warned(Instant at, String bucket, String what) implements RebalanceEvent {}

  record RebalanceEnded(Instant at, String bucket, RebalanceSummary summary) implements RebalanceEvent {}
}
