package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Frames to bytes and back. */
public final class FrameCodec {
  private FrameCodec() {}

  /** Where the parts of a body come from, one after the other. */
  @FunctionalInterface
  interface BodyReader {
    /** The next {@code into.length} bytes of the body. */
    void read(byte[] into);
  }

  /** The bytes of {@code frame}, in a new buffer of exactly its length that is ready to be read. */
  public static ByteBuffer encode(Frame frame) {
    ByteBuffer out = ByteBuffer.allocate(frame.length());
    encode(frame, out);
    return out.flip();
  }

  /**
   * Appends the bytes of {@code frame} to {@code out}, which must have {@link Frame#length()} bytes left. The order of {@code out} is
   * big-endian afterwards.
   */
  public static void encode(Frame frame, ByteBuffer out) {
    out.order(ByteOrder.BIG_ENDIAN);
    out.put((byte) frame.magic()).put((byte) frame.opcode());
    if (Magic.isFlexible(frame.magic())) {
      out.put((byte) frame.framingExtras().length).put((byte) frame.key().length);
    } else {
      out.putShort((short) frame.key().length);
    }
    out.put((byte) frame.extras().length).put((byte) frame.datatype()).putShort((short) frame.vbucketOrStatus());
    out.putInt(frame.bodyLength()).putInt(frame.opaque()).putLong(frame.cas());
    out.put(frame.framingExtras()).put(frame.extras()).put(frame.key()).put(frame.value());
  }

  /**
   * Takes one frame from {@code in}, which must hold it whole. For a stream of bytes that arrives in pieces see {@link FrameAccumulator}.
   *
   * @param maxBodyLength longest body that is accepted, in bytes
   * @throws FrameFormatException when the bytes are no frame or the frame is longer than what is left; {@code in} is then unchanged
   */
  public static Frame decode(ByteBuffer in, int maxBodyLength) {
    ByteBuffer bytes = in.order() == ByteOrder.BIG_ENDIAN ? in : in.duplicate();
    int at = bytes.position();
    if (bytes.remaining() < FrameHeader.LENGTH) {
      throw new FrameFormatException(
          bytes.remaining() + " bytes are no frame: the header alone has " + FrameHeader.LENGTH);
    }
    int length = FrameHeader.frameLength(bytes, at, maxBodyLength);
    if (length > bytes.remaining()) {
      throw new FrameFormatException("frame of " + length + " bytes, but only " + bytes.remaining() + " are there");
    }
    bytes.position(at + FrameHeader.LENGTH);
    Frame frame = assemble(bytes, at, length, bytes::get);
    in.position(at + length);
    return frame;
  }

  /**
   * Builds a frame from a header that {@link FrameHeader#frameLength} has checked, and its body.
   *
   * @param length header and body together, in bytes
   * @param body read for framing extras, extras, key and value, in this order
   */
  static Frame assemble(ByteBuffer header, int at, int length, BodyReader body) {
    int framing = FrameHeader.framingExtrasLength(header, at);
    int extras = FrameHeader.extrasLength(header, at);
    int key = FrameHeader.keyLength(header, at);
    int value = length - FrameHeader.LENGTH - framing - extras - key;
    return new Frame(
        FrameHeader.magic(header, at),
        FrameHeader.opcode(header, at),
        FrameHeader.datatype(header, at),
        FrameHeader.vbucket(header, at),
        FrameHeader.opaque(header, at),
        FrameHeader.cas(header, at),
        part(body, framing),
        part(body, extras),
        part(body, key),
        part(body, value));
  }

  private static byte[] part(BodyReader body, int length) {
    if (length == 0) {
      return Frame.NOTHING;
    }
    byte[] bytes = new byte[length];
    body.read(bytes);
    return bytes;
  }
}
