package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Where a move stands. */
public sealed interface MoveState {
  /** What an operator sees of it; null where the phase before goes on. */
  default MovePhase phase() {
    return null;
  }

  record New() implements MoveState {}

  /** Asks all nodes what they have before anything is changed. */
  record Checking(int asked) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.PREPARE;
    }
  }

  /** Nobody has a copy yet: the nodes that {@code open} names are told to make one. The active comes last. */
  record Creating(Tasks tasks, boolean active) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.PREPARE;
    }
  }

  /** The copies of the new chain are built, each at its own pace. */
  record Building(SortedMap<String, Copy> copies) implements MoveState {
    public Building {
      copies = Collections.unmodifiableSortedMap(new TreeMap<>(copies));
    }

    @Override
    public MovePhase phase() {
      boolean pausing = false;
      boolean preparing = false;
      boolean filling = false;
      for (Copy copy : copies.values()) {
        switch (copy.stage()) {
          case BACKING_OFF -> pausing = true;
          case CHECKING, PREPARING -> preparing = true;
          case CONNECTING, FILLING, ENDING -> filling = true;
          case FILLED -> {
          }
        }
      }
      return filling
          ? MovePhase.BACKFILL
          : preparing ? MovePhase.PREPARE : pausing ? MovePhase.BACK_OFF : MovePhase.BACKFILL;
    }
  }

  /**
   * Waits until the copies are persisted.
   *
   * @param open nodes that have yet to persist
   * @param widened whether the active already waits for majorities of both chains: then this is the second wait
   */
  record Persisting(Set<String> open, boolean widened) implements MoveState {
    public Persisting {
      open = Collections.unmodifiableSet(new TreeSet<>(open));
    }

    @Override
    public MovePhase phase() {
      return MovePhase.PERSIST;
    }
  }

  /** The active is told the topology of both chains. */
  record Widening(int tries) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.PERSIST;
    }
  }

  /**
   * Takeovers are limited: the next attempt begins once its owner gives it a slot. Nothing of it has begun, so the move can be steered as
   * if it had not come here.
   */
  record AwaitingSlot() implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.AWAIT_SLOT;
    }
  }

  record TakingOver() implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.TAKEOVER;
    }
  }

  /**
   * Pauses before the next attempt to take over.
   *
   * @param refill whether the destination must be prepared and filled anew
   */
  record BackingOff(boolean refill) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.BACK_OFF;
    }
  }

  /** All streams were told to end; then the move is taken back. */
  record Ending(FailureReason reason, String detail) implements MoveState {}

  record Committing() implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.COMMIT;
    }
  }

  /** The new map is true. The old active's streams end before its state is touched (R7, R12, R13). */
  record Parting() implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.CLEAN_UP;
    }
  }

  /** The new active is asked once more before the old copies go: it may have come back without its data meanwhile (T17). */
  record Confirming(int asked) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.CLEAN_UP;
    }
  }

  record CleaningUp(Tasks tasks) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.CLEAN_UP;
    }
  }

  /** All nodes are asked, so that nothing is taken back that is in use. */
  record CheckingUndo(FailureReason reason, String detail, int asked) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.UNDO;
    }
  }

  /** @param left what is left alone, in words, or empty */
  record Undoing(FailureReason reason, String detail, String left, Tasks tasks) implements MoveState {
    @Override
    public MovePhase phase() {
      return MovePhase.UNDO;
    }
  }

  /** Somebody must look. All streams were told to end; then that is said. */
  record Leaving(MoveOutcome outcome) implements MoveState {}

  record Finished() implements MoveState {}

  /**
   * Tasks that nodes were told, at most one per node.
   *
   * @param open tasks without an answer
   * @param failed by task, what went wrong at this try
   * @param tries rounds so far
   */
  record Tasks(Map<String, CopyTask> open, Map<CopyTask, String> failed, int tries) {
    public Tasks {
      open = Collections.unmodifiableMap(new LinkedHashMap<>(open));
      failed = Collections.unmodifiableMap(new LinkedHashMap<>(failed));
    }
  }
}
