package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import java.util.Map;

/** What happens to a {@link MoveProtocol}. Answers carry the number of the question; those that nobody waits for are not listened to. */
public sealed interface MoveEvent {
  /** The move shall begin. */
  record Begin() implements MoveEvent {}

  /** The move shall end: before the takeover is complete it is undone, afterwards it is finished. */
  record Cancel(String why) implements MoveEvent {}

  /** The move shall stand at its next safe point until {@link Resume}; for {@link ParkableMove}, the steps themselves do not know it. */
  record Park() implements MoveEvent {}

  record Resume() implements MoveEvent {}

  /** The actor of the stream to {@code node} reports. */
  record Streamed(String node, StreamReport report) implements MoveEvent {}

  /** The states of all nodes that were asked, by name. */
  record StatesRead(int question, Map<String, CopyState> states) implements MoveEvent {
    public StatesRead {
      states = Map.copyOf(states);
    }

    CopyState of(String node) {
      return states.getOrDefault(node, CopyState.UNREACHABLE);
    }
  }

  /** A node has done what it was told to do with its copy, or has not. */
  record TaskDone(int question, String node, boolean done, String detail) implements MoveEvent {}

  /**
   * How far the backfill of a node is.
   *
   * @param running whether the source knows the stream and gave an estimate
   * @param itemsLeft estimate of the items still to be sent
   * @param highSeqno of the source at that time, -1 when it was not asked or not told
   * @param items documents that the source has, 0 when it did not tell
   */
  record BackfillRead(int question, String node, boolean running, long itemsLeft, long highSeqno, long items)
      implements MoveEvent {
    public BackfillRead(int question, String node, boolean running, long itemsLeft) {
      this(question, node, running, itemsLeft, -1, 0);
    }
  }

  /** Clients write at least as fast as the copy on {@code node} is filled, and have done so for long enough. */
  record WillNotConverge(String node, String detail) implements MoveEvent {}

  /** A node has persisted what the source had, or has failed to. */
  record Persisted(int question, String node, boolean done, String detail) implements MoveEvent {}

  /** Takeovers have become limited: every attempt from now on needs a slot. */
  record SlotsNeeded() implements MoveEvent {}

  /** The next attempt may begin. */
  record SlotGranted(int question) implements MoveEvent {}

  /** The new chain is in the map, and the nodes know it. */
  record Committed(int question, boolean done, String detail) implements MoveEvent {}

  /** @param node whose timer it was, or empty */
  record TimedOut(Timer timer, String node) implements MoveEvent {}

  /** The mover's time limits and pauses. */
  enum Timer {
    /** Until the backfill of a node is looked at again. */
    POLL,
    /** The estimate of a node's backfill has not become smaller for this long. */
    BACKFILL_STALL,
    /** Waiting for persistence on all nodes. */
    PERSISTENCE,
    /** Pause before the next attempt, to take over or to fill a node. */
    BACK_OFF,
    /** Pause before a question that got no answer is put again. */
    ASK_AGAIN
  }
}
