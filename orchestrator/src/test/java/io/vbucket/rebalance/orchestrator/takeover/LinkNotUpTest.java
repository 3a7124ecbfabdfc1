package io.vbucket.rebalance.orchestrator.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.RebalanceSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A link that cannot be made, on the pure core: what repeating cannot heal is not waited for. */
class LinkNotUpTest {
  private static final LinkEvent.NotUp FORBIDDEN = new LinkEvent.NotUp(false, "node b: refused DCP_OPEN with EACCESS");
  private static final LinkEvent.NotUp BUSY = new LinkEvent.NotUp(true, "node b: refused DCP_OPEN with ETMPFAIL");
  private static final TakeoverEvent LIMIT = new TakeoverEvent.TimedOut(TakeoverEvent.Timer.LINK);

  private final TakeoverBench bench = new TakeoverBench();

  private static StreamReport failed(int attempt, FailureReason reason, String detail) {
    return new StreamReport.Failed(attempt, reason, detail, CopyState.UNREACHABLE);
  }

  @Test
  void a_stream_that_waits_for_a_link_fails_at_once_when_a_node_refuses_it_for_good() {
    bench.happens(new TakeoverEvent.Replicate());
    bench.happens(FORBIDDEN);

    assertThat(bench.reports).containsExactly(failed(0, FailureReason.LINK_REFUSED, FORBIDDEN.detail()));
    assertThat(bench.timers).isEmpty();
    assertThat(FailureReason.LINK_REFUSED.isRetryable()).isFalse();
  }

  @Test
  void a_refusal_that_came_before_the_stream_was_wanted_counts_until_the_link_comes_up() {
    bench.happens(FORBIDDEN);
    bench.happens(new TakeoverEvent.TakeOver(1));
    assertThat(bench.reports).containsExactly(failed(1, FailureReason.LINK_REFUSED, FORBIDDEN.detail()));

    bench.happens(new LinkEvent.Up("producer"));
    bench.happens(new TakeoverEvent.TakeOver(2));
    assertThat(bench.wire).containsExactly("consumer: ADD_STREAM 1");
    assertThat(bench.reports).hasSize(2).last().isEqualTo(new StreamReport.Started(2));
  }

  @Test
  void a_refusal_that_may_pass_is_waited_for_until_the_limit_and_then_named() {
    bench.happens(new TakeoverEvent.Replicate());
    bench.happens(BUSY);
    assertThat(bench.reports).isEmpty();
    assertThat(bench.timers).containsExactly(TakeoverEvent.Timer.LINK);
    bench.happens(LIMIT);

    assertThat(bench.reports).containsExactly(failed(
        0, FailureReason.LINK_LOST, "no link came up in time; the last try: node b: refused DCP_OPEN with ETMPFAIL"));
  }

  @Test
  void a_refusal_for_good_that_has_passed_all_the_same_is_forgotten() {
    bench.happens(FORBIDDEN);
    bench.happens(BUSY);
    bench.happens(new TakeoverEvent.Replicate());

    assertThat(bench.reports).isEmpty();
  }

  @Test
  void a_stream_that_runs_is_not_ended_by_what_an_earlier_try_to_make_a_link_says() {
    bench.happens(new LinkEvent.Up("producer"));
    bench.happens(new TakeoverEvent.TakeOver(1));
    bench.linkLost();
    List<StreamReport> before = List.copyOf(bench.reports);
    bench.happens(FORBIDDEN);

    assertThat(bench.reports).as("what it left on the nodes is settled first").isEqualTo(before);
  }

  @Test
  void who_asks_what_a_stream_waits_for_hears_why_there_is_no_link() {
    TakeoverExplanation explanation =
        new TakeoverExplanation("a", "b", RebalanceSettings.load().takeover().timeouts());
    bench.happens(new TakeoverEvent.Replicate());
    assertThat(explanation.of(bench.protocol).orElseThrow().actual()).isEqualTo("not up yet");
    bench.happens(BUSY);

    assertThat(explanation.of(bench.protocol).orElseThrow()).hasToString(
        "a link from a to b is up (wanted: both connections, now: node b: refused DCP_OPEN with ETMPFAIL)");
  }
}
