package io.vbucket.rebalance.orchestrator.takeover;

/** What a vBucket's stream actor tells its mover. */
public sealed interface StreamReport {
  /** The replica stream that was asked for runs. */
  record Replicating() implements StreamReport {}

  /** A takeover's stream was added: attempt {@code attempt} has begun. */
  record Started(int attempt) implements StreamReport {}

  /** The source goes dead: from now on clients wait. */
  record SourceGoesDead(int attempt) implements StreamReport {}

  /** The destination said that it is active: clients wait no longer. The stream may still be ending. */
  record DestinationActive(int attempt) implements StreamReport {}

  /** The destination is active, and no stream is left on either side. */
  record TakenOver(int attempt) implements StreamReport {}

  /**
   * The stream or attempt failed. It is settled: no stream is left, and the source is active unless {@code reason} says otherwise.
   *
   * @param attempt 0 for a replica stream
   * @param destination what is left on the destination
   */
  record Failed(int attempt, FailureReason reason, String detail, CopyState destination) implements StreamReport {}

  /** Neither side could be made active safely; nothing was deleted. */
  record NeedsOperator(int attempt, String detail) implements StreamReport {}
}
