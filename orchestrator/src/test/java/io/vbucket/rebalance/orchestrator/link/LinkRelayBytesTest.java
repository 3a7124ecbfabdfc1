package io.vbucket.rebalance.orchestrator.link;

import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_VB;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.VB;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.mutation;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.state;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.streamReq;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** However the bytes are cut, and whatever bytes they are. */
class LinkRelayBytesTest {

  @Provide
  Arbitrary<List<Frame>> producerFrames() {
    Arbitrary<Frame> mutations = Combinators.combine(
        Arbitraries.of(VB, OTHER_VB, 5), Arbitraries.of(STREAM, OTHER_STREAM, 0),
        Arbitraries.integers().between(0, 3000))
        .as(RelayRig::mutation);
    Arbitrary<Frame> others = Arbitraries.of(
        new Dcp.Noop(99).toFrame(),
        state(OTHER_VB, OTHER_STREAM, VBucketState.PENDING),
        state(VB, OTHER_STREAM, VBucketState.ACTIVE),
        new Dcp.StreamEnd(VB, OTHER_STREAM, StreamEndReason.OK).toFrame(),
        Frame.request(0xe9, 3, 4, new byte[3], new byte[5], new byte[700]),
        Frame.response(Frame.request(Opcode.GET_ERROR_MAP, 0, 1), Status.SUCCESS));
    return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(3, mutations), net.jqwik.api.Tuple.of(1, others))
        .list().ofMaxSize(30);
  }

  private static RelayRig rig() {
    RelayRig rig = new RelayRig();
    rig.open(1, STREAM, Progress.STREAMING);
    rig.open(OTHER_VB, 1, OTHER_STREAM, Progress.STREAMING);
    Frame control = new Dcp.Control(2, Dcp.Control.CONNECTION_BUFFER_SIZE, "1000000").toFrame();
    rig.fromConsumer(control);
    rig.fromProducer(Frame.response(control, Status.SUCCESS));
    rig.consumer.take();
    rig.producer.take();
    return rig;
  }

  private static byte[] concat(List<Frame> frames) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    frames.forEach(frame -> all.writeBytes(FrameCodec.encode(frame).array()));
    return all.toByteArray();
  }

  @Property(tries = 300)
  void any_split_of_the_byte_stream_gives_the_same_frames_reports_and_acknowledgements(
      @ForAll("producerFrames") List<Frame> frames,
      @ForAll List<@net.jqwik.api.constraints.IntRange(min = 1, max = 400) Integer> cuts) {
    byte[] bytes = concat(frames);
    RelayRig whole = rig();
    whole.bytesFrom(Side.PRODUCER, bytes);
    RelayRig cut = rig();
    int at = 0;
    for (int i = 0; at < bytes.length; i++) {
      int step = Math.min(bytes.length - at, cuts.isEmpty() ? 7 : cuts.get(i % cuts.size()));
      cut.bytesFrom(Side.PRODUCER, Arrays.copyOfRange(bytes, at, at + step));
      at += step;
    }
    assertThat(cut.consumer.takeBytes()).isEqualTo(whole.consumer.takeBytes());
    assertThat(cut.events).isEqualTo(whole.events);
    assertThat(cut.otherEvents).isEqualTo(whole.otherEvents);
    assertThat(cut.counters.forwarded()).isEqualTo(whole.counters.forwarded());
    assertThat(cut.counters.dropped()).isEqualTo(whole.counters.dropped());
    assertThat(acknowledged(cut)).isEqualTo(acknowledged(whole));
  }

  private static long acknowledged(RelayRig rig) {
    return rig.producer.take().stream().mapToLong(frame -> Dcp.BufferAck.of(frame).bytes()).sum();
  }

  @Property(tries = 300)
  void consumer_frames_survive_any_split(
      @ForAll List<@net.jqwik.api.constraints.IntRange(min = 1, max = 60) Integer> cuts) {
    List<Frame> frames = List.of(
        new Dcp.Control(3, "enable_noop", "true").toFrame(),
        new Dcp.BufferAck(4, 100).toFrame(),
        Frame.response(state(VB, STREAM, VBucketState.PENDING), Status.SUCCESS),
        new Dcp.RetryRequest(Opcode.DCP_RETRY_REQUEST, VB, STREAM, 5).toFrame(),
        streamReq(900, 0x55000000),
        new Dcp.Control(5, "set_noop_interval", "1").toFrame());
    byte[] bytes = concat(frames);
    RelayRig rig = rig();
    int at = 0;
    for (int i = 0; at < bytes.length; i++) {
      int step = Math.min(bytes.length - at, cuts.isEmpty() ? 1 : cuts.get(i % cuts.size()));
      rig.bytesFrom(Side.CONSUMER, Arrays.copyOfRange(bytes, at, at + step));
      at += step;
    }
    assertThat(rig.producer.take()).containsExactly(frames.get(0), frames.get(1), frames.get(5));
    assertThat(rig.consumer.takeOne().status()).isEqualTo(Status.SUCCESS);
  }

  @Property(tries = 1000)
  void random_bytes_break_the_link_or_pass_and_never_throw(@ForAll byte[] garbage, @ForAll Side side) {
    RelayRig rig = rig();
    rig.bytesFrom(side, garbage);
    rig.bytesFrom(side, garbage);
    if (rig.broken != null) {
      assertThat(rig.broken).contains("sent what is no frame of this protocol");
      assertThat(rig.consumer.closed && rig.producer.closed).isTrue();
    }
  }

  @Property(tries = 500)
  void a_conversation_with_flipped_bytes_never_throws(
      @ForAll("producerFrames") List<Frame> frames, @ForAll int seed, @ForAll Side side) {
    byte[] bytes = concat(frames);
    java.util.Random random = new java.util.Random(seed);
    for (int i = 0; i < 3 && bytes.length > 0; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    RelayRig rig = rig();
    rig.bytesFrom(side, bytes);
    if (rig.broken != null) {
      assertThat(rig.broken).contains("sent what is no frame of this protocol");
    }
  }

  @Test
  void a_large_document_passes_as_it_comes_and_is_not_collected() {
    RelayRig rig = rig();
    byte[] document = FrameCodec.encode(mutation(VB, STREAM, 10_000_000)).array();
    for (int at = 0; at < document.length; at += 100_000) {
      rig.bytesFrom(Side.PRODUCER, Arrays.copyOfRange(document, at, Math.min(document.length, at + 100_000)));
      assertThat(rig.consumer.takeBytes()).hasSize(Math.min(100_000, document.length - at));
    }
  }

  @Test
  void the_links_own_frames_wait_until_no_frame_is_half_written() {
    RelayRig rig = rig();
    Frame frame = mutation(VB, STREAM, 1000);
    byte[] bytes = concat(List.of(frame, frame));
    rig.bytesFrom(Side.PRODUCER, Arrays.copyOf(bytes, 500));
    rig.relay.fence(VB, 1);
    rig.relay.closeStream(VB, 1, Side.CONSUMER);
    assertThat(rig.consumer.takeBytes()).isEqualTo(Arrays.copyOf(bytes, 500));
    rig.bytesFrom(Side.PRODUCER, Arrays.copyOfRange(bytes, 500, bytes.length));
    byte[] rest = rig.consumer.takeBytes();
    assertThat(Arrays.copyOf(rest, frame.length() - 500)).isEqualTo(Arrays.copyOfRange(bytes, 500, frame.length()));
    // What was admitted goes to its end; the frame after it is fenced.
    byte[] own = Arrays.copyOfRange(rest, frame.length() - 500, rest.length);
    assertThat(own).hasSize(24);
    assertThat(own[1]).isEqualTo((byte) Opcode.DCP_CLOSE_STREAM);
  }

  @Test
  void a_body_beyond_the_limit_costs_the_link_and_no_memory() {
    RelayRig rig = rig();
    byte[] header = Arrays.copyOf(FrameCodec.encode(mutation(VB, STREAM, 10)).array(), 24);
    header[8] = 0x7f;
    rig.bytesFrom(Side.PRODUCER, header);
    assertThat(rig.broken).contains("source src").contains("DCP_MUTATION").contains("limit is");
  }

  @Test
  void a_state_frame_that_claims_a_long_body_is_not_collected() {
    RelayRig rig = rig();
    byte[] header = Arrays.copyOf(FrameCodec.encode(state(VB, STREAM, VBucketState.PENDING)).array(), 24);
    header[9] = 0x10;
    rig.bytesFrom(Side.PRODUCER, header);
    assertThat(rig.broken).contains("DCP_SET_VBUCKET_STATE").contains("expected no more than 4096");
  }

  @Test
  void small_reads_do_not_hold_a_whole_receive_buffer_each() {
    RelayRig rig = rig();
    ByteBuf[] kept = new ByteBuf[1];
    LinkPort keeping = new LinkPort() {
      @Override
      public void write(ByteBuf bytes) {
        kept[0] = bytes;
      }

      @Override
      public void flush() {}

      @Override
      public boolean isWritable() {
        return true;
      }

      @Override
      public void setReading(boolean on) {}

      @Override
      public void close() {}
    };
    FrameFlow flow = new FrameFlow(keeping, new FrameFlow.Rules() {
      @Override
      public boolean needsBody(java.nio.ByteBuffer in, int at, int frameBytes) {
        return false;
      }

      @Override
      public boolean passes(java.nio.ByteBuffer in, int at, int frameBytes) {
        return true;
      }
    }, 1000);
    ByteBuf read = PooledByteBufAllocator.DEFAULT.directBuffer(256 * 1024, 256 * 1024);
    read.writeBytes(FrameCodec.encode(mutation(VB, STREAM, 10)));
    flow.received(read);
    assertThat(read.refCnt()).isZero();
    assertThat(kept[0].capacity()).isLessThan(1000);
    kept[0].release();
    assertThat(rig.broken).isNull();
  }

  // ---- the end of a relay

  @Test
  void a_lost_connection_is_told_to_every_stream_and_nothing_passes_afterwards() {
    RelayRig rig = rig();
    rig.fromProducer(state(VB, STREAM, VBucketState.PENDING));
    rig.events.clear();
    rig.consumer.take();
    rig.relay.lost(Side.CONSUMER, "was closed");
    assertThat(rig.events).containsExactly(
        new LinkEvent.Lost(1, Progress.PENDING_ASKED, "connection to destination dst was closed"));
    assertThat(rig.otherEvents).containsExactly(
        new LinkEvent.Lost(1, Progress.STREAMING, "connection to destination dst was closed"));
    assertThat(rig.lastGates).containsOnlyKeys(VB, OTHER_VB).allSatisfy((vb, gate) -> assertThat(gate.shut()).isTrue());
    rig.fromProducer(mutation(VB, STREAM, 1));
    rig.relay.openStream(VB, 2, 2, true);
    rig.relay.closeStream(VB, 1, Side.CONSUMER);
    rig.relay.lost(Side.PRODUCER, "was closed");
    assertThat(rig.consumer.take()).isEmpty();
    assertThat(rig.producer.take()).isEmpty();
    assertThat(rig.events).hasSize(1);
  }

  @Test
  void a_link_whose_opaques_are_used_up_is_replaced() {
    RelayRig rig = new RelayRig();
    for (int i = 0; i < LinkOpaques.CAPACITY; i++) {
      rig.relay.closeStream(VB, 1, Side.PRODUCER);
      if (i % 10_000 == 0) {
        rig.producer.takeBytes();
      }
    }
    assertThat(rig.broken).isNull();
    rig.relay.closeStream(VB, 1, Side.PRODUCER);
    assertThat(rig.broken).contains("opaques");
  }

  @Test
  void opaques_of_the_link_are_unlike_any_small_counter_in_either_byte_order_and_never_repeat() {
    LinkOpaques opaques = new LinkOpaques();
    List<Integer> first = IntStream.range(0, 100_000).mapToObj(i -> opaques.next(i % 300)).collect(Collectors.toList());
    assertThat(first).doesNotHaveDuplicates().doesNotContain(LinkOpaques.UNANSWERED).allSatisfy(opaque -> {
      assertThat(LinkOpaques.isOwn(opaque)).isTrue();
      assertThat(Integer.toUnsignedLong(opaque)).isGreaterThan(0xE000_0000L);
      assertThat(Integer.toUnsignedLong(Integer.reverseBytes(opaque))).isGreaterThan(0x8000_0000L);
    });
    assertThat(LinkOpaques.attemptOf(first.get(130))).isEqualTo(130 & 0x7f);
  }
}
