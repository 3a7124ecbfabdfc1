package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlowMovesTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  private final SlowMoves slow = new SlowMoves(Duration.ofSeconds(5));

  private static Explanation move(int vbucket, double since) {
    Wait wait = Wait.on("n4", "n4 becomes pending", Duration.ofSeconds(30));
    return new Explanation("travel", vbucket, MovePhase.TAKEOVER, 2, 10,
        List.of(new Explanation.Since(wait, START.plusMillis(Math.round(since * 1000)))));
  }

  private List<String> at(double seconds, Explanation... running) {
    return slow.lines(List.of(running), START.plusMillis(Math.round(seconds * 1000)));
  }

  @Test
  void a_wait_is_told_when_it_reaches_the_threshold_and_whenever_it_has_doubled() {
    assertThat(at(4.9, move(7, 0))).isEmpty();
    assertThat(at(5, move(7, 0))).containsExactly(
        "vb:7 of travel, TAKEOVER attempt 2 of 10: waits 5 s of 30 s until n4 becomes pending");
    assertThat(at(9, move(7, 0))).isEmpty();
    assertThat(at(10.5, move(7, 0))).hasSize(1);
    assertThat(at(20, move(7, 0))).isEmpty();
    assertThat(at(21, move(7, 0))).hasSize(1);
  }

  @Test
  void another_wait_of_the_same_move_is_told_anew() {
    assertThat(at(5, move(7, 0), move(8, 4))).hasSize(1);
    assertThat(at(9, move(7, 6), move(8, 4))).singleElement().asString().startsWith("vb:8");
    assertThat(at(11, move(7, 6))).singleElement().asString().startsWith("vb:7");
  }

  @Test
  void moves_that_wait_for_nothing_are_not_told_even_without_a_threshold() {
    SlowMoves all = new SlowMoves(Duration.ZERO);
    Explanation idle = new Explanation("travel", 1, null, 0, 10, List.of());

    assertThat(all.lines(List.of(idle, move(2, 0)), START.plusMillis(1))).singleElement().asString()
        .startsWith("vb:2");
    assertThat(idle.text(START)).isEqualTo("vb:1 of travel, not begun: goes on");
  }
}
