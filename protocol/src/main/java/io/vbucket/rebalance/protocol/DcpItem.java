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
   * The changes from {@code start} to {@code end} follow.
   *
   * <p>Version 1 has extras of 20 bytes: 0 start(8), 8 end(8), 16 flags(4). Versions 2.x have extras of 1 byte, the x, and a value: 0
   * start(8), 8 end(8), 16 flags(4), 20 max visible seqno(8), 28 high completed seqno(8); 2.2 adds 36 high prepared seqno(8), 44 purge
   * seqno(8).
   *
   * @param version {@link #V1}, {@link #V2_0} or {@link #V2_2}
   * @param highCompletedSeqno versions 2.x only, else 0
   * @param maxVisibleSeqno versions 2.x only, else 0
   * @param highPreparedSeqno version 2.2 only, else 0
   * @param purgeSeqno version 2.2 only, else 0
   */
  public record SnapshotMarker(
      int vbucket, int opaque, long start, long end, int flags, int version, long highCompletedSeqno,
      long maxVisibleSeqno, long highPreparedSeqno, long purgeSeqno) {
    public static final int MEMORY = 0x01;
    public static final int DISK = 0x02;
    public static final int CHECKPOINT = 0x04;
    /** The consumer must answer this marker; the producer waits for it (takeover). */
    public static final int ACK = 0x08;

    public static final int V1 = 1;
    public static final int V2_0 = 2;
    public static final int V2_2 = 22;

    public SnapshotMarker {
      if (version != V1 && version != V2_0 && version != V2_2) {
        throw new FrameFormatException("DCP_SNAPSHOT_MARKER: version " + version + ", expected V1, V2_0 or V2_2");
      }
    }

    /** A marker of version 1 or 2.0. */
    public SnapshotMarker(
        int vbucket, int opaque, long start, long end, int flags, int version, long highCompletedSeqno,
        long maxVisibleSeqno) {
      this(vbucket, opaque, start, end, flags, version, highCompletedSeqno, maxVisibleSeqno, 0, 0);
    }

    public static SnapshotMarker v1(int vbucket, int opaque, long start, long end, int flags) {
      return new SnapshotMarker(vbucket, opaque, start, end, flags, V1, 0, 0);
    }

    public Frame toFrame() {
      if (version == V1) {
        byte[] extras = ByteBuffer.allocate(20).putLong(start).putLong(end).putInt(flags).array();
        return Frame.request(Opcode.DCP_SNAPSHOT_MARKER, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
      }
      ByteBuffer value = ByteBuffer.allocate(version == V2_2 ? 52 : 36).putLong(start).putLong(end).putInt(flags);
      value.putLong(maxVisibleSeqno).putLong(highCompletedSeqno);
      if (version == V2_2) {
        value.putLong(highPreparedSeqno).putLong(purgeSeqno);
      }
      byte[] extras = {(byte) (version == V2_2 ? 2 : 0)};
      return Frame.request(Opcode.DCP_SNAPSHOT_MARKER, vbucket, opaque, extras, Frame.NOTHING, value.array());
    }

    public static SnapshotMarker of(Frame frame) {
      frame.expectRequest(Opcode.DCP_SNAPSHOT_MARKER);
      if (frame.extras().length != 1) {
        ByteBuffer e = frame.extras(20);
        return v1(frame.vbucket(), frame.opaque(), e.getLong(0), e.getLong(8), e.getInt(16));
      }
      int minor = frame.extras()[0];
      if (minor != 0 && minor != 2) {
        throw frame.malformed("marker version 2." + (minor & 0xff) + ", expected 2.0 or 2.2");
      }
      ByteBuffer v = frame.value(minor == 2 ? 52 : 36);
      return new SnapshotMarker(
          frame.vbucket(),
          frame.opaque(),
          v.getLong(0),
          v.getLong(8),
          v.getInt(16),
          minor == 2 ? V2_2 : V2_0,
          v.getLong(28),
          v.getLong(20),
          minor == 2 ? v.getLong(36) : 0,
          minor == 2 ? v.getLong(44) : 0);
    }
  }

  /**
   * A document was written.
   *
   * <p>Extras, 31 bytes: 0 seqno(8), 8 revision(8), 16 flags(4), 20 expiry(4), 24 lock time(4), 28 extended meta length(2), 30 nru(1).
   *
   * @param expiry seconds since 1970, 0 for never
   * @param lockSeconds remaining lock time
   * @param metaLength how many bytes at the end of {@code value} are not the document's but extended metadata, which 6.0 nodes negotiate
   *     by {@code enable_ext_metadata}; mostly 0
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
      byte[] value,
      int metaLength) {
    public Mutation {
      checkMeta(Opcode.DCP_MUTATION, metaLength, value);
    }

    /** Without extended metadata. */
    public Mutation(
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
      this(vbucket, opaque, seqno, revision, flags, expiry, lockSeconds, nru, cas, datatype, key, value, 0);
    }

    public Frame toFrame() {
      ByteBuffer e =
          ByteBuffer.allocate(31).putLong(seqno).putLong(revision).putInt(flags).putInt(expiry).putInt(lockSeconds);
      e.putShort((short) metaLength).put((byte) nru);
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
          frame.value(),
          e.getShort(28) & 0xffff);
    }
  }

  private static void checkMeta(int opcode, int metaLength, byte[] value) {
    if (metaLength < 0 || metaLength > Math.min(0xffff, value.length)) {
      throw new FrameFormatException(
          Opcode.nameOf(opcode) + ": extended metadata of " + metaLength + " bytes in a value of " + value.length);
    }
  }

  /**
   * A document was deleted.
   *
   * <p>Extras: 0 seqno(8), 8 revision(8), then in the first version 16 extended meta length(2), in the second 16 delete time(4), 20 zero(1).
   *
   * @param deleteTime seconds since 1970, or -1 for the first version of the frame, which has none
   * @param metaLength as in {@link Mutation}, first version only
   */
  public record Deletion(
      int vbucket, int opaque, long seqno, long revision, int deleteTime, long cas, int datatype, byte[] key,
      byte[] value, int metaLength) {
    public static final int NO_DELETE_TIME = -1;

    public Deletion {
      checkMeta(Opcode.DCP_DELETION, metaLength, deleteTime == NO_DELETE_TIME ? value : Frame.NOTHING);
    }

    /** Without extended metadata. */
    public Deletion(
        int vbucket, int opaque, long seqno, long revision, int deleteTime, long cas, int datatype, byte[] key,
        byte[] value) {
      this(vbucket, opaque, seqno, revision, deleteTime, cas, datatype, key, value, 0);
    }

    public Frame toFrame() {
      ByteBuffer e = removal(seqno, revision, deleteTime, metaLength, 21);
      return Frame.request(Opcode.DCP_DELETION, vbucket, opaque, e.array(), key, value).withCas(cas)
          .withDatatype(datatype);
    }

    public static Deletion of(Frame frame) {
      frame.expectRequest(Opcode.DCP_DELETION);
      ByteBuffer e = frame.extras(frame.extras().length == 21 ? 21 : 18);
      return new Deletion(
          frame.vbucket(),
          frame.opaque(),
          e.getLong(0),
          e.getLong(8),
          readDeleteTime(frame),
          frame.cas(),
          frame.datatype(),
          frame.key(),
          frame.value(),
          e.capacity() == 18 ? e.getShort(16) & 0xffff : 0);
    }
  }

  private static ByteBuffer removal(long seqno, long revision, int deleteTime, int metaLength, int timedLength) {
    boolean timed = deleteTime != Deletion.NO_DELETE_TIME;
    ByteBuffer e = ByteBuffer.allocate(timed ? timedLength : 18).putLong(seqno).putLong(revision);
    return timed ? e.putInt(deleteTime) : e.putShort((short) metaLength);
  }

  private static int readDeleteTime(Frame frame) {
    if (frame.extras().length == 18) {
      return Deletion.NO_DELETE_TIME;
    }
    int time = ByteBuffer.wrap(frame.extras()).getInt(16);
    if (time == Deletion.NO_DELETE_TIME) {
      throw frame.malformed("delete time 0xffffffff, which no clock shows");
    }
    return time;
  }

  /**
   * A document expired.
   *
   * <p>Extras: 0 seqno(8), 8 revision(8), then 16 extended meta length(2) or 16 delete time(4).
   *
   * @param deleteTime as in {@link Deletion}
   * @param metaLength as in {@link Deletion}
   */
  public record Expiration(
      int vbucket, int opaque, long seqno, long revision, int deleteTime, long cas, int datatype, byte[] key,
      byte[] value, int metaLength) {
    public Expiration {
      checkMeta(Opcode.DCP_EXPIRATION, metaLength, deleteTime == Deletion.NO_DELETE_TIME ? value : Frame.NOTHING);
    }

    /** Without extended metadata. */
    public Expiration(
        int vbucket, int opaque, long seqno, long revision, int deleteTime, long cas, int datatype, byte[] key,
        byte[] value) {
      this(vbucket, opaque, seqno, revision, deleteTime, cas, datatype, key, value, 0);
    }

    public Frame toFrame() {
      ByteBuffer e = removal(seqno, revision, deleteTime, metaLength, 20);
      return Frame.request(Opcode.DCP_EXPIRATION, vbucket, opaque, e.array(), key, value).withCas(cas)
          .withDatatype(datatype);
    }

    public static Expiration of(Frame frame) {
      frame.expectRequest(Opcode.DCP_EXPIRATION);
      ByteBuffer e = frame.extras(frame.extras().length == 20 ? 20 : 18);
      return new Expiration(
          frame.vbucket(),
          frame.opaque(),
          e.getLong(0),
          e.getLong(8),
          readDeleteTime(frame),
          frame.cas(),
          frame.datatype(),
          frame.key(),
          frame.value(),
          e.capacity() == 18 ? e.getShort(16) & 0xffff : 0);
    }
  }

  /**
   * A collection or scope was created, changed or dropped.
   *
   * <p>Extras, 13 bytes: 0 seqno(8), 8 event(4), 12 version(1).
   *
   * @param event 0 collection begins, 1 collection ends, 3 scope created, 4 scope dropped, 5 collection changed
   * @param version how {@code value} is written, 0..255
   * @param name of the collection or scope, empty for those that end
   */
  public record SystemEvent(int vbucket, int opaque, long seqno, int event, int version, byte[] name, byte[] value) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(13).putLong(seqno).putInt(event).put((byte) version).array();
      return Frame.request(Opcode.DCP_SYSTEM_EVENT, vbucket, opaque, extras, name, value);
    }

    public static SystemEvent of(Frame frame) {
      frame.expectRequest(Opcode.DCP_SYSTEM_EVENT);
      ByteBuffer e = frame.extras(13);
      return new SystemEvent(
          frame.vbucket(), frame.opaque(), e.getLong(0), e.getInt(8), e.get(12) & 0xff, frame.key(), frame.value());
    }
  }

  /** The stream stands at {@code seqno} though it sent nothing for it, since its filter left that out. Extras, 8 bytes: 0 seqno(8). */
  public record SeqnoAdvanced(int vbucket, int opaque, long seqno) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(8).putLong(seqno).array();
      return Frame.request(Opcode.DCP_SEQNO_ADVANCED, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static SeqnoAdvanced of(Frame frame) {
      frame.expectRequest(Opcode.DCP_SEQNO_ADVANCED);
      return new SeqnoAdvanced(frame.vbucket(), frame.opaque(), frame.extras(8).getLong(0));
    }
  }

  /** Begins or ends a snapshot whose changes are not in the order of their seqnos. Extras, 4 bytes: 0 flags(4). */
  public record OsoSnapshot(int vbucket, int opaque, int flags) {
    public static final int START = 0x01;
    public static final int END = 0x02;

    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(4).putInt(flags).array();
      return Frame.request(Opcode.DCP_OSO_SNAPSHOT, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static OsoSnapshot of(Frame frame) {
      frame.expectRequest(Opcode.DCP_OSO_SNAPSHOT);
      return new OsoSnapshot(frame.vbucket(), frame.opaque(), frame.extras(4).getInt(0));
    }
  }
}
