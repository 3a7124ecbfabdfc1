package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;

/** Runs a scheduler in virtual time, with durations from a seed, and counts by itself what the scheduler may not exceed. */
final class SimulatedRebalance {
  private static final long SECOND = 1_000_000_000L;

  private enum Kind {
    BYTES_FREE,
    BACKFILL_OVER,
    ATTEMPT_OVER,
    BACK_OFF_OVER,
    END
  }

  private record Event(long at, int number, Move move, Kind kind) {}

  record Start(long at, Move move) {}

  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingInt(Event::number));
  private final Map<Integer, LimitChange> changes;
  private final Set<Move> moving = new HashSet<>();
  private final Set<Move> filling = new HashSet<>();
  private final List<Start> starts = new ArrayList<>();
  private final List<Move> finished = new ArrayList<>();
  /** Those whose takeover is under way. */
  private final Set<Move> takingOver = new HashSet<>();
  private MoveLimits limits;
  private MoveScheduler scheduler;
  private TakeoverSlots slots;
  private int mostTakeovers;
  private long now;
  private int numbers;

  /** @param changes limits that change, by the number of moves that have started by then */
  SimulatedRebalance(MoveLimits limits, List<Move> moves, Set<String> leaving, Map<Integer, LimitChange> changes,
      long seed) {
    this.limits = limits;
    this.changes = new HashMap<>(changes);
    this.random = new Random(seed);
    this.scheduler = MoveScheduler.of(limits, moves, leaving);
    this.slots = TakeoverSlots.of(limits);
  }

  List<Start> starts() {
    return starts;
  }

  List<Move> finished() {
    return finished;
  }

  /** How many takeovers were under way at the same time on one node at most. */
  int mostTakeovers() {
    return mostTakeovers;
  }

  void run() {
    startMoves();
    while (!scheduler.isDone()) {
      Event event = events.remove();
      now = event.at();
      happens(event.move(), event.kind());
      startMoves();
    }
  }

  private void happens(Move move, Kind kind) {
    switch (kind) {
      case BYTES_FREE -> {
      }
      case BACKFILL_OVER -> {
        filling.remove(move);
        scheduler = scheduler.backfillOver(move);
        if (move.isTakeover()) {
          askToTakeOver(move);
        } else {
          soon(move, Kind.END, 100);
        }
      }
      case BACK_OFF_OVER -> askToTakeOver(move);
      case ATTEMPT_OVER -> {
        takingOver.remove(move);
        give(slots.free(move));
        // A failed attempt waits for its turn once more.
        soon(move, random.nextInt(3) == 0 ? Kind.BACK_OFF_OVER : Kind.END, 1);
      }
      case END -> {
        moving.remove(move);
        finished.add(move);
        scheduler = scheduler.ended(move);
        give(slots.free(move));
      }
      default -> throw new IllegalStateException("no rule for " + kind);
    }
  }

  private void askToTakeOver(Move move) {
    if (slots.needed()) {
      give(slots.ask(move, numbers, scheduler.isUrgent(move)));
    } else {
      takeOver(move);
    }
  }

  private void give(TakeoverSlots.Step step) {
    slots = step.next();
    for (TakeoverSlots.Granted granted : step.granted()) {
      takeOver(granted.move());
      for (String node : actives(granted.move())) {
        assertThat(takeovers(node)).as("takeovers of %s", node)
            .isLessThanOrEqualTo(limits.takeoversPerNode().of(node));
      }
    }
  }

  private void takeOver(Move move) {
    assertThat(takingOver.add(move)).as("takes over twice: %s", move).isTrue();
    actives(move).forEach(node -> mostTakeovers = Math.max(mostTakeovers, (int) takeovers(node)));
    soon(move, Kind.ATTEMPT_OVER, 100);
  }

  private long takeovers(String node) {
    return takingOver.stream().filter(other -> actives(other).contains(node)).count();
  }

  /** @param within at most so many seconds from now */
  private void soon(Move move, Kind kind, int within) {
    events.add(new Event(now + random.nextInt(1000) * SECOND / 1000 * within, numbers++, move, kind));
  }

  private void change(LimitChange change) {
    limits = limits.with(change);
    scheduler = scheduler.with(change);
    boolean asked = slots.needed();
    give(slots.with(limits, moving));
    if (slots.needed() && !asked) {
      moving.stream().filter(move -> !takingOver.contains(move)).toList().forEach(move -> give(slots.free(move)));
    }
  }

  private void startMoves() {
    List.copyOf(changes.keySet()).stream().filter(number -> number <= starts.size()).sorted()
        .forEach(number -> change(changes.remove(number)));
    MoveScheduler.Started started = scheduler.start(now);
    scheduler = started.next();
    started.moves().forEach(this::begin);
    assertThat(scheduler.start(now).moves()).as("what may start has started").isEmpty();
    assertThat(scheduler.running()).isEqualTo(moving);
    assertThat(scheduler.filling()).isEqualTo(filling);
    started.wakeUp().ifPresent(wait -> events.add(new Event(now + wait, numbers++, null, Kind.BYTES_FREE)));
    assertThat(events.isEmpty() && !scheduler.isDone()).as("moves wait, and nothing will start them").isFalse();
  }

  private void begin(Move move) {
    assertThat(moving.add(move)).as("started twice: %s", move).isTrue();
    filling.add(move);
    starts.add(new Start(now, move));
    assertThat(moving.size()).isLessThanOrEqualTo(limits.maxConcurrent());
    for (String node : actives(move)) {
      assertThat(moving.stream().filter(other -> actives(other).contains(node)).count())
          .as("moves of %s", node).isLessThanOrEqualTo(limits.movesPerNode().of(node));
    }
    for (String node : charged(move)) {
      assertThat(filling.stream().filter(other -> charged(other).contains(node)).count())
          .as("backfills of %s", node).isLessThanOrEqualTo(limits.backfillsPerNode().of(node));
    }
    events.add(
        new Event(now + SECOND + random.nextInt(1000) * SECOND / 100, numbers++, move, Kind.BACKFILL_OVER));
  }

  private static Set<String> actives(Move move) {
    return new HashSet<>(List.of(move.source(), move.destination()));
  }

  private static Set<String> charged(Move move) {
    Set<String> nodes = actives(move);
    move.after().stream().filter(node -> !move.before().contains(node)).forEach(nodes::add);
    return nodes;
  }
}
