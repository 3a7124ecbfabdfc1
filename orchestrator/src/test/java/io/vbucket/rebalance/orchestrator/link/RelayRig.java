package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A relay between two ports that keep what is written to them. */
final class RelayRig {
  static final int VB = 613;
  static final int OTHER_VB = 77;
  static final int STREAM = 0x0b000000;
  static final int OTHER_STREAM = 0x0c000000;

  /** Keeps bytes, and can be made unwritable. */
  static final class Port implements LinkPort {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    boolean writable = true;
    boolean reading = true;
    boolean closed;
    int flushes;

    @Override
    public void write(ByteBuf bytes) {
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy);
      bytes.release();
      written.writeBytes(copy);
    }

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public boolean isWritable() {
      return writable;
    }

    @Override
    public void setReading(boolean on) {
      reading = on;
    }

    @Override
    public void close() {
      closed = true;
    }

    byte[] takeBytes() {
      byte[] bytes = written.toByteArray();
      written.reset();
      return bytes;
    }

    List<Frame> take() {
      ByteBuffer bytes = ByteBuffer.wrap(takeBytes());
      List<Frame> frames = new ArrayList<>();
      while (bytes.hasRemaining()) {
        frames.add(FrameCodec.decode(bytes, Integer.MAX_VALUE));
      }
      return frames;
    }

    Frame takeOne() {
      List<Frame> frames = take();
      if (frames.size() != 1) {
        throw new AssertionError("expected one frame, got " + frames);
      }
      return frames.get(0);
    }
  }

  final Port consumer = new Port();
  final Port producer = new Port();
  final LinkCounters counters = new LinkCounters();
  final List<LinkEvent> events = new ArrayList<>();
  final List<LinkEvent> otherEvents = new ArrayList<>();
  String broken;
  Map<Integer, StreamGate> lastGates;
  final LinkRelay relay;

  RelayRig() {
    this(LinkRelay.Pace.FREE);
  }

  RelayRig(LinkRelay.Pace pace) {
    relay = new LinkRelay(
        new LinkRelay.Setup("src", "dst", 21 * 1024 * 1024, Opcode.DCP_RETRY_REQUEST), pace, consumer, producer,
        counters,
        (reason, gates) -> {
          broken = reason;
          lastGates = gates;
        });
    relay.attach(VB, events::add, "producer-name");
    relay.attach(OTHER_VB, otherEvents::add, "producer-name");
    events.clear();
    otherEvents.clear();
  }

  /** As nodes would, each frame in a read of its own. */
  void from(Side side, Frame... frames) {
    for (Frame frame : frames) {
      bytesFrom(side, FrameCodec.encode(frame).array());
    }
  }

  void bytesFrom(Side side, byte[] bytes) {
    ByteBuf read = Unpooled.buffer(Math.max(1, bytes.length)).writeBytes(bytes);
    relay.received(side, read);
    relay.readComplete(side);
    if (read.refCnt() != 0) {
      throw new AssertionError("a receive buffer is held " + read.refCnt() + " times");
    }
  }

  void fromConsumer(Frame... frames) {
    from(Side.CONSUMER, frames);
  }

  void fromProducer(Frame... frames) {
    from(Side.PRODUCER, frames);
  }

  /** Opens the stream of attempt {@code generation} and brings it to {@code reached}; what was written and told on the way is taken away. */
  Frame open(int generation, int streamOpaque, Progress reached) {
    return open(VB, generation, streamOpaque, reached);
  }

  Frame open(int vbucket, int generation, int streamOpaque, Progress reached) {
    return open(vbucket, generation, streamOpaque, true, reached);
  }

  Frame open(int vbucket, int generation, int streamOpaque, boolean takeover, Progress reached) {
    relay.openStream(vbucket, generation, generation, takeover);
    final Frame add = consumer.takeOne();
    if (reached.atLeast(Progress.REQUESTED)) {
      fromConsumer(streamReq(vbucket, streamOpaque));
    }
    if (reached.atLeast(Progress.STREAMING)) {
      fromProducer(Frame.response(streamReq(vbucket, streamOpaque), Status.SUCCESS));
    }
    if (reached.atLeast(Progress.PENDING_ASKED)) {
      fromProducer(state(vbucket, streamOpaque, VBucketState.PENDING));
    }
    if (reached.atLeast(Progress.PENDING_CONFIRMED)) {
      fromConsumer(stateAnswer(streamOpaque, Status.SUCCESS));
    }
    if (reached.atLeast(Progress.ACTIVE_ASKED)) {
      fromProducer(state(vbucket, streamOpaque, VBucketState.ACTIVE));
    }
    if (reached.atLeast(Progress.ACTIVE_CONFIRMED)) {
      fromConsumer(stateAnswer(streamOpaque, Status.SUCCESS));
    }
    consumer.take();
    producer.take();
    events.clear();
    otherEvents.clear();
    return add;
  }

  static Frame streamReq(int vbucket, int opaque) {
    return new Dcp.StreamReq(vbucket, opaque, 1, 0, -1, 0, 0, 0).toFrame();
  }

  static Frame state(int vbucket, int opaque, VBucketState state) {
    return new Dcp.SetVBucketState(vbucket, opaque, state).toFrame();
  }

  static Frame stateAnswer(int opaque, int status) {
    return Frame.response(state(0, opaque, VBucketState.PENDING), status);
  }

  static Frame mutation(int vbucket, int opaque, int valueBytes) {
    return new DcpItem.Mutation(
        vbucket, opaque, 1, 1, 0, 0, 0, 0, 1, 0, new byte[] {'k'}, new byte[valueBytes]).toFrame();
  }
}
