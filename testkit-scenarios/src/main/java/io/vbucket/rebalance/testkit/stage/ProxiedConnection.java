package io.vbucket.rebalance.testkit.stage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameAccumulator;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One connection of the orchestrator to a node, through a proxy that reads along. What the proxy itself puts in, the other side takes for
 * the word of its peer; the answers to that go no further. Everything is done on one thread, that of the stage's proxies.
 */
final class ProxiedConnection {
  /** Opaques of the requests that a node gets from the proxy and not from the orchestrator. */
  private static final int OWN_OPAQUES = 0xeeee0000;

  private final String node;
  private final Crossing crossing;
  /** The orchestrator's side. */
  private final Channel front;
  private Channel back;
  private String dcpName = "";
  private boolean reading = true;
  private boolean closed;
  /** Opaque of the newest stream, by vBucket, of which the node is the consumer, or the producer. */
  private final Map<Integer, Integer> consumed = new HashMap<>();
  private final Map<Integer, Integer> produced = new HashMap<>();
  /** Retry requests of the proxy's own that were handed to the orchestrator, by opaque. */
  private final Map<Integer, Integer> retriesAsked = new HashMap<>();
  /** What shall be told once a request of the proxy's own is answered; null when it was told already. */
  private final Map<Integer, Dcp.StreamEnd> closing = new HashMap<>();
  /** Opaques of streams whose end was told already. */
  private final Set<Integer> endsTold = new HashSet<>();
  private int ownRequests;

  ProxiedConnection(String node, Crossing crossing, Channel front) {
    this.node = node;
    this.crossing = crossing;
    this.front = front;
  }

  /** The node is reached: from here on frames pass. */
  void open(Channel toNode) {
    back = toNode;
    front.pipeline().addLast(new Side(this::fromOrchestrator));
    back.pipeline().addLast(new Side(this::fromNode));
    front.config().setAutoRead(true);
    back.config().setAutoRead(true);
  }

  /** Empty as long as it is no connection of DCP. */
  String dcpName() {
    return dcpName;
  }

  boolean carriesStreams() {
    return FrameReader.carriesStreams(dcpName);
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
    front.close();
    if (back != null) {
      back.close();
    }
  }

  // ---- frames that pass

  /** Bytes of one side, as frames. */
  private final class Side extends ChannelInboundHandlerAdapter {
    private final FrameAccumulator frames = new FrameAccumulator(FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    private final Consumer<Frame> each;

    Side(Consumer<Frame> each) {
      this.each = each;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy);
      bytes.release();
      frames.add(ByteBuffer.wrap(copy));
      try {
        for (Frame frame = frames.poll(); frame != null; frame = frames.poll()) {
          each.accept(frame);
        }
      } catch (FrameFormatException noFrames) {
        close();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      boolean writable = context.channel().isWritable();
      if (context.channel() == back) {
        front.config().setAutoRead(writable && reading);
      } else {
        back.config().setAutoRead(writable);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      boolean byNode = context.channel() == back && !closed;
      close();
      if (byNode) {
        crossing.audience().seen(new Seen.OfDrop(node, "the node closed it"));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable broken) {
      context.close();
    }
  }

  private static void write(Channel channel, Frame frame) {
    channel.writeAndFlush(Unpooled.wrappedBuffer(FrameCodec.encode(frame)));
  }

  private void fromOrchestrator(Frame frame) {
    if (frame.opcode() == Opcode.DCP_OPEN && frame.isRequest()) {
      dcpName = frame.keyText();
    }
    pass(true, frame, () -> {
      if (!isAnswerToOwnRetry(frame)) {
        write(back, frame);
      }
      if (frame.opcode() == Opcode.DCP_STREAM_REQ && frame.isRequest()) {
        produced.put(frame.vbucket(), frame.opaque());
      }
    });
  }

  /** What the proxy asked in the node's name is answered to the proxy. */
  private boolean isAnswerToOwnRetry(Frame frame) {
    if (frame.isRequest() || frame.opcode() != crossing.retryOpcode() || !retriesAsked.containsKey(frame.opaque())) {
      return false;
    }
    retriesAsked.computeIfPresent(frame.opaque(), (opaque, left) -> left == 1 ? null : left - 1);
    return true;
  }

  private void fromNode(Frame frame) {
    if (!frame.isRequest() && frame.opcode() == Opcode.DCP_CLOSE_STREAM && closing.containsKey(frame.opaque())) {
      Dcp.StreamEnd end = closing.remove(frame.opaque());
      if (end != null && frame.status() == Status.SUCCESS) {
        endsTold.add(end.opaque());
        fromNodeOrInItsName(end.toFrame());
      }
      return;
    }
    boolean ends = frame.isRequest() && frame.opcode() == Opcode.DCP_STREAM_END;
    if (ends && endsTold.remove(frame.opaque())) {
      return;
    }
    fromNodeOrInItsName(ends ? asAsked(frame) : frame);
  }

  /** A STREAM_END that comes before the answer to the proxy's request that caused it has the reason that the script wants. */
  private Frame asAsked(Frame streamEnd) {
    for (Map.Entry<Integer, Dcp.StreamEnd> request : closing.entrySet()) {
      Dcp.StreamEnd wanted = request.getValue();
      if (wanted != null && wanted.opaque() == streamEnd.opaque()) {
        request.setValue(null);
        return wanted.toFrame();
      }
    }
    return streamEnd;
  }

  private void fromNodeOrInItsName(Frame frame) {
    pass(false, frame, () -> {
      if (frame.opcode() == Opcode.DCP_STREAM_REQ && frame.isRequest()) {
        consumed.put(frame.vbucket(), frame.opaque());
      }
      write(front, frame);
    });
  }

  private void pass(boolean received, Frame frame, Runnable proceed) {
    crossing.tell(node, this, received, frame, proceed, status -> refuse(received, frame, status));
  }

  /** Whoever asked hears this status, and the other side nothing. */
  private void refuse(boolean received, Frame request, int status) {
    byte[] value = status == Status.ROLLBACK ? Dcp.encodeRollbackSeqno(0) : Frame.NOTHING;
    Frame answer = Frame.response(request, status, Frame.NOTHING, Frame.NOTHING, value);
    if (received) {
      fromNodeOrInItsName(answer);
    } else {
      pass(true, answer, () -> write(back, answer));
    }
  }

  /** Follows which streams are open, by what has passed. */
  void note(Seen.OfFrame seen) {
    boolean closedByAnswer = seen.answer() && seen.opcode() == Opcode.DCP_CLOSE_STREAM && !seen.received();
    if (closedByAnswer) {
      consumed.remove(seen.vbucket());
      produced.remove(seen.vbucket());
    } else if (seen.opcode() == Opcode.DCP_STREAM_END && !seen.answer()) {
      Map<Integer, Integer> ended = seen.received() ? consumed : produced;
      ended.remove(seen.vbucket(), seen.opaque());
    } else if (seen.opcode() == Opcode.DCP_STREAM_REQ && seen.answer() && seen.status() != Status.SUCCESS) {
      Map<Integer, Integer> refused = seen.received() ? consumed : produced;
      refused.remove(seen.vbucket(), seen.opaque());
    }
  }

  // ---- what the proxy does by itself

  /** The consumer seems to ask for a retry; false when it has no stream of the vBucket here. */
  boolean askRetry(int vbucket) {
    Integer opaque = consumed.get(vbucket);
    if (opaque == null || closed) {
      return false;
    }
    Frame frame = new Dcp.RetryRequest(crossing.retryOpcode(), vbucket, opaque, 0).toFrame();
    pass(false, frame, () -> {
      retriesAsked.merge(opaque, 1, Integer::sum);
      write(front, frame);
    });
    return true;
  }

  /** The producer ends its stream of the vBucket, since the proxy closes it, and seems to do so by itself, for this reason. */
  void endStream(int vbucket, StreamEndReason reason) {
    Integer opaque = produced.get(vbucket);
    if (opaque != null && !closed) {
      int own = OWN_OPAQUES + ownRequests++ % 0xffff;
      closing.put(own, new Dcp.StreamEnd(vbucket, opaque, reason));
      write(back, new Dcp.CloseStream(vbucket, own).toFrame());
    }
  }

  /**
   * The producer seems to send a STREAM_END.
   *
   * @param opaque -1 for that of the newest stream of the vBucket {@code like}
   */
  void sendStreamEnd(int vbucket, int opaque, int like) {
    if (carriesStreams() && !produced.isEmpty() && !closed) {
      int shown = opaque == -1 ? produced.getOrDefault(like, 0) : opaque;
      fromNodeOrInItsName(new Dcp.StreamEnd(vbucket, shown, StreamEndReason.OK).toFrame());
    }
  }

  /** The node seems to read nothing more of the orchestrator, or to read again. */
  void setReading(boolean newReading) {
    reading = newReading;
    front.config().setAutoRead(reading && (back == null || back.isWritable()));
  }

  boolean hasStream(int vbucket, boolean asConsumer) {
    return !closed && (asConsumer ? consumed : produced).containsKey(vbucket);
  }
}
