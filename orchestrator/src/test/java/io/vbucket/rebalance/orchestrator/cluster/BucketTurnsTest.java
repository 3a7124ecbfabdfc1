package io.vbucket.rebalance.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BucketTurnsTest {
  private static final BucketOutcome WELL = new BucketOutcome.Ended(new RebalanceSummary(
      1, List.of(), List.of(), 0, new TreeMap<>(), List.of(), false, Duration.ZERO));
  private static final BucketOutcome REFUSED = new BucketOutcome.Refused(List.of("no map"));
  private static final List<ClusterBucket> FOUR = List.of(
      ClusterBucket.named("low"), new ClusterBucket("high", 20), new ClusterBucket("mid", 10),
      new ClusterBucket("mid-2", 10));

  @Test
  void the_highest_priority_comes_first_and_equal_ones_in_order_of_the_file() {
    assertThat(BucketTurns.inOrder(FOUR)).containsExactly("high", "mid", "mid-2", "low");
    assertThat(BucketTurns.of(FOUR, 4).start().begin()).containsExactly("high", "mid", "mid-2", "low");
  }

  @Test
  void no_more_than_so_many_run_at_once_and_each_end_lets_the_next_begin() {
    BucketTurns.Step first = BucketTurns.of(FOUR, 2).start();
    assertThat(first.begin()).containsExactly("high", "mid");
    assertThat(first.next().start().begin()).as("nothing has ended").isEmpty();

    BucketTurns.Step second = first.next().ended("mid", WELL).start();
    assertThat(second.begin()).containsExactly("mid-2");
    assertThat(second.next().running()).containsExactly("high", "mid-2");
    assertThat(second.next().waiting()).containsExactly("low");
  }

  @Test
  void one_that_is_refused_or_breaks_does_not_keep_others_from_their_turn() {
    BucketTurns turns = BucketTurns.of(FOUR, 1).start().next().ended("high", REFUSED).start().next();
    assertThat(turns.running()).containsExactly("mid");

    turns = turns.ended("mid", new BucketOutcome.Broke("a bug")).start().next();
    assertThat(turns.running()).containsExactly("mid-2");
    assertThat(turns.outcomes()).containsOnlyKeys("high", "mid");
  }

  @Test
  void when_all_are_withdrawn_what_runs_runs_on_and_nothing_begins() {
    BucketTurns turns = BucketTurns.of(FOUR, 2).start().next().allWithdrawn("stopped");

    assertThat(turns.start().begin()).isEmpty();
    assertThat(turns.running()).containsExactly("high", "mid");
    assertThat(turns.outcomes()).containsOnlyKeys("mid-2", "low");
    assertThat(turns.isDone()).isFalse();
    BucketTurns end = turns.ended("mid", WELL).start().next().ended("high", WELL).start().next();
    assertThat(end.isDone()).isTrue();
    assertThat(end.outcomes()).containsOnlyKeys("high", "mid", "mid-2", "low");
  }

  @Test
  void one_that_waits_can_be_withdrawn_and_the_others_keep_their_order() {
    BucketTurns turns = BucketTurns.of(FOUR, 1).start().next().withdrawn("mid", "not today");

    assertThat(turns.waiting()).containsExactly("mid-2", "low");
    assertThat(turns.outcomes()).containsEntry("mid", new BucketOutcome.NotBegun("not today"));
    assertThat(turns.withdrawn("high", "it runs").running()).containsExactly("high");
    assertThat(turns.withdrawn("beer", "unknown").waiting()).containsExactly("mid-2", "low");
  }

  @Test
  void a_second_end_of_the_same_bucket_changes_nothing() {
    BucketTurns turns = BucketTurns.of(FOUR, 2).start().next().ended("high", WELL).start().next();

    assertThat(turns.ended("high", REFUSED).outcomes()).containsEntry("high", WELL);
    assertThat(turns.ended("low", REFUSED).outcomes()).as("it has not begun").doesNotContainKey("low");
  }

  @Test
  void limits_are_shared_by_as_many_as_may_run_until_none_waits_and_then_by_those_that_run() {
    BucketTurns turns = BucketTurns.of(FOUR, 2).start().next();
    assertThat(turns.sharers()).isEqualTo(2);

    turns = turns.ended("high", WELL);
    assertThat(turns.sharers()).as("the next takes its place").isEqualTo(2);
    turns = turns.start().next().ended("mid", WELL).start().next();
    assertThat(turns.sharers()).as("two run, none waits").isEqualTo(2);
    assertThat(turns.ended("low", WELL).sharers()).isEqualTo(1);
    assertThat(BucketTurns.of(FOUR, 2).start().next().ended("mid", WELL).allWithdrawn("stopped").sharers())
        .isEqualTo(1);
  }

  @Test
  void less_than_one_at_a_time_is_refused() {
    assertThatThrownBy(() -> BucketTurns.of(FOUR, 0)).hasMessageContaining("0 buckets at a time");
  }

  @Test
  void whatever_happens_every_bucket_gets_one_outcome_and_the_limit_holds() {
    for (long seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int atOnce = random.nextInt(1, 5);
      List<ClusterBucket> buckets = IntStream.range(0, random.nextInt(1, 9))
          .mapToObj(i -> new ClusterBucket("b" + i, random.nextInt(3))).toList();
      BucketTurns turns = BucketTurns.of(buckets, atOnce);
      List<String> begun = new ArrayList<>();
      while (!turns.isDone()) {
        BucketTurns.Step step = turns.start();
        begun.addAll(step.begin());
        turns = step.next();
        assertThat(turns.running()).as("seed %d", seed).hasSizeLessThanOrEqualTo(atOnce);
        List<String> running = List.copyOf(turns.running());
        turns = switch (random.nextInt(8)) {
          case 0 -> turns.withdrawn("b" + random.nextInt(9), "one");
          case 1 -> random.nextInt(4) == 0 ? turns.allWithdrawn("all") : turns;
          default -> running.isEmpty()
              ? turns
              : turns.ended(running.get(random.nextInt(running.size())), random.nextBoolean() ? WELL : REFUSED);
        };
      }
      assertThat(turns.outcomes()).as("seed %d", seed)
          .containsOnlyKeys(buckets.stream().map(ClusterBucket::name).toList());
      assertThat(begun).as("seed %d", seed).doesNotHaveDuplicates().isSubsetOf(BucketTurns.inOrder(buckets));
      assertThat(begun).as("in order, seed %d", seed)
          .isSortedAccordingTo(
              (a, b) -> BucketTurns.inOrder(buckets).indexOf(a) - BucketTurns.inOrder(buckets).indexOf(b));
    }
  }
}
