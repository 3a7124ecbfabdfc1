package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;

/** Frames to bytes and back. */
public final class FrameCodec {
  private FrameCodec() {}

  /** The bytes of {@code frame}, in a new buffer that is ready to be read. */
  public static ByteBuffer encode(Frame frame) {
    ByteBuffer out = ByteBuffer.allocate(frame.length());
    encode(frame, out);
    return out.flip();
  }

  /** Appends the bytes of {@code frame} to {@code out}, which must have {@link Frame#length()} bytes left. */
  public static void encode(Frame frame, ByteBuffer out) {
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
   * Takes one frame from {@code in}, which must hold it whole.
   *
   * @throws FrameFormatException when the bytes are no frame or the frame is longer than what is left; {@code in} is then unchanged
   */
  public static Frame decode(ByteBuffer in, int maxBodyLength) {
    int at = in.position();
    if (in.remaining() < FrameHeader.LENGTH) {
      throw new FrameFormatException(
          in.remaining() + " bytes are no frame: the header alone has " + FrameHeader.LENGTH);
    }
    int length = FrameHeader.frameLength(in, at, maxBodyLength);
    if (length > in.remaining()) {
      throw new FrameFormatException("frame of " + length + " bytes, but only " + in.remaining() + " are there");
    }
    int framing = FrameHeader.framingExtrasLength(in, at);
    int extras = FrameHeader.extrasLength(in, at);
    int key = FrameHeader.keyLength(in, at);
    int value = length - FrameHeader.LENGTH - framing - extras - key;
    int body = at + FrameHeader.LENGTH;
    Frame frame =
        new Frame(
            FrameHeader.magic(in, at),
            FrameHeader.opcode(in, at),
            FrameHeader.datatype(in, at),
            FrameHeader.vbucket(in, at),
            FrameHeader.opaque(in, at),
            FrameHeader.cas(in, at),
            slice(in, body, framing),
            slice(in, body + framing, extras),
            slice(in, body + framing + extras, key),
            slice(in, body + framing + extras + key, value));
    in.position(at + length);
    return frame;
  }

  private static byte[] slice(ByteBuffer in, int at, int length) {
    if (length == 0) {
      return Frame.NOTHING;
    }
    byte[] bytes = new byte[length];
    in.get(at, bytes);
    return bytes;
  }
}
