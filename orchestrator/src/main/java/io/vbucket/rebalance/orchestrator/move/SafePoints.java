package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.MoveState.BackingOff;
import io.vbucket.rebalance.orchestrator.move.MoveState.Building;
import io.vbucket.rebalance.orchestrator.move.MoveState.Checking;
import io.vbucket.rebalance.orchestrator.move.MoveState.New;
import io.vbucket.rebalance.orchestrator.move.MoveState.Persisting;
import io.vbucket.rebalance.orchestrator.move.MoveState.Widening;
import java.util.List;

/**
 * Where a move may stand for any length of time: nothing that changes a node is under way, clients are served by the old active, and the
 * streams that fill its copies go on. A takeover that has begun is none; nor is what comes after it, or taking a move back.
 */
final class SafePoints {
  private SafePoints() {}

  /** Whether {@code event} would take a move from here past a safe point. Reports of its streams never wait: they are facts. */
  static boolean waits(MoveState state, MoveEvent event) {
    if (state instanceof New) {
      return event instanceof MoveEvent.Begin;
    } else if (state instanceof Checking) {
      return event instanceof MoveEvent.StatesRead || event instanceof MoveEvent.TimedOut;
    } else if (state instanceof Building) {
      return event instanceof MoveEvent.StatesRead || event instanceof MoveEvent.TaskDone
          || event instanceof MoveEvent.BackfillRead || event instanceof MoveEvent.TimedOut;
    } else if (state instanceof Persisting) {
      return event instanceof MoveEvent.Persisted;
    } else if (state instanceof Widening) {
      return event instanceof MoveEvent.TaskDone || event instanceof MoveEvent.TimedOut;
    }
    return state instanceof BackingOff && event instanceof MoveEvent.TimedOut;
  }

  /**
   * @param waiting what came and waits
   */
  static boolean isSafe(MoveState state, List<MoveEvent> waiting) {
    if (state instanceof Building building) {
      return building.copies().entrySet().stream()
          .allMatch(copy -> isSafe(copy.getKey(), copy.getValue(), waiting));
    }
    return state instanceof New
        || state instanceof Checking
        || state instanceof Persisting
        || state instanceof Widening && !waiting.isEmpty()
        || state instanceof BackingOff;
  }

  private static boolean isSafe(String node, Copy copy, List<MoveEvent> waiting) {
    return switch (copy.stage()) {
      case CHECKING, FILLING, FILLED, BACKING_OFF -> true;
      case PREPARING -> waiting.stream()
          .anyMatch(event -> event instanceof MoveEvent.TaskDone done && done.node().equals(node));
      case CONNECTING, ENDING -> false;
    };
  }

  /** The question to which an event is the answer, when the answer may be no longer true; otherwise nothing. */
  static List<MoveEffect> askedAnew(MoveEvent event) {
    if (event instanceof MoveEvent.StatesRead read) {
      return List.of(new MoveEffect.ReadStates(read.question(), List.copyOf(read.states().keySet())));
    } else if (event instanceof MoveEvent.BackfillRead read) {
      return List.of(new MoveEffect.ReadBackfill(read.question(), read.node()));
    } else if (event instanceof MoveEvent.Persisted persisted) {
      return List.of(new MoveEffect.AwaitPersistence(persisted.question(), List.of(persisted.node())));
    }
    return List.of();
  }

  static MoveEffect.CancelTimer cancel(MoveEffect.StartTimer start) {
    return new MoveEffect.CancelTimer(start.timer(), start.node());
  }
}
