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

  private record Event(long at, int number, Move move, boolean backfillOver) {}

  record Start(long at, Move move) {}

  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingInt(Event::number));
  private final Map<Integer, LimitChange> changes;
  private final Set<Move> moving = new HashSet<>();
  private final Set<Move> filling = new HashSet<>();
  private final List<Start> starts = new ArrayList<>();
  private final List<Move> finished = new ArrayList<>();
  private MoveLimits limits;
  private MoveScheduler scheduler;
  private long now;
  private int numbers;

  /** @param changes limits that change, by the number of moves that have started by then */
  SimulatedRebalance(MoveLimits limits, List<Move> moves, Set<String> leaving, Map<Integer, LimitChange> changes,
      long seed) {
    this.limits = limits;
    this.changes = new HashMap<>(changes);
    this.random = new Random(seed);
    this.scheduler = MoveScheduler.of(limits, moves, leaving);
  }

  List<Start> starts() {
    return starts;
  }

  List<Move> finished() {
    return finished;
  }

  void run() {
    startMoves();
    while (!scheduler.isDone()) {
      Event event = events.remove();
      now = event.at();
      if (event.move() != null && event.backfillOver()) {
        filling.remove(event.move());
        scheduler = scheduler.backfillOver(event.move());
      } else if (event.move() != null) {
        moving.remove(event.move());
        finished.add(event.move());
        scheduler = scheduler.ended(event.move());
      }
      startMoves();
    }
  }

  private void startMoves() {
    List.copyOf(changes.keySet()).stream().filter(number -> number <= starts.size()).sorted().forEach(number -> {
      LimitChange change = changes.remove(number);
      limits = limits.with(change);
      scheduler = scheduler.with(change);
    });
    MoveScheduler.Started started = scheduler.start(now);
    scheduler = started.next();
    started.moves().forEach(this::begin);
    assertThat(scheduler.start(now).moves()).as("what may start has started").isEmpty();
    assertThat(scheduler.running()).isEqualTo(moving);
    assertThat(scheduler.filling()).isEqualTo(filling);
    started.wakeUp().ifPresent(wait -> events.add(new Event(now + wait, numbers++, null, false)));
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
    long backfill = now + SECOND + random.nextInt(1000) * SECOND / 100;
    events.add(new Event(backfill, numbers++, move, true));
    events.add(new Event(backfill + random.nextInt(1000) * SECOND / 10, numbers++, move, false));
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
