package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class ConvergenceTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration WINDOW = Duration.ofSeconds(60);

  /** Looks ten times a second at a filling that is drained and written at these items per second; the verdict that came first, and when. */
  private static Optional<Double> secondsToVerdict(
      long atFirst, double seconds, DoubleUnaryOperator drained, DoubleUnaryOperator written) {
    Convergence filling = Convergence.over(WINDOW);
    double left = atFirst;
    double seqno = 1_000_000;
    for (int look = 0; look < seconds * 10; look++) {
      double t = look / 10.0;
      filling = filling.at(START.plusMillis(look * 100L), Math.round(left), Math.round(seqno));
      if (filling.verdict().isPresent()) {
        return Optional.of(t);
      }
      double got = Math.min(left, drained.applyAsDouble(t) / 10);
      left += written.applyAsDouble(t) / 10 - got;
      seqno += written.applyAsDouble(t) / 10;
    }
    return Optional.empty();
  }

  @Test
  void a_filling_that_clients_outrun_is_given_up_after_one_window() {
    assertThat(secondsToVerdict(50_000, 300, t -> 80, t -> 100)).hasValueSatisfying(
        seconds -> assertThat(seconds).isCloseTo(60, within(0.5)));
  }

  @Test
  void one_that_keeps_pace_and_no_more_is_given_up_too() {
    assertThat(secondsToVerdict(50_000, 300, t -> 100, t -> 100)).isPresent();
  }

  @Test
  void one_that_gets_on_is_never_given_up_however_slowly() {
    assertThat(secondsToVerdict(500_000, 4_000, t -> 110, t -> 100)).isEmpty();
    assertThat(secondsToVerdict(500_000, 600, t -> 1_000, t -> 0)).isEmpty();
  }

  @Test
  void a_burst_of_writes_that_is_shorter_than_the_window_is_no_verdict() {
    assertThat(secondsToVerdict(50_000, 300, t -> 200, t -> t % 100 < 25 ? 400 : 20)).isEmpty();
  }

  @Test
  void estimates_that_jump_up_and_down_are_judged_by_their_lowest() {
    assertThat(secondsToVerdict(50_000, 200, t -> t % 10 < 5 ? 0 : 300, t -> 100)).isEmpty();
  }

  @Test
  void one_that_stands_still_is_not_its_business() {
    assertThat(secondsToVerdict(50_000, 300, t -> 0, t -> 100)).isEmpty();
    assertThat(secondsToVerdict(50_000, 300, t -> 0, t -> 0)).isEmpty();
  }

  @Test
  void the_verdict_tells_both_rates_the_window_and_what_is_left() {
    Convergence filling = Convergence.over(WINDOW).at(START, 5_000, 0).at(START.plusSeconds(30), 5_300, 3_000)
        .at(START.plusSeconds(60), 6_200, 6_000);

    assertThat(filling.verdict()).contains(new Convergence.Verdict(80, 100, WINDOW, 6_200));
    assertThat(filling.verdict().orElseThrow().text()).isEqualTo(
        "will not converge: 80.0 items/s reach the copy, 100.0 items/s are written, over 60.0 s; 6200 items are left. "
            + "Let clients write less, or give the link more room, and run the rebalance again");
  }

  @Test
  void few_samples_are_kept_whatever_the_rate_of_looks() {
    Convergence filling = Convergence.over(WINDOW);
    for (int look = 0; look < 100_000; look++) {
      filling = filling.at(START.plusMillis(look), 5_000, look);
    }
    assertThat(filling.samples()).hasSizeLessThanOrEqualTo(64);
  }

  @Test
  void a_move_with_the_verdict_is_undone_and_not_tried_again() {
    MoveRig rig = new MoveRig(List.of("a", "b"), List.of("c", "b"));
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.ReadBackfill read && read.node().equals("c")) {
        rig.happens(new MoveEvent.WillNotConverge("c", "will not converge: figures"));
        return true;
      }
      return false;
    };

    MoveOutcome outcome = rig.run();

    assertThat(outcome).isEqualTo(new MoveOutcome.Unmoved(
        0, FailureReason.WILL_NOT_CONVERGE, "c: will not converge: figures", ""));
    assertThat(rig.effects.stream().filter(MoveEffect.AttemptFailed.class::isInstance)).containsExactly(
        new MoveEffect.AttemptFailed(
            0, FailureReason.WILL_NOT_CONVERGE, "c: will not converge: figures", false));
  }

  @Test
  void a_verdict_that_comes_when_the_copy_is_filled_changes_nothing() {
    MoveProtocol waits = new MoveProtocol(
        new Move("travel", 7, "a", "c"), new MoveState.TakingOver(), MovePhase.TAKEOVER, 5, 1, 0, Map.of(),
        Map.of("c", 1), false, new MoveProtocol.Limits(3, 1_000));

    assertThat(waits.on(new MoveEvent.WillNotConverge("c", "late"))).isEqualTo(
        new MoveProtocol.Step(waits, List.of()));
  }
}
