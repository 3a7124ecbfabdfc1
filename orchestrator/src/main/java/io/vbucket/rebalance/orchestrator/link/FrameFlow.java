package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One direction of a link: walks from header to header in the received buffers and writes whole runs of admitted frames on as slices of
 * them. A frame is ruled on as soon as its header is there, so that documents of any size pass without being collected; just the few frames
 * whose body decides are waited for.
 */
final class FrameFlow {
  /** The longest frame that is collected because its body decides. */
  static final int MAX_COLLECTED_BYTES = 4096;

  /** A peer that lets so many of the link's own frames wait does not take any. */
  static final int MAX_WAITING_OWN_FRAMES = 100_000;

  /** Small reads are copied: as slices they would hold a whole receive buffer each until the other side takes them. */
  private static final int COPY_BELOW_SHARE = 8;

  /** What decides on frames. Both methods get a frame whose header is whole and sound. */
  interface Rules {
    /** Whether the frame can be ruled on only with its body. */
    boolean needsBody(ByteBuffer in, int at, int frameBytes);

    /** Whether the frame passes. Called once for each. */
    boolean passes(ByteBuffer in, int at, int frameBytes);
  }

  private final LinkPort to;
  private final Rules rules;
  private final int maxBodyBytes;
  private final Deque<ByteBuf> ownFrames = new ArrayDeque<>();

  /** Header, or small whole frame, of which the last read brought only the beginning. */
  private ByteBuffer head = ByteBuffer.allocate(FrameHeader.LENGTH);
  private int rest;
  private boolean restPasses;
  private boolean walking;

  // The buffer that is being walked; bytes from runFrom to runTo are to be written.
  private ByteBuf bytes;
  private int runFrom;

  FrameFlow(LinkPort to, Rules rules, int maxBodyBytes) {
    this.to = to;
    this.rules = rules;
    this.maxBodyBytes = maxBodyBytes;
    head.limit(FrameHeader.LENGTH);
  }

  /**
   * Takes {@code received} over and writes on what passes of it.
   *
   * @throws FrameFormatException when the bytes are no frames
   */
  void received(ByteBuf received) {
    bytes = compact(received);
    walking = true;
    try {
      int end = walk(bytes.nioBuffer());
      if (runFrom == 0 && end == bytes.readableBytes()) {
        to.write(bytes.retain());
      } else {
        writeRun(end);
      }
    } finally {
      walking = false;
      bytes.release();
      bytes = null;
    }
    writeOwnFrames();
  }

  private static ByteBuf compact(ByteBuf received) {
    int size = received.readableBytes();
    if (size * COPY_BELOW_SHARE >= received.capacity()) {
      return received;
    }
    ByteBuf copy = received.alloc().directBuffer(size, size).writeBytes(received);
    received.release();
    return copy;
  }

  /** Returns the end of the last run. */
  private int walk(ByteBuffer in) {
    int end = in.limit();
    int at = 0;
    runFrom = 0;
    if (rest > 0) {
      at = skip(at, end);
      if (rest == 0 && restPasses && !ownFrames.isEmpty()) {
        writeRun(at);
        writeWaiting();
      }
    }
    while (at < end && (head.position() > 0 || end - at < FrameHeader.LENGTH)) {
      if (head.position() == 0) {
        writeRun(at);
      }
      at = collect(in, at, end);
    }
    while (end - at >= FrameHeader.LENGTH) {
      int length = FrameHeader.frameLength(in, at, maxBodyBytes);
      if (end - at < length && needsBody(in, at, length)) {
        writeRun(at);
        widenHead(length);
        return putIntoHead(in, at, end);
      }
      if (!rules.passes(in, at, length)) {
        writeRun(at);
        begin(length, false);
      } else {
        begin(length, true);
      }
      at = skip(at, end);
    }
    if (at < end) {
      writeRun(at);
      return putIntoHead(in, at, end);
    }
    return at;
  }

  private void begin(int length, boolean passes) {
    rest = length;
    restPasses = passes;
  }

  /** Goes on in the present frame, into the run or past it. */
  private int skip(int at, int end) {
    int step = Math.min(rest, end - at);
    rest -= step;
    if (!restPasses) {
      runFrom = at + step;
    }
    return at + step;
  }

  /** Goes on with a frame whose beginning came with an earlier read. */
  private int collect(ByteBuffer in, int at, int end) {
    int next = putIntoHead(in, at, end);
    if (head.hasRemaining()) {
      return next;
    }
    int length = FrameHeader.frameLength(head, 0, maxBodyBytes);
    if (length > head.position() && needsBody(head, 0, length)) {
      widenHead(length);
      return next;
    }
    boolean passes = rules.passes(head, 0, length);
    if (passes) {
      to.write(Unpooled.copiedBuffer(head.flip()));
    }
    begin(length - head.limit(), passes);
    head.clear().limit(FrameHeader.LENGTH);
    return rest > 0 ? skip(next, end) : next;
  }

  private boolean needsBody(ByteBuffer in, int at, int length) {
    if (!rules.needsBody(in, at, length)) {
      return false;
    }
    if (length > MAX_COLLECTED_BYTES) {
      throw new FrameFormatException(
          Opcode.nameOf(FrameHeader.opcode(in, at)) + " of " + length + " bytes, expected no more than "
              + MAX_COLLECTED_BYTES);
    }
    return true;
  }

  private void widenHead(int length) {
    if (head.capacity() < length) {
      head = ByteBuffer.allocate(MAX_COLLECTED_BYTES).put(head.flip());
    }
    head.limit(length);
  }

  private int putIntoHead(ByteBuffer in, int at, int end) {
    if (head.position() == 0) {
      // Garbage is noticed before 24 bytes of it are there.
      FrameHeader.checkMagic(in, at);
    }
    int step = Math.min(head.remaining(), end - at);
    head.put(head.position(), in, at, step).position(head.position() + step);
    runFrom = at + step;
    return at + step;
  }

  private void writeRun(int until) {
    if (until > runFrom) {
      to.write(bytes.retainedSlice(bytes.readerIndex() + runFrom, until - runFrom));
      runFrom = until;
    }
  }

  /** Writes a frame of the link's own, as soon as no frame is half written. */
  void inject(ByteBuf frame) {
    if (ownFrames.size() >= MAX_WAITING_OWN_FRAMES) {
      frame.release();
      throw new IllegalStateException(MAX_WAITING_OWN_FRAMES + " frames wait to be sent behind one that never ends");
    }
    ownFrames.add(frame);
    writeOwnFrames();
  }

  private void writeOwnFrames() {
    if (!walking && !(rest > 0 && restPasses)) {
      writeWaiting();
    }
  }

  private void writeWaiting() {
    while (!ownFrames.isEmpty()) {
      to.write(ownFrames.poll());
    }
  }

  void release() {
    ownFrames.forEach(ByteBuf::release);
    ownFrames.clear();
  }
}
