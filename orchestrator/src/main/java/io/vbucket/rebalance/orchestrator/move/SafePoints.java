package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.MoveState.AwaitingSlot;
import io.vbucket.rebalance.orchestrator.move.MoveState.BackingOff;
import io.vbucket.rebalance.orchestrator.move.MoveState.Building;
import io.vbucket.rebalance.orchestrator.move.MoveState.Checking;
import io.vbucket.rebalance.orchestrator.move.MoveState.New;
import io.vbucket.rebalance.orchestrator.move.MoveState.Persisting;
import io.vbucket.rebalance.orchestrator.move.MoveState.Widening;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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
    } else if (state instanceof AwaitingSlot) {
      return event instanceof MoveEvent.SlotGranted;
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
        || state instanceof AwaitingSlot
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

  /** The questions whose answers waited, and may be no longer true. */
  static List<MoveEffect> askedAnew(MoveProtocol protocol, List<MoveEvent> waiting) {
    List<MoveEffect> questions = new ArrayList<>();
    Set<String> persisting = new TreeSet<>();
    for (MoveEvent event : waiting) {
      if (event instanceof MoveEvent.StatesRead read) {
        questions.add(new MoveEffect.ReadStates(read.question(), List.copyOf(read.states().keySet())));
      } else if (event instanceof MoveEvent.BackfillRead read) {
        questions.add(new MoveEffect.ReadBackfill(read.question(), read.node()));
      } else if (event instanceof MoveEvent.Persisted persisted && protocol.state() instanceof Persisting state
          && persisted.question() == protocol.question()) {
        // When the old active did not say what there is to persist, no node was asked yet.
        boolean wasAsked = state.open().contains(persisted.node());
        persisting.addAll(wasAsked ? Set.of(persisted.node()) : state.open());
      }
    }
    if (!persisting.isEmpty()) {
      questions.add(new MoveEffect.AwaitPersistence(protocol.question(), List.copyOf(persisting)));
    }
    return questions;
  }

  static boolean isAskedAnew(MoveEvent event) {
    return event instanceof MoveEvent.StatesRead || event instanceof MoveEvent.BackfillRead
        || event instanceof MoveEvent.Persisted;
  }

  static MoveEffect.CancelTimer cancel(MoveEffect.StartTimer start) {
    return new MoveEffect.CancelTimer(start.timer(), start.node());
  }
}
