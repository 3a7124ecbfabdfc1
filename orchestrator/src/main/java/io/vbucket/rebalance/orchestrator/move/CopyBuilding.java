package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.Copy.Stage;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.move.MoveState.Building;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The copies of the new chain are built, all from the old active and each with its own budget: also those that were replicas before, whose
 * streams resume where they had come to.
 */
record CopyBuilding(Turn turn) {

  // ---- before anything is changed

  void check() {
    ask(new MoveState.Checking(1));
  }

  private void ask(MoveState.Checking checking) {
    turn.to(checking);
    turn.does(new MoveEffect.ReadStates(turn.ask(), turn.move.nodes()));
  }

  void checking(MoveState.Checking checking, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      ask(new MoveState.Checking(checking.asked() + 1));
    } else if (event instanceof MoveEvent.StatesRead read && read.question() == turn.question()) {
      checked(checking, read);
    }
  }

  private void checked(MoveState.Checking checking, MoveEvent.StatesRead read) {
    Move move = turn.move;
    String source = move.source();
    for (String node : move.nodes()) {
      boolean needed = node.equals(source) || move.after().contains(node);
      if (needed && read.of(node) == CopyState.UNREACHABLE) {
        if (checking.asked() < MoveProtocol.TRIES) {
          turn.start(Timer.ASK_AGAIN);
        } else {
          refuse(unreachable(node), node + " does not answer");
        }
        return;
      }
    }
    if (source != null && read.of(source) != CopyState.ACTIVE) {
      refuse(FailureReason.SOURCE_NOT_ACTIVE, states(read));
      return;
    }
    for (String node : move.nodes()) {
      if (!node.equals(source) && read.of(node) == CopyState.ACTIVE) {
        refuse(FailureReason.DESTINATION_ACTIVE, states(read));
        return;
      }
    }
    if (source == null) {
      checkedOrphan(read);
    } else if (turn.move.targets().isEmpty()) {
      new Handover(turn).filled();
    } else {
      SortedMap<String, Copy> copies = new TreeMap<>();
      turn.move.targets().forEach(node -> copies.put(node, Copy.at(Stage.PREPARING, turn.ask())));
      turn.to(new Building(copies));
      copies.forEach((node, copy) -> prepare(node, copy.question()));
    }
  }

  private void checkedOrphan(MoveEvent.StatesRead read) {
    List<String> held = turn.move.nodes().stream().filter(node -> read.of(node) != CopyState.ABSENT).toList();
    if (!held.isEmpty()) {
      refuse(FailureReason.SOURCE_NOT_ACTIVE,
          "no copy is active, and " + states(read)
              + ": an empty one must not take their place; 'rebalance repair --promote' makes the most advanced one active");
      return;
    }
    List<CopyTask> replicas = turn.move.built().stream()
        .filter(node -> !node.equals(turn.move.destination()))
        .map(node -> new CopyTask(CopyTask.Kind.REPLICATE, node))
        .toList();
    if (replicas.isEmpty()) {
      createActive(1);
    } else {
      turn.to(new MoveState.Creating(turn.perform(replicas, 1), false));
    }
  }

  private String states(MoveEvent.StatesRead read) {
    List<String> words = new ArrayList<>();
    for (String node : turn.move.nodes()) {
      words.add((node.equals(turn.move.source()) ? "source " : "") + node + " is " + read.of(node));
    }
    return String.join(", ", words);
  }

  private FailureReason unreachable(String node) {
    return node.equals(turn.move.source())
        ? FailureReason.SOURCE_UNREACHABLE
        : FailureReason.DESTINATION_UNREACHABLE;
  }

  private void refuse(FailureReason reason, String why) {
    turn.finish(new MoveOutcome.Unmoved(turn.attempts(), reason, why + "; nothing was changed", ""));
  }

  // ---- a vBucket that nobody has

  private void createActive(int tries) {
    List<CopyTask> active = List.of(new CopyTask(CopyTask.Kind.CREATE, turn.move.destination()));
    turn.to(new MoveState.Creating(turn.perform(active, tries), true));
  }

  void creating(MoveState.Creating creating, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      MoveState.Tasks again = turn.perform(creating.tasks().failed().keySet(), creating.tasks().tries() + 1);
      turn.to(new MoveState.Creating(again, creating.active()));
      return;
    }
    MoveState.Tasks tasks = turn.answered(creating.tasks(), event);
    if (tasks == null) {
      return;
    }
    turn.to(new MoveState.Creating(tasks, creating.active()));
    if (!tasks.open().isEmpty()) {
      return;
    }
    if (tasks.failed().isEmpty()) {
      if (creating.active()) {
        new Finishing(turn).commit();
      } else {
        createActive(1);
      }
    } else if (tasks.tries() < MoveProtocol.TRIES) {
      turn.start(Timer.ASK_AGAIN);
    } else {
      turn.finish(new MoveOutcome.Unmoved(
          0, FailureReason.DESTINATION_UNREACHABLE, "the copies could not be made: " + tasks.failed(),
          "empty copies on some of " + turn.move.built()));
    }
  }

  // ---- each copy

  /** Fills anew what has no stream any more, after an attempt to take over failed. */
  void refill() {
    SortedMap<String, Copy> copies = new TreeMap<>();
    for (String node : turn.move.targets()) {
      boolean streams = turn.streams().contains(node);
      copies.put(node, Copy.at(streams ? Stage.FILLED : Stage.CHECKING, turn.ask()));
    }
    turn.to(new Building(copies));
    copies.forEach((node, copy) -> {
      if (copy.stage() == Stage.CHECKING) {
        check(node, copy.question());
      }
    });
    goOnIfFilled(new Building(copies));
  }

  private void check(String node, int question) {
    turn.does(new MoveEffect.ReadStates(question, List.of(turn.move.source(), node)));
  }

  private void prepare(String node, int question) {
    turn.does(new MoveEffect.Perform(question, new CopyTask(CopyTask.Kind.REPLICATE, node)));
  }

  void building(Building building, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && building.copies().containsKey(timeout.node())) {
      timedOut(building, timeout.node(), timeout.timer());
    } else if (event instanceof MoveEvent.StatesRead read) {
      building.copies().forEach((node, copy) -> {
        if (copy.stage() == Stage.CHECKING && copy.question() == read.question()) {
          rechecked(building, node, copy, read);
        }
      });
    } else if (event instanceof MoveEvent.TaskDone done
        && isAbout(building, done.node(), done.question(), Stage.PREPARING)) {
      if (done.done()) {
        connect(building, done.node());
      } else {
        failed(building, done.node(), FailureReason.DESTINATION_UNREACHABLE, done.detail());
      }
    } else if (event instanceof MoveEvent.BackfillRead read
        && isAbout(building, read.node(), read.question(), Stage.FILLING)) {
      backfillRead(building, read);
    } else if (event instanceof MoveEvent.WillNotConverge will) {
      Copy copy = building.copies().get(will.node());
      if (copy != null && copy.stage() == Stage.FILLING) {
        willNotConverge(will);
      }
    }
  }

  /** Filling it anew would not change that clients write faster than it is filled. */
  void willNotConverge(MoveEvent.WillNotConverge will) {
    FailureReason reason = FailureReason.WILL_NOT_CONVERGE;
    turn.does(new MoveEffect.AttemptFailed(0, reason, will.node() + ": " + will.detail(), false));
    new Undoing(turn).undo(reason, will.node() + ": " + will.detail());
  }

  private static boolean isAbout(Building building, String node, int question, Stage stage) {
    Copy copy = building.copies().get(node);
    return copy != null && copy.stage() == stage && copy.question() == question;
  }

  private void timedOut(Building building, String node, Timer timer) {
    Copy copy = building.copies().get(node);
    if (timer == Timer.POLL && copy.stage() == Stage.FILLING) {
      readBackfill(building, node, copy);
    } else if (timer == Timer.BACKFILL_STALL && copy.stage() == Stage.FILLING) {
      String detail = "backfill of " + node + " stands still at about " + copy.itemsLeft() + " items left";
      to(building, node, copy.ending(FailureReason.NO_PROGRESS, detail));
      turn.cancel(Timer.POLL, node);
      turn.end(node, detail);
    } else if (timer == Timer.BACK_OFF && copy.stage() == Stage.BACKING_OFF
        || timer == Timer.ASK_AGAIN && copy.stage() == Stage.CHECKING) {
      int number = turn.ask();
      to(building, node, timer == Timer.BACK_OFF ? copy.to(Stage.CHECKING, number) : copy.asking(number));
      check(node, number);
    }
  }

  private void rechecked(Building building, String node, Copy copy, MoveEvent.StatesRead read) {
    CopyState active = read.of(turn.move.source());
    CopyState state = read.of(node);
    if (active == CopyState.UNREACHABLE || state == CopyState.UNREACHABLE) {
      if (copy.tries() + 1 < MoveProtocol.TRIES) {
        to(building, node, copy.unanswered());
        turn.start(Timer.ASK_AGAIN, node);
      } else {
        String silent = active == CopyState.UNREACHABLE ? turn.move.source() : node;
        new Undoing(turn).undo(unreachable(silent), silent + " does not answer");
      }
    } else if (active != CopyState.ACTIVE) {
      new Undoing(turn).undo(FailureReason.SOURCE_NOT_ACTIVE,
          "source " + turn.move.source() + " is " + active + ", " + node + " is " + state);
    } else if (state == CopyState.ACTIVE) {
      new Undoing(turn).undo(FailureReason.DESTINATION_ACTIVE, node + " is active");
    } else {
      int number = turn.ask();
      to(building, node, copy.to(Stage.PREPARING, number));
      prepare(node, number);
    }
  }

  private void connect(Building building, String node) {
    to(building, node, building.copies().get(node).to(Stage.CONNECTING, turn.question()));
    turn.replicate(node);
  }

  void replicating(Building building, String node) {
    Copy copy = building.copies().get(node);
    if (copy != null && copy.stage() == Stage.CONNECTING) {
      turn.start(Timer.BACKFILL_STALL, node);
      readBackfill(building, node, copy.to(Stage.FILLING, 0));
    }
  }

  private void readBackfill(Building building, String node, Copy copy) {
    int number = turn.ask();
    to(building, node, copy.asking(number));
    turn.does(new MoveEffect.ReadBackfill(number, node));
  }

  private void backfillRead(Building building, MoveEvent.BackfillRead read) {
    String node = read.node();
    Copy copy = building.copies().get(node);
    if (read.running() && read.itemsLeft() < turn.limits.backfillDoneBelow()) {
      turn.cancel(Timer.BACKFILL_STALL, node);
      goOnIfFilled(to(building, node, copy.to(Stage.FILLED, copy.question())));
      return;
    }
    // Without an answer the estimate says nothing; if the stream has ended, the stream actor will say so.
    if (read.running() && read.itemsLeft() < copy.itemsLeft()) {
      to(building, node, copy.left(read.itemsLeft()));
      turn.start(Timer.BACKFILL_STALL, node);
    }
    turn.start(Timer.POLL, node);
  }

  private void goOnIfFilled(Building building) {
    if (building.copies().values().stream().allMatch(copy -> copy.stage() == Stage.FILLED)) {
      new Handover(turn).filled();
    }
  }

  // ---- what goes wrong with one of them

  void streamFailed(Building building, String node, StreamReport.Failed failed) {
    Copy copy = building.copies().get(node);
    if (copy == null) {
      return;
    }
    if (copy.stage() == Stage.ENDING) {
      failed(building, node, copy.reason(), copy.detail());
    } else if (copy.stage() != Stage.CONNECTING && copy.stage() != Stage.FILLING && copy.stage() != Stage.FILLED) {
      return;
    } else if (failed.reason().isRetryable()) {
      failed(building, node, failed.reason(), failed.detail());
    } else {
      turn.does(new MoveEffect.AttemptFailed(0, failed.reason(), node + ": " + failed.detail(), false));
      new Undoing(turn).undo(failed.reason(), failed.detail());
    }
  }

  /** Starts the copy anew after a pause, or takes the move back when it has failed too often. */
  void failed(Building building, String node, FailureReason reason, String detail) {
    Copy copy = building.copies().get(node).failed();
    int failures = turn.countFilling(node);
    boolean again = failures < turn.limits.maxAttempts();
    turn.does(new MoveEffect.AttemptFailed(0, reason, node + ": " + detail, again));
    turn.cancel(Timer.POLL, node);
    turn.cancel(Timer.BACKFILL_STALL, node);
    if (again) {
      to(building, node, copy);
      turn.does(new MoveEffect.StartTimer(Timer.BACK_OFF, node, failures));
    } else {
      new Undoing(turn).undo(reason, detail);
    }
  }

  private Building to(Building building, String node, Copy copy) {
    SortedMap<String, Copy> copies = new TreeMap<>(building.copies());
    copies.put(node, copy);
    Building next = new Building(copies);
    turn.to(next);
    return next;
  }
}
