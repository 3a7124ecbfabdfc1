package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MoveSchedulerTest {

  @Test
  void moves_into_one_node_take_over_in_parallel_once_their_backfills_are_over() {
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 10; vbucket++) {
      moves.add(new Move("b", vbucket, "n" + vbucket % 5, "new"));
    }
    MoveScheduler.Started first = MoveScheduler.of(new MoveScheduler.Limits(100, 100, 2), moves).start();
    assertThat(first.moves()).hasSize(2);

    MoveScheduler.Started second = first.next().backfillOver(first.moves().get(0)).start();

    assertThat(second.moves()).hasSize(1);
    assertThat(second.next().running()).hasSize(3);
  }

  @Property
  void no_limit_is_ever_exceeded_and_every_move_runs(
      @ForAll @IntRange(min = 1, max = 6) int maxConcurrent,
      @ForAll @IntRange(min = 1, max = 4) int movesPerNode,
      @ForAll @IntRange(min = 1, max = 3) int backfillsPerNode,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 30; vbucket++) {
      int source = random.nextInt(4);
      moves.add(new Move("b", vbucket, "n" + source, "n" + (source + 1 + random.nextInt(3)) % 4));
    }
    MoveScheduler scheduler =
        MoveScheduler.of(new MoveScheduler.Limits(maxConcurrent, movesPerNode, backfillsPerNode), moves);
    List<Move> ran = new ArrayList<>();
    while (!scheduler.isDone()) {
      MoveScheduler.Started started = scheduler.start();
      scheduler = started.next();
      ran.addAll(started.moves());
      assertThat(scheduler.running()).hasSizeLessThanOrEqualTo(maxConcurrent);
      assertThat(perNode(scheduler.running()).values()).allMatch(n -> n <= movesPerNode);
      assertThat(perNode(scheduler.filling()).values()).allMatch(n -> n <= backfillsPerNode);
      assertThat(scheduler.start().moves()).as("nothing more may start").isEmpty();
      Move any = List.copyOf(scheduler.running()).get(random.nextInt(scheduler.running().size()));
      scheduler = random.nextBoolean() ? scheduler.backfillOver(any) : scheduler.ended(any);
    }
    assertThat(ran).containsExactlyInAnyOrderElementsOf(moves);
  }

  private static Map<String, Integer> perNode(Iterable<Move> moves) {
    Map<String, Integer> load = new HashMap<>();
    moves.forEach(move -> {
      load.merge(move.source(), 1, Integer::sum);
      load.merge(move.destination(), 1, Integer::sum);
    });
    return load;
  }
}
