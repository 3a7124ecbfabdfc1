package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * One whole frame. Its arrays are never copied nor changed: whoever builds a frame gives them away.
 *
 * @param magic one of {@link Magic}
 * @param opcode 0..255, see {@link Opcode}
 * @param datatype bits 0x01 JSON, 0x02 snappy, 0x04 xattr
 * @param vbucketOrStatus the vBucket of a request, the status of a response; 0..65535
 * @param opaque chosen by the requester, echoed in the answer
 * @param cas compare-and-swap value, 0 for none
 * @param framingExtras flexible framing extras, empty unless the magic is flexible; at most 255 bytes
 * @param extras opcode-specific fixed part; at most 255 bytes
 * @param key at most 65535 bytes, 255 under a flexible magic
 * @param value the rest of the body
 */
public record Frame(
    int magic,
    int opcode,
    int datatype,
    int vbucketOrStatus,
    int opaque,
    long cas,
    byte[] framingExtras,
    byte[] extras,
    byte[] key,
    byte[] value) {

  public static final byte[] NOTHING = new byte[0];
  public static final int DATATYPE_JSON = 0x01;
  /** No limit of a connection is above it: with its header a frame would not fit into an array. */
  static final int LONGEST_BODY = Integer.MAX_VALUE - FrameHeader.LENGTH - 8;

  public Frame {
    if (!Magic.isKnown(magic)) {
      throw Magic.unknown(magic);
    }
    checkRange("opcode", opcode, 0xff);
    checkRange("datatype", datatype, 0xff);
    checkRange(Magic.isRequest(magic) ? "vBucket" : "status", vbucketOrStatus, 0xffff);
    if (framingExtras.length > 255 || extras.length > 255 || key.length > (Magic.isFlexible(magic) ? 255 : 65535)) {
      throw new FrameFormatException(
          Opcode.nameOf(opcode) + ": framing extras " + framingExtras.length + ", extras " + extras.length + ", key "
              + key.length + " bytes; allowed are 255, 255 and " + (Magic.isFlexible(magic) ? 255 : 65535));
    }
    if (framingExtras.length > 0 && !Magic.isFlexible(magic)) {
      throw new FrameFormatException("framing extras need a flexible magic, not " + String.format("0x%02x", magic));
    }
    if (value.length > LONGEST_BODY - framingExtras.length - extras.length - key.length) {
      throw new FrameFormatException(
          Opcode.nameOf(opcode) + ": value of " + value.length + " bytes; a body has at most " + LONGEST_BODY);
    }
  }

  private static void checkRange(String what, int value, int largest) {
    if (value < 0 || value > largest) {
      throw new FrameFormatException(what + " " + value + ": expected 0 to " + largest);
    }
  }

  /** A request without extras, key or value. */
  public static Frame request(int opcode, int vbucket, int opaque) {
    return request(opcode, vbucket, opaque, NOTHING, NOTHING, NOTHING);
  }

  public static Frame request(int opcode, int vbucket, int opaque, byte[] extras, byte[] key, byte[] value) {
    return new Frame(Magic.REQUEST, opcode, 0, vbucket, opaque, 0, NOTHING, extras, key, value);
  }

  /** An answer to {@code request} without extras, key or value. */
  public static Frame response(Frame request, int status) {
    return response(request, status, NOTHING, NOTHING, NOTHING);
  }

  public static Frame response(Frame request, int status, byte[] extras, byte[] key, byte[] value) {
    return new Frame(
        Magic.responseTo(request.magic), request.opcode, 0, status, request.opaque, 0, NOTHING, extras, key, value);
  }

  public Frame withCas(long newCas) {
    return new Frame(magic, opcode, datatype, vbucketOrStatus, opaque, newCas, framingExtras, extras, key, value);
  }

  public Frame withDatatype(int newDatatype) {
    return new Frame(magic, opcode, newDatatype, vbucketOrStatus, opaque, cas, framingExtras, extras, key, value);
  }

  public Frame withOpaque(int newOpaque) {
    return new Frame(magic, opcode, datatype, vbucketOrStatus, newOpaque, cas, framingExtras, extras, key, value);
  }

  public boolean isRequest() {
    return Magic.isRequest(magic);
  }

  public int vbucket() {
    return vbucketOrStatus;
  }

  public int status() {
    return vbucketOrStatus;
  }

  public String keyText() {
    return new String(key, StandardCharsets.UTF_8);
  }

  public String valueText() {
    return new String(value, StandardCharsets.UTF_8);
  }

  /** Extras as a big-endian buffer of exactly {@code length} bytes, or the codec's error. */
  ByteBuffer extras(int length) {
    if (extras.length != length) {
      throw malformed("extras of " + extras.length + " bytes, expected " + length);
    }
    return ByteBuffer.wrap(extras);
  }

  /** Checks that this is a request of {@code expected}. */
  void expectRequest(int expected) {
    if (opcode != expected || !isRequest()) {
      throw malformed("expected a request " + Opcode.nameOf(expected));
    }
  }

  /** The value as a big-endian buffer of exactly {@code length} bytes, or the codec's error. */
  ByteBuffer value(int length) {
    if (value.length != length) {
      throw malformed("value of " + value.length + " bytes, expected " + length);
    }
    return ByteBuffer.wrap(value);
  }

  FrameFormatException malformed(String what) {
    return new FrameFormatException(describe() + ": " + what);
  }

  /** Header and body together, in bytes. */
  public int length() {
    return FrameHeader.LENGTH + bodyLength();
  }

  public int bodyLength() {
    return framingExtras.length + extras.length + key.length + value.length;
  }

  /** One line for logs and errors. Never shows values, since they are users' data; keys only as their length. */
  public String describe() {
    return Opcode.nameOf(opcode)
        + (isRequest() ? " request vb:" + vbucketOrStatus : " response " + Status.nameOf(vbucketOrStatus))
        + String.format(" opaque 0x%08x", opaque);
  }

  @Override
  public String toString() {
    return describe() + " extras " + extras.length + " key " + key.length + " value " + value.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frame that
        && magic == that.magic
        && opcode == that.opcode
        && datatype == that.datatype
        && vbucketOrStatus == that.vbucketOrStatus
        && opaque == that.opaque
        && cas == that.cas
        && Arrays.equals(framingExtras, that.framingExtras)
        && Arrays.equals(extras, that.extras)
        && Arrays.equals(key, that.key)
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(magic, opcode, vbucketOrStatus, opaque, cas, Arrays.hashCode(key), Arrays.hashCode(value));
  }
}
