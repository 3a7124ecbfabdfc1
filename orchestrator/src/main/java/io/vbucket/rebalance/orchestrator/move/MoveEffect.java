package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;

/** What the mover does on behalf of a {@link MoveProtocol}, in the given order. */
public sealed interface MoveEffect {
  record ReadStates(int question) implements MoveEffect {}

  /** SET_VBUCKET(replica) on the destination. */
  record PrepareDestination(int question) implements MoveEffect {}

  /** Passes a command to the stream actor. */
  record Command(TakeoverEvent command) implements MoveEffect {}

  record ReadBackfill(int question) implements MoveEffect {}

  /** Waits until the destination has persisted the source's present high seqno. */
  record AwaitPersistence(int question) implements MoveEffect {}

  /** Makes the destination the owner in the map and tells all nodes. */
  record Commit(int question) implements MoveEffect {}

  /** Removes the old owner's dead copy. */
  record RemoveSource(int question) implements MoveEffect {}

  /** Takes back what was prepared on the destination; frees client operations that are parked there (T32). */
  record RemoveDestination(int question) implements MoveEffect {}

  /**
   * @param failures for {@link MoveEvent.Timer#BACK_OFF}, how many attempts have failed so far; otherwise 0
   */
  record StartTimer(MoveEvent.Timer timer, int failures) implements MoveEffect {}

  record CancelTimer(MoveEvent.Timer timer) implements MoveEffect {}

  /** A phase of the move has begun. */
  record Entered(MovePhase phase) implements MoveEffect {}

  /** An attempt has failed; another one follows when {@code again}. */
  record AttemptFailed(int attempt, FailureReason reason, String detail, boolean again) implements MoveEffect {}

  /** The move has ended; said exactly once, last of all (I8). */
  record Finish(MoveOutcome outcome) implements MoveEffect {}
}
