package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;

/**
 * The 24-byte header, read in place: every accessor takes a big-endian buffer and the index of the frame's first byte, so that a
 * relay looks at thousands of frames in one receive buffer without an object or a copy.
 */
public final class FrameHeader {
  /** Length of every header, in bytes. */
  public static final int LENGTH = 24;

  public static final int MAGIC = 0;
  public static final int OPCODE = 1;
  public static final int KEY_LENGTH = 2;
  public static final int FRAMING_EXTRAS_LENGTH = 2;
  public static final int FLEXIBLE_KEY_LENGTH = 3;
  public static final int EXTRAS_LENGTH = 4;
  public static final int DATATYPE = 5;
  public static final int VBUCKET_OR_STATUS = 6;
  public static final int BODY_LENGTH = 8;
  public static final int OPAQUE = 12;
  public static final int CAS = 16;

  /** Default limit of a body: a 20 MiB document with its key and metadata, as the nodes allow. */
  public static final int DEFAULT_MAX_BODY_LENGTH = 20 * 1024 * 1024 + 1024 * 1024;

  private FrameHeader() {}

  public static int magic(ByteBuffer buffer, int at) {
    return buffer.get(at + MAGIC) & 0xff;
  }

  public static int opcode(ByteBuffer buffer, int at) {
    return buffer.get(at + OPCODE) & 0xff;
  }

  public static int framingExtrasLength(ByteBuffer buffer, int at) {
    return Magic.isFlexible(magic(buffer, at)) ? buffer.get(at + FRAMING_EXTRAS_LENGTH) & 0xff : 0;
  }

  public static int keyLength(ByteBuffer buffer, int at) {
    return Magic.isFlexible(magic(buffer, at))
        ? buffer.get(at + FLEXIBLE_KEY_LENGTH) & 0xff
        : buffer.getShort(at + KEY_LENGTH) & 0xffff;
  }

  public static int extrasLength(ByteBuffer buffer, int at) {
    return buffer.get(at + EXTRAS_LENGTH) & 0xff;
  }

  public static int datatype(ByteBuffer buffer, int at) {
    return buffer.get(at + DATATYPE) & 0xff;
  }

  /** The vBucket of a request. */
  public static int vbucket(ByteBuffer buffer, int at) {
    return buffer.getShort(at + VBUCKET_OR_STATUS) & 0xffff;
  }

  /** The status of a response. */
  public static int status(ByteBuffer buffer, int at) {
    return buffer.getShort(at + VBUCKET_OR_STATUS) & 0xffff;
  }

  /** Unchecked body length; negative when the peer wrote more than 2 GiB. Use {@link #frameLength} to decide on it. */
  public static int bodyLength(ByteBuffer buffer, int at) {
    return buffer.getInt(at + BODY_LENGTH);
  }

  public static int opaque(ByteBuffer buffer, int at) {
    return buffer.getInt(at + OPAQUE);
  }

  public static long cas(ByteBuffer buffer, int at) {
    return buffer.getLong(at + CAS);
  }

  /** Index of the extras of the frame that starts at {@code at}. */
  public static int extrasAt(ByteBuffer buffer, int at) {
    return at + LENGTH + framingExtrasLength(buffer, at);
  }

  /**
   * Checks a header and tells how long its frame is.
   *
   * @param maxBodyLength longest body that is accepted, in bytes
   * @return header and body together, in bytes
   * @throws FrameFormatException for an unknown magic, a body that is negative or too long, or parts longer than the body
   * @throws IndexOutOfBoundsException when the buffer does not hold {@link #LENGTH} bytes from {@code at} on
   */
  public static int frameLength(ByteBuffer buffer, int at, int maxBodyLength) {
    // A relay does this for millions of frames per second: two reads for the sound ones instead of one per field.
    long first = buffer.getLong(at);
    int magic = (int) (first >>> 56);
    int lengths = (int) (first >>> 32) & 0xffff;
    int parts = ((int) first >>> 24) + (Magic.isFlexible(magic) ? (lengths >>> 8) + (lengths & 0xff) : lengths);
    int body = bodyLength(buffer, at);
    return Magic.isKnown(magic) && parts <= body && body <= Math.min(maxBodyLength, Frame.LONGEST_BODY)
        ? LENGTH + body
        : checkedFrameLength(buffer, at, maxBodyLength);
  }

  private static int checkedFrameLength(ByteBuffer buffer, int at, int maxBodyLength) {
    checkMagic(buffer, at);
    long body = bodyLength(buffer, at) & 0xffffffffL;
    // Beyond the second limit the length of the frame would be no int.
    if (body > maxBodyLength || body > Frame.LONGEST_BODY) {
      throw new FrameFormatException(
          Opcode.nameOf(opcode(buffer, at)) + ": body of " + body + " bytes, limit is " + maxBodyLength);
    }
    int parts = framingExtrasLength(buffer, at) + extrasLength(buffer, at) + keyLength(buffer, at);
    if (parts > body) {
      throw new FrameFormatException(
          Opcode.nameOf(opcode(buffer, at)) + ": framing extras " + framingExtrasLength(buffer, at) + " + extras "
              + extrasLength(buffer, at) + " + key " + keyLength(buffer, at) + " bytes exceed the body of " + body);
    }
    return LENGTH + (int) body;
  }

  /** Checks the first byte of a frame alone, so that garbage is noticed before 24 bytes of it are there. */
  public static void checkMagic(ByteBuffer buffer, int at) {
    int magic = magic(buffer, at);
    if (!Magic.isKnown(magic)) {
      throw Magic.unknown(magic);
    }
  }
}
