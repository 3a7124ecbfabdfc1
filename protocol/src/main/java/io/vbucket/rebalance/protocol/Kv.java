package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;

/** What clients ask of the active copy of a vBucket. Keys and values are bytes; a CAS of 0 means "whatever it is now". */
public final class Kv {
  private Kv() {}

  public static Frame get(int vbucket, int opaque, byte[] key) {
    return Frame.request(Opcode.GET, vbucket, opaque, Frame.NOTHING, key, Frame.NOTHING);
  }

  /**
   * SET, ADD or REPLACE.
   *
   * @param opcode one of {@link Opcode#SET}, {@link Opcode#ADD}, {@link Opcode#REPLACE}
   * @param flags the client's own, given back by GET
   * @param expiry seconds since 1970, 0 for never
   */
  public record Store(int opcode, int vbucket, int opaque, int flags, int expiry, long cas, byte[] key, byte[] value) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(8).putInt(flags).putInt(expiry).array();
      return Frame.request(opcode, vbucket, opaque, extras, key, value).withCas(cas);
    }

    public static Store of(Frame frame) {
      switch (frame.opcode()) {
        case Opcode.SET, Opcode.ADD, Opcode.REPLACE -> frame.expectRequest(frame.opcode());
        default -> throw frame.malformed("expected a request SET, ADD or REPLACE");
      }
      ByteBuffer e = frame.extras(8);
      return new Store(
          frame.opcode(), frame.vbucket(), frame.opaque(), e.getInt(0), e.getInt(4), frame.cas(), frame.key(),
          frame.value());
    }
  }

  public static Frame delete(int vbucket, int opaque, byte[] key, long cas) {
    return Frame.request(Opcode.DELETE, vbucket, opaque, Frame.NOTHING, key, Frame.NOTHING).withCas(cas);
  }
}
