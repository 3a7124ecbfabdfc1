package io.vbucket.rebalance.orchestrator.replication;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;

/** What happens to a {@link KeptStream}. */
sealed interface KeptEvent {
  /** The stream is wanted from now on. */
  record Begin() implements KeptEvent {}

  /** The stream is not wanted any more, or by somebody else: end it and settle it. */
  record End() implements KeptEvent {}

  record StatesRead(CopyState active, CopyState replica) implements KeptEvent {}

  /** @param answered whether the node answered at all; if not, it may still do what it was told */
  record Prepared(boolean done, boolean answered, String detail) implements KeptEvent {}

  /** The stream runs. */
  record Running() implements KeptEvent {}

  /** The stream is settled: nothing of it is open on either side. */
  record Ended(String why) implements KeptEvent {}

  record TimedOut() implements KeptEvent {}
}
