package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.DcpItem.SnapshotMarker;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Every typed record and reader of this package, in one table for golden, round-trip and garbage tests. */
final class TypedCodecs {
  /** @param sample any instance, from a source of randomness */
  record Codec<T>(
      Class<T> type, int opcode, Function<Random, T> sample, Function<T, Frame> toFrame, Function<Frame, T> of) {
    /** The frame that the record makes of what it has read. */
    Frame rewritten(Frame frame) {
      return toFrame.apply(of.apply(frame));
    }

    Frame sampleFrame(Random random) {
      return toFrame.apply(sample.apply(random));
    }
  }

  private static final VBucketState[] STATES = VBucketState.values();
  private static final StreamEndReason[] REASONS = StreamEndReason.values();

  static final List<Codec<?>> REQUESTS =
      List.of(
          new Codec<>(
              Session.Hello.class, Opcode.HELLO,
              r -> new Session.Hello(r.nextInt(), text(r, 40), new TreeSet<>(List.of(r.nextInt(65536), 6))),
              Session.Hello::toFrame, Session.Hello::of),
          new Codec<>(
              Session.PlainCredentials.class, Opcode.SASL_AUTH,
              r -> new Session.PlainCredentials(text(r, 20), text(r, 20)),
              c -> Session.sasl(Opcode.SASL_AUTH, 1, "PLAIN", Session.plain(c.user(), c.password())),
              Session.PlainCredentials::of),
          new Codec<>(Kv.Store.class, Opcode.SET, r -> store(r, Opcode.SET), Kv.Store::toFrame, Kv.Store::of),
          new Codec<>(Kv.Store.class, Opcode.ADD, r -> store(r, Opcode.ADD), Kv.Store::toFrame, Kv.Store::of),
          new Codec<>(Kv.Store.class, Opcode.REPLACE, r -> store(r, Opcode.REPLACE), Kv.Store::toFrame, Kv.Store::of),
          new Codec<>(
              Admin.SetVBucket.class, Opcode.SET_VBUCKET,
              r -> new Admin.SetVBucket(vb(r), r.nextInt(), STATES[r.nextInt(4)], text(r, 60)),
              Admin.SetVBucket::toFrame, Admin.SetVBucket::of),
          new Codec<>(
              Admin.GetAllVbSeqnos.class, Opcode.GET_ALL_VB_SEQNOS,
              r -> new Admin.GetAllVbSeqnos(
                  r.nextInt(), r.nextBoolean() ? Optional.of(STATES[r.nextInt(4)]) : Optional.empty()),
              Admin.GetAllVbSeqnos::toFrame, Admin.GetAllVbSeqnos::of),
          new Codec<>(
              Admin.ObserveSeqno.class, Opcode.OBSERVE_SEQNO,
              r -> new Admin.ObserveSeqno(vb(r), r.nextInt(), r.nextLong()), Admin.ObserveSeqno::toFrame,
              Admin.ObserveSeqno::of),
          new Codec<>(
              Admin.SeqnoPersistence.class, Opcode.SEQNO_PERSISTENCE,
              r -> new Admin.SeqnoPersistence(vb(r), r.nextInt(), r.nextLong()), Admin.SeqnoPersistence::toFrame,
              Admin.SeqnoPersistence::of),
          new Codec<>(
              Admin.SetClusterConfig.class, Opcode.SET_CLUSTER_CONFIG,
              r -> new Admin.SetClusterConfig(r.nextInt(), text(r, 20), r.nextLong(), r.nextLong(), text(r, 200)),
              Admin.SetClusterConfig::toFrame, Admin.SetClusterConfig::of),
          new Codec<>(
              Buckets.Create.class, Opcode.CREATE_BUCKET,
              r -> new Buckets.Create(r.nextInt(), text(r, 20), text(r, 10), text(r, 60)), Buckets.Create::toFrame,
              Buckets.Create::of),
          new Codec<>(
              Buckets.Delete.class, Opcode.DELETE_BUCKET,
              r -> new Buckets.Delete(r.nextInt(), text(r, 20), r.nextBoolean()), Buckets.Delete::toFrame,
              Buckets.Delete::of),
          new Codec<>(
              Dcp.Open.class, Opcode.DCP_OPEN, r -> new Dcp.Open(r.nextInt(), text(r, 50), r.nextInt(), text(r, 60)),
              Dcp.Open::toFrame, Dcp.Open::of),
          new Codec<>(
              Dcp.AddStream.class, Opcode.DCP_ADD_STREAM,
              r -> new Dcp.AddStream(vb(r), r.nextInt(), r.nextBoolean()), Dcp.AddStream::toFrame, Dcp.AddStream::of),
          new Codec<>(
              Dcp.CloseStream.class, Opcode.DCP_CLOSE_STREAM, r -> new Dcp.CloseStream(vb(r), r.nextInt()),
              Dcp.CloseStream::toFrame, Dcp.CloseStream::of),
          new Codec<>(
              Dcp.StreamReq.class, Opcode.DCP_STREAM_REQ,
              r -> new Dcp.StreamReq(
                  vb(r), r.nextInt(), r.nextInt(), r.nextLong(), r.nextLong(), r.nextLong(), r.nextLong(),
                  r.nextLong(), text(r, 60)),
              Dcp.StreamReq::toFrame, Dcp.StreamReq::of),
          new Codec<>(
              Dcp.StreamEnd.class, Opcode.DCP_STREAM_END,
              r -> new Dcp.StreamEnd(vb(r), r.nextInt(), REASONS[r.nextInt(REASONS.length)]), Dcp.StreamEnd::toFrame,
              Dcp.StreamEnd::of),
          new Codec<>(
              Dcp.SetVBucketState.class, Opcode.DCP_SET_VBUCKET_STATE,
              r -> new Dcp.SetVBucketState(vb(r), r.nextInt(), STATES[r.nextInt(4)]), Dcp.SetVBucketState::toFrame,
              Dcp.SetVBucketState::of),
          new Codec<>(
              Dcp.Noop.class, Opcode.DCP_NOOP, r -> new Dcp.Noop(r.nextInt()), Dcp.Noop::toFrame, Dcp.Noop::of),
          new Codec<>(
              Dcp.BufferAck.class, Opcode.DCP_BUFFER_ACK,
              r -> new Dcp.BufferAck(r.nextInt(), r.nextInt() & Integer.MAX_VALUE), Dcp.BufferAck::toFrame,
              Dcp.BufferAck::of),
          new Codec<>(
              Dcp.Control.class, Opcode.DCP_CONTROL, r -> new Dcp.Control(r.nextInt(), text(r, 40), text(r, 40)),
              Dcp.Control::toFrame, Dcp.Control::of),
          new Codec<>(
              Dcp.RetryRequest.class, Opcode.DCP_RETRY_REQUEST,
              r -> new Dcp.RetryRequest(Opcode.DCP_RETRY_REQUEST, vb(r), r.nextInt(), r.nextInt()),
              Dcp.RetryRequest::toFrame, Dcp.RetryRequest::of),
          new Codec<>(
              SnapshotMarker.class, Opcode.DCP_SNAPSHOT_MARKER, TypedCodecs::marker, SnapshotMarker::toFrame,
              SnapshotMarker::of),
          new Codec<>(
              DcpItem.Mutation.class, Opcode.DCP_MUTATION,
              r -> {
                byte[] value = bytes(r, 300);
                return new DcpItem.Mutation(
                    vb(r), r.nextInt(), r.nextLong(), r.nextLong(), r.nextInt(), r.nextInt(), r.nextInt(),
                    r.nextInt(256), r.nextLong(), r.nextInt(8), bytes(r, 60), value, r.nextInt(value.length + 1));
              },
              DcpItem.Mutation::toFrame, DcpItem.Mutation::of),
          new Codec<>(
              DcpItem.Deletion.class, Opcode.DCP_DELETION,
              r -> {
                byte[] value = bytes(r, 100);
                int time = r.nextBoolean() ? DcpItem.Deletion.NO_DELETE_TIME : r.nextInt() & Integer.MAX_VALUE;
                return new DcpItem.Deletion(
                    vb(r), r.nextInt(), r.nextLong(), r.nextLong(), time, r.nextLong(), r.nextInt(8), bytes(r, 60),
                    value, time == -1 ? r.nextInt(value.length + 1) : 0);
              },
              DcpItem.Deletion::toFrame, DcpItem.Deletion::of),
          new Codec<>(
              DcpItem.Expiration.class, Opcode.DCP_EXPIRATION,
              r -> {
                byte[] value = bytes(r, 100);
                int time = r.nextBoolean() ? DcpItem.Deletion.NO_DELETE_TIME : r.nextInt() & Integer.MAX_VALUE;
                return new DcpItem.Expiration(
                    vb(r), r.nextInt(), r.nextLong(), r.nextLong(), time, r.nextLong(), r.nextInt(8), bytes(r, 60),
                    value, time == -1 ? r.nextInt(value.length + 1) : 0);
              },
              DcpItem.Expiration::toFrame, DcpItem.Expiration::of),
          new Codec<>(
              DcpItem.SystemEvent.class, Opcode.DCP_SYSTEM_EVENT,
              r -> new DcpItem.SystemEvent(
                  vb(r), r.nextInt(), r.nextLong(), r.nextInt(), r.nextInt(256), bytes(r, 30), bytes(r, 40)),
              DcpItem.SystemEvent::toFrame, DcpItem.SystemEvent::of),
          new Codec<>(
              DcpItem.SeqnoAdvanced.class, Opcode.DCP_SEQNO_ADVANCED,
              r -> new DcpItem.SeqnoAdvanced(vb(r), r.nextInt(), r.nextLong()), DcpItem.SeqnoAdvanced::toFrame,
              DcpItem.SeqnoAdvanced::of),
          new Codec<>(
              DcpItem.OsoSnapshot.class, Opcode.DCP_OSO_SNAPSHOT,
              r -> new DcpItem.OsoSnapshot(vb(r), r.nextInt(), r.nextInt()), DcpItem.OsoSnapshot::toFrame,
              DcpItem.OsoSnapshot::of),
          new Codec<>(
              DcpSync.Prepare.class, Opcode.DCP_PREPARE,
              r -> new DcpSync.Prepare(
                  vb(r), r.nextInt(), r.nextLong(), r.nextLong(), r.nextInt(), r.nextInt(), r.nextInt(),
                  r.nextInt(256), r.nextBoolean(), r.nextInt(256), r.nextLong(), r.nextInt(8), bytes(r, 60),
                  bytes(r, 300)),
              DcpSync.Prepare::toFrame, DcpSync.Prepare::of),
          new Codec<>(
              DcpSync.SeqnoAck.class, Opcode.DCP_SEQNO_ACK,
              r -> new DcpSync.SeqnoAck(vb(r), r.nextInt(), r.nextLong()), DcpSync.SeqnoAck::toFrame,
              DcpSync.SeqnoAck::of),
          new Codec<>(
              DcpSync.Commit.class, Opcode.DCP_COMMIT,
              r -> new DcpSync.Commit(vb(r), r.nextInt(), r.nextLong(), r.nextLong(), bytes(r, 60)),
              DcpSync.Commit::toFrame, DcpSync.Commit::of),
          new Codec<>(
              DcpSync.Abort.class, Opcode.DCP_ABORT,
              r -> new DcpSync.Abort(vb(r), r.nextInt(), r.nextLong(), r.nextLong(), bytes(r, 60)),
              DcpSync.Abort::toFrame, DcpSync.Abort::of));

  static final Map<Integer, Codec<?>> BY_OPCODE =
      REQUESTS.stream().collect(Collectors.toMap(Codec::opcode, Function.identity()));

  /** Readers of answers, by what they read; each writes again what it has read. */
  static final Map<String, UnaryOperator<Frame>> ANSWERS =
      Map.of(
          "failover log", f -> withValue(f, Dcp.encodeFailoverLog(Dcp.decodeFailoverLog(f))),
          "rollback seqno", f -> withValue(f, Dcp.encodeRollbackSeqno(Dcp.rollbackSeqno(f))),
          "stream opaque", f -> rebuilt(
              f, f.framingExtras(), Dcp.encodeStreamOpaque(Dcp.streamOpaque(f)), f.value()),
          "state", f -> withValue(f, Admin.encodeState(Admin.decodeState(f))),
          "seqnos", f -> withValue(f, Admin.encodeSeqnos(Admin.decodeSeqnos(f))),
          "observation", f -> withValue(f, Admin.Observed.of(f).toValue()),
          "bucket names", f -> withValue(f, Buckets.encodeNames(Buckets.decodeNames(f))),
          "features", f -> withValue(f, Session.encodeFeatures(Session.decodeFeatures(f))),
          "framing extras", f -> rebuilt(f, FramingExtras.encode(FramingExtras.of(f)), f.extras(), f.value()),
          "frame infos", f -> {
            FramingExtras.durability(f);
            FramingExtras.impersonatedUser(f);
            FramingExtras.dcpStreamId(f);
            return f;
          });

  private TypedCodecs() {}

  static int vb(Random random) {
    return random.nextInt(65536);
  }

  static byte[] bytes(Random random, int atMost) {
    byte[] bytes = new byte[random.nextInt(atMost + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Text without zero characters, of one, two and three bytes in UTF-8. */
  static String text(Random random, int atMost) {
    String letters = "abc{}:\"0^/\u00e4\u20ac";
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(atMost + 1); i > 0; i--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }

  private static Kv.Store store(Random r, int opcode) {
    return new Kv.Store(
        opcode, vb(r), r.nextInt(), r.nextInt(), r.nextInt(), r.nextLong(), text(r, 30).getBytes(UTF_8), bytes(r, 99));
  }

  private static SnapshotMarker marker(Random r) {
    int flags = r.nextInt(16);
    return switch (r.nextInt(3)) {
      case 0 -> SnapshotMarker.v1(vb(r), r.nextInt(), r.nextLong(), r.nextLong(), flags);
      case 1 -> new SnapshotMarker(
          vb(r), r.nextInt(), r.nextLong(), r.nextLong(), flags, SnapshotMarker.V2_0, r.nextLong(), r.nextLong());
      default -> new SnapshotMarker(
          vb(r), r.nextInt(), r.nextLong(), r.nextLong(), flags, SnapshotMarker.V2_2, r.nextLong(), r.nextLong(),
          r.nextLong(), r.nextLong());
    };
  }

  private static Frame withValue(Frame f, byte[] value) {
    return rebuilt(f, f.framingExtras(), f.extras(), value);
  }

  private static Frame rebuilt(Frame f, byte[] framing, byte[] extras, byte[] value) {
    return new Frame(
        f.magic(), f.opcode(), f.datatype(), f.vbucketOrStatus(), f.opaque(), f.cas(), framing, extras, f.key(), value);
  }
}
