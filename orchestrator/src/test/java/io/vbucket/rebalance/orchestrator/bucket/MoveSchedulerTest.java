package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.LimitChange.Limit;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MoveSchedulerTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void moves_into_one_node_take_over_in_parallel_once_their_backfills_are_over() {
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 10; vbucket++) {
      moves.add(new Move("b", vbucket, "n" + vbucket % 5, "new"));
    }
    MoveScheduler.Started first = MoveScheduler.of(new MoveLimits(100, 100, 2), moves).start(0);
    assertThat(first.moves()).hasSize(2);

    MoveScheduler.Started second = first.next().backfillOver(first.moves().get(0)).start(0);

    assertThat(second.moves()).hasSize(1);
    assertThat(second.next().running()).hasSize(3);
  }

  @Property(tries = 150)
  void no_limit_is_ever_exceeded_and_every_move_runs_once_while_limits_change(
      @ForAll @IntRange(min = 1, max = 12) int maxConcurrent,
      @ForAll @IntRange(min = 1, max = 6) int movesPerNode,
      @ForAll @IntRange(min = 1, max = 4) int backfillsPerNode,
      @ForAll @IntRange(min = 1, max = 3) int copies,
      @ForAll long seed) {
    Random random = new Random(seed);
    Map<Integer, List<String>> map = new HashMap<>();
    Map<Integer, List<String>> target = new HashMap<>();
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 60; vbucket++) {
      map.put(vbucket, chain(random, copies));
      target.put(vbucket, chain(random, copies));
      if (!map.get(vbucket).equals(target.get(vbucket))) {
        moves.add(new Move("b", vbucket, map.get(vbucket), target.get(vbucket), random.nextInt(1000)));
      }
    }
    Map<Integer, LimitChange> changes = Map.of(
        5, new LimitChange(Limit.TAKEOVERS_PER_NODE, 1 + random.nextInt(3)),
        10, new LimitChange(Limit.BACKFILLS_PER_NODE, Optional.of("n1"), 1),
        15, new LimitChange(Limit.MAX_CONCURRENT, 1 + random.nextInt(12)),
        20, new LimitChange(Limit.BACKFILLS_PER_NODE, 1 + random.nextInt(5)),
        25, new LimitChange(Limit.MOVES_PER_NODE, 1 + random.nextInt(5)),
        28, LimitChange.parse(Limit.URGENT_SHARE, Optional.empty(), "0." + random.nextInt(10)),
        30, new LimitChange(Limit.BYTES_PER_SECOND_PER_LINK, Optional.of("n1->n2"), 20),
        35, new LimitChange(Limit.TAKEOVERS_PER_NODE, Optional.of("n3"), 1 + random.nextInt(2)),
        40, new LimitChange(Limit.TAKEOVERS_PER_NODE, random.nextInt(4)));
    SimulatedRebalance simulated = new SimulatedRebalance(
        new MoveLimits(maxConcurrent, movesPerNode, backfillsPerNode), moves,
        random.nextBoolean() ? Set.of("n4") : Set.of(), changes, seed);

    simulated.run();

    assertThat(simulated.starts().stream().map(SimulatedRebalance.Start::move))
        .containsExactlyInAnyOrderElementsOf(moves);
    simulated.finished().forEach(move -> assertThat(map.put(move.vbucket(), move.after())).isEqualTo(move.before()));
    assertThat(map).isEqualTo(target);
  }

  private static List<String> chain(Random random, int copies) {
    List<String> nodes = new ArrayList<>(List.of("n0", "n1", "n2", "n3", "n4"));
    Collections.shuffle(nodes, random);
    return List.copyOf(nodes.subList(0, copies));
  }

  @Property(tries = 100)
  void in_no_span_of_time_more_bytes_are_started_than_the_rate_and_one_burst(
      @ForAll @IntRange(min = 1, max = 300) int perNode,
      @ForAll @IntRange(min = 0, max = 300) int perLink,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 40; vbucket++) {
      List<String> before = chain(random, 2);
      List<String> after = chain(random, 2);
      moves.add(new Move("b", vbucket, before, after, random.nextInt(500)));
    }
    MoveLimits limits = new MoveLimits(100, 100, 100)
        .with(new LimitChange(Limit.BYTES_PER_SECOND_PER_NODE, perNode))
        .with(new LimitChange(Limit.BYTES_PER_SECOND_PER_LINK, perLink));
    SimulatedRebalance simulated = new SimulatedRebalance(limits, moves, Set.of(), Map.of(), seed);

    simulated.run();

    for (String node : List.of("n0", "n1", "n2", "n3", "n4")) {
      withinRate(simulated, perNode, move -> move.built().contains(node), 1);
      withinRate(simulated, perNode, move -> move.source().equals(node), 2);
      if (perLink > 0) {
        withinRate(simulated, perLink, move -> move.source().equals("n0") && move.built().contains(node), 1);
      }
    }
  }

  /** @param most copies that one move makes at most from the node */
  private static void withinRate(SimulatedRebalance simulated, int rate, Predicate<Move> counts, int most) {
    List<SimulatedRebalance.Start> starts =
        simulated.starts().stream().filter(start -> counts.test(start.move())).toList();
    for (int first = 0; first < starts.size(); first++) {
      double bytes = 0;
      double largest = 0;
      for (SimulatedRebalance.Start start : starts.subList(first, starts.size())) {
        long size = start.move().bytes() * (most == 1 ? 1 : start.move().built().size());
        bytes += size;
        largest = Math.max(largest, size);
        double seconds = (double) (start.at() - starts.get(first).at()) / SECOND;
        assertThat(bytes).isLessThanOrEqualTo(rate * seconds + Math.max(rate, largest) + 0.01);
      }
    }
  }

  @Test
  void a_move_waits_for_its_bytes_as_long_as_it_is_told() {
    MoveLimits limits = new MoveLimits(10, 10, 10).with(new LimitChange(Limit.BYTES_PER_SECOND_PER_LINK, 100));
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 3; vbucket++) {
      moves.add(new Move("b", vbucket, List.of("a"), List.of("c"), 250));
    }
    MoveScheduler.Started first = MoveScheduler.of(limits, moves).start(0);
    assertThat(first.moves()).hasSize(1);
    assertThat(first.wakeUp()).hasValue(5 * SECOND / 2);

    MoveScheduler.Started early = first.next().start(5 * SECOND / 2 - 1_000_000);
    assertThat(early.moves()).isEmpty();
    assertThat(early.next().start(5 * SECOND / 2).moves()).hasSize(1);
    LimitChange none = new LimitChange(Limit.BYTES_PER_SECOND_PER_LINK, 0);
    assertThat(early.next().with(none).start(5 * SECOND / 2 - 1_000_000).moves()).hasSize(2);
  }

  @Property(tries = 100)
  void after_every_finished_move_the_cluster_is_no_worse_balanced_than_before(@ForAll long seed) {
    Random random = new Random(seed);
    Map<String, Integer> offTarget = new HashMap<>();
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 40; vbucket++) {
      int source = random.nextInt(5);
      int destination = source + 1 + random.nextInt(5 - source);
      moves.add(new Move("b", vbucket, "n" + source, "n" + destination));
      offTarget.merge("n" + source, 1, Integer::sum);
      offTarget.merge("n" + destination, -1, Integer::sum);
    }
    SimulatedRebalance simulated = new SimulatedRebalance(new MoveLimits(100, 100, 4), moves, Set.of(), Map.of(), seed);

    simulated.run();

    int before = imbalance(offTarget);
    for (Move move : simulated.finished()) {
      offTarget.merge(move.source(), -1, Integer::sum);
      offTarget.merge(move.destination(), 1, Integer::sum);
      assertThat(imbalance(offTarget)).as("after %s", move).isLessThanOrEqualTo(before);
      before = imbalance(offTarget);
    }
    assertThat(before).isZero();
  }

  private static int imbalance(Map<String, Integer> offTarget) {
    return offTarget.values().stream().mapToInt(Math::abs).sum();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.25})
  void an_urgent_move_between_two_busy_nodes_starts_because_others_leave_it_a_share(double share) {
    Move urgent = new Move("b", 1000, List.of("a"), List.of("a", "c"), 0);
    List<Move> moves = new ArrayList<>(List.of(urgent));
    for (int vbucket = 0; vbucket < 200; vbucket++) {
      moves.add(new Move("b", vbucket, List.of(vbucket % 2 == 0 ? "a" : "c", "d" + vbucket),
          List.of(vbucket % 2 == 0 ? "a" : "c", "e" + vbucket), 0));
    }
    MoveLimits limits = new MoveLimits(1000, 64, 4).with(LimitChange.parse(
        Limit.URGENT_SHARE, Optional.empty(), Double.toString(share)));
    MoveScheduler.Started first = MoveScheduler.of(limits, moves).start(0);
    assertThat(first.moves().get(0)).isEqualTo(urgent);
    // The places it leaves are taken, and then it waits again.
    MoveScheduler scheduler = first.next().backfillOver(urgent).start(0).next().again(urgent);
    int rounds = 0;
    while (!scheduler.running().contains(urgent) && rounds < 40) {
      String node = rounds++ % 2 == 0 ? "a" : "c";
      Move one = scheduler.running().stream().filter(move -> move.source().equals(node)).findFirst().orElseThrow();
      scheduler = scheduler.ended(one).start(0).next();
    }
    assertThat(rounds).isEqualTo(share == 0 ? 40 : 2);
  }

  @Property(tries = 50)
  void takeovers_run_up_to_their_limit_and_never_beyond(
      @ForAll @IntRange(min = 1, max = 5) int most, @ForAll long seed) {
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 40; vbucket++) {
      moves.add(new Move("b", vbucket, "n" + vbucket % 4, "new"));
    }
    MoveLimits limits = new MoveLimits(100, 100, 100).with(new LimitChange(Limit.TAKEOVERS_PER_NODE, most));
    SimulatedRebalance simulated = new SimulatedRebalance(limits, moves, Set.of(), Map.of(), seed);

    simulated.run();

    assertThat(simulated.finished()).hasSize(40);
    assertThat(simulated.mostTakeovers()).isEqualTo(most);
  }

  @Test
  void the_busiest_node_comes_first_then_links_that_do_nothing_yet_then_actives() {
    List<Move> moves = List.of(
        new Move("b", 0, List.of("x"), List.of("y"), 0),
        new Move("b", 1, List.of("a", "r"), List.of("a", "c"), 0),
        new Move("b", 2, List.of("a"), List.of("c"), 0),
        new Move("b", 3, List.of("a"), List.of("d"), 0),
        new Move("b", 4, List.of("a"), List.of("e"), 0));

    List<Move> started = MoveScheduler.of(new MoveLimits(10, 10, 10), moves).start(0).moves();

    assertThat(started.stream().map(Move::vbucket)).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    assertThat(started.stream().limit(3).map(Move::vbucket)).containsExactlyInAnyOrder(2, 3, 4);
  }

  @Test
  void takeovers_in_a_ring_run_although_each_is_a_step_away_from_balance() {
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 30; vbucket++) {
      moves.add(new Move("b", vbucket, "n" + vbucket % 3, "n" + (vbucket + 1) % 3));
    }
    assertThat(MoveScheduler.of(new MoveLimits(10, 10, 10), moves).start(0).moves()).hasSize(3);
    SimulatedRebalance simulated = new SimulatedRebalance(new MoveLimits(10, 10, 10), moves, Set.of(), Map.of(), 7);

    simulated.run();

    assertThat(simulated.finished()).hasSize(30);
  }
}
