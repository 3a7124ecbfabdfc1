package io.vbucket.rebalance.orchestrator.control;

import io.vbucket.rebalance.orchestrator.control.ControlAnswer.Cancelled;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer.NotPossible;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer.Paused;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer.Resumed;
import io.vbucket.rebalance.orchestrator.control.ControlEffect.Reply;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a whole rebalance stands between running and stopping, as a pure function: what is asked of its moves, when a pause is complete, and
 * who gets which answer, each exactly one (I8). Moves are known by their vBuckets.
 *
 * @param mode of the pause; means nothing while none was asked for
 * @param restless running moves for which a pause still waits
 * @param held moves that stand at a safe point
 * @param setBack moves that are taken back because of a pause, and wait again afterwards
 * @param checking whether the nodes are being asked what the moves that were taken back left
 * @param pausers numbers of those who wait for the pause
 * @param cancellers by vBucket, numbers of those who wait for the end of its move
 */
public record RunControl(
    Phase phase,
    PauseMode mode,
    Set<Integer> restless,
    Set<Integer> held,
    Set<Integer> setBack,
    boolean checking,
    List<Long> pausers,
    Map<Integer, List<Long>> cancellers) {

  public static final RunControl RUNNING = new RunControl(
      Phase.RUNNING, PauseMode.DRAIN, Set.of(), Set.of(), Set.of(), false, List.of(), Map.of());

  /** How the whole stands. */
  public enum Phase {
    RUNNING,
    /** A pause was asked for, and moves have yet to come to rest. */
    PAUSING,
    PAUSED,
    STOPPING
  }

  public RunControl {
    restless = Set.copyOf(restless);
    held = Set.copyOf(held);
    setBack = Set.copyOf(setBack);
    pausers = List.copyOf(pausers);
    cancellers = Map.copyOf(cancellers);
  }

  /** What follows. */
  public record Step(RunControl next, List<ControlEffect> effects) {}

  public boolean mayStartMoves() {
    return phase == Phase.RUNNING;
  }

  /** Whether a pause was asked for, complete or not. */
  public boolean isPaused() {
    return phase == Phase.PAUSING || phase == Phase.PAUSED;
  }

  /** Whether an undone move is not at its end, but waits again. */
  public boolean isSetBack(int vbucket, MoveOutcome outcome) {
    return setBack.contains(vbucket) && !cancellers.containsKey(vbucket) && phase != Phase.STOPPING
        && outcome instanceof MoveOutcome.Unmoved undone && undone.reason() == FailureReason.CANCELLED;
  }

  // ---- what is asked

  /**
   * @param running vBuckets whose moves run
   */
  public Step pause(long ask, PauseMode wanted, Set<Integer> running) {
    if (phase == Phase.STOPPING) {
      return refuse(ask, "the rebalance is being stopped");
    }
    if (phase != Phase.RUNNING && wanted.compareTo(mode) <= 0) {
      return phase == Phase.PAUSED
          ? new Step(this, List.of(new Reply(ask, new Paused(mode, held.size(), List.of()))))
          : new Step(withPausers(and(pausers, ask)), List.of());
    }
    Set<Integer> touched = new TreeSet<>(running);
    List<ControlEffect> effects = new ArrayList<>();
    Set<Integer> nowSetBack = new TreeSet<>(setBack);
    Set<Integer> nowHeld = held;
    if (wanted == PauseMode.PARK) {
      touched.forEach(vbucket -> effects.add(new ControlEffect.Hold(vbucket)));
    } else if (wanted == PauseMode.ABORT) {
      nowHeld = Set.of();
      nowSetBack.addAll(touched);
      touched.forEach(vbucket -> effects.add(new ControlEffect.TakeBack(vbucket, "the rebalance is paused")));
    }
    RunControl next = new RunControl(
        Phase.PAUSING, wanted, touched, nowHeld, nowSetBack, false, and(pausers, ask), cancellers);
    return next.rest(effects);
  }

  public Step resume(long ask) {
    if (phase == Phase.STOPPING) {
      return refuse(ask, "the rebalance is being stopped");
    }
    if (phase == Phase.RUNNING) {
      return refuse(ask, "the rebalance is not paused");
    }
    List<ControlEffect> effects = new ArrayList<>();
    replyAll(pausers, new NotPossible("resumed before the pause was complete"), effects);
    letGo(effects);
    effects.add(new ControlEffect.TellResumed());
    effects.add(new ControlEffect.StartMoves());
    effects.add(new Reply(ask, new Resumed()));
    return new Step(
        new RunControl(Phase.RUNNING, mode, Set.of(), Set.of(), setBack, false, List.of(), cancellers), effects);
  }

  /**
   * @param isWaiting whether its move has yet to start
   * @param isRunning whether its move runs
   */
  public Step cancel(long ask, int vbucket, boolean isWaiting, boolean isRunning) {
    String why = "cancelled by the operator";
    if (isWaiting) {
      MoveOutcome never = new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, why + " before it began", "");
      return new Step(
          this, List.of(new ControlEffect.Drop(vbucket), new Reply(ask, new Cancelled(vbucket, never))));
    }
    if (!isRunning) {
      return refuse(ask, "vb:" + vbucket + " is not being moved: its move has ended, or is not part of the plan");
    }
    Map<Integer, List<Long>> asked = new HashMap<>(cancellers);
    asked.merge(vbucket, List.of(ask), (before, one) -> and(before, ask));
    return new Step(
        new RunControl(phase, mode, restless, held, setBack, checking, pausers, asked),
        List.of(new ControlEffect.TakeBack(vbucket, why)));
  }

  /** Whoever waits for a pause is told; moves that are held may be taken back now. */
  public Step stop() {
    List<ControlEffect> effects = new ArrayList<>();
    replyAll(pausers, new NotPossible("the rebalance was stopped before the pause was complete"), effects);
    letGo(effects);
    return new Step(
        new RunControl(Phase.STOPPING, mode, Set.of(), Set.of(), Set.of(), false, List.of(), cancellers), effects);
  }

  // ---- what happens

  /** The move stands at a safe point. */
  public Step held(int vbucket) {
    if (phase != Phase.PAUSING || mode != PauseMode.PARK) {
      return new Step(this, List.of());
    }
    return withMoves(without(restless, vbucket), with(held, vbucket)).rest(new ArrayList<>());
  }

  public Step ended(int vbucket, MoveOutcome outcome) {
    List<ControlEffect> effects = new ArrayList<>();
    replyAll(cancellers.getOrDefault(vbucket, List.of()), new Cancelled(vbucket, outcome), effects);
    Map<Integer, List<Long>> others = new HashMap<>(cancellers);
    others.remove(vbucket);
    RunControl next = new RunControl(
        phase, mode, without(restless, vbucket), without(held, vbucket), without(setBack, vbucket), checking, pausers,
        others);
    return next.rest(effects);
  }

  /** The nodes were asked; {@code residue} is what they still have. */
  public Step checked(List<String> residue) {
    return phase == Phase.PAUSING && checking ? paused(residue, new ArrayList<>()) : new Step(this, List.of());
  }

  /** The rebalance has ended: nobody is left without an answer. */
  public List<ControlEffect> closing() {
    List<ControlEffect> effects = new ArrayList<>();
    replyAll(pausers, new NotPossible("the rebalance ended before the pause was complete"), effects);
    cancellers.forEach((vbucket, asks) -> replyAll(asks, new NotPossible("the rebalance has ended"), effects));
    return effects;
  }

  // ---- shorthand

  private Step rest(List<ControlEffect> effects) {
    if (phase != Phase.PAUSING || !restless.isEmpty() || checking) {
      return new Step(this, List.copyOf(effects));
    }
    if (mode == PauseMode.ABORT) {
      effects.add(new ControlEffect.CheckResidue());
      return new Step(
          new RunControl(phase, mode, restless, held, setBack, true, pausers, cancellers), List.copyOf(effects));
    }
    return paused(List.of(), effects);
  }

  private Step paused(List<String> residue, List<ControlEffect> effects) {
    effects.add(new ControlEffect.TellPaused(mode, held.size(), residue));
    replyAll(pausers, new Paused(mode, held.size(), residue), effects);
    return new Step(
        new RunControl(Phase.PAUSED, mode, restless, held, setBack, false, List.of(), cancellers),
        List.copyOf(effects));
  }

  private void letGo(List<ControlEffect> effects) {
    if (mode == PauseMode.PARK) {
      Set<Integer> all = new TreeSet<>(held);
      all.addAll(restless);
      all.forEach(vbucket -> effects.add(new ControlEffect.LetGo(vbucket)));
    }
  }

  private Step refuse(long ask, String why) {
    return new Step(this, List.of(new Reply(ask, new NotPossible(why))));
  }

  private RunControl withPausers(List<Long> all) {
    return new RunControl(phase, mode, restless, held, setBack, checking, all, cancellers);
  }

  private RunControl withMoves(Set<Integer> nowRestless, Set<Integer> nowHeld) {
    return new RunControl(phase, mode, nowRestless, nowHeld, setBack, checking, pausers, cancellers);
  }

  private static void replyAll(List<Long> asks, ControlAnswer answer, List<ControlEffect> effects) {
    asks.forEach(ask -> effects.add(new Reply(ask, answer)));
  }

  private static List<Long> and(List<Long> asks, long one) {
    List<Long> all = new ArrayList<>(asks);
    all.add(one);
    return all;
  }

  private static Set<Integer> with(Set<Integer> some, int one) {
    Set<Integer> all = new TreeSet<>(some);
    all.add(one);
    return all;
  }

  private static Set<Integer> without(Set<Integer> some, int one) {
    Set<Integer> rest = new TreeSet<>(some);
    rest.remove(one);
    return rest;
  }
}
