package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Frames out of a stream of bytes that arrives in pieces, however it was split: add what came, then poll until there is nothing.
 *
 * <p>Memory follows what arrived, never what a header promises: a frame's arrays are made when the last byte of the frame is here. Larger
 * pieces are kept as they are and copied once, into the frame; pieces below {@value #SMALL_CHUNK_BYTES} bytes are first gathered into
 * blocks, so that a peer that sends single bytes costs neither an object per byte nor a second look at the earlier ones. Holds at
 * most the pieces of one unfinished frame, when whoever adds also polls.
 *
 * <p>Not safe for use by several threads. After an error the stream has no frame borders any more: every later call fails likewise.
 */
public final class FrameAccumulator {
  private static final int SMALL_CHUNK_BYTES = 1024;
  private static final int FIRST_BLOCK_BYTES = 64;
  private static final int LARGEST_BLOCK_BYTES = 4096;
  private static final int UNKNOWN = 0;

  private final int maxBodyLength;
  /** Received and not yet taken; none is empty. */
  private final ArrayDeque<ByteBuffer> chunks = new ArrayDeque<>();
  private final ByteBuffer header = ByteBuffer.allocate(FrameHeader.LENGTH);
  /** The last chunk when it is a block of ours, with room behind its limit; else null. */
  private ByteBuffer block;
  private int blockBytes = FIRST_BLOCK_BYTES;
  private long available;
  private long offset;
  private int needed = UNKNOWN;
  private FrameFormatException broken;

  /**
   * @param maxBodyLength longest body that is accepted, in bytes, see {@link FrameHeader#DEFAULT_MAX_BODY_LENGTH}
   * @throws IllegalArgumentException when it is negative
   */
  public FrameAccumulator(int maxBodyLength) {
    this.maxBodyLength = checkLimit(maxBodyLength);
  }

  static int checkLimit(int maxBodyLength) {
    if (maxBodyLength < 0) {
      throw new IllegalArgumentException("limit of a body: " + maxBodyLength + " bytes, expected 0 or more");
    }
    return maxBodyLength;
  }

  /**
   * Takes all bytes that {@code chunk} has left. They are kept without a copy and must not change any more: whoever reads into the same
   * buffer again adds a copy.
   */
  public void add(ByteBuffer chunk) {
    if (broken != null) {
      throw broken;
    }
    int length = chunk.remaining();
    if (length == 0) {
      return;
    }
    if (length < SMALL_CHUNK_BYTES && !chunks.isEmpty()) {
      gather(chunk, length);
    } else {
      chunks.addLast(chunk.slice());
      chunk.position(chunk.limit());
      block = null;
      blockBytes = FIRST_BLOCK_BYTES;
    }
    available += length;
  }

  private void gather(ByteBuffer chunk, int length) {
    if (block == null || block.capacity() - block.limit() < length) {
      // Grows, lest a large chunk and a single byte in turn cost a large block each time.
      blockBytes = Math.min(LARGEST_BLOCK_BYTES, Math.max(2 * blockBytes, length));
      block = ByteBuffer.allocate(blockBytes).limit(0);
      chunks.addLast(block);
    }
    int end = block.limit();
    block.limit(end + length);
    block.duplicate().position(end).put(chunk);
  }

  /**
   * The next frame, or null when its last byte has not arrived.
   *
   * @throws FrameFormatException when the bytes are no frame; names what is wrong and the offset in the stream, in bytes from 0, at which
   *     the frame begins. Thrown as soon as it shows: for an unknown magic with the first byte, for wrong lengths with the header.
   */
  public Frame poll() {
    if (!holdsFrame()) {
      return null;
    }
    ByteBuffer first = chunks.getFirst();
    Frame frame;
    if (first.remaining() >= needed) {
      int at = first.position();
      first.position(at + FrameHeader.LENGTH);
      frame = FrameCodec.assemble(first, at, needed, first::get);
      dropIfTaken(first);
    } else {
      take(header.array());
      frame = FrameCodec.assemble(header, 0, needed, this::take);
    }
    available -= needed;
    offset += needed;
    needed = UNKNOWN;
    return frame;
  }

  /**
   * Whether {@link #poll} has a frame.
   *
   * @throws FrameFormatException as {@link #poll}
   */
  public boolean holdsFrame() {
    if (broken != null) {
      throw broken;
    }
    if (needed == UNKNOWN) {
      try {
        measure();
      } catch (FrameFormatException e) {
        broken = new FrameFormatException("frame at byte " + offset + " of the stream: " + e.getMessage());
        throw broken;
      }
    }
    return needed != UNKNOWN && available >= needed;
  }

  private void measure() {
    if (available == 0) {
      return;
    }
    ByteBuffer first = chunks.getFirst();
    if (available < FrameHeader.LENGTH) {
      FrameHeader.checkMagic(first, first.position());
    } else if (first.remaining() >= FrameHeader.LENGTH) {
      needed = FrameHeader.frameLength(first, first.position(), maxBodyLength);
    } else {
      peekHeader();
      needed = FrameHeader.frameLength(header, 0, maxBodyLength);
    }
  }

  private void peekHeader() {
    int filled = 0;
    for (ByteBuffer chunk : chunks) {
      int length = Math.min(chunk.remaining(), FrameHeader.LENGTH - filled);
      header.put(filled, chunk, chunk.position(), length);
      filled += length;
      if (filled == FrameHeader.LENGTH) {
        return;
      }
    }
  }

  private void take(byte[] into) {
    int filled = 0;
    while (filled < into.length) {
      ByteBuffer first = chunks.getFirst();
      int length = Math.min(first.remaining(), into.length - filled);
      first.get(into, filled, length);
      filled += length;
      dropIfTaken(first);
    }
  }

  private void dropIfTaken(ByteBuffer first) {
    if (!first.hasRemaining()) {
      chunks.removeFirst();
      if (first == block) {
        block = null;
        blockBytes = FIRST_BLOCK_BYTES;
      }
    }
  }

  /**
   * The stream has ended; to be called when {@link #poll} has given its last frame.
   *
   * @throws FrameFormatException when it ended inside a frame: says where, and how much of the frame came
   * @throws IllegalStateException when there still is a whole frame
   */
  public void end() {
    if (holdsFrame()) {
      throw new IllegalStateException("the frame at byte " + offset + " of the stream was not taken: poll first");
    }
    if (available > 0) {
      String of =
          needed == UNKNOWN
              ? "a header has " + FrameHeader.LENGTH
              : "its header says " + needed + ", opcode " + Opcode.nameOf(FrameHeader.opcode(headerView(), 0));
      broken =
          new FrameFormatException(
              "the stream ended at byte " + (offset + available) + ", inside the frame that begins at byte " + offset
                  + ": " + available + " bytes of it came, " + of);
      throw broken;
    }
  }

  private ByteBuffer headerView() {
    peekHeader();
    return header;
  }

  /** Where in the stream the next frame begins, in bytes from 0. */
  public long offset() {
    return offset;
  }

  /** Bytes that were added and are not yet part of a polled frame. */
  public long pendingBytes() {
    return available;
  }
}
