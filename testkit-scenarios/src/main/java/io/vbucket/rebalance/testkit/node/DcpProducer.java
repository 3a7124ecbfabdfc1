package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.subdoc.Xattrs;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/** The sending end of a DCP connection: its streams take turns as long as the window and the socket are open. */
final class DcpProducer implements DcpEndpoint {
  private static final int FRAMES_PER_TURN = 64;
  private static final int FIRST_NOOP = 10_000_001;
  private static final String ENABLE_SYNC_WRITES = "enable_sync_writes";

  private final Peer peer;
  private final Bucket bucket;
  private final int flags;
  private final NodeVersion version;
  private final Idleness idleness;
  private final Map<Integer, ProducerStream> streams = new HashMap<>();
  private final Map<Integer, ProducerStream> streamsByOpaque = new HashMap<>();
  private final Deque<ProducerStream> ready = new ArrayDeque<>();
  private boolean pumping;
  private boolean pumpScheduled;
  private boolean sendsEndOnClose;
  private boolean syncWrites;
  private boolean noop;
  private Duration noopInterval = Duration.ZERO;
  private int noops = FIRST_NOOP;
  private boolean noopUnanswered;
  /** 0 means unlimited: the consumer asked for no flow control. */
  private int windowBytes;
  private long unacknowledgedBytes;

  /** @param flags of DCP_OPEN, see {@link Dcp.Open} */
  DcpProducer(Peer peer, Bucket bucket, int flags) {
    this.peer = peer;
    this.bucket = bucket;
    this.flags = flags;
    this.version = peer.node().settings().version();
    this.idleness = new Idleness(peer);
  }

  Peer peer() {
    return peer;
  }

  Bucket bucket() {
    return bucket;
  }

  /** Markers tell of sync writes only to those who asked for them: clients that stream do not know that form. */
  boolean sendsMarkersOfVersion2() {
    return syncWrites && version.sendsMarkersOfVersion2();
  }

  boolean sendsCollections() {
    return peer.has(Feature.COLLECTIONS);
  }

  /** The item as this connection wants it: attributes and JSON are for those who know them, values for those who want them. */
  Item shown(Item item) {
    boolean attributes = (item.datatype() & Datatypes.XATTR) != 0;
    boolean showsAttributes = attributes && (flags & Dcp.Open.XATTR) != 0;
    boolean showsBody = (flags & Dcp.Open.NO_VALUE) == 0;
    boolean json = (item.datatype() & Frame.DATATYPE_JSON) != 0;
    boolean showsJson = json && showsBody && (peer.has(Feature.JSON) || version.tellsJsonToAll());
    if (attributes == showsAttributes && showsBody && json == showsJson) {
      return item;
    }
    byte[] body = showsBody ? KvRequest.body(item) : Frame.NOTHING;
    byte[] value = showsAttributes ? Xattrs.of(item.value()).before(body) : body;
    int datatype = (showsAttributes ? Datatypes.XATTR : 0) | (showsJson ? Frame.DATATYPE_JSON : 0);
    return new Item(item.key(), value, item.seqno(), item.revision(), item.cas(), item.flags(), item.expiry(), datatype,
        item.deleted());
  }

  ProducerStream stream(int vbucket) {
    return streams.get(vbucket);
  }

  @Override
  public void heard() {
    idleness.heard();
  }

  @Override
  public boolean perform(Frame frame) {
    switch (frame.opcode()) {
      case Opcode.DCP_STREAM_REQ -> streamRequest(frame);
      case Opcode.DCP_CLOSE_STREAM -> closeStream(frame);
      case Opcode.DCP_CONTROL -> control(frame);
      case Opcode.DCP_BUFFER_ACK -> {
        unacknowledgedBytes = Math.max(0, unacknowledgedBytes - Dcp.BufferAck.of(frame).bytes());
        pump();
      }
      case Opcode.DCP_NOOP -> peer.answer(frame, Status.SUCCESS);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void streamRequest(Frame frame) {
    Dcp.StreamReq request = Dcp.StreamReq.of(frame);
    VBucket vb = bucket.find(request.vbucket());
    if (vb == null || vb.state == VBucketState.DEAD
        || vb.state == VBucketState.PENDING && !version.streamsFromPending()) {
      peer.answer(frame, Status.NOT_MY_VBUCKET);
      return;
    }
    if (streams.containsKey(vb.id)) {
      peer.answer(frame, Status.KEY_EEXISTS);
      return;
    }
    if (Long.compareUnsigned(request.start(), request.end()) > 0 || request.snapshotStart() > request.start()
        || request.snapshotEnd() < request.start()) {
      peer.answer(frame, Status.ERANGE);
      return;
    }
    vb.outboundAttempts++;
    OptionalLong rollback = rollback(vb, request);
    if (rollback.isPresent()) {
      byte[] seqno = Dcp.encodeRollbackSeqno(rollback.getAsLong());
      peer.send(Frame.response(frame, Status.ROLLBACK, Frame.NOTHING, Frame.NOTHING, seqno), vb.id);
      return;
    }
    ProducerStream stream = new ProducerStream(this, vb, request);
    streams.put(vb.id, stream);
    streamsByOpaque.put(stream.opaque(), stream);
    vb.outbound.add(stream);
    peer.answer(frame, Dcp.encodeFailoverLog(vb.failoverLog));
    ready(stream);
    pump();
  }

  /** How far the consumer must go back before its history and ours are one, or empty when they are. */
  private static OptionalLong rollback(VBucket vb, Dcp.StreamReq request) {
    if (request.start() == 0) {
      return OptionalLong.empty();
    }
    long upper = vb.highSeqno();
    boolean known = false;
    for (Dcp.FailoverEntry entry : vb.failoverLog) {
      if (entry.uuid() == request.vbuuid()) {
        known = true;
        break;
      }
      upper = entry.seqno();
    }
    if (!known) {
      return OptionalLong.of(0);
    }
    long snapshotStart = request.snapshotEnd() == request.start() ? request.start() : request.snapshotStart();
    long snapshotEnd = request.snapshotStart() == request.start() ? request.start() : request.snapshotEnd();
    if (snapshotEnd <= upper) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Math.min(snapshotStart, upper));
  }

  private void closeStream(Frame frame) {
    ProducerStream stream = streams.get(frame.vbucket());
    peer.answer(frame, stream == null ? Status.KEY_ENOENT : Status.SUCCESS);
    if (stream != null && sendsEndOnClose) {
      stream.end(StreamEndReason.CLOSED);
    } else if (stream != null) {
      remove(stream);
    }
  }

  private void control(Frame frame) {
    Dcp.Control control = Dcp.Control.of(frame);
    String value = control.value();
    int status = Status.SUCCESS;
    switch (control.name()) {
      case Dcp.Control.CONNECTION_BUFFER_SIZE -> {
        if (value.matches("[0-9]{1,9}")) {
          windowBytes = Integer.parseInt(value);
        } else {
          status = Status.EINVAL;
        }
      }
      case Dcp.Control.ENABLE_NOOP -> noop = value.equals("true");
      case Dcp.Control.SET_NOOP_INTERVAL -> {
        if (value.matches(version.acceptsFractionalNoopInterval() ? "[0-9]{1,5}(\\.[0-9]{1,9})?" : "[0-9]{1,5}")) {
          noopInterval = Duration.ofNanos(new BigDecimal(value).movePointRight(9).longValue());
        } else {
          status = Status.EINVAL;
        }
      }
      case Dcp.Control.SEND_STREAM_END_ON_CLOSE -> {
        sendsEndOnClose = version.endsClosedStreams() && value.equals("true");
        status = version.endsClosedStreams() ? Status.SUCCESS : Status.EINVAL;
      }
      case Dcp.Control.V7_DCP_STATUS_CODES -> status = version.offersV7StatusCodes() ? Status.SUCCESS : Status.EINVAL;
      case ENABLE_SYNC_WRITES -> {
        status = version.acceptedControls().contains(ENABLE_SYNC_WRITES) ? Status.SUCCESS : Status.EINVAL;
        syncWrites = status == Status.SUCCESS && value.equals("true");
      }
      case "change_streams" -> status = version.offersV7StatusCodes() ? Status.NOT_SUPPORTED : Status.EINVAL;
      default -> status = version.acceptedControls().contains(control.name()) ? Status.SUCCESS : Status.EINVAL;
    }
    peer.answer(frame, status);
    boolean aboutNoop =
        control.name().equals(Dcp.Control.ENABLE_NOOP) || control.name().equals(Dcp.Control.SET_NOOP_INTERVAL);
    if (aboutNoop && status == Status.SUCCESS) {
      idleness.watch(noop ? noopInterval : Duration.ZERO, this::sendNoop);
      if (noop && !noopInterval.isZero() && version.sendsFirstNoopAtOnce()) {
        sendNoop();
      }
    }
  }

  private void sendNoop() {
    if (!noopUnanswered) {
      noopUnanswered = true;
      peer.send(new Dcp.Noop(Integer.reverseBytes(noops++)).toFrame(), -1);
    }
  }

  @Override
  public void answered(Frame answer) {
    switch (answer.opcode()) {
      case Opcode.DCP_NOOP -> noopUnanswered = false;
      case Opcode.DCP_SET_VBUCKET_STATE, Opcode.DCP_SNAPSHOT_MARKER -> {
        ProducerStream stream = streamsByOpaque.get(answer.opaque());
        if (stream != null && answer.opcode() == Opcode.DCP_SNAPSHOT_MARKER) {
          stream.markerAnswered();
        } else if (stream != null) {
          stream.stateAnswered();
        }
      }
      case Opcode.DCP_MUTATION, Opcode.DCP_DELETION, Opcode.DCP_EXPIRATION -> {
        if (version.closesConnectionOnRefusedItem() && !meansNoStream(answer.status())) {
          peer.drop(Opcode.nameOf(answer.opcode()) + " was answered " + Status.nameOf(answer.status()));
        }
      }
      default -> {
      }
    }
  }

  private static boolean meansNoStream(int status) {
    return Status.meansClosed(status) || status == Status.OPAQUE_NO_MATCH || status == Status.KEY_EEXISTS;
  }

  /** The stream may have something to send; it does so after what the node does now, so that changes gather in one snapshot. */
  void wake(ProducerStream stream) {
    ready(stream);
    pumpLater();
  }

  void pumpLater() {
    if (!pumpScheduled) {
      pumpScheduled = true;
      peer.node().later(() -> {
        pumpScheduled = false;
        pump();
      });
    }
  }

  void ready(ProducerStream stream) {
    if (!stream.queued) {
      stream.queued = true;
      ready.add(stream);
    }
  }

  void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    while (!ready.isEmpty() && maySend()) {
      ProducerStream stream = ready.poll();
      stream.queued = false;
      int sent = 0;
      boolean more = true;
      while (more && sent++ < FRAMES_PER_TURN && maySend()) {
        more = stream.step();
      }
      if (more && !stream.queued) {
        ready(stream);
      }
    }
    pumping = false;
  }

  private boolean maySend() {
    return (windowBytes == 0 || unacknowledgedBytes < windowBytes) && peer.isWritable();
  }

  void sendStreamFrame(Frame frame) {
    unacknowledgedBytes += frame.length();
    peer.send(frame, frame.vbucket());
  }

  void remove(ProducerStream stream) {
    streams.remove(stream.vbucket().id, stream);
    streamsByOpaque.remove(stream.opaque(), stream);
    stream.vbucket().outbound.remove(stream);
    stream.discard();
  }

  @Override
  public int vbucketOf(Frame answer) {
    ProducerStream stream = streamsByOpaque.get(answer.opaque());
    return stream == null ? -1 : stream.vbucket().id;
  }

  @Override
  public VBucketState stateAsked(int vbucket) {
    ProducerStream stream = streams.get(vbucket);
    return stream == null ? null : stream.stateAsked();
  }

  @Override
  public void writable() {
    pump();
  }

  @Override
  public void closed() {
    idleness.stop();
    List.copyOf(streams.values()).forEach(this::remove);
    ready.clear();
  }

  void stats(String prefix, BiConsumer<String, Object> pair) {
    pair.accept(prefix + ":type", "producer");
    pair.accept(prefix + ":unacked_bytes", unacknowledgedBytes);
    pair.accept(prefix + ":max_buffer_bytes", windowBytes);
    streams.values().forEach(stream -> {
      pair.accept(prefix + ":stream_" + stream.vbucket().id + "_state", stream.stateName());
      pair.accept(prefix + ":stream_" + stream.vbucket().id + "_opaque", stream.opaque());
    });
  }
}
