package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.orchestrator.link.LinkCounters.Drop;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Magic;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;

/** What passes from the producer to the consumer. */
final class ProducerRules implements FrameFlow.Rules {
  private final RelayState state;

  ProducerRules(RelayState state) {
    this.state = state;
  }

  @Override
  public boolean needsBody(ByteBuffer in, int at, int frameBytes) {
    int opcode = FrameHeader.opcode(in, at);
    boolean decides = opcode == Opcode.DCP_SET_VBUCKET_STATE || opcode == Opcode.DCP_STREAM_END
        || opcode == Opcode.DCP_SNAPSHOT_MARKER;
    return decides && Magic.isRequest(FrameHeader.magic(in, at));
  }

  @Override
  public boolean passes(ByteBuffer in, int at, int frameBytes) {
    int opcode = FrameHeader.opcode(in, at);
    if (opcode == Opcode.DCP_MUTATION && FrameHeader.magic(in, at) == Magic.REQUEST) {
      // By far the most frequent frame goes the shortest way.
      VBucketLane lane = state.lane(FrameHeader.vbucket(in, at));
      if (lane != null && lane.gate.admits(FrameHeader.opaque(in, at))) {
        return state.pass(lane, frameBytes);
      }
    }
    if (!Magic.isRequest(FrameHeader.magic(in, at))) {
      return answerPasses(in, at, opcode, frameBytes);
    }
    if (!DcpItem.isStreamFrame(opcode)) {
      state.noopsPass |= opcode == Opcode.DCP_NOOP;
      state.askedByProducer.asked(opcode, FrameHeader.opaque(in, at));
      return state.pass(frameBytes);
    }
    VBucketLane lane = state.lane(FrameHeader.vbucket(in, at));
    if (lane != null && streamFramePasses(in, at, opcode, lane, frameBytes)) {
      return state.pass(lane, frameBytes);
    }
    if (state.flowControlled) {
      state.owedBytes += frameBytes;
    }
    return state.drop(Drop.SHUT_GATE, frameBytes);
  }

  private static boolean streamFramePasses(ByteBuffer in, int at, int opcode, VBucketLane lane, int frameBytes) {
    int opaque = FrameHeader.opaque(in, at);
    return switch (opcode) {
      case Opcode.DCP_SET_VBUCKET_STATE ->
          lane.follow(lane.gate.stateAsked(opaque, Dcp.SetVBucketState.of(whole(in, at, frameBytes)).state()));
      case Opcode.DCP_STREAM_END ->
          lane.follow(lane.gate.streamEnded(opaque, Dcp.StreamEnd.of(whole(in, at, frameBytes)).reason()));
      case Opcode.DCP_SNAPSHOT_MARKER -> markerPasses(in, at, lane, frameBytes);
      default -> lane.gate.admits(opaque);
    };
  }

  private static boolean markerPasses(ByteBuffer in, int at, VBucketLane lane, int frameBytes) {
    if (!lane.gate.admits(FrameHeader.opaque(in, at))) {
      return false;
    }
    if (asksForAnswer(in, at, frameBytes)) {
      lane.markerAnswersDue++;
    }
    return true;
  }

  /** By the flags, which all versions of markers have after start and end; a marker of unknown form may be answered. */
  private static boolean asksForAnswer(ByteBuffer in, int at, int frameBytes) {
    int extras = FrameHeader.extrasLength(in, at);
    int flagsAt = FrameHeader.LENGTH + FrameHeader.framingExtrasLength(in, at) + (extras == 1 ? 1 : 0) + 2 * Long.BYTES;
    return flagsAt + Integer.BYTES > frameBytes || (in.getInt(at + flagsAt) & DcpItem.SnapshotMarker.ACK) != 0;
  }

  private boolean answerPasses(ByteBuffer in, int at, int opcode, int frameBytes) {
    int opaque = FrameHeader.opaque(in, at);
    int status = FrameHeader.status(in, at);
    if (state.takeOwnAnswer(Side.PRODUCER, opcode, opaque, status, frameBytes)) {
      return false;
    }
    if (opcode == Opcode.DCP_STREAM_REQ) {
      VBucketLane lane = state.laneOfStream(opaque);
      return lane != null && lane.follow(lane.gate.streamRequestAnswered(opaque, status))
          ? state.pass(lane, frameBytes)
          : state.drop(lane == null ? Drop.UNASKED_ANSWER : Drop.SHUT_GATE, frameBytes);
    }
    if (!state.askedByConsumer.answered(opcode, opaque)) {
      return state.drop(Drop.UNASKED_ANSWER, frameBytes);
    }
    if (opcode == Opcode.DCP_CONTROL && state.bufferSizeAsked && opaque == state.bufferSizeOpaque) {
      state.bufferSizeAsked = false;
      state.flowControlled |= status == Status.SUCCESS;
    }
    return state.pass(frameBytes);
  }

  static Frame whole(ByteBuffer in, int at, int frameBytes) {
    return FrameCodec.decode(in.slice(at, frameBytes), frameBytes);
  }
}
