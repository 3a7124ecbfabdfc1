package io.vbucket.rebalance.orchestrator.link;

import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_VB;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.VB;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.mutation;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.state;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.stateAnswer;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.streamReq;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.link.LinkCounters.Drop;
import io.vbucket.rebalance.orchestrator.takeover.GateReport;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which frames pass, by the catalogue of races. */
class LinkRelayTest {
  private final RelayRig rig = new RelayRig();

  private static Frame end(int vbucket, int opaque, StreamEndReason reason) {
    return new Dcp.StreamEnd(vbucket, opaque, reason).toFrame();
  }

  private static Frame retry(int opaque) {
    return new Dcp.RetryRequest(Opcode.DCP_RETRY_REQUEST, VB, opaque, 5).toFrame();
  }

  // ---- a takeover

  @Test
  void every_frame_of_a_takeover_passes_and_is_reported_in_its_order() {
    rig.relay.openStream(VB, 1, 1, true);
    Frame add = rig.consumer.takeOne();
    List<Frame> toProducer = List.of(
        streamReq(VB, STREAM), stateAnswer(STREAM, Status.SUCCESS), stateAnswer(STREAM, Status.SUCCESS));
    List<Frame> toConsumer = List.of(
        Frame.response(streamReq(VB, STREAM), Status.SUCCESS), mutation(VB, STREAM, 10),
        state(VB, STREAM, VBucketState.PENDING), state(VB, STREAM, VBucketState.ACTIVE),
        end(VB, STREAM, StreamEndReason.OK));
    rig.fromConsumer(toProducer.get(0));
    rig.fromProducer(toConsumer.get(0), toConsumer.get(1), toConsumer.get(2));
    rig.fromConsumer(toProducer.get(1));
    rig.fromProducer(toConsumer.get(3));
    rig.fromConsumer(toProducer.get(2), Frame.response(add, Status.SUCCESS));
    rig.fromProducer(toConsumer.get(4));
    assertThat(rig.producer.take()).isEqualTo(toProducer);
    assertThat(rig.consumer.take()).isEqualTo(toConsumer);
    assertThat(rig.events).containsExactly(
        new LinkEvent.Saw(new GateReport.Requested(1)),
        new LinkEvent.Saw(new GateReport.Accepted(1)),
        new LinkEvent.Saw(new GateReport.StateAsked(1, VBucketState.PENDING)),
        new LinkEvent.Saw(new GateReport.StateConfirmed(1, VBucketState.PENDING)),
        new LinkEvent.Saw(new GateReport.StateAsked(1, VBucketState.ACTIVE)),
        new LinkEvent.Saw(new GateReport.StateConfirmed(1, VBucketState.ACTIVE)),
        new LinkEvent.AddAnswered(1, Status.SUCCESS),
        new LinkEvent.Saw(new GateReport.Ended(1, StreamEndReason.OK, Progress.ENDED)));
    assertThat(rig.counters.dropped()).containsOnlyKeys(Drop.OWN_ANSWER);
    assertThat(rig.counters.forwarded().frames()).isEqualTo(8);
  }

  @Test
  void t3_the_late_end_of_attempt_1_never_reaches_the_consumer_whatever_attempt_2_has_come_to() {
    for (Progress reached : List.of(Progress.ADDED, Progress.REQUESTED, Progress.STREAMING, Progress.PENDING_CONFIRMED,
        Progress.ACTIVE_CONFIRMED)) {
      RelayRig fresh = new RelayRig();
      fresh.open(1, STREAM, Progress.STREAMING);
      fresh.relay.fence(VB, 1);
      fresh.open(2, OTHER_STREAM, reached);
      fresh.fromProducer(end(VB, STREAM, StreamEndReason.CLOSED), end(VB, STREAM, StreamEndReason.CLOSED));
      assertThat(fresh.consumer.take()).as("at %s", reached).isEmpty();
      assertThat(fresh.events).isEmpty();
      assertThat(fresh.counters.dropped(Drop.SHUT_GATE).frames()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, OTHER_VB, VB, OTHER_STREAM, 0x0000000b})
  void t5_an_end_with_an_opaque_that_means_something_else_ends_nothing(int opaque) {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.open(OTHER_VB, 1, OTHER_STREAM, Progress.STREAMING);
    rig.fromProducer(end(VB, opaque, StreamEndReason.OK));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.events).isEmpty();
    assertThat(rig.otherEvents).isEmpty();
    rig.fromProducer(mutation(VB, STREAM, 1), mutation(OTHER_VB, OTHER_STREAM, 1));
    assertThat(rig.consumer.take()).hasSize(2);
  }

  @Test
  void t5_an_end_that_comes_before_any_stream_is_known_ends_nothing_even_with_opaque_0() {
    rig.relay.openStream(VB, 1, 1, true);
    rig.consumer.take();
    rig.fromProducer(end(VB, 0, StreamEndReason.OK), mutation(VB, 0, 1));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.events).isEmpty();
  }

  @Test
  void t9_t10_retry_requests_are_answered_in_the_relays_own_name_and_never_passed_on() {
    rig.open(1, STREAM, Progress.PENDING_ASKED);
    rig.fromConsumer(retry(STREAM), retry(STREAM), retry(OTHER_STREAM));
    assertThat(rig.consumer.take()).containsExactly(
        Frame.response(retry(STREAM), Status.SUCCESS),
        Frame.response(retry(STREAM), Status.SUCCESS),
        Frame.response(retry(OTHER_STREAM), Status.KEY_ENOENT));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.events).containsExactly(new LinkEvent.Saw(new GateReport.RetryAsked(1, 5)));
    rig.fromProducer(mutation(VB, STREAM, 3), state(VB, STREAM, VBucketState.ACTIVE));
    rig.fromConsumer(stateAnswer(STREAM, Status.SUCCESS));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.producer.take()).isEmpty();
  }

  @Test
  void t9_a_retry_asked_after_the_destination_is_active_is_refused() {
    rig.open(1, STREAM, Progress.ACTIVE_CONFIRMED);
    rig.fromConsumer(retry(STREAM));
    assertThat(rig.consumer.takeOne().status()).isEqualTo(Status.KEY_EEXISTS);
    rig.fromProducer(end(VB, STREAM, StreamEndReason.OK));
    assertThat(rig.consumer.take()).hasSize(1);
  }

  @Test
  void t12_a_stream_request_of_another_vbucket_is_not_adopted() {
    rig.relay.openStream(VB, 1, 1, true);
    rig.consumer.take();
    rig.fromConsumer(streamReq(OTHER_VB, OTHER_STREAM), streamReq(901, 0x0d000000));
    assertThat(rig.producer.take()).isEmpty();
    rig.fromConsumer(streamReq(VB, STREAM));
    assertThat(rig.producer.take()).hasSize(1);
    assertThat(rig.events).containsExactly(new LinkEvent.Saw(new GateReport.Requested(1)));
  }

  @ParameterizedTest
  @EnumSource(value = Progress.class, names = {"STREAMING", "PENDING_ASKED", "PENDING_CONFIRMED", "ACTIVE_ASKED"})
  void t14_an_end_before_the_destination_is_active_is_kept_and_shuts_the_gate(Progress reached) {
    rig.open(1, STREAM, reached);
    rig.fromProducer(end(VB, STREAM, StreamEndReason.STATE_CHANGED), mutation(VB, STREAM, 1));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.events).containsExactly(
        new LinkEvent.Saw(new GateReport.Ended(1, StreamEndReason.STATE_CHANGED, reached)));
  }

  @Test
  void t21_a_rolled_back_consumers_second_request_with_the_same_opaque_is_the_same_attempt() {
    rig.open(1, STREAM, Progress.REQUESTED);
    rig.fromProducer(Frame.response(streamReq(VB, STREAM), Status.ROLLBACK));
    rig.fromConsumer(streamReq(VB, STREAM));
    rig.fromProducer(Frame.response(streamReq(VB, STREAM), Status.SUCCESS), mutation(VB, STREAM, 1));
    assertThat(rig.producer.take()).hasSize(1);
    assertThat(rig.consumer.take()).hasSize(3);
    assertThat(rig.events).containsExactly(
        new LinkEvent.Saw(new GateReport.RolledBack(1)), new LinkEvent.Saw(new GateReport.Accepted(1)));
  }

  @ParameterizedTest
  @EnumSource(value = Progress.class, names = {"PENDING_ASKED", "ACTIVE_ASKED"})
  void t26_a_refused_state_is_never_passed_to_the_producer_which_would_take_it_for_consent(Progress reached) {
    rig.open(1, STREAM, reached);
    rig.fromConsumer(stateAnswer(STREAM, Status.ETMPFAIL), stateAnswer(STREAM, Status.SUCCESS));
    assertThat(rig.producer.take()).isEmpty();
    VBucketState asked = reached == Progress.PENDING_ASKED ? VBucketState.PENDING : VBucketState.ACTIVE;
    assertThat(rig.events).containsExactly(
        new LinkEvent.Saw(new GateReport.StateRefused(1, asked, Status.ETMPFAIL)));
  }

  @Test
  void t28_no_frame_of_a_fenced_stream_passes_in_either_direction() {
    rig.open(1, STREAM, Progress.PENDING_ASKED);
    rig.relay.fence(VB, 1);
    assertThat(rig.events).containsExactly(new LinkEvent.Fenced(1, Progress.PENDING_ASKED));
    rig.fromProducer(
        mutation(VB, STREAM, 100), Frame.response(streamReq(VB, STREAM), Status.SUCCESS),
        state(VB, STREAM, VBucketState.ACTIVE), end(VB, STREAM, StreamEndReason.CLOSED),
        DcpItem.SnapshotMarker.v1(VB, STREAM, 0, 9, 1).toFrame());
    rig.fromConsumer(stateAnswer(STREAM, Status.SUCCESS), streamReq(VB, STREAM));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.events).hasSize(1);
  }

  @Test
  void t29_the_late_answer_to_add_stream_1_is_told_as_that_of_attempt_1() {
    Frame first = rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.fence(VB, 1);
    Frame second = rig.open(2, OTHER_STREAM, Progress.REQUESTED);
    rig.fromConsumer(
        Frame.response(first, Status.SUCCESS), Frame.response(second, Status.ETMPFAIL),
        Frame.response(first, Status.SUCCESS));
    assertThat(rig.events).containsExactly(
        new LinkEvent.AddAnswered(1, Status.SUCCESS), new LinkEvent.AddAnswered(2, Status.ETMPFAIL));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.counters.dropped(Drop.UNASKED_ANSWER).frames()).isEqualTo(1);
  }

  @Test
  void t34_the_answer_to_a_state_passes_once() {
    rig.open(1, STREAM, Progress.PENDING_ASKED);
    rig.fromConsumer(stateAnswer(STREAM, Status.SUCCESS), stateAnswer(STREAM, Status.SUCCESS));
    assertThat(rig.producer.take()).hasSize(1);
    rig.fromProducer(state(VB, STREAM, VBucketState.ACTIVE));
    assertThat(rig.consumer.take()).hasSize(1);
    rig.fromConsumer(stateAnswer(STREAM, Status.SUCCESS));
    assertThat(rig.producer.take()).hasSize(1);
  }

  @Test
  void t34_an_answer_to_a_state_that_was_not_asked_does_not_pass() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.fromConsumer(stateAnswer(STREAM, Status.SUCCESS), stateAnswer(OTHER_STREAM, Status.SUCCESS));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.events).isEmpty();
  }

  @Test
  void active_before_pending_is_no_takeover_and_shuts_the_gate() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.fromProducer(state(VB, STREAM, VBucketState.ACTIVE));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.events).hasSize(1)
        .allMatch(event -> ((LinkEvent.Saw) event).report() instanceof GateReport.Violated);
  }

  // ---- closing

  @Test
  void answers_to_close_stream_are_told_by_side_and_never_passed_on() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.fence(VB, 1);
    rig.relay.closeStream(VB, 1, Side.CONSUMER);
    rig.relay.closeStream(VB, 1, Side.PRODUCER);
    rig.events.clear();
    Frame toConsumer = rig.consumer.takeOne();
    Frame toProducer = rig.producer.takeOne();
    rig.fromProducer(Frame.response(toProducer, Status.KEY_ENOENT), Frame.response(toProducer, Status.SUCCESS));
    rig.fromConsumer(Frame.response(toConsumer, Status.SUCCESS));
    assertThat(rig.events).containsExactly(
        new LinkEvent.CloseAnswered(1, Side.PRODUCER, Status.KEY_ENOENT),
        new LinkEvent.CloseAnswered(1, Side.CONSUMER, Status.SUCCESS));
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.producer.take()).isEmpty();
  }

  @Test
  void an_answer_of_the_other_side_with_our_opaque_is_not_taken_for_ours() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.closeStream(VB, 1, Side.CONSUMER);
    Frame close = rig.consumer.takeOne();
    rig.fromProducer(Frame.response(close, Status.SUCCESS));
    assertThat(rig.events).isEmpty();
    assertThat(rig.consumer.take()).isEmpty();
  }

  // ---- what the nodes have between themselves

  @ParameterizedTest
  @EnumSource(Side.class)
  void requests_that_are_nobodys_business_pass_and_so_does_one_answer_to_each(Side asker) {
    RelayRig.Port far = asker == Side.CONSUMER ? rig.producer : rig.consumer;
    RelayRig.Port near = asker == Side.CONSUMER ? rig.consumer : rig.producer;
    Side answerer = asker == Side.CONSUMER ? Side.PRODUCER : Side.CONSUMER;
    for (Frame request : List.of(new Dcp.Noop(0x81969800).toFrame(), Frame.request(0xe7, 3, 9),
        Frame.request(Opcode.GET_ERROR_MAP, 0, 9))) {
      rig.from(asker, request);
      assertThat(far.take()).containsExactly(request);
      Frame answer = Frame.response(request, Status.SUCCESS);
      rig.from(answerer, answer, answer, answer.withOpaque(0x1234));
      assertThat(near.take()).containsExactly(answer);
    }
    assertThat(rig.counters.dropped(Drop.UNASKED_ANSWER).frames()).isEqualTo(6);
  }

  @Test
  void an_answer_with_the_right_opaque_but_another_opcode_does_not_pass() {
    rig.fromProducer(new Dcp.Noop(7).toFrame());
    rig.consumer.take();
    rig.fromConsumer(Frame.response(Frame.request(Opcode.GET_ERROR_MAP, 0, 7), Status.SUCCESS));
    assertThat(rig.producer.take()).isEmpty();
  }

  @Test
  void answers_to_markers_and_mutations_and_seqno_acks_pass_while_their_stream_is_live() {
    rig.open(1, STREAM, Progress.STREAMING);
    Frame marker = DcpItem.SnapshotMarker.v1(VB, STREAM, 0, 1, 8).toFrame();
    rig.fromProducer(marker, marker);
    Frame markerAnswer = Frame.response(marker, Status.SUCCESS);
    Frame mutationAnswer = Frame.response(mutation(VB, STREAM, 1), Status.ERANGE);
    Frame seqnoAck = Frame.request(
        Opcode.DCP_SEQNO_ACK, VB, STREAM, new byte[8], Frame.NOTHING, Frame.NOTHING);
    rig.fromConsumer(markerAnswer, mutationAnswer, seqnoAck);
    assertThat(rig.producer.take()).containsExactly(markerAnswer, mutationAnswer, seqnoAck);
    rig.relay.fence(VB, 1);
    rig.fromConsumer(markerAnswer, mutationAnswer, seqnoAck);
    assertThat(rig.producer.take()).isEmpty();
  }

  @Test
  void the_answer_to_a_stream_end_never_reaches_the_producer() {
    rig.open(1, STREAM, Progress.ACTIVE_CONFIRMED);
    rig.fromProducer(end(VB, STREAM, StreamEndReason.OK));
    rig.fromConsumer(Frame.response(end(VB, STREAM, StreamEndReason.OK), Status.KEY_ENOENT));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.counters.dropped(Drop.STREAM_END_ANSWER).frames()).isEqualTo(1);
  }

  @Test
  void stream_frames_of_a_consumer_reach_nobody() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.fromConsumer(mutation(VB, STREAM, 1), end(VB, STREAM, StreamEndReason.OK));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.counters.dropped(Drop.WRONG_DIRECTION).frames()).isEqualTo(2);
  }

  // ---- flow control

  private void agreeOnWindow(int status) {
    Frame control = new Dcp.Control(2, Dcp.Control.CONNECTION_BUFFER_SIZE, "13421772").toFrame();
    rig.fromConsumer(control);
    rig.fromProducer(Frame.response(control, status));
    assertThat(rig.producer.take()).hasSize(1);
    assertThat(rig.consumer.take()).hasSize(1);
  }

  @Test
  void t20_bytes_of_dropped_frames_are_acknowledged_to_the_producer_once_per_read() {
    agreeOnWindow(Status.SUCCESS);
    rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.fence(VB, 1);
    Frame dropped = mutation(VB, STREAM, 1000);
    rig.bytesFrom(Side.PRODUCER, concat(dropped, dropped, end(VB, STREAM, StreamEndReason.CLOSED)));
    Dcp.BufferAck ack = Dcp.BufferAck.of(rig.producer.takeOne());
    assertThat(ack.bytes()).isEqualTo(2 * dropped.length() + 28);
    assertThat(LinkOpaques.isOwn(ack.opaque())).isTrue();
  }

  @Test
  void t20_nothing_is_acknowledged_where_no_window_was_agreed() {
    agreeOnWindow(Status.EINVAL);
    rig.fromProducer(mutation(VB, STREAM, 1000));
    assertThat(rig.producer.take()).isEmpty();
  }

  @Test
  void t20_acknowledgements_wait_in_one_number_while_the_producer_reads_nothing() {
    agreeOnWindow(Status.SUCCESS);
    rig.producer.writable = false;
    for (int i = 0; i < 1000; i++) {
      rig.fromProducer(mutation(VB, STREAM, 1000));
    }
    assertThat(rig.producer.take()).isEmpty();
    rig.producer.writable = true;
    rig.relay.writabilityChanged(Side.PRODUCER);
    assertThat(Dcp.BufferAck.of(rig.producer.takeOne()).bytes())
        .isEqualTo(1000 * mutation(VB, STREAM, 1000).length());
  }

  @Test
  void a_side_that_takes_nothing_stops_the_reading_of_the_other() {
    rig.consumer.writable = false;
    rig.relay.writabilityChanged(Side.CONSUMER);
    assertThat(rig.producer.reading).isFalse();
    assertThat(rig.consumer.reading).isTrue();
    rig.producer.writable = false;
    rig.relay.writabilityChanged(Side.PRODUCER);
    assertThat(rig.consumer.reading).isFalse();
    rig.consumer.writable = true;
    rig.relay.writabilityChanged(Side.CONSUMER);
    assertThat(rig.producer.reading).isTrue();
    assertThat(rig.consumer.reading).isFalse();
  }

  @Test
  void a_consumer_that_asks_for_retries_without_reading_an_answer_loses_the_link() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.consumer.writable = false;
    for (int i = 0; i < 2000; i++) {
      rig.fromConsumer(retry(STREAM));
    }
    assertThat(rig.broken).contains("destination dst").contains("without reading one answer");
  }

  private static byte[] concat(Frame... frames) {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (Frame frame : frames) {
      all.writeBytes(io.vbucket.rebalance.protocol.FrameCodec.encode(frame).array());
    }
    return all.toByteArray();
  }
}
