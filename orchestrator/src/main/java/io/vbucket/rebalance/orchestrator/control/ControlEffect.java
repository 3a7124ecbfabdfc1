package io.vbucket.rebalance.orchestrator.control;

import java.util.List;

/** What a running rebalance does on behalf of its {@link RunControl}, in the given order. */
public sealed interface ControlEffect {
  /** The move shall be held at its next safe point. */
  record Hold(int vbucket) implements ControlEffect {}

  /** The move may go on. */
  record LetGo(int vbucket) implements ControlEffect {}

  /** The move shall be taken back. */
  record TakeBack(int vbucket, String why) implements ControlEffect {}

  /** The move waits, and shall not start any more. */
  record Drop(int vbucket) implements ControlEffect {}

  /** Moves may start. */
  record StartMoves() implements ControlEffect {}

  /** All nodes shall be asked what they still have of moves that were taken back. */
  record CheckResidue() implements ControlEffect {}

  /** The pause is complete. */
  record TellPaused(PauseMode mode, int held, List<String> residue) implements ControlEffect {
    public TellPaused {
      residue = List.copyOf(residue);
    }
  }

  record TellResumed() implements ControlEffect {}

  /**
   * @param ask number under which it was asked
   */
  record Reply(long ask, ControlAnswer answer) implements ControlEffect {}
}
