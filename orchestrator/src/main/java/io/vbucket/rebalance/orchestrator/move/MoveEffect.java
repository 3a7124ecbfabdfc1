package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.List;

/** What the mover does on behalf of a {@link MoveProtocol}, in the given order. */
public sealed interface MoveEffect {
  /** Asks these nodes for the state of their copy; answered together with {@link MoveEvent.StatesRead}. */
  record ReadStates(int question, List<String> nodes) implements MoveEffect {
    public ReadStates {
      nodes = List.copyOf(nodes);
    }
  }

  /** Tells a node what to do with its copy; answered with {@link MoveEvent.TaskDone}. */
  record Perform(int question, CopyTask task) implements MoveEffect {}

  /** Passes a command to the actor of the stream from the old active to {@code node}. */
  record Command(String node, TakeoverEvent command) implements MoveEffect {}

  /** Asks the old active how much the stream to {@code node} has still to send. */
  record ReadBackfill(int question, String node) implements MoveEffect {}

  /** Waits until each of these nodes has persisted the old active's present high seqno; answered with one {@link MoveEvent.Persisted} each. */
  record AwaitPersistence(int question, List<String> nodes) implements MoveEffect {
    public AwaitPersistence {
      nodes = List.copyOf(nodes);
    }
  }

  /** Asks for a slot for one attempt to take over; answered with {@link MoveEvent.SlotGranted} once there is one, unless it is freed before. */
  record AskSlot(int question) implements MoveEffect {}

  /** The slot is not used any more, or not wanted any more. */
  record FreeSlot() implements MoveEffect {}

  /** Puts the new chain into the map and tells all nodes. */
  record Commit(int question) implements MoveEffect {}

  /**
   * @param node whose timer it is, or empty for one of the whole move
   * @param failures for {@link MoveEvent.Timer#BACK_OFF}, how many attempts have failed so far; otherwise 0
   */
  record StartTimer(MoveEvent.Timer timer, String node, int failures) implements MoveEffect {}

  record CancelTimer(MoveEvent.Timer timer, String node) implements MoveEffect {}

  /** A phase of the move has begun. */
  record Entered(MovePhase phase) implements MoveEffect {}

  /** An attempt has failed; another one follows when {@code again}. */
  record AttemptFailed(int attempt, FailureReason reason, String detail, boolean again) implements MoveEffect {}

  /** The move stands at a safe point, as it was asked to. */
  record Parked() implements MoveEffect {}

  /** The move has ended; said exactly once, last of all (I8). */
  record Finish(MoveOutcome outcome) implements MoveEffect {}
}
