package io.vbucket.rebalance.orchestrator.replication;

/** What the keeper does on behalf of a {@link KeptStream}, in the given order. */
sealed interface KeptEffect {
  /** Asks both nodes for the state of their copy. */
  record ReadStates() implements KeptEffect {}

  /** Makes the replica's copy one, unless it is active. */
  record Prepare() implements KeptEffect {}

  record Replicate() implements KeptEffect {}

  record EndStream() implements KeptEffect {}

  /** @param failures how often in a row the stream could not be had; 0 for the time after which it counts as steady */
  record StartTimer(int failures) implements KeptEffect {}

  record CancelTimer() implements KeptEffect {}

  /** Nothing is left of the stream; the last word. */
  record Gone() implements KeptEffect {}
}
