package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Commands to one node about its vBuckets and its view of the cluster. */
public final class Admin {
  private Admin() {}

  /**
   * Puts a vBucket into a state; creates it where it is absent.
   *
   * @param topology empty, or {@code {"topology":[["a","b"]]}}: the chains whose members must acknowledge sync writes
   */
  public record SetVBucket(int vbucket, int opaque, VBucketState state, String topology) {
    public Frame toFrame() {
      byte[] extras = {(byte) state.code()};
      Frame frame = Frame.request(Opcode.SET_VBUCKET, vbucket, opaque, extras, Frame.NOTHING, topology.getBytes(UTF_8));
      return topology.isEmpty() ? frame : frame.withDatatype(Frame.DATATYPE_JSON);
    }

    /** With the 4 bytes of extras, and without a topology, as nodes before 6.5 expect it. */
    public Frame toFrameBefore65() {
      return Frame.request(Opcode.SET_VBUCKET, vbucket, opaque, encodeState(state), Frame.NOTHING, Frame.NOTHING);
    }

    /** Accepts 1 byte of extras and the 4 bytes of nodes before 6.5. */
    public static SetVBucket of(Frame frame) {
      frame.expectRequest(Opcode.SET_VBUCKET);
      int code = frame.extras().length == 4 ? frame.extras(4).getInt(0) : frame.extras(1).get(0);
      return new SetVBucket(frame.vbucket(), frame.opaque(), VBucketState.of(code), frame.valueText());
    }
  }

  public static Frame getVBucket(int vbucket, int opaque) {
    return Frame.request(Opcode.GET_VBUCKET, vbucket, opaque);
  }

  public static byte[] encodeState(VBucketState state) {
    return ByteBuffer.allocate(4).putInt(state.code()).array();
  }

  /** The state in the value of a successful GET_VBUCKET answer. */
  public static VBucketState decodeState(Frame answer) {
    return VBucketState.of(answer.value(4).getInt(0));
  }

  /** Deletes a dead vBucket; {@code async=0}: the answer comes when it is gone. EINVAL when it is not dead. */
  public static Frame delVBucket(int vbucket, int opaque) {
    return Frame.request(
        Opcode.DEL_VBUCKET, vbucket, opaque, Frame.NOTHING, Frame.NOTHING, "async=0".getBytes(UTF_8));
  }

  /** High seqnos of all vBuckets in one state, or of all alive ones when {@code state} is null. */
  public static Frame getAllVbSeqnos(VBucketState state, int opaque) {
    return new GetAllVbSeqnos(opaque, Optional.ofNullable(state)).toFrame();
  }

  /**
   * Asks for the high seqnos of all vBuckets in one state; without a state, of all alive ones: active, replica and pending. Extras: none,
   * or 0 state(4) where 0 stands for alive. The 4 more bytes with which a client asks for one collection are refused: nothing of a
   * rebalance sends them.
   */
  public record GetAllVbSeqnos(int opaque, Optional<VBucketState> state) {
    public Frame toFrame() {
      byte[] extras = state.map(Admin::encodeState).orElse(Frame.NOTHING);
      return Frame.request(Opcode.GET_ALL_VB_SEQNOS, 0, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static GetAllVbSeqnos of(Frame frame) {
      frame.expectRequest(Opcode.GET_ALL_VB_SEQNOS);
      int code = frame.extras().length == 0 ? 0 : frame.extras(4).getInt(0);
      return new GetAllVbSeqnos(frame.opaque(), code == 0 ? Optional.empty() : Optional.of(VBucketState.of(code)));
    }
  }

  public record VBucketSeqno(int vbucket, long highSeqno) {}

  public static byte[] encodeSeqnos(List<VBucketSeqno> seqnos) {
    ByteBuffer value = ByteBuffer.allocate(10 * seqnos.size());
    seqnos.forEach(s -> value.putShort((short) s.vbucket()).putLong(s.highSeqno()));
    return value.array();
  }

  public static List<VBucketSeqno> decodeSeqnos(Frame answer) {
    if (answer.value().length % 10 != 0) {
      throw answer.malformed("seqnos of " + answer.value().length + " bytes, expected a multiple of 10");
    }
    ByteBuffer value = ByteBuffer.wrap(answer.value());
    List<VBucketSeqno> seqnos = new ArrayList<>(answer.value().length / 10);
    while (value.hasRemaining()) {
      seqnos.add(new VBucketSeqno(value.getShort() & 0xffff, value.getLong()));
    }
    return List.copyOf(seqnos);
  }

  public static Frame observeSeqno(int vbucket, int opaque, long vbuuid) {
    return new ObserveSeqno(vbucket, opaque, vbuuid).toFrame();
  }

  /** Asks how far the history {@code vbuuid} of a vBucket has come. Value: 0 vbuuid(8). */
  public record ObserveSeqno(int vbucket, int opaque, long vbuuid) {
    public Frame toFrame() {
      byte[] value = ByteBuffer.allocate(8).putLong(vbuuid).array();
      return Frame.request(Opcode.OBSERVE_SEQNO, vbucket, opaque, Frame.NOTHING, Frame.NOTHING, value);
    }

    public static ObserveSeqno of(Frame frame) {
      frame.expectRequest(Opcode.OBSERVE_SEQNO);
      return new ObserveSeqno(frame.vbucket(), frame.opaque(), frame.value(8).getLong(0));
    }
  }

  /**
   * OBSERVE_SEQNO's answer. Value: 0 format(1), 1 vbucket(2), 3 vbuuid(8), 11 persisted(8), 19 current(8). Format 0 says that the history
   * asked for is the current one; format 1, with 16 more bytes about the old history, that it is not: {@code vbuuid} then differs from the
   * one that was asked for.
   */
  public record Observed(int vbucket, long vbuuid, long persistedSeqno, long currentSeqno) {
    public byte[] toValue() {
      ByteBuffer value = ByteBuffer.allocate(27).put((byte) 0).putShort((short) vbucket);
      return value.putLong(vbuuid).putLong(persistedSeqno).putLong(currentSeqno).array();
    }

    public static Observed of(Frame answer) {
      boolean newHistory = answer.value().length > 0 && answer.value()[0] == 1;
      ByteBuffer v = answer.value(newHistory ? 43 : 27);
      if (!newHistory && v.get(0) != 0) {
        throw answer.malformed("observation in format " + (v.get(0) & 0xff) + ", expected 0 or 1");
      }
      return new Observed(v.getShort(1) & 0xffff, v.getLong(3), v.getLong(11), v.getLong(19));
    }
  }

  public static Frame getFailoverLog(int vbucket, int opaque) {
    return Frame.request(Opcode.GET_FAILOVER_LOG, vbucket, opaque);
  }

  /** Answered with success once {@code seqno} is persisted, with ETMPFAIL when the node's own time limit ran out: ask again. */
  public record SeqnoPersistence(int vbucket, int opaque, long seqno) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(8).putLong(seqno).array();
      return Frame.request(Opcode.SEQNO_PERSISTENCE, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static SeqnoPersistence of(Frame frame) {
      frame.expectRequest(Opcode.SEQNO_PERSISTENCE);
      return new SeqnoPersistence(frame.vbucket(), frame.opaque(), frame.extras(8).getLong(0));
    }
  }

  /** Asks for a group of stats: one answer per pair, an answer with an empty key ends the list. */
  public static Frame stat(String group, int opaque) {
    return Frame.request(Opcode.STAT, 0, opaque, Frame.NOTHING, group.getBytes(UTF_8), Frame.NOTHING);
  }

  public static Frame statPair(Frame request, String key, String value) {
    return Frame.response(request, Status.SUCCESS, Frame.NOTHING, key.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  /**
   * Gives a node its bucket's configuration. A node keeps the one that it was given last, also when it is an older one.
   *
   * @param epoch 1 or more, or {@link #NO_EPOCH}
   * @param revision 1 or more; nodes before 7.0 know none above 2^31 - 1
   * @param json the configuration as clients read it
   */
  public record SetClusterConfig(int opaque, String bucket, long epoch, long revision, String json) {
    /** Instead of the epoch, for a configuration that has none: 0 is refused. */
    public static final long NO_EPOCH = -1;

    /**
     * For a configuration as it was read.
     *
     * @param epoch of the configuration, 0 where it has none
     */
    public static SetClusterConfig ofRead(int opaque, String bucket, long epoch, long revision, String json) {
      return new SetClusterConfig(opaque, bucket, epoch < 1 ? NO_EPOCH : epoch, revision, json);
    }

    /** Extras: 0 epoch(8), 8 revision(8); key: the bucket. */
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(16).putLong(epoch).putLong(revision).array();
      return Frame.request(
          Opcode.SET_CLUSTER_CONFIG, 0, opaque, extras, bucket.getBytes(UTF_8), json.getBytes(UTF_8))
          .withDatatype(Frame.DATATYPE_JSON);
    }

    /**
     * As nodes of 6.5 and 6.6 expect it. Extras: 0 revision(4); key: the bucket. A revision that has no room there is left to the node to
     * read, and to refuse.
     */
    public Frame toFrameBefore70() {
      if (revision > Integer.MAX_VALUE) {
        return toFrameBefore65();
      }
      byte[] extras = ByteBuffer.allocate(4).putInt((int) revision).array();
      return Frame.request(
          Opcode.SET_CLUSTER_CONFIG, 0, opaque, extras, bucket.getBytes(UTF_8), json.getBytes(UTF_8));
    }

    /** As nodes before 6.5 expect it: for the bucket that is selected, with the revision that the configuration itself says. */
    public Frame toFrameBefore65() {
      return Frame.request(
          Opcode.SET_CLUSTER_CONFIG, 0, opaque, Frame.NOTHING, Frame.NOTHING, json.getBytes(UTF_8));
    }

    /** Accepts the form of nodes since 7.0 only. */
    public static SetClusterConfig of(Frame frame) {
      frame.expectRequest(Opcode.SET_CLUSTER_CONFIG);
      ByteBuffer e = frame.extras(16);
      return new SetClusterConfig(frame.opaque(), frame.keyText(), e.getLong(0), e.getLong(8), frame.valueText());
    }
  }

  public static Frame getClusterConfig(int opaque) {
    return Frame.request(Opcode.GET_CLUSTER_CONFIG, 0, opaque);
  }
}
