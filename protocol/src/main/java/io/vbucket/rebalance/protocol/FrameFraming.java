package io.vbucket.rebalance.protocol;

import akka.NotUsed;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import java.nio.ByteBuffer;

/**
 * Bytes to frames and back as stages of a stream. Back-pressured: asks for bytes only while a frame is asked of it and the bytes at hand
 * hold none. A stream whose bytes are no frames, or that ends inside a frame, fails with {@link FrameFormatException}, whose message
 * names what is wrong and at which byte of the stream; the whole frames before are still delivered.
 */
public final class FrameFraming {
  private FrameFraming() {}

  /**
   * @param maxBodyLength longest body that is accepted, in bytes, see {@link FrameHeader#DEFAULT_MAX_BODY_LENGTH}
   * @throws IllegalArgumentException when it is negative
   */
  public static Flow<ByteString, Frame, NotUsed> decoder(int maxBodyLength) {
    return Flow.fromGraph(new Decoder(maxBodyLength));
  }

  /** One piece of bytes per frame. */
  public static Flow<Frame, ByteString, NotUsed> encoder() {
    return Flow.of(Frame.class).map(frame -> ByteString.fromArrayUnsafe(FrameCodec.encode(frame).array()));
  }

  /** A socket's bytes on one side, frames on the other: {@code socket.join(bidi)} is a flow of frames. */
  public static BidiFlow<ByteString, Frame, Frame, ByteString, NotUsed> bidi(int maxBodyLength) {
    return BidiFlow.fromFlows(decoder(maxBodyLength), encoder());
  }

  private static final class Decoder extends GraphStage<FlowShape<ByteString, Frame>> {
    private final Inlet<ByteString> in = Inlet.create("FrameFraming.bytes");
    private final Outlet<Frame> out = Outlet.create("FrameFraming.frames");
    private final FlowShape<ByteString, Frame> shape = FlowShape.of(in, out);
    private final int maxBodyLength;

    Decoder(int maxBodyLength) {
      this.maxBodyLength = FrameAccumulator.checkLimit(maxBodyLength);
    }

    @Override
    public FlowShape<ByteString, Frame> shape() {
      return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
      return new DecoderLogic(shape, maxBodyLength);
    }
  }

  private static final class DecoderLogic extends GraphStageLogic {
    private final Inlet<ByteString> in;
    private final Outlet<Frame> out;
    private final FrameAccumulator bytes;

    DecoderLogic(FlowShape<ByteString, Frame> shape, int maxBodyLength) {
      super(shape);
      in = shape.in();
      out = shape.out();
      bytes = new FrameAccumulator(maxBodyLength);
      setHandler(in, new AbstractInHandler() {
        @Override
        public void onPush() {
          // A byte string is immutable, so its buffers may be kept.
          for (ByteBuffer chunk : grab(in).getByteBuffers()) {
            bytes.add(chunk);
          }
          advance();
        }

        @Override
        public void onUpstreamFinish() {
          advance();
        }
      });
      setHandler(out, new AbstractOutHandler() {
        @Override
        public void onPull() {
          advance();
        }
      });
    }

    private void advance() {
      try {
        if (bytes.holdsFrame()) {
          if (isAvailable(out)) {
            push(out, bytes.poll());
          } else {
            return;
          }
        }
        if (isClosed(in)) {
          // Frames that are still there wait for their demand.
          if (!bytes.holdsFrame()) {
            bytes.end();
            completeStage();
          }
        } else if (isAvailable(out) && !hasBeenPulled(in)) {
          pull(in);
        }
      } catch (FrameFormatException e) {
        failStage(e);
      }
    }
  }
}
