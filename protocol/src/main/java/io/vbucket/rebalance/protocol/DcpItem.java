package io.vbucket.rebalance.protocol;

import java.nio.ByteBuffer;

/** What a stream carries: snapshot markers and the changes between them. Seqnos are unsigned 64-bit and grow within a vBucket. */
public final class DcpItem {
  private DcpItem() {}

  /**
   * Whether frames of this opcode belong to one vBucket's stream from producer to consumer. Just these count for flow control, each
   * with 24 bytes and its body.
   */
  public static boolean isStreamFrame(int opcode) {
    return switch (opcode) {
      case Opcode.DCP_STREAM_END,
          Opcode.DCP_SNAPSHOT_MARKER,
          Opcode.DCP_MUTATION,
          Opcode.DCP_DELETION,
          Opcode.DCP_EXPIRATION,
          Opcode.DCP_FLUSH,
          Opcode.DCP_SET_VBUCKET_STATE,
          Opcode.DCP_SYSTEM_EVENT,
          Opcode.DCP_PREPARE,
          Opcode.DCP_COMMIT,
          Opcode.DCP_ABORT,
          Opcode.DCP_SEQNO_ADVANCED,
          Opcode.DCP_OSO_SNAPSHOT,
          Opcode.DCP_CACHE_TRANSFER,
          Opcode.DCP_CACHE_TRANSFER_END -> true;
      default -> false;
    };
  }

  /**
   * The changes from {@code start} to {@code end} follow. Version 1 has all in its extras; version 2.0 has a 1-byte version there and the
   * fields in its value, with two more.
   *
   * @param version 1 or 2
   * @param highCompletedSeqno version 2 only, else 0
   * @param maxVisibleSeqno version 2 only, else 0
   */
  public record SnapshotMarker(
      int vbucket, int opaque, long start, long end, int flags, int version, long highCompletedSeqno,
      long maxVisibleSeqno) {
    public static final int MEMORY = 0x01;
    public static final int DISK = 0x02;
    public static final int CHECKPOINT = 0x04;
    /** The consumer must answer this marker; the producer waits for it (takeover). */
    public static final int ACK = 0x08;

    public static SnapshotMarker v1(int vbucket, int opaque, long start, long end, int flags) {
      return new SnapshotMarker(vbucket, opaque, start, end, flags, 1, 0, 0);
    }

    public Frame toFrame() {
      if (version == 1) {
        byte[] extras = ByteBuffer.allocate(20).putLong(start).putLong(end).putInt(flags).array();
        return Frame.request(Opcode.DCP_SNAPSHOT_MARKER, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
      }
      ByteBuffer value = ByteBuffer.allocate(36).putLong(start).putLong(end).putInt(flags);
      value.putLong(maxVisibleSeqno).putLong(highCompletedSeqno);
      return Frame.request(
          Opcode.DCP_SNAPSHOT_MARKER, vbucket, opaque, new byte[] {0}, Frame.NOTHING, value.array());
    }

    public static SnapshotMarker of(Frame frame) {
      frame.expectRequest(Opcode.DCP_SNAPSHOT_MARKER);
      if (frame.extras().length == 1) {
        if (frame.extras()[0] != 0 || frame.value().length != 36) {
          throw frame.malformed(
              "marker version 2." + frame.extras()[0] + " with " + frame.value().length
                  + " bytes, expected 2.0 with 36");
        }
        ByteBuffer v = ByteBuffer.wrap(frame.value());
        return new SnapshotMarker(
            frame.vbucket(), frame.opaque(), v.getLong(0), v.getLong(8), v.getInt(16), 2, v.getLong(28), v.getLong(20));
      }
      ByteBuffer e = frame.extras(20);
      return v1(frame.vbucket(), frame.opaque(), e.getLong(0), e.getLong(8), e.getInt(16));
    }
  }

  /**
   * A document was written.
   *
   * @param expiry seconds since 1970, 0 for never
   * @param lockSeconds remaining lock time
   */
  public record Mutation(
      int vbucket,
      int opaque,
      long seqno,
      long revision,
      int flags,
      int expiry,
      int lockSeconds,
      int nru,
      long cas,
      int datatype,
      byte[] key,
      byte[] value) {
    public Frame toFrame() {
      ByteBuffer e =
          ByteBuffer.allocate(31).putLong(seqno).putLong(revision).putInt(flags).putInt(expiry).putInt(lockSeconds);
      e.putShort((short) 0).put((byte) nru);
      return Frame.request(Opcode.DCP_MUTATION, vbucket, opaque, e.array(), key, value).withCas(cas)
          .withDatatype(datatype);
    }

    public static Mutation of(Frame frame) {
      frame.expectRequest(Opcode.DCP_MUTATION);
      ByteBuffer e = frame.extras(31);
      return new Mutation(
          frame.vbucket(),
          frame.opaque(),
          e.getLong(0),
          e.getLong(8),
          e.getInt(16),
          e.getInt(20),
          e.getInt(24),
          e.get(30) & 0xff,
          frame.cas(),
          frame.datatype(),
          frame.key(),
          frame.value());
    }
  }

  /**
   * A document was deleted.
   *
   * @param deleteTime seconds since 1970, or -1 for the first version of the frame, which has none
   */
  public record Deletion(
      int vbucket, int opaque, long seqno, long revision, int deleteTime, long cas, int datatype, byte[] key,
      byte[] value) {
    public static final int NO_DELETE_TIME = -1;

    public Frame toFrame() {
      boolean v1 = deleteTime == NO_DELETE_TIME;
      ByteBuffer e = ByteBuffer.allocate(v1 ? 18 : 21).putLong(seqno).putLong(revision);
      if (!v1) {
        e.putInt(deleteTime);
      }
      return Frame.request(Opcode.DCP_DELETION, vbucket, opaque, e.array(), key, value).withCas(cas)
          .withDatatype(datatype);
    }

    public static Deletion of(Frame frame) {
      frame.expectRequest(Opcode.DCP_DELETION);
      boolean v2 = frame.extras().length == 21;
      ByteBuffer e = v2 ? frame.extras(21) : frame.extras(18);
      return new Deletion(
          frame.vbucket(),
          frame.opaque(),
          e.getLong(0),
          e.getLong(8),
          v2 ? e.getInt(16) : NO_DELETE_TIME,
          frame.cas(),
          frame.datatype(),
          frame.key(),
          frame.value());
    }
  }

  /** A document expired. Carries its delete time in 20 bytes of extras, or none in 18. */
  public record Expiration(
      int vbucket, int opaque, long seqno, long revision, int deleteTime, long cas, int datatype, byte[] key,
      byte[] value) {
    public Frame toFrame() {
      boolean bare = deleteTime == Deletion.NO_DELETE_TIME;
      ByteBuffer e = ByteBuffer.allocate(bare ? 18 : 20).putLong(seqno).putLong(revision);
      if (!bare) {
        e.putInt(deleteTime);
      }
      return Frame.request(Opcode.DCP_EXPIRATION, vbucket, opaque, e.array(), key, value).withCas(cas)
          .withDatatype(datatype);
    }

    public static Expiration of(Frame frame) {
      frame.expectRequest(Opcode.DCP_EXPIRATION);
      boolean timed = frame.extras().length == 20;
      ByteBuffer e = timed ? frame.extras(20) : frame.extras(18);
      return new Expiration(
          frame.vbucket(),
          frame.opaque(),
          e.getLong(0),
          e.getLong(8),
          timed ? e.getInt(16) : Deletion.NO_DELETE_TIME,
          frame.cas(),
          frame.datatype(),
          frame.key(),
          frame.value());
    }
  }
}
