package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.MoveEffect.CancelTimer;
import io.vbucket.rebalance.orchestrator.move.MoveEffect.Command;
import io.vbucket.rebalance.orchestrator.move.MoveEffect.Entered;
import io.vbucket.rebalance.orchestrator.move.MoveEffect.StartTimer;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.move.MoveState.Backfilling;
import io.vbucket.rebalance.orchestrator.move.MoveState.BackingOff;
import io.vbucket.rebalance.orchestrator.move.MoveState.Cancelling;
import io.vbucket.rebalance.orchestrator.move.MoveState.Checking;
import io.vbucket.rebalance.orchestrator.move.MoveState.CheckingUndo;
import io.vbucket.rebalance.orchestrator.move.MoveState.CleaningUp;
import io.vbucket.rebalance.orchestrator.move.MoveState.Committing;
import io.vbucket.rebalance.orchestrator.move.MoveState.Connecting;
import io.vbucket.rebalance.orchestrator.move.MoveState.Finished;
import io.vbucket.rebalance.orchestrator.move.MoveState.New;
import io.vbucket.rebalance.orchestrator.move.MoveState.Persisting;
import io.vbucket.rebalance.orchestrator.move.MoveState.Preparing;
import io.vbucket.rebalance.orchestrator.move.MoveState.TakingOver;
import io.vbucket.rebalance.orchestrator.move.MoveState.Undoing;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of one move, as a pure function of state and event: prepare the destination, fill it, wait until it is persisted, take over as
 * often as the budget allows, commit the map, clean up; or take everything back (I4). The map is committed before anything is deleted (I3).
 *
 * @param question number of the last question; answers to earlier ones change nothing
 * @param attempts takeovers begun
 * @param failures attempts and fillings that failed
 * @param limits the budget and what counts as filled
 */
public record MoveProtocol(MoveState state, int question, int attempts, int failures, Limits limits) {
  /** How often a node that does not answer is asked before a clean-up is given up or a check fails. */
  private static final int TRIES = 5;

  /**
   * @param maxAttempts takeovers, and likewise fillings, before the move is given up; at least 1
   * @param backfillDoneBelow estimate of items left under which the takeover may begin; at least 1
   */
  public record Limits(int maxAttempts, long backfillDoneBelow) {}

  public static MoveProtocol initial(Limits limits) {
    return new MoveProtocol(new New(), 0, 0, 0, limits);
  }

  /** What follows from an event. */
  public record Step(MoveProtocol next, List<MoveEffect> effects) {}

  public Step on(MoveEvent event) {
    if (event instanceof MoveEvent.Cancel cancel) {
      return cancelled(cancel);
    }
    if (event instanceof MoveEvent.Streamed streamed) {
      return streamed(streamed.report());
    }
    if (state instanceof New && event instanceof MoveEvent.Begin) {
      return ask(new Checking(1), new Entered(MovePhase.PREPARE));
    } else if (state instanceof Checking checking) {
      return checking(checking, event);
    } else if (state instanceof Preparing) {
      return preparing(event);
    } else if (state instanceof Backfilling backfilling) {
      return backfilling(backfilling, event);
    } else if (state instanceof Persisting) {
      return persisting(event);
    } else if (state instanceof BackingOff backing) {
      return backingOff(backing, event);
    } else if (state instanceof Committing) {
      return committing(event);
    } else if (state instanceof CleaningUp cleaning) {
      return cleaningUp(cleaning, event);
    } else if (state instanceof CheckingUndo undo) {
      return checkingUndo(undo, event);
    } else if (state instanceof Undoing undoing) {
      return undoing(undoing, event);
    }
    return stay();
  }

  // ---- the copy is built

  private Step checking(Checking checking, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      return ask(new Checking(checking.asked() + 1));
    }
    if (!(event instanceof MoveEvent.StatesRead read) || read.question() != question) {
      return stay();
    }
    if (read.source() == CopyState.UNREACHABLE || read.destination() == CopyState.UNREACHABLE) {
      boolean sourceMissing = read.source() == CopyState.UNREACHABLE;
      return checking.asked() < TRIES
          ? to(checking, new StartTimer(Timer.ASK_AGAIN, 0))
          : refused(
              sourceMissing ? FailureReason.SOURCE_UNREACHABLE : FailureReason.DESTINATION_UNREACHABLE,
              (sourceMissing ? "source" : "destination") + " does not answer");
    }
    String states = "source is " + read.source() + ", destination is " + read.destination();
    if (read.source() != CopyState.ACTIVE) {
      return refused(FailureReason.SOURCE_NOT_ACTIVE, states);
    }
    if (read.destination() == CopyState.ACTIVE) {
      return refused(FailureReason.DESTINATION_ACTIVE, states);
    }
    return prepare();
  }

  private Step refused(FailureReason reason, String states) {
    return failures == 0
        ? finish(new MoveOutcome.Unmoved(attempts, reason, states + "; nothing was changed", ""))
        : undo(reason, states);
  }

  private Step prepare() {
    return asking(new Preparing(), number -> List.of(new MoveEffect.PrepareDestination(number)));
  }

  private Step preparing(MoveEvent event) {
    if (!(event instanceof MoveEvent.DestinationPrepared prepared) || prepared.question() != question) {
      return stay();
    }
    return prepared.done()
        ? to(new Connecting(), new Entered(MovePhase.BACKFILL), new Command(new TakeoverEvent.Replicate()))
        : fillingFailed(FailureReason.DESTINATION_UNREACHABLE, prepared.detail());
  }

  private Step backfilling(Backfilling backfilling, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.POLL) {
      return asking(backfilling, number -> List.of(new MoveEffect.ReadBackfill(number)));
    }
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.BACKFILL_STALL) {
      String detail = "backfill stands still at about " + backfilling.itemsLeft() + " items left";
      return to(
          new Cancelling(FailureReason.NO_PROGRESS, detail), new CancelTimer(Timer.POLL),
          new Command(new TakeoverEvent.End(detail)));
    }
    if (!(event instanceof MoveEvent.BackfillRead read) || read.question() != question) {
      return stay();
    }
    if (read.running() && read.itemsLeft() < limits.backfillDoneBelow()) {
      return asking(
          new Persisting(),
          number -> List.of(
              new CancelTimer(Timer.BACKFILL_STALL),
              new StartTimer(Timer.PERSISTENCE, 0),
              new Entered(MovePhase.PERSIST),
              new MoveEffect.AwaitPersistence(number)));
    }
    // Without an answer the estimate says nothing; if the stream has ended, the stream actor will say so.
    return read.running() && read.itemsLeft() < backfilling.itemsLeft()
        ? to(new Backfilling(read.itemsLeft()), new StartTimer(Timer.BACKFILL_STALL, 0), new StartTimer(Timer.POLL, 0))
        : to(backfilling, new StartTimer(Timer.POLL, 0));
  }

  private Step persisting(MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.PERSISTENCE) {
      String detail = "destination has not persisted in time";
      return to(new Cancelling(FailureReason.NO_PROGRESS, detail), new Command(new TakeoverEvent.End(detail)));
    }
    if (event instanceof MoveEvent.Persisted persisted && persisted.question() == question) {
      return persisted.done()
          ? takeOver(new CancelTimer(Timer.PERSISTENCE))
          : to(
              new Cancelling(FailureReason.NO_PROGRESS, persisted.detail()),
              new CancelTimer(Timer.PERSISTENCE),
              new Command(new TakeoverEvent.End(persisted.detail())));
    }
    return stay();
  }

  private Step takeOver(MoveEffect... before) {
    MoveProtocol next = new MoveProtocol(new TakingOver(), question, attempts + 1, failures, limits);
    List<MoveEffect> effects = new ArrayList<>(List.of(before));
    effects.add(new Entered(MovePhase.TAKEOVER));
    effects.add(new Command(new TakeoverEvent.TakeOver(attempts + 1)));
    return new Step(next, List.copyOf(effects));
  }

  // ---- what the stream reports

  private Step streamed(StreamReport report) {
    if (report instanceof StreamReport.NeedsOperator operator) {
      return finish(new MoveOutcome.NeedsOperator(attempts, operator.detail()));
    }
    if (report instanceof StreamReport.TakenOver) {
      return asking(
          new Committing(),
          number -> List.of(new Entered(MovePhase.COMMIT), new MoveEffect.Commit(number)));
    }
    if (report instanceof StreamReport.Replicating && state instanceof Connecting) {
      return asking(
          new Backfilling(Long.MAX_VALUE),
          number -> List.of(new StartTimer(Timer.BACKFILL_STALL, 0), new MoveEffect.ReadBackfill(number)));
    }
    if (report instanceof StreamReport.Failed failed) {
      return streamFailed(failed);
    }
    return stay();
  }

  private Step streamFailed(StreamReport.Failed failed) {
    if (state instanceof Cancelling cancelling) {
      return cancelling.reason().isRetryable()
          ? fillingFailed(cancelling.reason(), cancelling.why())
          : undo(cancelling.reason(), cancelling.why());
    }
    if (state instanceof TakingOver) {
      return attemptFailed(failed);
    }
    if (state instanceof Connecting || state instanceof Backfilling || state instanceof Persisting) {
      return failed.reason().isRetryable()
          ? fillingFailed(failed.reason(), failed.detail())
          : undo(failed.reason(), failed.detail(), noticed(0, failed, false));
    }
    return stay();
  }

  private Step fillingFailed(FailureReason reason, String detail) {
    boolean again = failures + 1 < limits.maxAttempts();
    MoveEffect notice = new MoveEffect.AttemptFailed(0, reason, detail, again);
    return again ? backOff(true, notice) : undo(reason, detail, notice);
  }

  private Step attemptFailed(StreamReport.Failed failed) {
    boolean again = failed.reason().isRetryable() && attempts < limits.maxAttempts();
    MoveEffect notice = noticed(attempts, failed, again);
    if (!again) {
      return undo(failed.reason(), failed.detail(), notice);
    }
    boolean copyIntact = failed.destination() == CopyState.REPLICA || failed.destination() == CopyState.PENDING;
    return backOff(!copyIntact, notice);
  }

  private static MoveEffect noticed(int attempt, StreamReport.Failed failed, boolean again) {
    return new MoveEffect.AttemptFailed(attempt, failed.reason(), failed.detail(), again);
  }

  private Step backOff(boolean refill, MoveEffect notice) {
    MoveProtocol next = new MoveProtocol(new BackingOff(refill), question, attempts, failures + 1, limits);
    return new Step(
        next,
        List.of(
            new CancelTimer(Timer.POLL),
            new CancelTimer(Timer.BACKFILL_STALL),
            new CancelTimer(Timer.PERSISTENCE),
            notice,
            new Entered(MovePhase.BACK_OFF),
            new StartTimer(Timer.BACK_OFF, failures + 1)));
  }

  private Step backingOff(BackingOff backing, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.BACK_OFF) {
      return backing.refill() ? ask(new Checking(1), new Entered(MovePhase.PREPARE)) : takeOver();
    }
    return stay();
  }

  // ---- after the takeover

  private Step committing(MoveEvent event) {
    if (event instanceof MoveEvent.Committed committed && committed.question() == question) {
      return committed.done()
          ? asking(
              new CleaningUp(1),
              number -> List.of(new Entered(MovePhase.CLEAN_UP), new MoveEffect.RemoveSource(number)))
          : finish(new MoveOutcome.NeedsOperator(
              attempts, "the destination is active, but the map could not be committed: " + committed.detail()));
    }
    return stay();
  }

  private Step cleaningUp(CleaningUp cleaning, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      return asking(new CleaningUp(cleaning.tries() + 1), number -> List.of(new MoveEffect.RemoveSource(number)));
    }
    if (event instanceof MoveEvent.Removed removed && removed.question() == question) {
      if (!removed.done() && cleaning.tries() < TRIES) {
        return to(cleaning, new StartTimer(Timer.ASK_AGAIN, 0));
      }
      return finish(new MoveOutcome.Moved(attempts, removed.done() ? "" : removed.detail()));
    }
    return stay();
  }

  // ---- the move is taken back

  private Step cancelled(MoveEvent.Cancel cancel) {
    if (state instanceof Connecting || state instanceof Backfilling || state instanceof Persisting
        || state instanceof TakingOver) {
      return to(
          new Cancelling(FailureReason.CANCELLED, cancel.why()),
          new CancelTimer(Timer.POLL),
          new CancelTimer(Timer.BACKFILL_STALL),
          new CancelTimer(Timer.PERSISTENCE),
          new Command(new TakeoverEvent.End(cancel.why())));
    }
    if (state instanceof New || state instanceof Checking) {
      return finish(new MoveOutcome.Unmoved(attempts, FailureReason.CANCELLED, cancel.why(), ""));
    }
    if (state instanceof Preparing || state instanceof BackingOff) {
      return undo(FailureReason.CANCELLED, cancel.why(), new CancelTimer(Timer.BACK_OFF));
    }
    return stay();
  }

  private Step undo(FailureReason reason, String detail, MoveEffect... before) {
    List<MoveEffect> first = new ArrayList<>(List.of(before));
    first.add(new CancelTimer(Timer.POLL));
    first.add(new CancelTimer(Timer.BACKFILL_STALL));
    first.add(new CancelTimer(Timer.PERSISTENCE));
    first.add(new Entered(MovePhase.UNDO));
    return ask(new CheckingUndo(reason, detail, 1), first.toArray(MoveEffect[]::new));
  }

  private Step checkingUndo(CheckingUndo undo, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      return ask(new CheckingUndo(undo.reason(), undo.detail(), undo.asked() + 1));
    }
    if (!(event instanceof MoveEvent.StatesRead read) || read.question() != question) {
      return stay();
    }
    boolean unknown = read.source() == CopyState.UNREACHABLE || read.destination() == CopyState.UNREACHABLE;
    if (unknown && undo.asked() < TRIES) {
      return to(undo, new StartTimer(Timer.ASK_AGAIN, 0));
    }
    // Only a copy that certainly is not needed is removed: the source serves, the destination does not.
    if (read.source() == CopyState.ACTIVE && isRemovable(read.destination())) {
      return asking(new Undoing(undo.reason(), undo.detail(), 1),
          number -> List.of(new MoveEffect.RemoveDestination(number)));
    }
    String residue = read.destination() == CopyState.ABSENT
        ? ""
        : "left alone: source is " + read.source() + ", destination is " + read.destination();
    return finish(new MoveOutcome.Unmoved(attempts, undo.reason(), undo.detail(), residue));
  }

  private static boolean isRemovable(CopyState copy) {
    return copy == CopyState.REPLICA || copy == CopyState.PENDING || copy == CopyState.DEAD;
  }

  private Step undoing(Undoing undoing, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      return asking(
          new Undoing(undoing.reason(), undoing.detail(), undoing.tries() + 1),
          number -> List.of(new MoveEffect.RemoveDestination(number)));
    }
    if (event instanceof MoveEvent.Removed removed && removed.question() == question) {
      if (!removed.done() && undoing.tries() < TRIES) {
        return to(undoing, new StartTimer(Timer.ASK_AGAIN, 0));
      }
      return finish(new MoveOutcome.Unmoved(
          attempts, undoing.reason(), undoing.detail(), removed.done() ? "" : removed.detail()));
    }
    return stay();
  }

  // ---- shorthand

  private interface Asking {
    List<MoveEffect> with(int number);
  }

  private Step asking(MoveState next, Asking effects) {
    int number = question + 1;
    return new Step(new MoveProtocol(next, number, attempts, failures, limits), effects.with(number));
  }

  private Step ask(MoveState next, MoveEffect... before) {
    return asking(next, number -> {
      List<MoveEffect> effects = new ArrayList<>(List.of(before));
      effects.add(new MoveEffect.ReadStates(number));
      return List.copyOf(effects);
    });
  }

  private Step to(MoveState next, MoveEffect... effects) {
    return new Step(new MoveProtocol(next, question, attempts, failures, limits), List.of(effects));
  }

  private Step stay() {
    return new Step(this, List.of());
  }

  private Step finish(MoveOutcome outcome) {
    return to(new Finished(), new MoveEffect.Finish(outcome));
  }
}
