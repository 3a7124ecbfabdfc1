package io.vbucket.rebalance.protocol;

import static org.assertj.core.api.Assertions.fail;

import io.vbucket.rebalance.protocol.golden.HostileBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** A peer may send whatever it likes: the codec gives frames, or its own exception, and holds no more than what came. */
@Tag("fuzz")
class CodecFuzzTest {
  private static final int TRIES = 100;

  @Property(tries = TRIES, seed = "2001")
  void hostile_bytes_end_in_frames_or_in_the_codecs_own_exception(@ForAll long seed) {
    Random random = HostileBytes.random(seed);
    for (int input = 0; input < HostileBytes.INPUTS / TRIES; input++) {
      byte[] bytes = HostileBytes.next(random);
      int limit = random.nextBoolean() ? FrameHeader.DEFAULT_MAX_BODY_LENGTH : 256;
      FrameAccumulator accumulator = new FrameAccumulator(limit);
      int taken = 0;
      try {
        for (int at = 0; at < bytes.length;) {
          int size = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 600));
          accumulator.add(ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + size)));
          at += size;
          for (Frame frame = accumulator.poll(); frame != null; frame = accumulator.poll()) {
            byte[] again = FrameCodec.encode(frame).array();
            // Not by a matcher each time: there are a million inputs.
            if (!Arrays.equals(again, 0, again.length, bytes, taken, taken + again.length)) {
              fail("frame at byte %d was encoded to other bytes: %s", taken, frame);
            }
            taken += again.length;
            readTyped(frame);
          }
          if (accumulator.pendingBytes() != at - taken) {
            fail("%d bytes are pending, %d came and %d were taken", accumulator.pendingBytes(), at, taken);
          }
        }
      } catch (FrameFormatException refused) {
        if (!refused.getMessage().contains("byte")) {
          fail("does not say where: " + refused.getMessage());
        }
      }
    }
  }

  /** Whatever reads this frame gives a value, or the codec's own exception. */
  private static void readTyped(Frame frame) {
    frame.describe();
    for (TypedCodecs.Codec<?> codec : TypedCodecs.REQUESTS) {
      if (codec.opcode() == frame.opcode()) {
        try {
          codec.rewritten(frame);
        } catch (FrameFormatException refused) {
          expectReason(refused);
        }
      }
    }
    try {
      FramingExtras.of(frame);
      FramingExtras.durability(frame);
      FramingExtras.dcpStreamId(frame);
    } catch (FrameFormatException refused) {
      expectReason(refused);
    }
  }

  private static void expectReason(FrameFormatException refused) {
    if (refused.getMessage().isBlank()) {
      fail("no reason is given");
    }
  }
}
