package io.vbucket.rebalance.orchestrator.takeover;

/** What happens to a {@link TakeoverProtocol}: commands of the mover, events of the link, answers of nodes, time limits. */
public sealed interface TakeoverEvent
    permits LinkEvent, TakeoverEvent.Replicate, TakeoverEvent.TakeOver, TakeoverEvent.End,
    TakeoverEvent.StatesRead, TakeoverEvent.SourceSet, TakeoverEvent.TimedOut {

  /** The mover asks for a stream that fills the destination's copy. */
  record Replicate() implements TakeoverEvent {}

  /** The mover asks for a takeover. Answered once: taken over, failed, or in need of an operator. */
  record TakeOver(int attempt) implements TakeoverEvent {}

  /**
   * The mover asks to end whatever runs and to leave the source active. Answered like a takeover; not answered when nothing runs, since the
   * end of what ran before was reported.
   */
  record End(String why) implements TakeoverEvent {}

  /** Both nodes were asked for the state of their copy. */
  record StatesRead(int inquiry, CopyState source, CopyState destination) implements TakeoverEvent {}

  /** The source was told to become active, with this result. */
  record SourceSet(int inquiry, boolean done) implements TakeoverEvent {}

  /** A timer that was started and neither cancelled nor replaced has run out. */
  record TimedOut(Timer timer) implements TakeoverEvent {}

  /** The time limits; each is a setting. */
  enum Timer {
    /** A link comes up. */
    LINK,
    /** ADD_STREAM is written until the producer consented. */
    ADD_STREAM,
    /** The stream has passed on bytes since the last look. */
    CATCH_UP,
    /** Pending is asked until it is confirmed. */
    PENDING,
    /** Pending is confirmed until active is confirmed. */
    ACTIVE,
    /** Active is confirmed until STREAM_END and the answer to ADD_STREAM were seen. */
    END,
    /** Both answers to CLOSE_STREAM. */
    CLOSE,
    /** Pause before a node that did not answer is asked again. */
    ASK_AGAIN,
    /** How long a node may stay away before the move is given up. */
    NODE_DOWN
  }
}
