package io.vbucket.rebalance.orchestrator.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent.Timer;
import io.vbucket.rebalance.protocol.StreamEndReason;
import org.junit.jupiter.api.Test;

/** Orders and events that cross each other on their way; the explorer found each of these. */
class CrossingEventsTest {

  @Test
  void T27_states_that_were_read_before_the_old_connections_were_gone_are_read_again() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.nodesAnswer = false;
    bench.linkLost();
    bench.timesOut(Timer.NODE_DOWN);
    int before = bench.protocol.inquiry();

    // Read as pending, then turned active by what the destination had received, then its connection is dropped.
    bench.oldConnectionsGone();
    bench.happens(new TakeoverEvent.StatesRead(before, CopyState.DEAD, CopyState.PENDING));

    assertThat(bench.wire).doesNotContain("source: SET_VBUCKET active");
    bench.happens(new TakeoverEvent.StatesRead(bench.protocol.inquiry(), CopyState.DEAD, CopyState.ACTIVE));
    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
  }

  @Test
  void T19_a_takeover_that_is_ended_after_its_last_frame_is_complete_even_if_the_link_is_lost_then() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.activeConfirmed();
    bench.ended(StreamEndReason.OK);
    bench.closesAnswered = false;
    bench.happens(new TakeoverEvent.End("cancelled"));

    bench.linkLost();
    bench.oldConnectionsGone();

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
  }

  @Test
  void an_attempt_that_is_asked_for_while_the_filled_stream_fails_fails_with_it_under_its_own_number() {
    TakeoverBench bench = new TakeoverBench();
    bench.happens(new LinkEvent.Up("producer"));
    bench.happens(new TakeoverEvent.Replicate());
    bench.linkLost();

    bench.happens(new TakeoverEvent.TakeOver(1));
    bench.oldConnectionsGone();

    assertThat(bench.reports).containsExactly(
        new StreamReport.Failed(1, FailureReason.LINK_LOST, "socket closed", CopyState.REPLICA));
  }

  @Test
  void that_the_old_connections_are_gone_is_noted_while_the_source_is_being_restored() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.linkLost();
    bench.happens(new LinkEvent.OldConnectionsGone(true, false));
    bench.sourceObeys = false;
    bench.timesOut(Timer.NODE_DOWN);
    int restoring = bench.protocol.inquiry();

    bench.oldConnectionsGone();
    bench.source = CopyState.ACTIVE;
    bench.happens(new TakeoverEvent.SourceSet(restoring, true));

    assertThat(bench.lastReport()).isEqualTo(
        new StreamReport.Failed(1, FailureReason.LINK_LOST, "socket closed", CopyState.PENDING));
  }
}
