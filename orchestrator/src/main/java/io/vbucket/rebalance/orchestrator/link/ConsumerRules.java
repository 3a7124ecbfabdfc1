package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.orchestrator.link.LinkCounters.Drop;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Ruling;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Magic;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** What passes from the consumer to the producer. */
final class ConsumerRules implements FrameFlow.Rules {
  private final RelayState state;
  private final int retryRequestOpcode;
  private final Consumer<Frame> reply;

  /**
   * @param reply sends a frame of the link's own to the consumer
   */
  ConsumerRules(RelayState state, int retryRequestOpcode, Consumer<Frame> reply) {
    this.state = state;
    this.retryRequestOpcode = retryRequestOpcode;
    this.reply = reply;
  }

  @Override
  public boolean needsBody(ByteBuffer in, int at, int frameBytes) {
    int opcode = FrameHeader.opcode(in, at);
    return Magic.isRequest(FrameHeader.magic(in, at))
        && (opcode == retryRequestOpcode
            || opcode == Opcode.DCP_BUFFER_ACK
            || opcode == Opcode.DCP_CONTROL && frameBytes <= FrameFlow.MAX_COLLECTED_BYTES);
  }

  @Override
  public boolean passes(ByteBuffer in, int at, int frameBytes) {
    int opcode = FrameHeader.opcode(in, at);
    int opaque = FrameHeader.opaque(in, at);
    return Magic.isRequest(FrameHeader.magic(in, at))
        ? requestPasses(in, at, opcode, opaque, frameBytes)
        : answerPasses(opcode, opaque, FrameHeader.status(in, at), frameBytes);
  }

  private boolean requestPasses(ByteBuffer in, int at, int opcode, int opaque, int frameBytes) {
    if (opcode == retryRequestOpcode) {
      retryAsked(ProducerRules.whole(in, at, frameBytes));
      return state.drop(Drop.RETRY_REQUEST, frameBytes);
    }
    switch (opcode) {
      case Opcode.DCP_STREAM_REQ -> {
        VBucketLane lane = state.lane(FrameHeader.vbucket(in, at));
        return lane != null && streamRequested(lane, opaque)
            ? state.pass(lane, frameBytes)
            : state.drop(Drop.SHUT_GATE, frameBytes);
      }
      case Opcode.DCP_SEQNO_ACK -> {
        VBucketLane lane = state.lane(FrameHeader.vbucket(in, at));
        return lane != null && lane.gate.admits(opaque)
            ? state.pass(lane, frameBytes)
            : state.drop(Drop.SHUT_GATE, frameBytes);
      }
      case Opcode.DCP_BUFFER_ACK -> {
        return state.pacing.keeps(Dcp.BufferAck.of(ProducerRules.whole(in, at, frameBytes)).bytes())
            ? state.drop(Drop.HELD_ACK, frameBytes)
            : state.pass(frameBytes);
      }
      case Opcode.DCP_CONTROL -> {
        if (frameBytes <= FrameFlow.MAX_COLLECTED_BYTES) {
          noteControl(Dcp.Control.of(ProducerRules.whole(in, at, frameBytes)));
        }
      }
      default -> {
        if (DcpItem.isStreamFrame(opcode)) {
          return state.drop(Drop.WRONG_DIRECTION, frameBytes);
        }
      }
    }
    state.askedByConsumer.asked(opcode, opaque);
    return state.pass(frameBytes);
  }

  private boolean streamRequested(VBucketLane lane, int opaque) {
    boolean passes = lane.follow(lane.gate.streamRequested(opaque));
    if (passes) {
      state.streamIs(lane, opaque);
    }
    return passes;
  }

  private void noteControl(Dcp.Control control) {
    if (control.name().equals(Dcp.Control.CONNECTION_BUFFER_SIZE) && !control.value().equals("0")) {
      state.bufferSizeAsked = true;
      state.bufferSizeOpaque = control.opaque();
    }
  }

  private void retryAsked(Frame request) {
    Dcp.RetryRequest asked = Dcp.RetryRequest.of(request);
    VBucketLane lane = state.lane(asked.vbucket());
    int status = Status.KEY_ENOENT;
    if (lane != null) {
      Ruling ruling = lane.gate.retryAsked(asked.opaque(), asked.reason());
      lane.follow(ruling);
      status = ruling.replyStatus();
    }
    if (status != Ruling.NO_REPLY) {
      reply.accept(Frame.response(request, status));
    }
  }

  private boolean answerPasses(int opcode, int opaque, int status, int frameBytes) {
    if (state.takeOwnAnswer(Side.CONSUMER, opcode, opaque, status, frameBytes)) {
      return false;
    }
    if (opcode == Opcode.DCP_STREAM_END) {
      return state.drop(Drop.STREAM_END_ANSWER, frameBytes);
    }
    if (!DcpItem.isStreamFrame(opcode)) {
      return state.askedByProducer.answered(opcode, opaque)
          ? state.pass(frameBytes)
          : state.drop(Drop.UNASKED_ANSWER, frameBytes);
    }
    VBucketLane lane = state.laneOfStream(opaque);
    if (lane == null) {
      return state.drop(Drop.UNASKED_ANSWER, frameBytes);
    }
    if (opcode == Opcode.DCP_SNAPSHOT_MARKER && status == Status.SUCCESS && lane.gate.admits(opaque)
        && lane.markerAnswersDue-- <= 0) {
      lane.markerAnswersDue = 0;
      return state.drop(Drop.UNASKED_ANSWER, frameBytes);
    }
    boolean passes = opcode == Opcode.DCP_SET_VBUCKET_STATE
        ? lane.follow(lane.gate.stateAnswered(opaque, status))
        : lane.gate.admits(opaque);
    return passes ? state.pass(lane, frameBytes) : state.drop(Drop.SHUT_GATE, frameBytes);
  }
}
