package io.vbucket.rebalance.orchestrator.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent.Timer;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The race catalogue on the pure core: the protocol and its gate, one frame at a time. */
class TakeoverProtocolTest {

  @Test
  void an_undisturbed_takeover_is_reported_once_at_its_very_end() {
    TakeoverBench bench = TakeoverBench.asked();

    bench.runsThrough();

    assertThat(bench.reports)
        .containsExactly(
            new StreamReport.Started(1),
            new StreamReport.SourceGoesDead(1),
            new StreamReport.DestinationActive(1),
            new StreamReport.TakenOver(1));
    assertThat(bench.timers).isEmpty();
    assertThat(bench.wire)
        .containsExactly(
            "consumer: ADD_STREAM 1",
            "producer: STREAM_REQ",
            "consumer: STREAM_REQ answer",
            "consumer: SET_VBUCKET_STATE pending",
            "producer: SET_VBUCKET_STATE answer",
            "consumer: SET_VBUCKET_STATE active",
            "producer: SET_VBUCKET_STATE answer",
            "consumer: STREAM_END OK");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10})
  void T1_a_consumer_that_asks_for_n_retries_gets_them_and_is_taken_over_by_attempt_n_plus_1(int retries) {
    TakeoverBench bench = TakeoverBench.streaming();
    for (int retry = 1; retry <= retries; retry++) {
      bench.retryAsked();
      assertThat(bench.lastRetryStatus).isEqualTo(Status.SUCCESS);
      assertThat(bench.lastReport())
          .isEqualTo(new StreamReport.Failed(
              retry, FailureReason.CONSUMER_ASKED, "the consumer asked for a retry, reason 1", CopyState.REPLICA));
      bench.happens(new TakeoverEvent.TakeOver(retry + 1));
      if (retry < retries) {
        bench.consumerRequests();
        bench.producerAnswers(Status.SUCCESS);
      }
    }

    bench.runsThrough();

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(retries + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "before the retry request", "before CLOSE_STREAM is answered", "after CLOSE_STREAM is answered", "after ADD_STREAM",
    "after STREAM_REQ", "after ADD_STREAM is answered", "after pending", "after active"})
  void T3_a_late_STREAM_END_of_the_first_attempt_never_ends_the_second(String when) {
    TakeoverBench bench = TakeoverBench.streaming();
    int old = bench.nextOpaque;
    Runnable late = () -> assertThat(bench.ended(old, StreamEndReason.CLOSED)).isFalse();
    if (when.equals("before the retry request")) {
      late.run();
    }
    bench.closesAnswered = false;
    bench.retryAsked();
    if (when.equals("before CLOSE_STREAM is answered")) {
      late.run();
    }
    bench.closeAnswered(Side.CONSUMER, Status.SUCCESS);
    bench.closeAnswered(Side.PRODUCER, Status.SUCCESS);
    if (when.equals("after CLOSE_STREAM is answered")) {
      late.run();
    }
    bench.closesAnswered = true;
    bench.happens(new TakeoverEvent.TakeOver(2));
    if (when.equals("after ADD_STREAM")) {
      late.run();
    }
    bench.consumerRequests();
    if (when.equals("after STREAM_REQ")) {
      late.run();
    }
    bench.producerAnswers(Status.SUCCESS);
    bench.addAnswered(2, Status.SUCCESS);
    if (when.equals("after ADD_STREAM is answered")) {
      late.run();
    }
    bench.pendingAsked();
    bench.pendingConfirmed();
    if (when.equals("after pending")) {
      late.run();
    }
    bench.activeAsked();
    bench.activeConfirmed();
    if (when.equals("after active")) {
      late.run();
    }
    bench.ended(StreamEndReason.OK);

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(2));
    assertThat(bench.wire).doesNotContain("consumer: STREAM_END CLOSED");
  }

  @Test
  void T4_a_STREAM_END_that_arrives_twice_counts_once() {
    TakeoverBench bench = TakeoverBench.streaming();

    bench.ended(StreamEndReason.STATE_CHANGED);
    bench.ended(StreamEndReason.STATE_CHANGED);

    assertThat(bench.reports).filteredOn(StreamReport.Failed.class::isInstance).hasSize(1);
  }

  @Test
  void T6_both_sides_are_closed_before_the_next_ADD_STREAM_since_the_consumer_may_have_cleaned_up_only_itself() {
    TakeoverBench bench = TakeoverBench.streaming();

    bench.retryAsked();
    bench.happens(new TakeoverEvent.TakeOver(2));

    assertThat(bench.wire.subList(3, 6))
        .containsExactly("CONSUMER: CLOSE_STREAM 1", "PRODUCER: CLOSE_STREAM 1", "consumer: ADD_STREAM 2");
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "0, 1", "1, 1", "10, 10"})
  void T7_a_stream_that_one_side_does_not_know_counts_as_closed(int consumerStatus, int producerStatus) {
    TakeoverBench bench = TakeoverBench.streaming();
    bench.closesAnswered = false;
    bench.retryAsked();

    bench.closeAnswered(Side.CONSUMER, consumerStatus);
    bench.closeAnswered(Side.PRODUCER, producerStatus);

    assertThat(bench.lastReport()).isInstanceOf(StreamReport.Failed.class);
    assertThat(bench.dropped).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void T7_a_side_that_never_answers_CLOSE_STREAM_costs_the_link_and_not_more_than_one_limit(Side silent) {
    TakeoverBench bench = TakeoverBench.streaming();
    bench.closesAnswered = false;
    bench.retryAsked();
    bench.closeAnswered(silent == Side.CONSUMER ? Side.PRODUCER : Side.CONSUMER, Status.SUCCESS);

    bench.timesOut(Timer.CLOSE);

    assertThat(bench.dropped).hasSize(1);
    assertThat(bench.reports).doesNotHaveAnyElementsOfTypes(StreamReport.Failed.class);
    bench.linkLost();
    bench.oldConnectionsGone();
    assertThat(bench.lastReport()).isInstanceOf(StreamReport.Failed.class);
  }

  @Test
  void T8_a_source_that_is_dead_already_is_active_again_before_the_retry_is_reported() {
    TakeoverBench bench = TakeoverBench.sourceDead();

    bench.retryAsked();

    assertThat(bench.source).isEqualTo(CopyState.ACTIVE);
    assertThat(bench.wire).endsWith(
        "CONSUMER: CLOSE_STREAM 1", "PRODUCER: CLOSE_STREAM 1", "source: SET_VBUCKET active");
    assertThat(bench.lastReport()).isInstanceOf(StreamReport.Failed.class);
    bench.happens(new TakeoverEvent.TakeOver(2));
    bench.runsThrough();
    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(2));
  }

  @Test
  void T9_a_retry_asked_after_the_destination_is_active_is_refused_and_the_takeover_completes() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.activeConfirmed();

    bench.retryAsked();

    assertThat(bench.lastRetryStatus).isEqualTo(Status.KEY_EEXISTS);
    bench.addAnswered(1, Status.SUCCESS);
    bench.ended(StreamEndReason.OK);
    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
  }

  @Test
  void T10_the_same_retry_asked_twice_restarts_once_and_an_old_one_is_ignored() {
    TakeoverBench bench = TakeoverBench.streaming();
    int first = bench.nextOpaque;

    bench.retryAsked(first);
    bench.retryAsked(first);

    assertThat(bench.lastRetryStatus).isEqualTo(Status.SUCCESS);
    assertThat(bench.reports).filteredOn(StreamReport.Failed.class::isInstance).hasSize(1);
    bench.happens(new TakeoverEvent.TakeOver(2));
    bench.consumerRequests();
    bench.retryAsked(first);
    assertThat(bench.lastRetryStatus).isEqualTo(Status.KEY_ENOENT);
    assertThat(bench.reports).filteredOn(StreamReport.Failed.class::isInstance).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void T11_the_answer_to_ADD_STREAM_may_come_at_any_point_and_the_end_is_told_once(int when) {
    TakeoverBench bench = TakeoverBench.streaming();
    List<Runnable> steps = List.of(
        bench::pendingAsked,
        bench::pendingConfirmed,
        bench::activeAsked,
        bench::activeConfirmed,
        () -> bench.ended(StreamEndReason.OK));
    for (int step = 0; step <= steps.size(); step++) {
      if (step == when) {
        bench.addAnswered(1, Status.SUCCESS);
      }
      if (step < steps.size()) {
        steps.get(step).run();
      }
    }

    assertThat(bench.reports).filteredOn(StreamReport.TakenOver.class::isInstance).hasSize(1);
    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
  }

  @Test
  void T13_a_consumer_that_never_answers_ADD_STREAM_is_bounded() {
    TakeoverBench bench = TakeoverBench.asked();
    bench.consumerRequests();

    bench.timesOut(Timer.ADD_STREAM);

    assertThat(bench.lastReport())
        .isInstanceOfSatisfying(
            StreamReport.Failed.class, failed -> assertThat(failed.reason()).isEqualTo(FailureReason.NO_PROGRESS));
  }

  @Test
  void T14_a_STREAM_END_before_its_time_is_kept_from_the_consumer_whose_stream_is_closed_instead() {
    TakeoverBench bench = TakeoverBench.streaming();

    assertThat(bench.ended(StreamEndReason.STATE_CHANGED)).isFalse();

    assertThat(bench.wire).endsWith("CONSUMER: CLOSE_STREAM 1", "PRODUCER: CLOSE_STREAM 1");
  }

  @Test
  void T19_the_answer_to_active_is_lost_with_the_socket_and_found_in_the_states() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.destination = CopyState.ACTIVE;

    bench.linkLost();
    bench.oldConnectionsGone();

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
    assertThat(bench.wire).doesNotContain("source: SET_VBUCKET active");
  }

  @Test
  void T21_a_rollback_is_followed_by_the_consumers_second_request_in_the_same_attempt() {
    TakeoverBench bench = TakeoverBench.asked();
    bench.consumerRequests();
    bench.producerAnswers(Status.ROLLBACK);
    bench.ruled(bench.gate.streamRequested(bench.nextOpaque), "producer: STREAM_REQ");
    bench.producerAnswers(Status.SUCCESS);

    bench.addAnswered(1, Status.SUCCESS);
    bench.pendingAsked();
    bench.pendingConfirmed();
    bench.activeAsked();
    bench.activeConfirmed();
    bench.ended(StreamEndReason.OK);

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
  }

  @Test
  void T26_a_refused_pending_is_kept_from_the_producer_and_retried() {
    TakeoverBench bench = TakeoverBench.streaming();
    bench.pendingAsked();

    assertThat(bench.stateAnswered(Status.ETMPFAIL)).isFalse();

    assertThat(bench.wire).doesNotContain("producer: SET_VBUCKET_STATE answer");
    assertThat(bench.lastReport())
        .isInstanceOfSatisfying(
            StreamReport.Failed.class, failed -> assertThat(failed.reason()).isEqualTo(FailureReason.STATE_REFUSED));
  }

  @Test
  void T26_a_refused_active_is_kept_from_the_producer_and_the_source_is_restored() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();

    assertThat(bench.stateAnswered(Status.ETMPFAIL)).isFalse();

    assertThat(bench.source).isEqualTo(CopyState.ACTIVE);
  }

  @Test
  void T27_the_source_is_restored_only_after_the_destinations_stream_is_closed_and_its_state_was_read() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.closesAnswered = false;
    bench.nodesAnswer = false;

    bench.retryAsked();
    bench.closeAnswered(Side.PRODUCER, Status.SUCCESS);
    assertThat(bench.wire).doesNotContain("source: SET_VBUCKET active");
    bench.closeAnswered(Side.CONSUMER, Status.SUCCESS);
    assertThat(bench.wire).doesNotContain("source: SET_VBUCKET active");
    bench.happens(
        new TakeoverEvent.StatesRead(bench.protocol.inquiry(), CopyState.DEAD, CopyState.PENDING));

    assertThat(bench.wire).endsWith("source: SET_VBUCKET active");
  }

  @Test
  void T27_a_destination_that_became_active_after_all_completes_the_move() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.destination = CopyState.ACTIVE;

    bench.retryAsked();

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(1));
    assertThat(bench.wire).doesNotContain("source: SET_VBUCKET active");
  }

  @Test
  void T27_an_unreachable_destination_that_may_be_active_calls_for_an_operator_and_not_for_two_actives() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.activeAsked();
    bench.destination = CopyState.UNREACHABLE;
    bench.linkLost();
    bench.happens(new LinkEvent.OldConnectionsGone(false, true));
    bench.timesOut(Timer.NODE_DOWN);

    bench.timesOut(Timer.NODE_DOWN);

    assertThat(bench.lastReport()).isInstanceOf(StreamReport.NeedsOperator.class);
    assertThat(bench.wire).doesNotContain("source: SET_VBUCKET active");
  }

  @Test
  void an_unreachable_destination_that_was_never_told_to_become_active_does_not_keep_the_source_dead() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.destination = CopyState.UNREACHABLE;
    bench.linkLost();

    bench.happens(new LinkEvent.OldConnectionsGone(false, true));
    bench.timesOut(Timer.NODE_DOWN);

    assertThat(bench.source).isEqualTo(CopyState.ACTIVE);
    assertThat(bench.lastReport()).isInstanceOf(StreamReport.Failed.class);
  }

  @Test
  void T28_nothing_of_a_closed_stream_passes_in_either_direction() {
    TakeoverBench bench = TakeoverBench.streaming();
    int old = bench.nextOpaque;
    bench.retryAsked();
    bench.wire.clear();

    assertThat(bench.gate.admits(old)).isFalse();
    assertThat(bench.ruled(bench.gate.stateAsked(old, VBucketState.PENDING), "x")).isFalse();
    assertThat(bench.ruled(bench.gate.streamRequestAnswered(old, Status.SUCCESS), "x")).isFalse();
    assertThat(bench.ruled(bench.gate.stateAnswered(old, Status.SUCCESS), "x")).isFalse();
    assertThat(bench.ruled(bench.gate.streamRequested(old + 0x01000000), "x")).isFalse();
    assertThat(bench.wire).isEmpty();
  }

  @Test
  void T29_the_answer_to_the_first_ADD_STREAM_means_nothing_to_the_second() {
    TakeoverBench bench = TakeoverBench.streaming();
    bench.retryAsked();
    bench.happens(new TakeoverEvent.TakeOver(2));

    bench.addAnswered(1, Status.KEY_EEXISTS);

    assertThat(bench.protocol.state()).isEqualTo(new TakeoverState.Live(2, false, Progress.ADDED, 0));
  }

  @ParameterizedTest
  @EnumSource(value = CopyState.class, names = {"REPLICA", "PENDING", "DEAD", "ABSENT"})
  void T30_no_takeover_begins_from_a_source_that_is_not_active(CopyState source) {
    TakeoverBench bench = new TakeoverBench();
    bench.source = source;
    bench.happens(new LinkEvent.Up("producer"));

    bench.happens(new TakeoverEvent.TakeOver(1));

    assertThat(bench.wire).isEmpty();
    assertThat(bench.lastReport())
        .isInstanceOfSatisfying(
            StreamReport.Failed.class,
            failed -> assertThat(failed.reason()).isEqualTo(FailureReason.SOURCE_NOT_ACTIVE));
  }

  @Test
  void T34_the_producer_gets_one_answer_per_request_and_none_before_it() {
    TakeoverBench bench = TakeoverBench.streaming();
    assertThat(bench.stateAnswered(Status.SUCCESS)).isFalse();
    bench.pendingAsked();
    assertThat(bench.pendingConfirmed()).isTrue();

    assertThat(bench.stateAnswered(Status.SUCCESS)).isFalse();

    bench.activeAsked();
    assertThat(bench.activeConfirmed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(value = CopyState.class, names = {"DEAD", "ABSENT"})
  void T35_a_destination_that_is_dead_or_gone_is_told_so_before_anything_is_added(CopyState destination) {
    TakeoverBench bench = new TakeoverBench();
    bench.destination = destination;
    bench.happens(new LinkEvent.Up("producer"));

    bench.happens(new TakeoverEvent.TakeOver(1));

    assertThat(bench.wire).isEmpty();
    assertThat(bench.lastReport())
        .isInstanceOfSatisfying(StreamReport.Failed.class, failed -> {
          assertThat(failed.reason()).isEqualTo(FailureReason.DESTINATION_NOT_READY);
          assertThat(failed.destination()).isEqualTo(destination);
        });
  }

  @Test
  void T36_the_producers_socket_closes_while_active_is_on_its_way_twice_and_the_third_attempt_succeeds() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    for (int attempt = 1; attempt <= 2; attempt++) {
      bench.activeAsked();
      bench.linkLost();
      assertThat(bench.wire.get(bench.wire.size() - 1)).isNotEqualTo("source: SET_VBUCKET active");
      bench.oldConnectionsGone();
      assertThat(bench.source).isEqualTo(CopyState.ACTIVE);
      bench.happens(new LinkEvent.Up("producer"));
      bench.happens(new TakeoverEvent.TakeOver(attempt + 1));
      if (attempt == 1) {
        bench.consumerRequests();
        bench.producerAnswers(Status.SUCCESS);
        bench.pendingAsked();
        bench.pendingConfirmed();
      }
    }

    bench.runsThrough();

    assertThat(bench.lastReport()).isEqualTo(new StreamReport.TakenOver(3));
  }

  @Test
  void answers_of_nodes_to_an_earlier_question_change_nothing() {
    TakeoverBench bench = TakeoverBench.sourceDead();
    bench.nodesAnswer = false;
    bench.retryAsked();
    int inquiry = bench.protocol.inquiry();
    TakeoverState before = bench.protocol.state();

    bench.happens(new TakeoverEvent.StatesRead(inquiry - 1, CopyState.ACTIVE, CopyState.REPLICA));

    assertThat(bench.protocol.state()).isEqualTo(before);
  }

  @Test
  void a_stream_over_a_stream_is_refused_by_the_gate_itself() {
    TakeoverBench bench = TakeoverBench.streaming();

    assertThatThrownBy(() -> bench.gate.open(2, true)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ending_an_attempt_whose_source_is_dead_restores_the_source() {
    TakeoverBench bench = TakeoverBench.sourceDead();

    bench.happens(new TakeoverEvent.End("stopped"));

    assertThat(bench.source).isEqualTo(CopyState.ACTIVE);
    assertThat(bench.lastReport())
        .isEqualTo(new StreamReport.Failed(1, FailureReason.CANCELLED, "stopped", CopyState.PENDING));
  }

  @Test
  void a_successor_of_a_broken_stream_actor_assumes_the_worst_until_the_old_connections_are_gone() {
    TakeoverBench bench = new TakeoverBench();
    bench.protocol = TakeoverProtocol.recovering(1);
    bench.source = CopyState.DEAD;
    bench.destination = CopyState.PENDING;
    assertThat(bench.wire).isEmpty();

    bench.happens(new LinkEvent.Up("producer"));

    assertThat(bench.source).isEqualTo(CopyState.ACTIVE);
    assertThat(bench.lastReport()).isInstanceOf(StreamReport.Failed.class);
  }
}
