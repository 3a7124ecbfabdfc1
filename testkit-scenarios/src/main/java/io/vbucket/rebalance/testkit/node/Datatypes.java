package io.vbucket.rebalance.testkit.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.Snappy;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.node.subdoc.JsonDocument;
import io.vbucket.rebalance.testkit.node.subdoc.SubdocException;

/**
 * What a value is: JSON, compressed, with extended attributes. The node keeps no value compressed, as real ones whose bucket says so, and
 * sees for itself whether a value is JSON.
 */
final class Datatypes {
  static final int SNAPPY = 0x02;
  static final int XATTR = 0x04;
  private static final int MOST_LENGTH_BYTES = 5;

  private Datatypes() {}

  /**
   * The frame with its value as the node would keep it.
   *
   * @throws SubdocException with the status that refuses it
   */
  static Frame plain(Peer peer, Frame frame) {
    Frame plain = frame;
    if ((frame.datatype() & SNAPPY) != 0) {
      if (!peer.has(Feature.SNAPPY)) {
        throw new SubdocException(Status.EINVAL);
      }
      plain = new Frame(frame.magic(), frame.opcode(), frame.datatype() & ~SNAPPY, frame.vbucketOrStatus(),
          frame.opaque(), frame.cas(), frame.framingExtras(), frame.extras(), frame.key(),
          inflate(frame.value(), peer.node().settings().maxValueBytes()));
    }
    return plain;
  }

  /** The datatype of a body from this client; those who know no JSON keep what they said. */
  static int ofBody(Peer peer, Frame frame, byte[] body) {
    if (!peer.has(Feature.JSON)) {
      return frame.datatype() & ~(SNAPPY | XATTR);
    }
    return JsonDocument.isJson(body) ? Frame.DATATYPE_JSON : 0;
  }

  private static byte[] inflate(byte[] compressed, int longest) {
    int length = lengthOf(compressed);
    if (length > longest) {
      throw new SubdocException(Status.E2BIG);
    }
    ByteBuf out = Unpooled.buffer(length, Math.max(1, length));
    try {
      new Snappy().decode(Unpooled.wrappedBuffer(compressed), out);
    } catch (DecompressionException | IndexOutOfBoundsException wrong) {
      throw new SubdocException(Status.EINVAL);
    }
    if (out.readableBytes() != length) {
      throw new SubdocException(Status.EINVAL);
    }
    byte[] plain = new byte[length];
    out.readBytes(plain);
    return plain;
  }

  /** The length of the plain value, which the compressed one begins with: 7 bits a byte, lowest first. */
  private static int lengthOf(byte[] compressed) {
    long length = 0;
    for (int at = 0; at < Math.min(MOST_LENGTH_BYTES, compressed.length); at++) {
      length |= (compressed[at] & 0x7fL) << 7 * at;
      if (compressed[at] >= 0) {
        return (int) Math.min(length, Integer.MAX_VALUE);
      }
    }
    throw new SubdocException(Status.EINVAL);
  }
}
