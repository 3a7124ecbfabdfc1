package io.vbucket.rebalance.orchestrator.control;

/** What can be asked of a rebalance that runs; each is answered with exactly one {@link ControlAnswer}. */
public sealed interface ControlRequest {
  /** Answered when the pause is complete. A pause that runs already may be asked for a mode that interferes more. */
  record Pause(PauseMode mode) implements ControlRequest {}

  /** Answered at once. */
  record Resume() implements ControlRequest {}

  /** Answered at once. */
  record ChangeLimit(LimitChange change) implements ControlRequest {}

  /** Takes one move out: answered when it has been undone or, past its takeover, finished. */
  record CancelMove(int vbucket) implements ControlRequest {}
}
