package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.CopyTask.Kind;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The new chain is true: it is committed, the old active's streams end, and then every copy gets its new role. */
record Finishing(Turn turn) {

  void commit() {
    turn.to(new MoveState.Committing());
    turn.does(new MoveEffect.Commit(turn.ask()));
  }

  void committing(MoveEvent event) {
    if (!(event instanceof MoveEvent.Committed committed) || committed.question() != turn.question()) {
      return;
    }
    if (committed.done()) {
      turn.to(new MoveState.Parting());
      turn.endAll("the move is committed");
      streamsMayBeOver();
    } else {
      leave(new MoveOutcome.NeedsOperator(
          turn.attempts(),
          turn.move.destination() + " is active, but the map could not be committed: " + committed.detail()));
    }
  }

  void streamsMayBeOver() {
    if (!turn.allSettled()) {
      return;
    }
    if (turn.move.isTakeover()) {
      confirm(1);
    } else {
      cleanUp(tasks(), 1);
    }
  }

  private void confirm(int asked) {
    turn.to(new MoveState.Confirming(asked));
    turn.does(new MoveEffect.ReadStates(turn.ask(), List.of(turn.move.destination())));
  }

  /** Until the new active is seen to be active, the old copies may be all that is left of the vBucket (T17). */
  void confirming(MoveState.Confirming confirming, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      confirm(confirming.asked() + 1);
      return;
    }
    if (!(event instanceof MoveEvent.StatesRead read) || read.question() != turn.question()) {
      return;
    }
    String destination = turn.move.destination();
    CopyState state = read.of(destination);
    if (state == CopyState.ACTIVE) {
      cleanUp(tasks(), 1);
    } else if (state != CopyState.UNREACHABLE) {
      leave(new MoveOutcome.NeedsOperator(
          turn.attempts(),
          destination + " was active and is " + state + " now; the old copies are left alone"));
    } else if (confirming.asked() < MoveProtocol.TRIES) {
      turn.start(Timer.ASK_AGAIN);
    } else {
      turn.finish(new MoveOutcome.Moved(
          turn.attempts(), "the old copies are left alone, since " + destination + " does not answer"));
    }
  }

  private List<CopyTask> tasks() {
    Move move = turn.move;
    List<CopyTask> tasks = new ArrayList<>();
    if (turn.hasReplicas() && move.source() != null) {
      tasks.add(new CopyTask(Kind.SERVE_NEW, move.destination()));
    }
    if (move.isTakeover() && move.after().contains(move.source())) {
      tasks.add(new CopyTask(Kind.DEMOTE, move.source()));
    }
    move.dropped().forEach(node -> tasks.add(new CopyTask(Kind.REMOVE, node)));
    return tasks;
  }

  private void cleanUp(List<CopyTask> tasks, int tries) {
    if (tasks.isEmpty()) {
      turn.finish(new MoveOutcome.Moved(turn.attempts(), ""));
    } else {
      turn.to(new MoveState.CleaningUp(turn.perform(tasks, tries)));
    }
  }

  void cleaningUp(MoveState.CleaningUp cleaning, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      cleanUp(List.copyOf(cleaning.tasks().failed().keySet()), cleaning.tasks().tries() + 1);
      return;
    }
    MoveState.Tasks tasks = turn.answered(cleaning.tasks(), event);
    if (tasks == null) {
      return;
    }
    turn.to(new MoveState.CleaningUp(tasks));
    if (!tasks.open().isEmpty()) {
      return;
    }
    if (!tasks.failed().isEmpty() && tasks.tries() < MoveProtocol.TRIES) {
      turn.start(Timer.ASK_AGAIN);
    } else {
      turn.finish(new MoveOutcome.Moved(turn.attempts(), residue(tasks)));
    }
  }

  /** What could not be done, in words. */
  static String residue(MoveState.Tasks tasks) {
    return tasks.failed().entrySet().stream()
        .map(failed -> failed.getKey() + ": " + failed.getValue())
        .sorted()
        .collect(Collectors.joining("; "));
  }

  // ---- somebody must look

  /** Nothing more is changed; but streams do not stay behind. */
  void leave(MoveOutcome outcome) {
    turn.cancelFilling();
    MoveState.Leaving leaving = new MoveState.Leaving(outcome);
    turn.to(leaving);
    turn.endAll("an operator must look");
    streamsMayBeOver(leaving);
  }

  void streamsMayBeOver(MoveState.Leaving leaving) {
    if (turn.allSettled()) {
      turn.finish(leaving.outcome());
    }
  }
}
