package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import java.util.List;
import java.util.Map;

/**
 * The steps of one move, as a pure function of state and event:
 *
 * <pre>
 *   check all copies -> build the new chain from the old active -> wait until it is persisted
 *   -> (chains) tell the active both topologies, wait for persistence once more
 *   -> (another active, takeovers limited) wait for a slot -> take over, as often as the budget allows
 *   -> commit the map -> (chains) end the old active's streams -> new topology, roles and deletions
 * </pre>
 *
 * or take everything back (I4). The map is committed before anything is deleted (I3). This class says which room of the house an event
 * belongs to; the rules are in {@link CopyBuilding}, {@link Handover}, {@link Finishing} and {@link Undoing}.
 *
 * @param phase the last phase that was entered, null before the first
 * @param question number of the last question
 * @param attempts takeovers begun
 * @param failures attempts that failed
 * @param fillings how often the copy of each node had to be started anew
 * @param streams by node, the attempt (0 for filling) that its stream actor was told to begin last and has not reported the end of; a report of
 *     the end of anything else crossed with that order, and is not listened to
 * @param widened whether the old active was told another topology than that of the old chain
 * @param limits the budget, what counts as filled, and whether takeovers are limited
 */
public record MoveProtocol(
    Move move,
    MoveState state,
    MovePhase phase,
    int question,
    int attempts,
    int failures,
    Map<String, Integer> fillings,
    Map<String, Integer> streams,
    boolean widened,
    Limits limits) {

  /** How often a node that does not answer is asked before a clean-up is given up or a check fails. */
  static final int TRIES = 5;

  public MoveProtocol {
    fillings = Map.copyOf(fillings);
    streams = Map.copyOf(streams);
  }

  /**
   * @param maxAttempts takeovers, and likewise fillings of a copy, before the move is given up; at least 1
   * @param backfillDoneBelow estimate of items left under which a copy counts as filled; at least 1
   * @param takeoverSlots whether an attempt to take over needs a slot, which its owner gives
   */
  public record Limits(int maxAttempts, long backfillDoneBelow, boolean takeoverSlots) {
    /** Without limit for takeovers. */
    public Limits(int maxAttempts, long backfillDoneBelow) {
      this(maxAttempts, backfillDoneBelow, false);
    }

    Limits withTakeoverSlots() {
      return new Limits(maxAttempts, backfillDoneBelow, true);
    }
  }

  public static MoveProtocol initial(Move move, Limits limits) {
    return new MoveProtocol(move, new MoveState.New(), null, 0, 0, 0, Map.of(), Map.of(), false, limits);
  }

  /** What follows from an event. */
  public record Step(MoveProtocol next, List<MoveEffect> effects) {}

  public Step on(MoveEvent event) {
    Turn turn = new Turn(this);
    if (event instanceof MoveEvent.Cancel cancel) {
      cancelled(turn, cancel);
    } else if (event instanceof MoveEvent.Streamed streamed) {
      streamed(turn, streamed);
    } else if (event instanceof MoveEvent.SlotsNeeded) {
      turn.needSlots();
    } else if (state instanceof MoveState.New && event instanceof MoveEvent.Begin) {
      new CopyBuilding(turn).check();
    } else if (state instanceof MoveState.Checking checking) {
      new CopyBuilding(turn).checking(checking, event);
    } else if (state instanceof MoveState.Creating creating) {
      new CopyBuilding(turn).creating(creating, event);
    } else if (state instanceof MoveState.Building building) {
      new CopyBuilding(turn).building(building, event);
    } else if (state instanceof MoveState.Persisting persisting) {
      new Handover(turn).persisting(persisting, event);
    } else if (state instanceof MoveState.Widening widening) {
      new Handover(turn).widening(widening, event);
    } else if (state instanceof MoveState.AwaitingSlot) {
      new Handover(turn).awaitingSlot(event);
    } else if (state instanceof MoveState.BackingOff backing) {
      new Handover(turn).backingOff(backing, event);
    } else if (state instanceof MoveState.Committing) {
      new Finishing(turn).committing(event);
    } else if (state instanceof MoveState.Confirming confirming) {
      new Finishing(turn).confirming(confirming, event);
    } else if (state instanceof MoveState.CleaningUp cleaning) {
      new Finishing(turn).cleaningUp(cleaning, event);
    } else if (state instanceof MoveState.CheckingUndo undo) {
      new Undoing(turn).checking(undo, event);
    } else if (state instanceof MoveState.Undoing undoing) {
      new Undoing(turn).undoing(undoing, event);
    }
    return turn.step();
  }

  private void streamed(Turn turn, MoveEvent.Streamed streamed) {
    String node = streamed.node();
    StreamReport report = streamed.report();
    if (report instanceof StreamReport.NeedsOperator operator && isDue(node, operator.attempt())) {
      turn.settled(node);
      new Finishing(turn).leave(new MoveOutcome.NeedsOperator(attempts, operator.detail()));
    } else if (report instanceof StreamReport.TakenOver taken && isDue(node, taken.attempt())) {
      turn.settled(node);
      new Finishing(turn).commit();
    } else if (report instanceof StreamReport.Replicating && state instanceof MoveState.Building building) {
      new CopyBuilding(turn).replicating(building, node);
    } else if (report instanceof StreamReport.Failed failed && isDue(node, failed.attempt())) {
      turn.settled(node);
      streamFailed(turn, node, failed);
    }
  }

  private boolean isDue(String node, int attempt) {
    return streams.getOrDefault(node, -1) == attempt;
  }

  private void streamFailed(Turn turn, String node, StreamReport.Failed failed) {
    if (state instanceof MoveState.Building building) {
      new CopyBuilding(turn).streamFailed(building, node, failed);
    } else if (state instanceof MoveState.Persisting || state instanceof MoveState.Widening
        || state instanceof MoveState.AwaitingSlot) {
      new Handover(turn).streamFailed(node, failed);
    } else if (state instanceof MoveState.TakingOver && node.equals(move.destination())) {
      new Handover(turn).attemptFailed(failed);
    } else if (state instanceof MoveState.Ending ending) {
      new Undoing(turn).streamsMayBeOver(ending);
    } else if (state instanceof MoveState.Parting) {
      new Finishing(turn).streamsMayBeOver();
    } else if (state instanceof MoveState.Leaving leaving) {
      new Finishing(turn).streamsMayBeOver(leaving);
    }
    // A replica that drops out of a takeover is filled again before the next attempt, or by whoever replicates from the new active.
  }

  private void cancelled(Turn turn, MoveEvent.Cancel cancel) {
    if (state instanceof MoveState.New || state instanceof MoveState.Checking) {
      turn.finish(new MoveOutcome.Unmoved(attempts, FailureReason.CANCELLED, cancel.why(), ""));
    } else if (state instanceof MoveState.Building || state instanceof MoveState.Persisting
        || state instanceof MoveState.Widening || state instanceof MoveState.AwaitingSlot
        || state instanceof MoveState.TakingOver || state instanceof MoveState.BackingOff) {
      new Undoing(turn).undo(FailureReason.CANCELLED, cancel.why());
    }
    // A vBucket that nobody had is made in no time; what is committed is finished; what is being undone goes on.
  }
}
