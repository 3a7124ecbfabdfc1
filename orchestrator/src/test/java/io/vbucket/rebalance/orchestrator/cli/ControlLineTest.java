package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ControlLineTest {
  @Test
  void every_line_of_the_grammar_is_understood() {
    assertAsks("pause", new ControlRequest.Pause(PauseMode.DRAIN));
    assertAsks("  pause   park ", new ControlRequest.Pause(PauseMode.PARK));
    assertAsks("pause abort", new ControlRequest.Pause(PauseMode.ABORT));
    assertAsks("resume", new ControlRequest.Resume());
    assertAsks("cancel 17", new ControlRequest.CancelMove(17));
    assertAsks("limit backfills-per-node 8",
        new ControlRequest.ChangeLimit(new LimitChange(LimitChange.Limit.BACKFILLS_PER_NODE, 8)));
    assertAsks("limit moves-per-node 2 n1", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.MOVES_PER_NODE, Optional.of("n1"), 2)));
    assertAsks("limit bytes-per-second-per-link 50000000000 n1->n2", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.BYTES_PER_SECOND_PER_LINK, Optional.of("n1->n2"), 50_000_000_000L)));
    assertAsks("limit bytes-per-second-per-node 0", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.BYTES_PER_SECOND_PER_NODE, 0)));
    assertAsks("limit takeovers-per-node 0", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.TAKEOVERS_PER_NODE, 0)));
    assertAsks("limit takeovers-per-node 3 n2", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.TAKEOVERS_PER_NODE, Optional.of("n2"), 3)));
    assertAsks("limit urgent-share 0.50", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.URGENT_SHARE, Optional.empty(), new BigDecimal("0.5"))));
    assertAsks("limit map-batch-delay 50 ms", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.MAP_BATCH_DELAY, 50)));
    assertAsks("limit map-batch-delay 10s", new ControlRequest.ChangeLimit(
        new LimitChange(LimitChange.Limit.MAP_BATCH_DELAY, 10_000)));
    assertThat(ControlLine.parse("explain")).isEqualTo(new ControlLine.Explain(OptionalInt.empty()));
    assertThat(ControlLine.parse("explain 17")).isEqualTo(new ControlLine.Explain(OptionalInt.of(17)));
    assertThat(ControlLine.parse("status")).isEqualTo(new ControlLine.Status());
    assertThat(ControlLine.parse("help")).isEqualTo(new ControlLine.Help());
    assertThat(ControlLine.parse("stop")).isEqualTo(new ControlLine.Stop(Optional.empty()));
    assertThat(ControlLine.parse("stop 5 s")).isEqualTo(new ControlLine.Stop(Optional.of(Duration.ofSeconds(5))));
    assertThat(ControlLine.parse("")).isEqualTo(new ControlLine.Nothing());
    assertThat(ControlLine.parse("# later")).isEqualTo(new ControlLine.Nothing());
  }

  private static void assertAsks(String line, ControlRequest request) {
    assertThat(ControlLine.parse(line)).isEqualTo(new ControlLine.Ask(request));
  }

  @Test
  void a_wrong_line_is_told_with_what_is_allowed() {
    assertWrong("pasue", "no command 'pasue'", "expected pause, resume");
    assertWrong("pause hard", "pause hard: expected pause drain, pause park or pause abort");
    assertWrong("resume now", "resume takes nothing after it, but there is now");
    assertWrong("limit", "expected limit NAME N", "max-concurrent, moves-per-node, backfills-per-node");
    assertWrong("limit speed 3", "limit speed 3: expected limit NAME N");
    assertWrong("limit max-concurrent lots", "expected a whole number, but it is lots");
    assertWrong("limit max-concurrent 0", "max-concurrent = 0: expected a whole number from 1 to 65536");
    assertWrong("limit max-concurrent 3 n1", "one of the whole rebalance; leave the node out");
    assertWrong("limit bytes-per-second-per-link 5 n1", "expected a link as source->destination");
    assertWrong("limit bytes-per-second-per-node -1", "from 0 to 1099511627776");
    assertWrong("limit max-concurrent 2.5", "max-concurrent = 2.5: expected a whole number from 1 to 65536");
    assertWrong("limit max-concurrent 1e999999999", "expected a whole number from 1 to 65536");
    assertWrong("limit takeovers-per-node 65537", "expected a whole number from 0 to 65536");
    assertWrong("limit urgent-share 0.95", "urgent-share = 0.95: expected a number from 0 to 0.9");
    assertWrong("limit urgent-share half", "limit urgent-share: expected a number, but it is half");
    assertWrong("limit urgent-share 0.5 n1", "one of the whole rebalance; leave the node out");
    assertWrong("limit map-batch-delay 50", "map-batch-delay: expected a duration from 0 ms to 10 s, such as 50 ms");
    assertWrong("limit map-batch-delay", "expected limit NAME N or limit NAME N NODE");
    assertWrong("limit map-batch-delay 11 s", "map-batch-delay = 11000 ms: expected a duration from 0 ms to 10 s");
    assertWrong("limit map-batch-delay 5 ms n1",
        "expected a duration from 0 ms to 10 s, such as 50 ms or 2 s, but it is");
    assertWrong("explain all", "explain all: expected nothing after it, or the number of one vBucket");
    assertWrong("cancel", "expected the number of one vBucket");
    assertWrong("cancel all", "cancel all: expected the number of one vBucket");
    assertWrong("stop soon", "stop 'soon': expected a number with a unit");
  }

  private static void assertWrong(String line, String... parts) {
    assertThat(ControlLine.parse(line)).isInstanceOfSatisfying(
        ControlLine.Wrong.class, wrong -> assertThat(wrong.why()).contains(parts));
  }
}
