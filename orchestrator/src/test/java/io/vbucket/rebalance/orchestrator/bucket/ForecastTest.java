package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Rebalances in simulated time, whose end is known, are forecast on the way. */
class ForecastTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final double TICK = 0.1;

  /** What was forecast at a moment, and what was true. */
  private record Said(double at, double trueLeft, Optional<Forecast> forecast, RebalanceProgress progress) {
    double left() {
      return forecast.orElseThrow().left().toMillis() / 1000.0;
    }
  }

  /** {@code atOnce} moves run at a time; they share the bytes per second, and each has a second of takeover at its end. */
  private static final class Simulated {
    final List<Move> moves;
    final int atOnce;
    final IntToLongFunction bytes;
    final DoubleUnaryOperator bytesPerSecondAt;
    final List<Said> said = new ArrayList<>();

    Simulated(int moves, int atOnce, boolean planned, IntToLongFunction bytes, DoubleUnaryOperator rate) {
      this.moves = IntStream.range(0, moves)
          .mapToObj(vb -> new Move("b", vb, List.of("a"), List.of("c"), planned ? bytes.applyAsLong(vb) : 0)).toList();
      this.atOnce = atOnce;
      this.bytes = bytes;
      this.bytesPerSecondAt = rate;
    }

    Simulated run() {
      MoveScheduler scheduler = MoveScheduler.of(new MoveLimits(atOnce, 1 << 16, 1 << 16), moves);
      Tally tally = new Tally(moves.size(), START);
      Map<Move, Double> sent = new HashMap<>();
      Map<Move, Double> tail = new HashMap<>();
      List<RebalanceProgress> asked = new ArrayList<>();
      double t = 0;
      for (int tick = 0; !scheduler.isDone() || tick == 0; tick++) {
        MoveScheduler.Started started = scheduler.start(0);
        scheduler = started.next();
        Instant now = at(t);
        started.moves().forEach(move -> {
          sent.put(move, 0.0);
          tail.put(move, 1.0);
          tally.note(new RebalanceEvent.MoveStarted(now, "b", move.vbucket(), "a", "c"));
        });
        if (tick % 10 == 0) {
          asked.add(tally.progress(scheduler, now, false));
        }
        double share = bytesPerSecondAt.applyAsDouble(t) * TICK / sent.size();
        t = (tick + 1) * TICK;
        for (Move move : List.copyOf(sent.keySet())) {
          long all = bytes.applyAsLong(move.vbucket());
          if (sent.get(move) < all) {
            sent.merge(move, Math.min(share, all - sent.get(move)), Double::sum);
            tally.note(
                new RebalanceEvent.CopyProgressed(at(t), "b", move.vbucket(), "c", 1, Math.round(sent.get(move)), 0));
            if (sent.get(move) >= all) {
              tally.note(new RebalanceEvent.PhaseEntered(at(t), "b", move.vbucket(), MovePhase.PERSIST));
            }
          } else if (tail.merge(move, -TICK, Double::sum) <= 1e-9) {
            sent.remove(move);
            MoveOutcome outcome = new MoveOutcome.Moved(1, "");
            tally.note(new RebalanceEvent.MoveEnded(at(t), "b", move.vbucket(), "a", "c", outcome));
            tally.ended(move, outcome, at(t));
            scheduler = scheduler.ended(move);
          }
        }
      }
      double end = t;
      for (RebalanceProgress progress : asked) {
        double when = progress.elapsed().toMillis() / 1000.0;
        said.add(new Said(when, end - when, progress.forecast(), progress));
      }
      return this;
    }

    List<Said> between(double from, double to) {
      double end = said.get(0).trueLeft();
      return said.stream().filter(s -> s.at() >= from * end && s.at() <= to * end).toList();
    }
  }

  private static Instant at(double seconds) {
    return START.plusMillis(Math.round(seconds * 1000));
  }

  private static void near(List<Said> said, double share, double seconds) {
    assertThat(said).isNotEmpty();
    said.forEach(s -> assertThat(s.left()).as("forecast at %.0f s: %s", s.at(), s.forecast().orElseThrow().basis())
        .isCloseTo(s.trueLeft(), within(Math.max(share * s.trueLeft(), seconds))));
  }

  @Test
  void a_steady_rebalance_is_forecast_within_a_fifth_from_its_first_tenth_on() {
    near(new Simulated(200, 8, false, vb -> 10_000_000, t -> 20e6).run().between(0.1, 1), 0.2, 2);
  }

  @Test
  void moves_one_after_the_other_are_forecast_likewise() {
    near(new Simulated(30, 1, false, vb -> 10_000_000, t -> 5e6).run().between(0.2, 1), 0.2, 1.5);
  }

  @Test
  void empty_vbuckets_are_forecast_by_moves() {
    Simulated run = new Simulated(400, 8, false, vb -> 0, t -> 1e6).run();

    near(run.between(0.1, 0.98), 0.2, 1.5);
    assertThat(run.between(0.2, 0.8))
        .allMatch(s -> s.forecast().orElseThrow().by() == Forecast.By.MOVES);
    assertThat(run.between(0.4, 0.5).get(0).forecast().orElseThrow().basis())
        .matches("\\d\\.\\d moves/s over \\d+ s, \\d+ moves left, then about 1\\.[012] s");
  }

  @Test
  void planned_sizes_make_up_for_big_moves_that_come_last() {
    IntToLongFunction growing = vb -> vb < 90 ? 1_000_000L : 50_000_000L;
    Simulated known = new Simulated(100, 4, true, growing, t -> 10e6).run();
    Simulated unknown = new Simulated(100, 4, false, growing, t -> 10e6).run();

    near(known.between(0.7, 1), 0.25, 3);
    assertThat(known.between(0.1, 1)).allSatisfy(
        s -> assertThat(s.progress().bytesExpected()).isCloseTo(590_000_000L, within(30_000_000L)));
    assertThat(unknown.between(0.1, 0.3)).as("without sizes the big ones come as a surprise")
        .allSatisfy(s -> assertThat(s.left()).isLessThan(s.trueLeft() / 2));
  }

  @Test
  void a_change_of_pace_is_noticed_within_the_window() {
    Simulated run = new Simulated(400, 8, false, vb -> 10_000_000, t -> t < 100 ? 20e6 : 5e6).run();

    List<Said> afterwards = run.said.stream().filter(s -> s.at() > 100 + Pace.WINDOW.toSeconds() + 5).toList();
    near(afterwards, 0.2, 10);
  }

  @Test
  void nothing_is_forecast_before_anything_is_known_and_zero_at_the_end() {
    Simulated run = new Simulated(20, 4, false, vb -> 10_000_000, t -> 10e6).run();

    assertThat(run.said.get(0).forecast()).isEmpty();
    assertThat(run.said.get(0).progress().bytesExpected()).isZero();
    Tally tally = new Tally(0, START);
    MoveScheduler none = MoveScheduler.of(new MoveLimits(1, 1, 1), List.of());
    assertThat(tally.progress(none, at(1), false).left()).contains(Duration.ZERO);
  }

  @Test
  void forecasts_are_never_negative_even_when_a_last_move_takes_far_longer_than_usual() {
    Simulated run = new Simulated(41, 8, false, vb -> vb == 40 ? 100_000_000 : 1_000_000, t -> 4e6).run();

    assertThat(run.said).filteredOn(s -> s.forecast().isPresent())
        .allMatch(s -> !s.forecast().orElseThrow().left().isNegative());
    assertThat(run.said.get(run.said.size() - 1).progress().running()).hasSize(1);
  }

  @Test
  void no_time_is_told_where_no_move_ends() {
    Forecast.Typical typical = new Forecast.Typical(Duration.ofSeconds(2), Duration.ofSeconds(1));
    Forecast.Running begun = new Forecast.Running(Duration.ofSeconds(1), Optional.empty(), 0);

    for (int waiting : new int[] {0, 7}) {
      assertThat(Forecast.of(rate(0.04), waiting, 0, List.of(begun), Optional.of(typical))).isEmpty();
      assertThat(Forecast.of(rate(0.06), waiting, 0, List.of(begun), Optional.of(typical))).isPresent();
    }
  }

  private static Pace.Rate rate(double movesPerSecond) {
    return new Pace.Rate(Duration.ofSeconds(30), movesPerSecond, 0);
  }

  @Test
  void the_pace_keeps_about_a_hundred_samples_and_only_those_of_the_window() {
    Pace pace = Pace.startingAt(START);
    for (int i = 1; i <= 200_000; i++) {
      pace = pace.at(START.plusMillis(i), i, i * 10L);
    }

    Pace.Rate rate = pace.rate().orElseThrow();
    assertThat(rate.window()).isBetween(Pace.WINDOW, Pace.WINDOW.plusSeconds(1));
    assertThat(rate.movesPerSecond()).isCloseTo(1_000, within(0.01));
    assertThat(rate.bytesPerSecond()).isCloseTo(10_000, within(0.1));
  }

  @Test
  void a_few_bytes_of_the_protocol_do_not_make_an_empty_vbucket_one_with_data() {
    near(new Simulated(60, 4, false, vb -> 200, t -> 40_000).run().between(0.3, 0.9), 0.2, 2);
    assertThat(new Simulated(60, 4, false, vb -> 200, t -> 40_000).run().between(0.1, 0.9))
        .flatExtracting(said -> said.forecast().stream().map(Forecast::by).toList())
        .isNotEmpty().containsOnly(Forecast.By.MOVES);
    assertThat(new Simulated(60, 4, false, vb -> 200_000, t -> 400_000).run().between(0.1, 0.9))
        .flatExtracting(said -> said.forecast().stream().map(Forecast::by).toList())
        .isNotEmpty().containsOnly(Forecast.By.BYTES);
  }
}
