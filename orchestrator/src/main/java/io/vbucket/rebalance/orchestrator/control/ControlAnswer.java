package io.vbucket.rebalance.orchestrator.control;

import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import java.util.List;

/** What came of a {@link ControlRequest}. */
public sealed interface ControlAnswer {
  /**
   * The pause is complete: nothing starts, and no takeover is under way.
   *
   * @param mode in which it is paused; of several that were asked for, the one that interferes most
   * @param held moves that stand at a safe point and keep their replica streams
   * @param residue after an abort, what all nodes together still have of the moves that were taken back; empty when they have nothing
   */
  record Paused(PauseMode mode, int held, List<String> residue) implements ControlAnswer {
    public Paused {
      residue = List.copyOf(residue);
    }
  }

  record Resumed() implements ControlAnswer {}

  record LimitChanged(LimitChange change) implements ControlAnswer {}

  /** The move has ended, one way or the other. */
  record Cancelled(int vbucket, MoveOutcome outcome) implements ControlAnswer {}

  /** Nothing was changed by it, and why. */
  record NotPossible(String reason) implements ControlAnswer {}
}
