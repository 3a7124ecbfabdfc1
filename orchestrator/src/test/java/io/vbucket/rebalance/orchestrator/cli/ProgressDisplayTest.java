package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.bucket.Forecast;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private final List<String> lines = new ArrayList<>();

  private static RebalanceProgress progress(int done, int failed, int running, int retries, int seconds) {
    Optional<Forecast> forecast = done == 0
        ? Optional.empty()
        : Optional.of(new Forecast(
            Duration.ofSeconds(seconds).multipliedBy(20 - done).dividedBy(done), Forecast.By.BYTES, 1_500_000,
            Duration.ofSeconds(30), 6_000_000, Duration.ofMillis(700)));
    return new RebalanceProgress(
        20, done, failed, running == 0 ? Map.of() : Map.of(MovePhase.BACKFILL, running), retries,
        Duration.ofSeconds(seconds), done * 1_048_576L, done == 0 ? 0 : 20 * 1_048_576L, forecast);
  }

  private static RebalanceSummary summary(int moved, List<String> unmoved) {
    return new RebalanceSummary(moved, unmoved, List.of(), 0, new TreeMap<>(), List.of(), false,
        Duration.ofSeconds(75));
  }

  @Test
  void a_line_tells_ended_running_left_pace_retries_and_time_to_go() {
    ProgressLines view = new ProgressLines(lines::add);

    view.shows(progress(0, 0, 4, 0, 0));
    view.shows(progress(8, 1, 4, 3, 2));
    view.ends(summary(19, List.of("one")));

    assertThat(lines).containsExactly(
        "0 of 20 moves ended, 4 running, 16 left, 0.0/s, 0 retries, time to go not known yet",
        "8 of 20 moves ended (1 not moved), 4 running, 8 left, 4.0/s, 3 retries, 8.0 of 20.0 MiB, about 3 s to go"
            + " (1.4 MiB/s over 30 s, 5.7 MiB left, then about 0.7 s)",
        "20 of 20 moves ended (1 not moved) after 1 min 15 s");
  }

  @Test
  void last_moves_that_take_longer_than_usual_are_not_said_to_be_about_to_end() {
    RebalanceProgress overdue = new RebalanceProgress(
        20, 18, 0, Map.of(MovePhase.TAKEOVER, 2), 0, Duration.ofSeconds(9), 0, 0, Optional.empty());

    assertThat(ProgressLines.text(overdue, false)).isEqualTo(
        "18 of 20 moves ended, 2 running, 0 left, 2.0/s, 0 retries, the last moves take longer than usual");
  }

  @Test
  void of_empty_vbuckets_no_bytes_are_told() {
    RebalanceProgress empty = new RebalanceProgress(
        20, 10, 0, Map.of(), 0, Duration.ofSeconds(5), 40_000, 50_000, Optional.empty());
    RebalanceProgress small = new RebalanceProgress(
        20, 10, 0, Map.of(), 0, Duration.ofSeconds(5), 40_000, 60_000, Optional.empty());

    assertThat(ProgressLines.bytes(empty)).isEmpty();
    assertThat(ProgressLines.bytes(small)).isEqualTo(", 0.0 of 0.1 MiB");
  }

  @Test
  void while_buckets_wait_for_their_turn_no_time_is_told() {
    ProgressLines view = new ProgressLines(lines::add);
    view.names("a; 2 buckets wait", true);
    view.shows(progress(8, 0, 4, 3, 2));

    assertThat(lines).singleElement().asString().startsWith("a; 2 buckets wait: 8 of 20 moves ended")
        .endsWith(", time to go not known while buckets wait");
  }

  @Test
  void where_there_is_nothing_to_move_no_progress_is_shown() throws InterruptedException {
    ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    RebalanceProgress none = new RebalanceProgress(
        0, 0, 0, Map.of(), 0, Duration.ofSeconds(1), 0, 0, Optional.empty());
    for (ProgressDisplay display : List.of(
        ProgressDisplay.lines(lines::add),
        ProgressDisplay.bar(new PrintStream(drawn, true, StandardCharsets.UTF_8)))) {
      CompletableFuture<RebalanceSummary> end = new CompletableFuture<>();
      display.watch(() -> {
        end.complete(summary(0, List.of()));
        return CompletableFuture.completedFuture(Optional.of(none));
      }, end);
    }

    assertThat(lines).isEmpty();
    assertThat(drawn.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void a_pause_is_told_at_once_and_in_place_of_a_time_to_go() {
    ProgressLines view = new ProgressLines(lines::add);
    view.shows(progress(8, 0, 0, 0, 2));
    view.shows(new RebalanceProgress(
        20, 8, 0, Map.of(), 0, Duration.ofSeconds(3), 0, 0, Optional.empty(), true));

    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).isEqualTo("8 of 20 moves ended, 0 running, 12 left, 2.7/s, 0 retries, paused");
  }

  @Test
  void a_line_comes_when_something_has_changed_and_every_ten_seconds() {
    ProgressLines view = new ProgressLines(lines::add);

    for (int second = 0; second <= 25; second++) {
      view.shows(progress(second < 3 ? 1 : 2, 0, 4, 0, second));
    }

    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).startsWith("1 of 20");
    assertThat(lines.subList(1, 4)).allMatch(line -> line.startsWith("2 of 20"));
  }

  @Test
  void times_are_written_with_two_units_at_most() {
    assertThat(ProgressLines.time(Duration.ofMillis(59_400))).isEqualTo("59 s");
    assertThat(ProgressLines.time(Duration.ofMillis(59_600))).isEqualTo("1 min 0 s");
    assertThat(ProgressLines.time(Duration.ofMinutes(125))).isEqualTo("2 h 5 min");
  }

  @Test
  void watching_ends_with_the_rebalance_even_when_a_question_is_never_answered() throws InterruptedException {
    CompletableFuture<RebalanceSummary> end = new CompletableFuture<>();

    ProgressDisplay.lines(lines::add).watch(
        () -> {
          end.complete(summary(20, List.of()));
          return new CompletableFuture<>();
        },
        end);

    assertThat(lines).containsExactly("20 of 20 moves ended after 1 min 15 s");
  }

  @Test
  void questions_that_fail_and_a_rebalance_that_is_refused_are_left_to_the_caller() throws InterruptedException {
    CompletableFuture<RebalanceSummary> end = new CompletableFuture<>();

    ProgressDisplay.lines(lines::add).watch(
        () -> {
          end.completeExceptionally(new IllegalStateException("refused"));
          return CompletableFuture.failedFuture(new IllegalStateException("no answer"));
        },
        end);

    assertThat(lines).isEmpty();
  }

  @Test
  void on_a_terminal_a_bar_is_drawn() throws InterruptedException {
    ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    CompletableFuture<RebalanceSummary> end = new CompletableFuture<>();
    PrintStream terminal = new PrintStream(drawn, true, StandardCharsets.UTF_8);

    ProgressDisplay.bar(terminal).watch(
        () -> {
          end.complete(summary(20, List.of()));
          return CompletableFuture.completedFuture(Optional.of(progress(8, 0, 4, 3, 2)));
        },
        end);

    assertThat(drawn.toString(StandardCharsets.UTF_8)).contains("moves", "100%", "20/20").endsWith("\n");
  }
}
