package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Requests that open, steer and end DCP connections and streams, and the answers that carry more than a status. */
public final class Dcp {
  private Dcp() {}

  /**
   * Opens a DCP connection on this socket. Opening one under a name that exists makes the node drop the older connection.
   *
   * @param name at most 200 bytes
   * @param flags see the constants; a consumer has not {@link #PRODUCER}
   * @param json empty, or a JSON document such as {@code {"consumer_name":"n1"}}
   */
  public record Open(int opaque, String name, int flags, String json) {
    public static final int PRODUCER = 0x01;
    public static final int NOTIFIER = 0x02;
    public static final int XATTR = 0x04;
    public static final int NO_VALUE = 0x08;
    public static final int DELETE_TIMES = 0x20;
    public static final int NO_VALUE_BUT_ITS_DATATYPE = 0x40;
    public static final int DELETED_USER_XATTRS = 0x100;
    /** Longest connection name, in bytes. */
    public static final int MAX_NAME_LENGTH = 200;

    public Open {
      int length = name.getBytes(UTF_8).length;
      if (length > MAX_NAME_LENGTH) {
        throw new FrameFormatException(
            "DCP_OPEN: connection name of " + length + " bytes, allowed are " + MAX_NAME_LENGTH);
      }
    }

    public boolean isProducer() {
      return (flags & PRODUCER) != 0;
    }

    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(8).putInt(0).putInt(flags).array();
      Frame frame = Frame.request(Opcode.DCP_OPEN, 0, opaque, extras, name.getBytes(UTF_8), json.getBytes(UTF_8));
      return json.isEmpty() ? frame : frame.withDatatype(Frame.DATATYPE_JSON);
    }

    public static Open of(Frame frame) {
      frame.expectRequest(Opcode.DCP_OPEN);
      return new Open(frame.opaque(), frame.keyText(), frame.extras(8).getInt(4), frame.valueText());
    }
  }

  /** Asks a consumer to request a stream from its producer; with {@code takeover} the vBucket changes hands at its end. */
  public record AddStream(int vbucket, int opaque, boolean takeover) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(4).putInt(takeover ? 1 : 0).array();
      return Frame.request(Opcode.DCP_ADD_STREAM, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static AddStream of(Frame frame) {
      frame.expectRequest(Opcode.DCP_ADD_STREAM);
      return new AddStream(frame.vbucket(), frame.opaque(), (frame.extras(4).getInt(0) & 1) != 0);
    }
  }

  /**
   * The stream opaque in a successful answer to ADD_STREAM, as the headers of the stream's frames show it: nodes mint it as a number in
   * host byte order, so that the answer's 4 bytes of extras are the header's reversed.
   */
  public static int streamOpaque(Frame answer) {
    return Integer.reverseBytes(answer.extras(4).getInt(0));
  }

  /** Extras of a successful answer to ADD_STREAM, see {@link #streamOpaque}. */
  public static byte[] encodeStreamOpaque(int opaque) {
    return ByteBuffer.allocate(4).putInt(Integer.reverseBytes(opaque)).array();
  }

  /** Ends a stream; sent to a consumer or to a producer. */
  public record CloseStream(int vbucket, int opaque) {
    public Frame toFrame() {
      return Frame.request(Opcode.DCP_CLOSE_STREAM, vbucket, opaque);
    }

    public static CloseStream of(Frame frame) {
      frame.expectRequest(Opcode.DCP_CLOSE_STREAM);
      return new CloseStream(frame.vbucket(), frame.opaque());
    }
  }

  /**
   * A consumer asks its producer for a stream. Seqnos are unsigned 64-bit; {@code end} is 2^64-1 for "for ever".
   *
   * <p>Extras, 48 bytes: 0 flags(4), 4 zero(4), 8 start(8), 16 end(8), 24 vbuuid(8), 32 snapshot start(8), 40 snapshot end(8).
   *
   * @param opaque the stream's opaque: minted by the consumer, carried by every frame of the stream
   * @param json empty, or which collections are wanted: {@code {"collections":["9"],"uid":"5"}}. Sent without the JSON datatype, which
   *     nodes refuse here.
   */
  public record StreamReq(
      int vbucket, int opaque, int flags, long start, long end, long vbuuid, long snapshotStart, long snapshotEnd,
      String json) {
    public static final int TAKEOVER = 0x01;
    public static final long FOREVER = -1L;

    /** A stream of the whole vBucket. */
    public StreamReq(
        int vbucket, int opaque, int flags, long start, long end, long vbuuid, long snapshotStart, long snapshotEnd) {
      this(vbucket, opaque, flags, start, end, vbuuid, snapshotStart, snapshotEnd, "");
    }

    public boolean isTakeover() {
      return (flags & TAKEOVER) != 0;
    }

    public Frame toFrame() {
      ByteBuffer extras = ByteBuffer.allocate(48).putInt(flags).putInt(0).putLong(start).putLong(end).putLong(vbuuid);
      extras.putLong(snapshotStart).putLong(snapshotEnd);
      return Frame.request(
          Opcode.DCP_STREAM_REQ, vbucket, opaque, extras.array(), Frame.NOTHING, json.getBytes(UTF_8));
    }

    public static StreamReq of(Frame frame) {
      frame.expectRequest(Opcode.DCP_STREAM_REQ);
      ByteBuffer e = frame.extras(48);
      return new StreamReq(
          frame.vbucket(), frame.opaque(), e.getInt(0), e.getLong(8), e.getLong(16), e.getLong(24), e.getLong(32),
          e.getLong(40), frame.valueText());
    }
  }

  /** One entry of a failover log: the history {@code uuid} begins at {@code seqno}. */
  public record FailoverEntry(long uuid, long seqno) {}

  /** Failover logs, newest entry first, as the values of STREAM_REQ's and GET_FAILOVER_LOG's answers. */
  public static byte[] encodeFailoverLog(List<FailoverEntry> log) {
    ByteBuffer value = ByteBuffer.allocate(16 * log.size());
    log.forEach(entry -> value.putLong(entry.uuid()).putLong(entry.seqno()));
    return value.array();
  }

  public static List<FailoverEntry> decodeFailoverLog(Frame answer) {
    if (answer.value().length % 16 != 0) {
      throw answer.malformed("failover log of " + answer.value().length + " bytes, expected a multiple of 16");
    }
    ByteBuffer value = ByteBuffer.wrap(answer.value());
    List<FailoverEntry> log = new ArrayList<>(answer.value().length / 16);
    while (value.hasRemaining()) {
      log.add(new FailoverEntry(value.getLong(), value.getLong()));
    }
    return List.copyOf(log);
  }

  /** The seqno to roll back to, from a STREAM_REQ answered with {@link Status#ROLLBACK}. */
  public static long rollbackSeqno(Frame answer) {
    return answer.value(8).getLong(0);
  }

  public static byte[] encodeRollbackSeqno(long seqno) {
    return ByteBuffer.allocate(8).putLong(seqno).array();
  }

  /** The end of a stream, sent by its producer. Not answered on success. */
  public record StreamEnd(int vbucket, int opaque, StreamEndReason reason) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(4).putInt(reason.code()).array();
      return Frame.request(Opcode.DCP_STREAM_END, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static StreamEnd of(Frame frame) {
      frame.expectRequest(Opcode.DCP_STREAM_END);
      return new StreamEnd(frame.vbucket(), frame.opaque(), StreamEndReason.of(frame.extras(4).getInt(0)));
    }
  }

  /** A producer tells its consumer during a takeover to go {@code pending}, then {@code active}. Answered. */
  public record SetVBucketState(int vbucket, int opaque, VBucketState state) {
    public Frame toFrame() {
      byte[] extras = {(byte) state.code()};
      return Frame.request(Opcode.DCP_SET_VBUCKET_STATE, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static SetVBucketState of(Frame frame) {
      frame.expectRequest(Opcode.DCP_SET_VBUCKET_STATE);
      return new SetVBucketState(frame.vbucket(), frame.opaque(), VBucketState.of(frame.extras(1).get(0)));
    }
  }

  /** Keep-alive; answered by whoever receives it. */
  public record Noop(int opaque) {
    public Frame toFrame() {
      return Frame.request(Opcode.DCP_NOOP, 0, opaque);
    }

    public static Noop of(Frame frame) {
      frame.expectRequest(Opcode.DCP_NOOP);
      return new Noop(frame.opaque());
    }
  }

  /** Frees {@code bytes} of the producer's flow-control window. Not answered. */
  public record BufferAck(int opaque, int bytes) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(4).putInt(bytes).array();
      return Frame.request(Opcode.DCP_BUFFER_ACK, 0, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static BufferAck of(Frame frame) {
      frame.expectRequest(Opcode.DCP_BUFFER_ACK);
      int bytes = frame.extras(4).getInt(0);
      if (bytes < 0) {
        throw frame.malformed("acknowledges " + (bytes & 0xffffffffL) + " bytes, more than any window");
      }
      return new BufferAck(frame.opaque(), bytes);
    }
  }

  /** A consumer sets a parameter of its producer, e.g. {@code connection_buffer_size}, in bytes. Answered. */
  public record Control(int opaque, String name, String value) {
    public static final String CONNECTION_BUFFER_SIZE = "connection_buffer_size";
    public static final String ENABLE_NOOP = "enable_noop";
    public static final String SET_NOOP_INTERVAL = "set_noop_interval";
    public static final String SEND_STREAM_END_ON_CLOSE = "send_stream_end_on_client_close_stream";
    public static final String V7_DCP_STATUS_CODES = "v7_dcp_status_codes";

    public Frame toFrame() {
      return Frame.request(Opcode.DCP_CONTROL, 0, opaque, Frame.NOTHING, name.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    public static Control of(Frame frame) {
      frame.expectRequest(Opcode.DCP_CONTROL);
      frame.extras(0);
      return new Control(frame.opaque(), frame.keyText(), frame.valueText());
    }
  }

  /** A consumer asks that the takeover of its live stream be started anew (race catalogue, way 1 of asking for a retry). */
  public record RetryRequest(int opcode, int vbucket, int opaque, int reason) {
    public Frame toFrame() {
      byte[] extras = ByteBuffer.allocate(4).putInt(reason).array();
      return Frame.request(opcode, vbucket, opaque, extras, Frame.NOTHING, Frame.NOTHING);
    }

    public static RetryRequest of(Frame frame) {
      frame.expectRequest(frame.opcode());
      return new RetryRequest(frame.opcode(), frame.vbucket(), frame.opaque(), frame.extras(4).getInt(0));
    }
  }
}
