package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;

/** Sync writes on a stream: prepared at one seqno, committed or aborted at a later one. None of these frames is answered on success. */
public final class DcpSync {
  private DcpSync() {}

  /**
   * The first half of a sync write.
   *
   * <p>Extras, 31 bytes: 0 seqno(8), 8 revision(8), 16 flags(4), 20 expiry(4), 24 lock time(4), 28 nru(1), 29 deleted(1), 30 durability
   * level(1).
   *
   * @param expiry seconds since 1970, 0 for never
   * @param lockSeconds remaining lock time
   * @param deleted whether the write is a deletion
   * @param durabilityLevel 0..255; 1 majority, 2 majority and persisted on the active, 3 persisted by a majority
   */
  public record Prepare(
      int vbucket,
      int opaque,
      long seqno,
      long revision,
      int flags,
      int expiry,
      int lockSeconds,
      int nru,
      boolean deleted,
      int durabilityLevel,
      long cas,
      int datatype,
      byte[] key,
      byte[] value) {
    /** A producer counts a prepare for flow control as this many bytes longer than it is (MB-46634); an acknowledgement must, too. */
    public static final int FLOW_CONTROL_SURPLUS_BYTES = 2;

    public Frame toFrame() {
      ByteBuffer e = ByteBuffer.allocate(31).putLong(seqno).putLong(revision).putInt(flags).putInt(expiry);
      e.putInt(lockSeconds).put((byte) nru).put((byte) (deleted ? 1 : 0)).put((byte) durabilityLevel);
      return Frame.request(Opcode.DCP_PREPARE, vbucket, opaque, e.array(), key, value).withCas(cas)
          .withDatatype(datatype);
    }

    public static Prepare of(Frame frame) {
      frame.expectRequest(Opcode.DCP_PREPARE);
      ByteBuffer e = frame.extras(31);
      return new Prepare(
          frame.vbucket(),
          frame.opaque(),
          e.getLong(0),
          e.getLong(8),
          e.getInt(16),
          e.getInt(20),
          e.getInt(24),
          e.get(28) & 0xff,
          e.get(29) != 0,
          e.get(30) & 0xff,
          frame.cas(),
          frame.datatype(),
          frame.key(),
          frame.value());
    }
  }

  /** A consumer has all prepares up to {@code preparedSeqno}. Goes from consumer to producer. Extras, 8 bytes: 0 seqno(8). */
  public record SeqnoAck(int vbucket, int opaque, long preparedSeqno) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(8).putLong(preparedSeqno).array();
      return Frame.request(Opcode.DCP_SEQNO_ACK, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static SeqnoAck of(Frame frame) {
      frame.expectRequest(Opcode.DCP_SEQNO_ACK);
      return new SeqnoAck(frame.vbucket(), frame.opaque(), frame.extras(8).getLong(0));
    }
  }

  /** The write prepared at {@code preparedSeqno} counts from {@code seqno} on. Extras, 16 bytes: 0 prepared(8), 8 seqno(8). */
  public record Commit(int vbucket, int opaque, long preparedSeqno, long seqno, byte[] key) {
    public Frame toFrame() {
      return resolution(Opcode.DCP_COMMIT, vbucket, opaque, preparedSeqno, seqno, key);
    }

    public static Commit of(Frame frame) {
      frame.expectRequest(Opcode.DCP_COMMIT);
      ByteBuffer e = frame.extras(16);
      return new Commit(frame.vbucket(), frame.opaque(), e.getLong(0), e.getLong(8), frame.key());
    }
  }

  /** The write prepared at {@code preparedSeqno} never happened. Extras, 16 bytes: 0 prepared(8), 8 seqno(8). */
  public record Abort(int vbucket, int opaque, long preparedSeqno, long seqno, byte[] key) {
    public Frame toFrame() {
      return resolution(Opcode.DCP_ABORT, vbucket, opaque, preparedSeqno, seqno, key);
    }

    public static Abort of(Frame frame) {
      frame.expectRequest(Opcode.DCP_ABORT);
      ByteBuffer e = frame.extras(16);
      return new Abort(frame.vbucket(), frame.opaque(), e.getLong(0), e.getLong(8), frame.key());
    }
  }

  private static Frame resolution(int opcode, int vbucket, int opaque, long preparedSeqno, long seqno, byte[] key) {
    byte[] extras = ByteBuffer.allocate(16).putLong(preparedSeqno).putLong(seqno).array();
    return Frame.request(opcode, vbucket, opaque, extras, key, Frame.NOTHING);
  }
}
