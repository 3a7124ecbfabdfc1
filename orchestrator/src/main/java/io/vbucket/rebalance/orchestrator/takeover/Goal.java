package io.vbucket.rebalance.orchestrator.takeover;

/** What is to follow once a stream is settled. */
public sealed interface Goal {
  /** Number of the takeover attempt that this is about, 0 for a replica stream. */
  int attempt();

  /** Fill the destination. */
  record ToReplicate() implements Goal {
    @Override
    public int attempt() {
      return 0;
    }
  }

  /** Begin an attempt. */
  record ToTakeOver(int attempt) implements Goal {}

  /** Make good what a failed attempt left, then report it. */
  record ToFail(int attempt, FailureReason reason, String detail) implements Goal {}

  /** The destination said that it is active; see that nothing is left and report it. */
  record ToComplete(int attempt) implements Goal {}
}
