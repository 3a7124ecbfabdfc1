package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlowStopTest {
  private static final Instant STOP = Instant.parse("2026-01-31T12:00:00Z");

  private final SlowStop slow = new SlowStop(STOP, Duration.ofSeconds(10));

  private static Explanation move(int vbucket) {
    Wait wait = Wait.on("n4", "n4 answers", Duration.ofSeconds(120));
    return new Explanation("travel", vbucket, MovePhase.TAKEOVER, 1, 10, List.of(new Explanation.Since(wait, STOP)));
  }

  private List<String> at(int seconds, Explanation... running) {
    return slow.lines(List.of(running), STOP.plusSeconds(seconds));
  }

  @Test
  void after_the_grace_time_every_move_that_still_runs_is_told_with_the_way_to_end_at_once() {
    assertThat(at(10, move(7), move(9))).as("nodes that answer are given a second to undo it").isEmpty();
    assertThat(at(11, move(7), move(9))).containsExactly(
        "rebalance: still stopping after 11 s; 2 moves still run, or are taken back:",
        "  vb:7 of travel, TAKEOVER attempt 1 of 10: waits 11 s of 120 s until n4 answers",
        "  vb:9 of travel, TAKEOVER attempt 1 of 10: waits 11 s of 120 s until n4 answers",
        "rebalance: interrupt again to end at once; 'rebalance repair' then makes good what is left");
  }

  @Test
  void it_is_told_again_only_when_the_stop_has_become_twice_as_long() {
    assertThat(at(11, move(7))).hasSize(3);
    assertThat(at(12, move(7))).isEmpty();
    assertThat(at(21, move(7))).isEmpty();
    assertThat(at(22, move(7))).hasSize(3);
    assertThat(at(43, move(7))).isEmpty();
    assertThat(at(44, move(7))).hasSize(3);
  }

  @Test
  void when_no_move_runs_any_more_it_waits_for_the_nodes() {
    assertThat(at(11)).hasSize(2).first().asString().isEqualTo(
        "rebalance: still stopping after 11 s; no move runs any more, all nodes are asked for what is left on them");
  }
}
