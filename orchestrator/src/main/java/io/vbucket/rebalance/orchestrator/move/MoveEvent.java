package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;

/** What happens to a {@link MoveProtocol}. Answers carry the number of the question; older ones are not listened to. */
public sealed interface MoveEvent {
  /** The move shall begin. */
  record Begin() implements MoveEvent {}

  /** The move shall end: before the takeover is complete it is undone, afterwards it is finished. */
  record Cancel(String why) implements MoveEvent {}

  /** The stream actor reports. */
  record Streamed(StreamReport report) implements MoveEvent {}

  record StatesRead(int question, CopyState source, CopyState destination) implements MoveEvent {}

  /** The destination was told to become a replica. */
  record DestinationPrepared(int question, boolean done, String detail) implements MoveEvent {}

  /**
   * How far the backfill is.
   *
   * @param running whether the source knows the stream and gave an estimate
   * @param itemsLeft estimate of the items still to be sent
   */
  record BackfillRead(int question, boolean running, long itemsLeft) implements MoveEvent {}

  /** The destination has persisted what the source had, or has failed to. */
  record Persisted(int question, boolean done, String detail) implements MoveEvent {}

  /** The new owner is in the map, and the nodes know it. */
  record Committed(int question, boolean done, String detail) implements MoveEvent {}

  /** A copy was removed, or could not be. */
  record Removed(int question, boolean done, String detail) implements MoveEvent {}

  record TimedOut(Timer timer) implements MoveEvent {}

  /** The mover's time limits and pauses. */
  enum Timer {
    /** Until the backfill is looked at again. */
    POLL,
    /** The backfill's estimate has not become smaller for this long. */
    BACKFILL_STALL,
    /** Waiting for persistence. */
    PERSISTENCE,
    /** Pause before the next attempt. */
    BACK_OFF,
    /** Pause before a question that got no answer is put again. */
    ASK_AGAIN
  }
}
