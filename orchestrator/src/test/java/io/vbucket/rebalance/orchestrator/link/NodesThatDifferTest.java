package io.vbucket.rebalance.orchestrator.link;

import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.VB;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.link.LinkCounters.Drop;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The relay between nodes of whatever version: what one does and another does not, makes no difference to a stream. */
class NodesThatDifferTest {
  private final RelayRig rig = new RelayRig();

  private Frame request(int opcode, byte[] extras) {
    return Frame.request(opcode, VB, STREAM, extras, Frame.NOTHING, Frame.NOTHING);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_producer_ends_a_closed_stream_or_does_not(boolean sendsEnd) {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.fence(VB, 1);
    rig.relay.closeStream(VB, 1, Side.PRODUCER);
    rig.fromProducer(Frame.response(rig.producer.takeOne(), Status.SUCCESS));
    if (sendsEnd) {
      rig.fromProducer(new Dcp.StreamEnd(VB, STREAM, StreamEndReason.CLOSED).toFrame());
    }
    assertThat(rig.consumer.take()).isEmpty();
    rig.events.clear();

    rig.open(2, OTHER_STREAM, Progress.STREAMING);
    Frame mutation = RelayRig.mutation(VB, OTHER_STREAM, 10);
    rig.fromProducer(mutation);
    assertThat(rig.consumer.take()).containsExactly(mutation);
  }

  @ParameterizedTest
  @ValueSource(ints = {Status.SUCCESS, Status.KEY_ENOENT, Status.DCP_STREAM_NOT_FOUND, Status.OPAQUE_NO_MATCH})
  void a_consumer_answers_a_stale_end_as_it_likes_and_no_producer_hears_of_it(int status) {
    rig.open(1, STREAM, Progress.STREAMING);
    Frame stale = new Dcp.StreamEnd(VB, OTHER_STREAM, StreamEndReason.CLOSED).toFrame();
    rig.fromProducer(stale);
    assertThat(rig.consumer.take()).as("consumers that do not compare opaques never see it").isEmpty();
    rig.fromConsumer(Frame.response(stale, status), Frame.response(stale.withOpaque(STREAM), status));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.events).isEmpty();
    assertThat(rig.broken).isNull();
  }

  @Test
  void everything_that_versions_send_along_a_stream_passes_untouched_and_in_order() {
    rig.open(1, STREAM, Progress.STREAMING);
    List<Frame> sent = new ArrayList<>();
    for (int opcode : new int[] {
      Opcode.DCP_SNAPSHOT_MARKER, Opcode.DCP_SYSTEM_EVENT, Opcode.DCP_PREPARE, Opcode.DCP_COMMIT, Opcode.DCP_ABORT,
      Opcode.DCP_SEQNO_ADVANCED, Opcode.DCP_OSO_SNAPSHOT, Opcode.DCP_EXPIRATION, Opcode.DCP_DELETION,
      Opcode.DCP_CACHE_TRANSFER, Opcode.DCP_CACHE_TRANSFER_END, Opcode.DCP_FLUSH}) {
      sent.add(request(opcode, new byte[21]));
    }
    rig.fromProducer(sent.toArray(Frame[]::new));
    assertThat(rig.consumer.take()).containsExactlyElementsOf(sent);
    rig.relay.fence(VB, 1);
    rig.fromProducer(sent.toArray(Frame[]::new));
    assertThat(rig.consumer.take()).as("of a fenced stream (T28)").isEmpty();
    assertThat(rig.counters.dropped(Drop.SHUT_GATE).frames()).isEqualTo(sent.size());
  }

  @Test
  void what_nobody_here_has_heard_of_passes_in_both_directions() {
    Frame unknown = Frame.request(0xd7, 3, 0x11223344, new byte[5], new byte[7], new byte[3000]);
    rig.fromProducer(unknown);
    rig.fromConsumer(unknown.withOpaque(5));
    assertThat(rig.consumer.take()).containsExactly(unknown);
    assertThat(rig.producer.take()).containsExactly(unknown.withOpaque(5));
  }

  @ParameterizedTest
  @ValueSource(ints = {DcpItem.SnapshotMarker.V1, DcpItem.SnapshotMarker.V2_0, DcpItem.SnapshotMarker.V2_2})
  void a_marker_is_answered_once_where_it_asks_for_an_answer(int version) {
    rig.open(1, STREAM, Progress.STREAMING);
    Frame quiet = new DcpItem.SnapshotMarker(VB, STREAM, 1, 2, DcpItem.SnapshotMarker.MEMORY, version, 0, 0).toFrame();
    Frame asking = new DcpItem.SnapshotMarker(
        VB, STREAM, 3, 4, DcpItem.SnapshotMarker.MEMORY | DcpItem.SnapshotMarker.ACK, version, 0, 0).toFrame();
    Frame answer = Frame.response(asking, Status.SUCCESS);
    rig.fromProducer(quiet);
    rig.fromConsumer(answer);
    assertThat(rig.producer.take()).as("nobody asked").isEmpty();
    rig.fromProducer(asking);
    rig.fromConsumer(answer, answer);
    assertThat(rig.producer.take()).containsExactly(answer);
    assertThat(rig.counters.dropped(Drop.UNASKED_ANSWER).frames()).isEqualTo(2);
    Frame refusal = Frame.response(asking, Status.ERANGE);
    rig.fromConsumer(refusal);
    assertThat(rig.producer.take()).as("a refusal is never held back").containsExactly(refusal);
  }

  @Test
  void answers_nobody_asked_for_and_answers_for_ended_streams_are_counted_and_harm_nothing() {
    rig.open(1, STREAM, Progress.STREAMING);
    Frame foreign = Frame.response(RelayRig.mutation(VB, 0x77, 1), Status.KEY_ENOENT);
    rig.fromConsumer(
        foreign, Frame.response(new Dcp.Noop(9).toFrame(), Status.SUCCESS),
        Frame.response(Frame.request(Opcode.DCP_CONTROL, 0, 9), Status.SUCCESS),
        Frame.response(Frame.request(0xd7, 0, 9), Status.SUCCESS));
    rig.fromProducer(
        Frame.response(RelayRig.streamReq(VB, STREAM), Status.SUCCESS),
        Frame.response(RelayRig.streamReq(VB, 0x77), Status.SUCCESS),
        Frame.response(new Dcp.AddStream(VB, 0xE0000180, true).toFrame(), Status.SUCCESS));
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.broken).isNull();
    assertThat(rig.counters.dropped().values().stream().mapToLong(LinkCounters.Amount::frames).sum()).isEqualTo(7);
    Frame mutation = RelayRig.mutation(VB, STREAM, 10);
    rig.fromProducer(mutation);
    assertThat(rig.consumer.take()).containsExactly(mutation);
  }

  // ---- silence

  @Test
  void a_side_that_falls_silent_although_NOOPs_ran_loses_the_link() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.fromProducer(new Dcp.Noop(9).toFrame());
    rig.relay.silent(Side.CONSUMER);
    assertThat(rig.broken).contains("destination dst sent nothing, not even NOOPs");
    assertThat(rig.events).last().isInstanceOf(LinkEvent.Lost.class);
  }

  @Test
  void silence_means_nothing_where_nodes_send_no_NOOPs() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.silent(Side.PRODUCER);
    rig.relay.silent(Side.CONSUMER);
    assertThat(rig.broken).isNull();
  }

  @Test
  void a_side_that_is_not_read_because_the_other_takes_nothing_is_not_silent() {
    rig.fromProducer(new Dcp.Noop(9).toFrame());
    rig.consumer.writable = false;
    rig.relay.silent(Side.PRODUCER);
    assertThat(rig.broken).isNull();
    rig.consumer.writable = true;
    rig.relay.silent(Side.PRODUCER);
    assertThat(rig.broken).contains("source src");
  }
}
