package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.MoveEffect.StartTimer;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A move that can be held: a {@link MoveProtocol} behind a gate. Once it is asked to park, what would take it past a safe point waits at the
 * gate until it may go on ({@link SafePoints}); its streams go on meanwhile, and it has no time limits. What may have changed meanwhile is
 * then asked for anew.
 *
 * @param stand whether it goes on, shall stop, or stands
 * @param waiting events at the gate, in the order in which they came
 * @param limits time limits that run, or would run if the move were not held
 */
public record ParkableMove(MoveProtocol protocol, Stand stand, List<MoveEvent> waiting, Set<StartTimer> limits) {
  /** Where a move stands with regard to parking. */
  public enum Stand {
    GOING,
    /** It shall stand at its next safe point. */
    STOPPING,
    PARKED
  }

  public ParkableMove {
    waiting = List.copyOf(waiting);
    limits = Set.copyOf(limits);
  }

  public static ParkableMove of(MoveProtocol protocol) {
    return new ParkableMove(protocol, Stand.GOING, List.of(), Set.of());
  }

  /** What follows from an event. */
  public record Step(ParkableMove next, List<MoveEffect> effects) {}

  public Step on(MoveEvent event) {
    List<MoveEffect> effects = new ArrayList<>();
    ParkableMove next;
    if (event instanceof MoveEvent.Park) {
      next = stand == Stand.GOING ? stopping(effects) : this;
    } else if (event instanceof MoveEvent.Resume) {
      next = stand == Stand.GOING ? this : goOn(effects);
    } else if (event instanceof MoveEvent.Cancel) {
      // A move that is taken back has nothing to wait for; the answers at the gate are to questions that nobody asks any more.
      next = new ParkableMove(protocol, Stand.GOING, List.of(), limits).pass(event, effects);
    } else if (stand != Stand.GOING && isLimit(event)) {
      next = this;
    } else if (stand != Stand.GOING && SafePoints.waits(protocol.state(), event)) {
      List<MoveEvent> more = new ArrayList<>(waiting);
      more.add(event);
      next = new ParkableMove(protocol, stand, more, limits);
    } else {
      next = pass(event, effects);
    }
    return next.rest(effects);
  }

  public MoveState state() {
    return protocol.state();
  }

  public int question() {
    return protocol.question();
  }

  public int attempts() {
    return protocol.attempts();
  }

  private ParkableMove stopping(List<MoveEffect> effects) {
    limits.forEach(limit -> effects.add(SafePoints.cancel(limit)));
    return new ParkableMove(protocol, Stand.STOPPING, waiting, limits);
  }

  private ParkableMove goOn(List<MoveEffect> effects) {
    effects.addAll(limits);
    ParkableMove next = new ParkableMove(protocol, Stand.GOING, List.of(), limits);
    effects.addAll(SafePoints.askedAnew(protocol, waiting));
    for (MoveEvent event : waiting) {
      if (!SafePoints.isAskedAnew(event)) {
        next = next.pass(event, effects);
      }
    }
    return next;
  }

  private ParkableMove pass(MoveEvent event, List<MoveEffect> effects) {
    MoveProtocol.Step step = protocol.on(event);
    Set<StartTimer> running = new LinkedHashSet<>(limits);
    for (MoveEffect effect : step.effects()) {
      if (effect instanceof MoveEffect.CancelTimer cancel) {
        running.removeIf(limit -> SafePoints.cancel(limit).equals(cancel));
        effects.add(effect);
      } else if (effect instanceof StartTimer start && isLimit(start.timer())) {
        running.add(start);
        if (stand == Stand.GOING) {
          effects.add(effect);
        }
      } else {
        effects.add(effect);
      }
    }
    return new ParkableMove(step.next(), stand, waiting, running);
  }

  private Step rest(List<MoveEffect> effects) {
    if (stand == Stand.STOPPING && SafePoints.isSafe(protocol.state(), waiting)) {
      effects.add(new MoveEffect.Parked());
      return new Step(new ParkableMove(protocol, Stand.PARKED, waiting, limits), List.copyOf(effects));
    }
    return new Step(this, List.copyOf(effects));
  }

  private static boolean isLimit(MoveEvent event) {
    return event instanceof MoveEvent.TimedOut timeout && isLimit(timeout.timer());
  }

  private static boolean isLimit(Timer timer) {
    return timer == Timer.BACKFILL_STALL || timer == Timer.PERSISTENCE;
  }
}
