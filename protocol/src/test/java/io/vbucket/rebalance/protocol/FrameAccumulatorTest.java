package io.vbucket.rebalance.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Frames out of bytes under any split, and what is said and spent when the bytes are none. */
class FrameAccumulatorTest {
  private static final int LIMIT = 21 * 1024 * 1024;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Provide
  Arbitrary<Random> randoms() {
    return WireArbitraries.randoms();
  }

  @Provide
  Arbitrary<List<Frame>> frames() {
    return WireArbitraries.frames().list().ofMaxSize(8);
  }

  @Property(seed = WireArbitraries.SEED)
  void anySplitGivesTheSameFrames(@ForAll("frames") List<Frame> frames, @ForAll("randoms") Random random) {
    byte[] bytes = WireArbitraries.concatenated(frames);
    FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
    List<Frame> taken = new ArrayList<>();
    for (byte[] piece : WireArbitraries.split(bytes, random)) {
      ByteBuffer chunk = ByteBuffer.wrap(piece);
      accumulator.add(random.nextBoolean() ? chunk.asReadOnlyBuffer() : chunk);
      // Sometimes several pieces come before anybody polls.
      if (random.nextBoolean()) {
        drain(accumulator, taken);
      }
    }
    drain(accumulator, taken);
    accumulator.end();
    assertThat(taken).isEqualTo(frames);
    assertThat(accumulator.offset()).isEqualTo(bytes.length);
    assertThat(accumulator.pendingBytes()).isZero();
  }

  @Property(seed = WireArbitraries.SEED, tries = 4000)
  void mutatedFramesGiveFramesOrTheCodecsOwnErrorAndTheSameUnderAnySplit(@ForAll("randoms") Random random) {
    List<Frame> frames = new ArrayList<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      frames.add(WireArbitraries.typedFrame(random));
    }
    byte[] bytes = WireArbitraries.mutated(WireArbitraries.concatenated(frames), random);
    Outcome whole = outcome(List.of(bytes));
    Outcome split = outcome(WireArbitraries.split(bytes, random));
    assertThat(split).isEqualTo(whole);
  }

  @Property(seed = WireArbitraries.SEED, tries = 4000)
  void randomBytesGiveFramesOrTheCodecsOwnError(
      @ForAll @Size(max = 200) byte[] bytes, @ForAll("randoms") Random random) {
    assertThat(outcome(WireArbitraries.split(bytes, random))).isEqualTo(outcome(List.of(bytes)));
  }

  /** What came of a stream: its frames, and how it failed or null. */
  private record Outcome(List<Frame> frames, String error) {}

  private static Outcome outcome(List<byte[]> pieces) {
    FrameAccumulator accumulator = new FrameAccumulator(100_000);
    List<Frame> frames = new ArrayList<>();
    try {
      for (byte[] piece : pieces) {
        accumulator.add(ByteBuffer.wrap(piece));
        drain(accumulator, frames);
      }
      accumulator.end();
    } catch (FrameFormatException e) {
      assertThat(e).hasMessageMatching("(?s).*at byte \\d+.*");
      return new Outcome(frames, e.getMessage());
    }
    return new Outcome(frames, null);
  }

  private static void drain(FrameAccumulator accumulator, List<Frame> into) {
    for (Frame frame = accumulator.poll(); frame != null; frame = accumulator.poll()) {
      into.add(frame);
    }
  }

  @Example
  void anErrorNamesWhatIsWrongAndTheByteOfTheStream() {
    FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
    accumulator.add(FrameCodec.encode(new Dcp.AddStream(1, 2, true).toFrame()));
    accumulator.add(ByteBuffer.wrap(new byte[] {0x47}));
    assertThat(accumulator.poll()).isEqualTo(new Dcp.AddStream(1, 2, true).toFrame());
    assertThatThrownBy(accumulator::poll).isInstanceOf(FrameFormatException.class)
        .hasMessage(
            "frame at byte 28 of the stream: unknown magic 0x47: expected one of 0x80 0x81 0x08 0x18 0x82 0x83");
  }

  @Example
  void anErrorStays() {
    FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
    accumulator.add(ByteBuffer.wrap(new byte[] {0x47}));
    assertThatThrownBy(accumulator::poll).isInstanceOf(FrameFormatException.class);
    assertThatThrownBy(accumulator::poll).isInstanceOf(FrameFormatException.class);
    assertThatThrownBy(accumulator::end).isInstanceOf(FrameFormatException.class);
    assertThatThrownBy(() -> accumulator.add(ByteBuffer.allocate(1))).isInstanceOf(FrameFormatException.class);
  }

  @Example
  void anEndInsideAFrameIsAnError() {
    byte[] frame = FrameCodec.encode(new Dcp.AddStream(1, 2, true).toFrame()).array();
    FrameAccumulator header = new FrameAccumulator(LIMIT);
    header.add(ByteBuffer.wrap(frame));
    header.add(ByteBuffer.wrap(frame, 0, 5));
    header.poll();
    assertThatThrownBy(header::end).hasMessage(
        "the stream ended at byte 33, inside the frame that begins at byte 28: 5 bytes of it came, a header has 24");
    FrameAccumulator body = new FrameAccumulator(LIMIT);
    body.add(ByteBuffer.wrap(frame, 0, 3));
    body.add(ByteBuffer.wrap(frame, 3, 23));
    assertThatThrownBy(body::end).hasMessage(
        "the stream ended at byte 26, inside the frame that begins at byte 0: 26 bytes of it came, its header says 28,"
            + " opcode DCP_ADD_STREAM");
  }

  @Example
  void theEndIsNotReachedBeforeTheLastFrameWasTaken() {
    FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
    accumulator.end();
    accumulator.add(FrameCodec.encode(new Dcp.Noop(1).toFrame()));
    assertThatThrownBy(accumulator::end).isInstanceOf(IllegalStateException.class);
  }

  @Example
  void aNegativeLimitIsRefused() {
    assertThatThrownBy(() -> new FrameAccumulator(-1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1 bytes");
  }

  @Example
  void whatAHeaderPromisesIsNotAllocated() {
    byte[] promise = FrameCodec.encode(Frame.request(Opcode.SET, 0, 1)).putInt(8, 20 * 1024 * 1024).array();
    long largest = allocatedBytes(() -> {
      for (int connection = 0; connection < 100; connection++) {
        FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
        accumulator.add(ByteBuffer.wrap(promise));
        assertThat(accumulator.poll()).isNull();
        accumulator.add(ByteBuffer.allocate(100));
        assertThat(accumulator.poll()).isNull();
      }
    });
    assertThat(largest).as("bytes for 100 connections that promised 20 MiB each").isLessThan(4 * 1024 * 1024);
  }

  @Example
  void aLargeFrameInPiecesIsCopiedOnce() {
    Frame large = Frame.request(Opcode.SET, 0, 1, Frame.NOTHING, Frame.NOTHING, new byte[16 * 1024 * 1024]);
    byte[] bytes = FrameCodec.encode(large).array();
    long allocated = allocatedBytes(() -> assertThat(inPieces(bytes, 64 * 1024)).isEqualTo(large));
    assertThat(allocated).isLessThan(bytes.length + 2 * 1024 * 1024);
  }

  @Example
  void singleBytesCostNeitherAnObjectEachNorASecondLook() {
    Frame large = Frame.request(Opcode.SET, 0, 1, Frame.NOTHING, Frame.NOTHING, new byte[8 * 1024 * 1024]);
    byte[] bytes = FrameCodec.encode(large).array();
    FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
    ByteBuffer one = ByteBuffer.wrap(bytes);
    long allocated = allocatedBytes(() -> {
      for (int at = 0; at < bytes.length; at++) {
        accumulator.add(one.limit(at + 1).position(at));
        accumulator.holdsFrame();
      }
    });
    assertThat(accumulator.poll()).isEqualTo(large);
    // A view per added piece is short-lived; what is kept is about the bytes themselves.
    assertThat(allocated).isLessThan(100L * bytes.length);
    assertThat(accumulator.pendingBytes()).isZero();
  }

  private static Frame inPieces(byte[] bytes, int size) {
    FrameAccumulator accumulator = new FrameAccumulator(LIMIT);
    for (int at = 0; at < bytes.length; at += size) {
      assertThat(accumulator.holdsFrame()).isFalse();
      accumulator.add(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at)));
    }
    return accumulator.poll();
  }

  private static long allocatedBytes(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
