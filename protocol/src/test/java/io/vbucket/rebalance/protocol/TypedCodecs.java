package io.vbucket.rebalance.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Every typed record and reader of this package, as a function from a frame to the frame that the record makes of it. */
final class TypedCodecs {
  /** By the opcode of the request. */
  static final Map<Integer, UnaryOperator<Frame>> REQUESTS = new LinkedHashMap<>();
  /** Readers of answers, by what they read. Each writes again what it has read. */
  static final Map<String, UnaryOperator<Frame>> ANSWERS = new LinkedHashMap<>();

  static {
    REQUESTS.put(Opcode.HELLO, frame -> Session.Hello.of(frame).toFrame());
    REQUESTS.put(Opcode.SASL_AUTH, frame -> {
      Session.PlainCredentials plain = Session.PlainCredentials.of(frame);
      byte[] message = Session.plain(plain.user(), plain.password());
      return Session.sasl(Opcode.SASL_AUTH, frame.opaque(), "PLAIN", message);
    });
    REQUESTS.put(Opcode.SET, frame -> Kv.Store.of(frame).toFrame());
    REQUESTS.put(Opcode.ADD, frame -> Kv.Store.of(frame).toFrame());
    REQUESTS.put(Opcode.REPLACE, frame -> Kv.Store.of(frame).toFrame());
    REQUESTS.put(Opcode.SET_VBUCKET, frame -> Admin.SetVBucket.of(frame).toFrame());
    REQUESTS.put(Opcode.GET_ALL_VB_SEQNOS, frame -> Admin.GetAllVbSeqnos.of(frame).toFrame());
    REQUESTS.put(Opcode.OBSERVE_SEQNO, frame -> Admin.ObserveSeqno.of(frame).toFrame());
    REQUESTS.put(Opcode.SEQNO_PERSISTENCE, frame -> Admin.SeqnoPersistence.of(frame).toFrame());
    REQUESTS.put(Opcode.SET_CLUSTER_CONFIG, frame -> Admin.SetClusterConfig.of(frame).toFrame());
    REQUESTS.put(Opcode.CREATE_BUCKET, frame -> Buckets.Create.of(frame).toFrame());
    REQUESTS.put(Opcode.DELETE_BUCKET, frame -> Buckets.Delete.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_OPEN, frame -> Dcp.Open.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_ADD_STREAM, frame -> Dcp.AddStream.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_CLOSE_STREAM, frame -> Dcp.CloseStream.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_STREAM_REQ, frame -> Dcp.StreamReq.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_STREAM_END, frame -> Dcp.StreamEnd.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_SET_VBUCKET_STATE, frame -> Dcp.SetVBucketState.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_NOOP, frame -> Dcp.Noop.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_BUFFER_ACK, frame -> Dcp.BufferAck.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_CONTROL, frame -> Dcp.Control.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_RETRY_REQUEST, frame -> Dcp.RetryRequest.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_SNAPSHOT_MARKER, frame -> DcpItem.SnapshotMarker.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_MUTATION, frame -> DcpItem.Mutation.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_DELETION, frame -> DcpItem.Deletion.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_EXPIRATION, frame -> DcpItem.Expiration.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_SYSTEM_EVENT, frame -> DcpItem.SystemEvent.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_SEQNO_ADVANCED, frame -> DcpItem.SeqnoAdvanced.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_OSO_SNAPSHOT, frame -> DcpItem.OsoSnapshot.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_PREPARE, frame -> DcpSync.Prepare.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_SEQNO_ACK, frame -> DcpSync.SeqnoAck.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_COMMIT, frame -> DcpSync.Commit.of(frame).toFrame());
    REQUESTS.put(Opcode.DCP_ABORT, frame -> DcpSync.Abort.of(frame).toFrame());

    ANSWERS.put("failover log", frame -> withValue(frame, Dcp.encodeFailoverLog(Dcp.decodeFailoverLog(frame))));
    ANSWERS.put("rollback seqno", frame -> withValue(frame, Dcp.encodeRollbackSeqno(Dcp.rollbackSeqno(frame))));
    ANSWERS.put("stream opaque", frame -> withExtras(frame, Dcp.encodeStreamOpaque(Dcp.streamOpaque(frame))));
    ANSWERS.put("state", frame -> withValue(frame, Admin.encodeState(Admin.decodeState(frame))));
    ANSWERS.put("seqnos", frame -> withValue(frame, Admin.encodeSeqnos(Admin.decodeSeqnos(frame))));
    ANSWERS.put("observation", frame -> withValue(frame, Admin.Observed.of(frame).toValue()));
    ANSWERS.put("bucket names", frame -> withValue(frame, Buckets.encodeNames(Buckets.decodeNames(frame))));
    ANSWERS.put("features", frame -> withValue(frame, Session.encodeFeatures(Session.decodeFeatures(frame))));
    ANSWERS.put("framing extras", frame -> withFraming(frame, FramingExtras.encode(FramingExtras.of(frame))));
    ANSWERS.put("durability", frame -> {
      FramingExtras.durability(frame);
      FramingExtras.impersonatedUser(frame);
      FramingExtras.dcpStreamId(frame);
      return frame;
    });
  }

  private TypedCodecs() {}

  private static Frame withValue(Frame f, byte[] value) {
    return rebuilt(f, f.framingExtras(), f.extras(), value);
  }

  private static Frame withExtras(Frame f, byte[] extras) {
    return rebuilt(f, f.framingExtras(), extras, f.value());
  }

  private static Frame withFraming(Frame f, byte[] framing) {
    return rebuilt(f, framing, f.extras(), f.value());
  }

  private static Frame rebuilt(Frame f, byte[] framing, byte[] extras, byte[] value) {
    return new Frame(
        f.magic(), f.opcode(), f.datatype(), f.vbucketOrStatus(), f.opaque(), f.cas(), framing, extras, f.key(), value);
  }
}
