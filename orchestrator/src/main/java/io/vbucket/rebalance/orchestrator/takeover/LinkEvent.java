package io.vbucket.rebalance.orchestrator.takeover;

/**
 * What a link tells a vBucket's stream actor. All but {@link Up}, {@link NotUp} and {@link OldConnectionsGone} come from the relay's own thread, in
 * the order in which things happened on the wire.
 */
public sealed interface LinkEvent extends TakeoverEvent {
  /**
   * Both connections stand and streams may be added.
   *
   * @param producerName name of the producer connection, as {@code dcp-vbtakeover} wants it
   */
  record Up(String producerName) implements LinkEvent {}

  /**
   * The link could not be made this time; it is tried again.
   *
   * @param mayPass whether that may help. Otherwise a node refused a connection and would refuse it again, until somebody changes something
   * @param detail which node, what it was asked, what it answered, and what can be done
   */
  record NotUp(boolean mayPass, String detail) implements LinkEvent {}

  /** The gate saw something. */
  record Saw(GateReport report) implements LinkEvent {}

  /** The consumer answered the ADD_STREAM of {@code generation}, told apart by its own opaque (T29). */
  record AddAnswered(int generation, int status) implements LinkEvent {}

  /** One side answered the CLOSE_STREAM of {@code generation}. */
  record CloseAnswered(int generation, Side side, int status) implements LinkEvent {}

  /** The gate of {@code generation} is shut: nothing passes from now on, and this is how far the stream got. */
  record Fenced(int generation, Progress progress) implements LinkEvent {}

  /** Answer to a probe: bytes passed on for {@code generation} until now, in both directions. */
  record Activity(int generation, long bytes) implements LinkEvent {}

  /**
   * A connection was lost and the other one was closed with it; the gates are shut.
   *
   * @param generation the stream of this vBucket at that moment, 0 for none
   * @param progress how far it got
   */
  record Lost(int generation, Progress progress, String reason) implements LinkEvent {}

  /**
   * What became of the connections of the lost link on the nodes. A node may go on reading frames that it had received before the
   * connection broke; only when it confirmed that it dropped the connection is nothing of it executed any more (T19, T27).
   */
  record OldConnectionsGone(boolean consumerGone, boolean producerGone) implements LinkEvent {}
}
