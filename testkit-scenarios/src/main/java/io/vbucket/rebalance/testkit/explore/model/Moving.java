package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.move.MoveEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MoveProtocol;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The mover, and the map of which it is told.
 *
 * @param core see {@link Essence}
 * @param timers those that run
 * @param begun whether it was told to begin
 * @param commits whether it waits for the map to be committed
 * @param committed whether the map names the destination
 * @param slot of its takeovers; none where they are not limited
 * @param outcome how it ended, without texts; empty before
 */
public record Moving(
    MoveProtocol core, SortedSet<Running> timers, Questions questions, boolean begun, boolean commits,
    boolean committed, Slot slot, Optional<MoveOutcome> outcome) {
  /** @param node whose timer it is, or empty */
  public record Running(MoveEvent.Timer timer, String node) implements Comparable<Running> {
    @Override
    public int compareTo(Running other) {
      int first = timer.compareTo(other.timer);
      return first == 0 ? node.compareTo(other.node) : first;
    }
  }

  Moving with(MoveProtocol next) {
    return new Moving(next, timers, questions, begun, commits, committed, slot, outcome);
  }

  Moving starting(Running timer) {
    SortedSet<Running> more = new TreeSet<>(timers);
    more.add(timer);
    return new Moving(core, more, questions, begun, commits, committed, slot, outcome);
  }

  Moving without(Running timer) {
    SortedSet<Running> fewer = new TreeSet<>(timers);
    fewer.remove(timer);
    return new Moving(core, fewer, questions, begun, commits, committed, slot, outcome);
  }

  Moving with(Questions next) {
    return new Moving(core, timers, next, begun, commits, committed, slot, outcome);
  }

  Moving beginning() {
    return new Moving(core, timers, questions, true, commits, committed, slot, outcome);
  }

  Moving committing(boolean waits, boolean done) {
    return new Moving(core, timers, questions, begun, waits, done, slot, outcome);
  }

  Moving having(Slot next) {
    return new Moving(core, timers, questions, begun, commits, committed, next, outcome);
  }

  /** The actor stops, and its timers with it. */
  Moving ended(MoveOutcome how) {
    return new Moving(core, new TreeSet<>(), questions, begun, false, committed, slot, Optional.of(how));
  }

  public boolean isOver() {
    return outcome.isPresent();
  }

  /** Whether it expects nothing but its stream's report, apart from what it does by itself. */
  boolean waitsForNothingElse() {
    return begun && questions.isEmpty() && !slot.isOnItsWay();
  }
}
