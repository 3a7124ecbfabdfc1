package io.vbucket.rebalance.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.golden.GoldenConversation;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Direction;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Recorded;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What real nodes said to each other: every frame of it is understood, and written again to the byte. */
class GoldenConversationTest {
  static Stream<GoldenConversation> conversations() {
    return GoldenConversation.all();
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void everyFrameDecodesAndEncodesToTheSameBytes(GoldenConversation conversation) {
    assertThat(conversation.frames()).isNotEmpty().allSatisfy(
        recorded -> assertThat(FrameCodec.encode(recorded.frame()).array()).isEqualTo(recorded.bytes()));
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void everyRequestIsReadByItsRecordAndWrittenToTheSameBytes(GoldenConversation conversation) {
    for (Recorded recorded : conversation.frames()) {
      Frame frame = recorded.frame();
      if (!frame.isRequest() || frame.opcode() == Opcode.GET_ERROR_MAP) {
        continue;
      }
      TypedCodecs.Codec<?> typed = TypedCodecs.BY_OPCODE.get(frame.opcode());
      assertThat(typed).as("record for " + frame).isNotNull();
      if (frame.opcode() == Opcode.HELLO) {
        // Features are a set: written in ascending order, recorded in another.
        assertThat(Session.Hello.of(typed.rewritten(frame))).isEqualTo(Session.Hello.of(frame));
      } else {
        assertThat(FrameCodec.encode(typed.rewritten(frame)).array()).as(frame.toString()).isEqualTo(recorded.bytes());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void answersWithContentsAreReadAndWrittenToTheSameBytes(GoldenConversation conversation) {
    for (Recorded recorded : conversation.frames()) {
      Frame frame = recorded.frame();
      if (frame.isRequest() || frame.status() != Status.SUCCESS) {
        continue;
      }
      switch (frame.opcode()) {
        case Opcode.DCP_STREAM_REQ -> {
          assertThat(Dcp.decodeFailoverLog(frame)).isNotEmpty();
          assertThat(TypedCodecs.ANSWERS.get("failover log").apply(frame)).isEqualTo(frame);
        }
        case Opcode.DCP_ADD_STREAM ->
            assertThat(TypedCodecs.ANSWERS.get("stream opaque").apply(frame)).isEqualTo(frame);
        case Opcode.HELLO -> assertThat(Session.decodeFeatures(frame)).contains(Session.Feature.XATTR);
        default -> assertThat(frame.bodyLength()).as(frame.toString()).isZero();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void theAnswerToAddStreamNamesTheOpaqueThatTheStreamsFramesShow(GoldenConversation conversation) {
    List<Integer> requested = new ArrayList<>();
    for (Recorded recorded : conversation.frames(Direction.CONSUMER_TO_PRODUCER)) {
      Frame frame = recorded.frame();
      if (frame.opcode() == Opcode.DCP_STREAM_REQ && frame.isRequest()) {
        requested.add(frame.opaque());
      } else if (frame.opcode() == Opcode.DCP_ADD_STREAM && frame.status() == Status.SUCCESS) {
        assertThat(requested).contains(Dcp.streamOpaque(frame));
      }
    }
    assertThat(requested).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void eachDirectionIsAStreamOfFramesUnderAnySplit(GoldenConversation conversation) {
    for (Direction direction : Direction.values()) {
      List<Recorded> recorded = conversation.frames(direction);
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      recorded.forEach(frame -> stream.writeBytes(frame.bytes()));
      for (int chunk : new int[] {1, 7, 24, 1500, 65536}) {
        assertThat(split(stream.toByteArray(), chunk)).isEqualTo(recorded.stream().map(Recorded::frame).toList());
      }
    }
  }

  private static List<Frame> split(byte[] bytes, int chunk) {
    FrameAccumulator accumulator = new FrameAccumulator(FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    List<Frame> frames = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += chunk) {
      accumulator.add(ByteBuffer.wrap(bytes, at, Math.min(chunk, bytes.length - at)));
      for (Frame frame = accumulator.poll(); frame != null; frame = accumulator.poll()) {
        frames.add(frame);
      }
    }
    accumulator.end();
    return frames;
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.0", "7.6"})
  void theRecordingsHoldAWholeTakeover(String version) {
    GoldenConversation conversation = GoldenConversation.load(version, 1);
    Set<Integer> opcodes = new TreeSet<>();
    conversation.frames().forEach(recorded -> opcodes.add(recorded.frame().opcode()));
    assertThat(opcodes).contains(
        Opcode.DCP_OPEN, Opcode.DCP_CONTROL, Opcode.DCP_ADD_STREAM, Opcode.DCP_STREAM_REQ, Opcode.DCP_SNAPSHOT_MARKER,
        Opcode.DCP_MUTATION, Opcode.DCP_CLOSE_STREAM, Opcode.DCP_SET_VBUCKET_STATE, Opcode.DCP_STREAM_END);
    List<VBucketState> states =
        conversation.frames(Direction.PRODUCER_TO_CONSUMER).stream().map(Recorded::frame)
            .filter(frame -> frame.opcode() == Opcode.DCP_SET_VBUCKET_STATE && frame.isRequest())
            .map(frame -> Dcp.SetVBucketState.of(frame).state()).toList();
    assertThat(states).containsExactly(VBucketState.PENDING, VBucketState.ACTIVE);
  }

  @Test
  void nodesOf76SendMarkersOfVersion20AndThoseOf60OfVersion1() {
    assertThat(markers("6.0")).isNotEmpty().allSatisfy(marker -> {
      assertThat(marker.version()).isEqualTo(DcpItem.SnapshotMarker.V1);
    });
    assertThat(markers("7.6")).isNotEmpty().allSatisfy(marker -> {
      assertThat(marker.version()).isEqualTo(DcpItem.SnapshotMarker.V2_0);
      assertThat(marker.maxVisibleSeqno()).isEqualTo(marker.end());
      assertThat(marker.start()).isLessThanOrEqualTo(marker.end());
    });
  }

  private static List<DcpItem.SnapshotMarker> markers(String version) {
    return GoldenConversation.NAMES.stream().flatMap(name -> GoldenConversation.load(version, name).frames().stream())
        .map(Recorded::frame).filter(frame -> frame.opcode() == Opcode.DCP_SNAPSHOT_MARKER && frame.isRequest())
        .map(DcpItem.SnapshotMarker::of).toList();
  }
}
