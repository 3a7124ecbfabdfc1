package io.vbucket.rebalance.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** One frame to bytes and back, and what a header may not say. */
class FrameCodecTest {
  private static final int LIMIT = 1_000_000;

  @Provide
  Arbitrary<Frame> frames() {
    return WireArbitraries.frames();
  }

  @Property(seed = WireArbitraries.SEED)
  void everyFrameIsTheSameAfterEncodingAndDecoding(@ForAll("frames") Frame frame) {
    ByteBuffer bytes = FrameCodec.encode(frame);
    assertThat(bytes.remaining()).isEqualTo(frame.length());
    assertThat(FrameCodec.decode(bytes, LIMIT)).isEqualTo(frame).hasSameHashCodeAs(frame);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Property(seed = WireArbitraries.SEED)
  void theHeaderIsReadInPlaceWhereverTheFrameBegins(
      @ForAll("frames") Frame frame, @ForAll @IntRange(max = 50) int at) {
    ByteBuffer bytes = ByteBuffer.allocate(at + frame.length()).position(at);
    FrameCodec.encode(frame, bytes);
    assertThat(FrameHeader.magic(bytes, at)).isEqualTo(frame.magic());
    assertThat(FrameHeader.opcode(bytes, at)).isEqualTo(frame.opcode());
    assertThat(FrameHeader.vbucket(bytes, at)).isEqualTo(frame.vbucketOrStatus());
    assertThat(FrameHeader.status(bytes, at)).isEqualTo(frame.vbucketOrStatus());
    assertThat(FrameHeader.opaque(bytes, at)).isEqualTo(frame.opaque());
    assertThat(FrameHeader.cas(bytes, at)).isEqualTo(frame.cas());
    assertThat(FrameHeader.datatype(bytes, at)).isEqualTo(frame.datatype());
    assertThat(FrameHeader.extrasAt(bytes, at)).isEqualTo(at + 24 + frame.framingExtras().length);
    assertThat(FrameHeader.frameLength(bytes, at, LIMIT)).isEqualTo(frame.length());
  }

  @Property(seed = WireArbitraries.SEED, tries = 5000)
  void randomBytesAreAFrameOrTheCodecsOwnError(@ForAll @Size(max = 80) byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      Frame frame = FrameCodec.decode(in, LIMIT);
      assertThat(frame.length()).isEqualTo(in.position());
    } catch (FrameFormatException e) {
      assertThat(in.position()).as("unchanged after an error").isZero();
    }
  }

  @Property(seed = WireArbitraries.SEED)
  void theBuffersOwnByteOrderDoesNotMatter(@ForAll("frames") Frame frame) {
    ByteBuffer little = ByteBuffer.allocate(frame.length()).order(ByteOrder.LITTLE_ENDIAN);
    FrameCodec.encode(frame, little);
    little.flip().order(ByteOrder.LITTLE_ENDIAN);
    assertThat(FrameCodec.decode(little, LIMIT)).isEqualTo(frame);
    assertThat(little.hasRemaining()).isFalse();
  }

  @Property(seed = WireArbitraries.SEED)
  void everyUnknownMagicIsNamed(@ForAll @IntRange(max = 255) int magic) {
    if (Set.of(0x80, 0x81, 0x08, 0x18, 0x82, 0x83).contains(magic)) {
      assertThat(Magic.isKnown(magic)).isTrue();
      return;
    }
    ByteBuffer bytes = header(magic, 0, 0, 0);
    assertRefused(bytes, String.format("unknown magic 0x%02x", magic));
  }

  @Example
  void lengthsBeyondTheirLimitsAreNamed() {
    assertRefused(header(0x80, 0, 0, LIMIT + 1), "body of 1000001 bytes, limit is 1000000");
    assertRefused(header(0x80, 0, 0, -1), "body of 4294967295 bytes");
    assertRefused(header(0x80, 0, 0, Integer.MIN_VALUE), "body of 2147483648 bytes");
    assertRefused(header(0x80, 0, 48, 47), "framing extras 0 + extras 48 + key 0 bytes exceed the body of 47");
    assertRefused(header(0x80, 65535, 255, 65000), "extras 255 + key 65535 bytes exceed the body of 65000");
    assertRefused(header(0x08, 0xffff, 255, 764), "framing extras 255 + extras 255 + key 255 bytes exceed the body");
    assertRefused(header(0x80, 0, 0, 1), "frame of 25 bytes, but only 24 are there");
    assertRefused(ByteBuffer.allocate(23), "23 bytes are no frame");
  }

  @Example
  void aBodyAsLongAsTheLimitIsTaken() {
    ByteBuffer bytes = ByteBuffer.allocate(24 + 10).put(header(0x80, 0, 0, 10)).rewind();
    assertThat(FrameCodec.decode(bytes, 10).value()).hasSize(10);
  }

  @Example
  void theLargestLimitDoesNotOverflow() {
    ByteBuffer bytes = header(0x81, 0, 0, Integer.MAX_VALUE);
    assertThatThrownBy(() -> FrameHeader.frameLength(bytes, 0, Integer.MAX_VALUE))
        .isInstanceOf(FrameFormatException.class).hasMessageContaining("body of 2147483647 bytes");
  }

  @Example
  void framesThatTheWireCannotCarryAreNotBuilt() {
    assertNotBuilt("unknown magic 0x99", 0x99, 0, 0, 0, 0);
    assertNotBuilt("opcode 256", 0x80, 256, 0, 0, 0);
    assertNotBuilt("datatype -1", 0x80, 0, -1, 0, 0);
    assertNotBuilt("vBucket 65536", 0x80, 0, 0, 65536, 0);
    assertNotBuilt("status -1", 0x81, 0, 0, -1, 0);
    assertNotBuilt("key 65536 bytes", 0x80, 0, 0, 0, 65536);
    assertNotBuilt("key 256 bytes; allowed are 255, 255 and 255", 0x08, 0, 0, 0, 256);
    assertThatThrownBy(
        () -> new Frame(0x80, 0, 0, 0, 0, 0, new byte[1], Frame.NOTHING, Frame.NOTHING, Frame.NOTHING))
        .hasMessageContaining("framing extras need a flexible magic");
  }

  private static void assertNotBuilt(String message, int magic, int opcode, int datatype, int vbucket, int key) {
    assertThatThrownBy(
        () -> new Frame(
            magic, opcode, datatype, vbucket, 0, 0, Frame.NOTHING, Frame.NOTHING, new byte[key], Frame.NOTHING))
        .isInstanceOf(FrameFormatException.class).hasMessageContaining(message);
  }

  private static ByteBuffer header(int magic, int key, int extras, int body) {
    ByteBuffer bytes = ByteBuffer.allocate(24).put((byte) magic).put((byte) 0x10).putShort((short) key);
    return bytes.put((byte) extras).position(8).putInt(body).rewind();
  }

  private static void assertRefused(ByteBuffer bytes, String message) {
    assertThatThrownBy(() -> FrameCodec.decode(bytes, LIMIT)).isInstanceOf(FrameFormatException.class)
        .hasMessageContaining(message);
    assertThat(bytes.position()).isZero();
  }
}
