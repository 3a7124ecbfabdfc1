package io.vbucket.rebalance.orchestrator.takeover;

/** What the stream actor does on behalf of a {@link TakeoverProtocol}, in the given order. */
public sealed interface TakeoverEffect {
  /** Open the gate and write ADD_STREAM. */
  record OpenStream(int generation, int attempt, boolean takeover) implements TakeoverEffect {}

  /** Shut the gate. */
  record Fence(int generation) implements TakeoverEffect {}

  /** Write CLOSE_STREAM. */
  record CloseStream(int generation, Side side) implements TakeoverEffect {}

  /** Ask how many bytes have passed. */
  record Probe(int generation) implements TakeoverEffect {}

  /** Give the link up: a peer no longer answers. */
  record DropLink(String reason) implements TakeoverEffect {}

  /** Ask both nodes for the state of their copy. */
  record ReadStates(int inquiry) implements TakeoverEffect {}

  /** Make the source active. */
  record ActivateSource(int inquiry) implements TakeoverEffect {}

  record StartTimer(TakeoverEvent.Timer timer) implements TakeoverEffect {}

  record CancelTimer(TakeoverEvent.Timer timer) implements TakeoverEffect {}

  /** Tell the mover. */
  record Report(StreamReport report) implements TakeoverEffect {}
}
