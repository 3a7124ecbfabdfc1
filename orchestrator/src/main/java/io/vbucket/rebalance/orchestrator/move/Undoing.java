package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.CopyTask.Kind;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.util.ArrayList;
import java.util.List;

/**
 * A move is taken back (I4): its streams end, then every copy that it built is removed, while replicas of the old chain stay what they
 * were. Nothing is removed unless the old active surely serves.
 */
record Undoing(Turn turn) {

  void undo(FailureReason reason, String detail) {
    turn.cancelFilling();
    turn.move.targets().forEach(node -> turn.cancel(Timer.BACK_OFF, node));
    turn.cancel(Timer.BACK_OFF, "");
    MoveState.Ending ending = new MoveState.Ending(reason, detail);
    turn.to(ending);
    turn.endAll(detail);
    streamsMayBeOver(ending);
  }

  void streamsMayBeOver(MoveState.Ending ending) {
    if (turn.allSettled()) {
      ask(new MoveState.CheckingUndo(ending.reason(), ending.detail(), 1));
    }
  }

  private void ask(MoveState.CheckingUndo undo) {
    turn.to(undo);
    List<String> nodes = new ArrayList<>(turn.move.targets());
    nodes.add(0, turn.move.source());
    turn.does(new MoveEffect.ReadStates(turn.ask(), nodes));
  }

  void checking(MoveState.CheckingUndo undo, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      ask(new MoveState.CheckingUndo(undo.reason(), undo.detail(), undo.asked() + 1));
      return;
    }
    if (!(event instanceof MoveEvent.StatesRead read) || read.question() != turn.question()) {
      return;
    }
    boolean unknown = read.states().containsValue(CopyState.UNREACHABLE);
    if (unknown && undo.asked() < MoveProtocol.TRIES) {
      turn.to(undo);
      turn.start(Timer.ASK_AGAIN);
      return;
    }
    List<CopyTask> tasks = new ArrayList<>();
    List<String> left = new ArrayList<>();
    boolean serves = read.of(turn.move.source()) == CopyState.ACTIVE;
    if (serves && turn.widened()) {
      tasks.add(new CopyTask(Kind.SERVE_OLD, turn.move.source()));
    }
    for (String node : turn.move.targets()) {
      takeBack(node, read.of(node), serves, tasks, left);
    }
    String residue = left.isEmpty()
        ? ""
        : "left alone: source " + turn.move.source() + " is " + read.of(turn.move.source()) + ", "
            + String.join(", ", left);
    undo(new MoveState.Undoing(undo.reason(), undo.detail(), residue, null), tasks, 1);
  }

  /** Only a copy that certainly is not needed is touched: the old active serves, this one does not. */
  private void takeBack(String node, CopyState state, boolean serves, List<CopyTask> tasks, List<String> left) {
    boolean kept = turn.move.before().contains(node);
    boolean idle = state == CopyState.PENDING || state == CopyState.DEAD;
    if (state == CopyState.ABSENT && !kept || state == CopyState.REPLICA && kept) {
      return;
    }
    if (serves && kept && (idle || state == CopyState.ABSENT)) {
      tasks.add(new CopyTask(Kind.DEMOTE, node));
    } else if (serves && !kept && (idle || state == CopyState.REPLICA)) {
      tasks.add(new CopyTask(Kind.REMOVE, node));
    } else {
      left.add(node + " is " + state);
    }
  }

  private void undo(MoveState.Undoing undoing, List<CopyTask> tasks, int tries) {
    if (tasks.isEmpty()) {
      finish(undoing, "");
    } else {
      turn.to(new MoveState.Undoing(
          undoing.reason(), undoing.detail(), undoing.left(), turn.perform(tasks, tries)));
    }
  }

  void undoing(MoveState.Undoing undoing, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      undo(undoing, List.copyOf(undoing.tasks().failed().keySet()), undoing.tasks().tries() + 1);
      return;
    }
    MoveState.Tasks tasks = turn.answered(undoing.tasks(), event);
    if (tasks == null) {
      return;
    }
    MoveState.Undoing next = new MoveState.Undoing(undoing.reason(), undoing.detail(), undoing.left(), tasks);
    turn.to(next);
    if (!tasks.open().isEmpty()) {
      return;
    }
    if (!tasks.failed().isEmpty() && tasks.tries() < MoveProtocol.TRIES) {
      turn.start(Timer.ASK_AGAIN);
    } else {
      finish(next, Finishing.residue(tasks));
    }
  }

  private void finish(MoveState.Undoing undoing, String failed) {
    String residue = undoing.left().isEmpty() || failed.isEmpty()
        ? undoing.left() + failed
        : undoing.left() + "; " + failed;
    turn.finish(new MoveOutcome.Unmoved(turn.attempts(), undoing.reason(), undoing.detail(), residue));
  }
}
