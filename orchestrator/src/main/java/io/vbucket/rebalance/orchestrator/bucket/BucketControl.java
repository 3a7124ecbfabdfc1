package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlEffect;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.control.RunControl;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.VBucketMover;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The operator's hand on a running rebalance: runs a {@link RunControl} and has its {@link Hands} carry out what follows. Belongs to one
 * {@link BucketRebalance} and is touched by it alone.
 */
final class BucketControl {
  /** What only the actor can do. */
  interface Hands {
    Set<Integer> running();

    Optional<Move> waiting(int vbucket);

    /** To the mover of this vBucket, if it runs. */
    void tell(int vbucket, VBucketMover.Command command);

    /** Whether its streams are being lent to it, so that its mover does not run yet. */
    boolean isBorrowing(int vbucket);

    /** It waits, and shall not start any more. */
    void drop(Move move, String why);

    void startMoves();

    void checkResidue();

    /** Nodes that can have limits of their own. */
    Set<String> nodes();

    void change(LimitChange change);

    void reply(long ask, ControlAnswer answer);

    void observe(RebalanceEvent event);
  }

  private final String bucket;
  private final Supplier<Instant> clock;
  private final Hands hands;
  private RunControl control = RunControl.RUNNING;

  BucketControl(String bucket, Supplier<Instant> clock, Hands hands) {
    this.bucket = bucket;
    this.clock = clock;
    this.hands = hands;
  }

  boolean mayStartMoves() {
    return control.mayStartMoves();
  }

  boolean isPaused() {
    return control.isPaused();
  }

  /** Whether the move of this vBucket shall end, as an operator wants it. */
  boolean isCancelled(int vbucket) {
    return control.cancellers().containsKey(vbucket);
  }

  void asked(long ask, ControlRequest request) {
    if (request instanceof ControlRequest.Pause pause) {
      pause(ask, pause.mode());
    } else if (request instanceof ControlRequest.Resume) {
      take(control.resume(ask));
    } else if (request instanceof ControlRequest.ChangeLimit change) {
      change(ask, change.change());
    } else if (request instanceof ControlRequest.CancelMove cancel) {
      int vbucket = cancel.vbucket();
      boolean waits = hands.waiting(vbucket).isPresent();
      boolean runs = hands.running().contains(vbucket) || hands.isBorrowing(vbucket);
      if (waits || runs) {
        hands.observe(new RebalanceEvent.MoveCancelled(clock.get(), bucket, vbucket));
      }
      take(control.cancel(ask, vbucket, waits, runs));
    }
  }

  private void change(long ask, LimitChange change) {
    if (change.node().isPresent() && !hands.nodes().containsAll(change.limit().nodesIn(change.node().get()))) {
      hands.reply(ask, new ControlAnswer.NotPossible(
          change + ": no such node; the rebalance knows " + String.join(", ", new TreeSet<>(hands.nodes()))));
      return;
    }
    hands.change(change);
    hands.observe(new RebalanceEvent.LimitChanged(clock.get(), bucket, change));
    hands.reply(ask, new ControlAnswer.LimitChanged(change));
    hands.startMoves();
  }

  private void pause(long ask, PauseMode mode) {
    RunControl.Step step = control.pause(ask, mode, hands.running());
    boolean begins = step.next().phase() != control.phase() || step.next().mode() != control.mode();
    if (begins && step.next().phase() != RunControl.Phase.STOPPING) {
      hands.observe(new RebalanceEvent.PauseBegun(clock.get(), bucket, mode));
    }
    take(step);
  }

  void stopped(Duration grace, String why) {
    hands.observe(new RebalanceEvent.StopBegun(clock.get(), bucket, grace, why));
    take(control.stop());
  }

  void held(Move move) {
    hands.observe(new RebalanceEvent.MoveHeld(clock.get(), bucket, move.vbucket()));
    take(control.held(move.vbucket()));
  }

  boolean isSetBack(Move move, MoveOutcome outcome) {
    return control.isSetBack(move.vbucket(), outcome);
  }

  /** The end of a move that was only set back is not its end. */
  RebalanceEvent toldOf(Move move, RebalanceEvent event) {
    return event instanceof RebalanceEvent.MoveEnded end && isSetBack(move, end.outcome())
        ? new RebalanceEvent.MoveSetBack(
            end.at(), end.bucket(), end.vbucket(), end.source(), end.destination(),
            ((MoveOutcome.Unmoved) end.outcome()).residue())
        : event;
  }

  void ended(Move move, MoveOutcome outcome) {
    take(control.ended(move.vbucket(), outcome));
  }

  void checked(List<String> residue) {
    take(control.checked(residue));
  }

  void closing() {
    control.closing().forEach(this::carryOut);
  }

  private void take(RunControl.Step step) {
    control = step.next();
    step.effects().forEach(this::carryOut);
  }

  private void carryOut(ControlEffect effect) {
    if (effect instanceof ControlEffect.Hold hold) {
      hands.tell(hold.vbucket(), new VBucketMover.Park());
    } else if (effect instanceof ControlEffect.LetGo letGo) {
      hands.tell(letGo.vbucket(), new VBucketMover.Resume());
    } else if (effect instanceof ControlEffect.TakeBack takeBack) {
      hands.tell(takeBack.vbucket(), new VBucketMover.Cancel(takeBack.why()));
    } else if (effect instanceof ControlEffect.Drop drop) {
      hands.waiting(drop.vbucket()).ifPresent(move -> hands.drop(move, "cancelled by the operator"));
    } else if (effect instanceof ControlEffect.StartMoves) {
      hands.startMoves();
    } else if (effect instanceof ControlEffect.CheckResidue) {
      hands.checkResidue();
    } else if (effect instanceof ControlEffect.TellPaused paused) {
      hands.observe(
          new RebalanceEvent.Paused(clock.get(), bucket, paused.mode(), paused.held(), paused.residue()));
    } else if (effect instanceof ControlEffect.TellResumed) {
      hands.observe(new RebalanceEvent.Resumed(clock.get(), bucket));
    } else if (effect instanceof ControlEffect.Reply reply) {
      hands.reply(reply.ask(), reply.answer());
    } else {
      throw new IllegalStateException("no way to carry out " + effect);
    }
  }
}
