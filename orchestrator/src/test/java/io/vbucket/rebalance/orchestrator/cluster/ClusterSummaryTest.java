package io.vbucket.rebalance.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.bucket.Forecast;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClusterSummaryTest {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  private static BucketOutcome ended(int moved, List<String> unmoved, Map<Integer, Integer> attempts, boolean stopped) {
    return new BucketOutcome.Ended(new RebalanceSummary(
        moved, unmoved, List.of(), 1, new TreeMap<>(attempts), List.of("vb:1 has a copy on n1"), stopped,
        Duration.ofSeconds(1), 3));
  }

  private static ClusterSummary summary(Object... namesAndOutcomes) {
    Map<String, BucketOutcome> buckets = new LinkedHashMap<>();
    for (int i = 0; i < namesAndOutcomes.length; i += 2) {
      buckets.put((String) namesAndOutcomes[i], (BucketOutcome) namesAndOutcomes[i + 1]);
    }
    return new ClusterSummary(buckets, TWO_SECONDS);
  }

  @Test
  void totals_are_the_sums_over_the_buckets_that_began() {
    RebalanceSummary totals = summary(
        "a", ended(3, List.of("a/1"), Map.of(1, 2, 3, 1), false),
        "b", new BucketOutcome.Refused(List.of("no map")),
        "c", ended(4, List.of("c/9"), Map.of(1, 4), false)).totals();

    assertThat(totals.moved()).isEqualTo(7);
    assertThat(totals.unmoved()).containsExactly("a/1", "c/9");
    assertThat(totals.attempts()).isEqualTo(Map.of(1, 6, 3, 1));
    assertThat(totals.retried()).isEqualTo(2);
    assertThat(totals.residue()).containsExactly("a: vb:1 has a copy on n1", "c: vb:1 has a copy on n1");
    assertThat(totals.duration()).isEqualTo(TWO_SECONDS);
    assertThat(totals.stopped()).isFalse();
  }

  @Test
  void the_totals_of_one_bucket_are_its_own_summary() {
    BucketOutcome only = ended(3, List.of(), Map.of(1, 3), false);

    assertThat(summary("a", only).totals()).isSameAs(((BucketOutcome.Ended) only).summary());
  }

  @Test
  void it_is_complete_only_when_every_bucket_is_and_changed_nothing_only_when_none_began() {
    BucketOutcome well = ended(3, List.of(), Map.of(1, 3), false);
    BucketOutcome refused = new BucketOutcome.Refused(List.of("no map"));
    BucketOutcome never = new BucketOutcome.NotBegun("stopped");

    assertThat(summary("a", well, "b", well).isComplete()).isTrue();
    assertThat(summary("a", well, "b", ended(3, List.of("b/1"), Map.of(), false)).isComplete()).isFalse();
    assertThat(summary("a", well, "b", refused).isComplete()).isFalse();
    assertThat(summary("a", well, "b", refused).changedNothing()).isFalse();
    assertThat(summary("a", refused, "b", never).changedNothing()).isTrue();
    assertThat(summary("a", well, "b", never).totals().stopped()).isTrue();
    assertThat(summary("a", refused, "b", new BucketOutcome.Broke("a bug")).changedNothing()).isFalse();
  }

  private static RebalanceProgress progress(int done, long bytes, long expected, int secondsLeft) {
    return new RebalanceProgress(
        20, done, 0, Map.of(MovePhase.BACKFILL, 2), 1, Duration.ofSeconds(1), bytes, expected,
        Optional.of(new Forecast(Duration.ofSeconds(secondsLeft), Forecast.By.BYTES, 1, Duration.ofSeconds(1), 1,
            Duration.ZERO)));
  }

  @Test
  void progress_is_summed_and_the_slowest_bucket_says_how_long_still() {
    Map<String, RebalanceProgress> running = new LinkedHashMap<>();
    running.put("a", progress(4, 100, 200, 7));
    running.put("b", progress(6, 50, 300, 3));
    ClusterProgress all = new ClusterProgress(
        List.of(), running, List.of(), Map.of("c", ended(9, List.of("c/1"), Map.of(1, 8, 3, 1), false)), TWO_SECONDS);

    RebalanceProgress total = all.total().orElseThrow();

    assertThat(all.heading()).isEqualTo("a, b");
    assertThat(total.moves()).isEqualTo(50);
    assertThat(total.done()).isEqualTo(20);
    assertThat(total.failed()).isEqualTo(1);
    assertThat(total.runningNow()).isEqualTo(4);
    assertThat(total.retries()).as("2 that run, and 2 of c").isEqualTo(4);
    assertThat(total.bytes()).isEqualTo(150);
    assertThat(total.bytesExpected()).isEqualTo(500);
    assertThat(total.left()).contains(Duration.ofSeconds(7));
    assertThat(total.forecast().orElseThrow().basis()).as("whose it is").startsWith("a: 0.0 MiB/s over 1 s");
    assertThat(total.elapsed()).isEqualTo(TWO_SECONDS);
  }

  @Test
  void no_time_is_made_up_while_a_bucket_waits_or_has_not_planned_its_moves() {
    Map<String, RebalanceProgress> running = Map.of("a", progress(4, 100, 200, 7));
    ClusterProgress waiting = new ClusterProgress(List.of("b", "c"), running, List.of(), Map.of(), TWO_SECONDS);
    ClusterProgress beginning = new ClusterProgress(List.of("c"), Map.of(), List.of("b"), Map.of(), TWO_SECONDS);

    assertThat(waiting.heading()).isEqualTo("a; 2 buckets wait");
    assertThat(waiting.total().orElseThrow().left()).isEmpty();
    assertThat(beginning.heading()).isEqualTo("b; 1 bucket waits");
    assertThat(beginning.total()).isEmpty();
  }

  @Test
  void moves_of_a_bucket_that_writes_its_last_map_do_not_vanish_from_the_sum() {
    ProgressMemory memory = new ProgressMemory();
    List<String> both = List.of("a", "b");
    assertThat(memory.of(List.of(), both, Map.of(), TWO_SECONDS, Map.of("a", Optional.empty())).beginning())
        .as("nothing was said yet").isEqualTo(both);
    memory.of(List.of(), both, Map.of(), TWO_SECONDS,
        Map.of("a", Optional.of(progress(18, 100, 100, 1)), "b", Optional.of(progress(4, 50, 300, 9))));

    RebalanceProgress ending = memory.of(List.of(), both, Map.of(), TWO_SECONDS,
        Map.of("a", Optional.empty(), "b", Optional.of(progress(6, 60, 300, 8)))).total().orElseThrow();
    assertThat(ending.moves()).isEqualTo(40);
    assertThat(ending.done()).as("all 20 of a, 6 of b").isEqualTo(26);
    assertThat(ending.left()).as("a is not waited for").contains(Duration.ofSeconds(8));

    RebalanceProgress silent =
        memory.of(List.of(), both, Map.of(), TWO_SECONDS, Map.of()).total().orElseThrow();
    assertThat(silent.done()).as("as both said last: no answer is no news").isEqualTo(18 + 6);
    memory.forget();
    assertThat(memory.of(List.of(), both, Map.of(), TWO_SECONDS, Map.of()).total()).isEmpty();
  }
}
