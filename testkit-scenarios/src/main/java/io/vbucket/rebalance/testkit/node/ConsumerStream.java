package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import java.util.ArrayList;
import java.util.Arrays;

/** One vBucket's stream as its consumer sees it. */
final class ConsumerStream {
  private enum Phase {
    /** STREAM_REQ is not answered. */
    PENDING,
    READING,
    CLOSED
  }

  private final DcpConsumer consumer;
  private final VBucket vb;
  private final int opaque;
  private final Frame addStream;
  private final boolean takeover;
  private Phase phase = Phase.PENDING;
  private long markerStart;
  private long markerEnd = -1;
  private Frame markerToAnswer;
  private VBucketState stateAsked;
  /** It asked for a retry and waits to be closed: data is taken, states are neither changed nor answered. */
  private boolean frozen;

  ConsumerStream(DcpConsumer consumer, VBucket vb, int opaque, Frame addStream, boolean takeover) {
    this.consumer = consumer;
    this.vb = vb;
    this.opaque = opaque;
    this.addStream = addStream;
    this.takeover = takeover;
  }

  DcpConsumer consumer() {
    return consumer;
  }

  VBucket vbucket() {
    return vb;
  }

  int opaque() {
    return opaque;
  }

  Frame addStream() {
    return addStream;
  }

  VBucketState stateAsked() {
    return stateAsked;
  }

  boolean isClosed() {
    return phase == Phase.CLOSED;
  }

  void close() {
    phase = Phase.CLOSED;
  }

  String stateName() {
    return switch (phase) {
      case PENDING -> "pending";
      case READING -> "reading";
      case CLOSED -> "dead";
    };
  }

  /** STREAM_REQ from where this copy's history ends. */
  void request() {
    long start = vb.highSeqno();
    long snapshotStart = start;
    long snapshotEnd = start;
    if (start > vb.snapshotStart && start < vb.snapshotEnd) {
      snapshotStart = vb.snapshotStart;
      snapshotEnd = vb.snapshotEnd;
    }
    Dcp.StreamReq request =
        new Dcp.StreamReq(vb.id, opaque, takeover ? Dcp.StreamReq.TAKEOVER : 0, start, Dcp.StreamReq.FOREVER,
            start == 0 ? 0 : vb.uuid(), snapshotStart, snapshotEnd);
    consumer.peer().send(request.toFrame(), vb.id);
  }

  void requestAnswered(Frame answer) {
    if (phase != Phase.PENDING) {
      return;
    }
    if (answer.status() == Status.ROLLBACK) {
      rollBack(Dcp.rollbackSeqno(answer));
      return;
    }
    if (answer.status() != Status.SUCCESS) {
      consumer.retire(this);
      consumer.answerAddStream(this, answer.status());
      return;
    }
    phase = Phase.READING;
    vb.failoverLog = new ArrayList<>(Dcp.decodeFailoverLog(answer));
    consumer.answerAddStream(this, Status.SUCCESS);
    askRetry(RetryWay.Point.STREAM_REQ_ANSWERED);
  }

  /** The second STREAM_REQ has the same opaque. Older versions are gone, so this copy goes back to 0 whatever was asked. */
  private void rollBack(long seqno) {
    if (seqno == 0 && vb.failoverLog.size() > 1) {
      vb.failoverLog.remove(0);
    } else {
      vb.rollBack();
    }
    request();
  }

  void data(Frame frame) {
    if (phase == Phase.PENDING) {
      consumer.peer().answer(frame, Status.KEY_ENOENT);
      return;
    }
    switch (frame.opcode()) {
      case Opcode.DCP_SNAPSHOT_MARKER -> marker(frame);
      case Opcode.DCP_MUTATION -> {
        DcpItem.Mutation m = DcpItem.Mutation.of(frame);
        store(frame,
            new Item(withoutCollection(m.key()), m.value(), m.seqno(), m.revision(), m.cas(), m.flags(), m.expiry(),
                m.datatype(), false));
      }
      case Opcode.DCP_DELETION -> {
        DcpItem.Deletion d = DcpItem.Deletion.of(frame);
        store(frame, new Item(withoutCollection(d.key()), d.value(), d.seqno(), d.revision(), d.cas(), 0,
            Math.max(0, d.deleteTime()), d.datatype(), true));
      }
      case Opcode.DCP_EXPIRATION -> {
        DcpItem.Expiration x = DcpItem.Expiration.of(frame);
        store(frame, new Item(withoutCollection(x.key()), x.value(), x.seqno(), x.revision(), x.cas(), 0,
            Math.max(0, x.deleteTime()), x.datatype(), true));
      }
      default -> {
      }
    }
  }

  private byte[] withoutCollection(byte[] key) {
    return consumer.peer().has(Feature.COLLECTIONS) && key.length > 0 ? Arrays.copyOfRange(key, 1, key.length) : key;
  }

  private void marker(Frame frame) {
    DcpItem.SnapshotMarker marker = DcpItem.SnapshotMarker.of(frame);
    if (vb.state == VBucketState.DEAD) {
      // Not answered either: the producer waits for ever, or drops the link over the refused items (answers c).
      return;
    }
    markerStart = marker.start();
    markerEnd = marker.end();
    markerToAnswer = (marker.flags() & DcpItem.SnapshotMarker.ACK) != 0 ? frame : null;
    vb.snapshotStart = markerStart;
    vb.snapshotEnd = markerEnd;
    answerMarkerAtItsEnd();
  }

  private void store(Frame frame, Item item) {
    if (vb.state == VBucketState.DEAD) {
      consumer.peer().answer(frame, consumer.peer().node().settings().version().statusOfItemForDeadVBucket());
      return;
    }
    if (item.seqno() <= vb.highSeqno() || item.seqno() > markerEnd) {
      consumer.peer().answer(frame, Status.ERANGE);
      return;
    }
    vb.store(item);
    consumer.bucket().changed(vb);
    answerMarkerAtItsEnd();
  }

  private void answerMarkerAtItsEnd() {
    if (markerToAnswer != null && vb.highSeqno() >= markerEnd) {
      Frame marker = markerToAnswer;
      markerToAnswer = null;
      consumer.peer().answer(marker, Status.SUCCESS);
    }
  }

  void setState(Frame frame) {
    stateAsked = Dcp.SetVBucketState.of(frame).state();
    boolean active = stateAsked == VBucketState.ACTIVE;
    if (frozen || askRetry(active ? RetryWay.Point.BEFORE_ACTIVE : RetryWay.Point.BEFORE_PENDING)) {
      return;
    }
    RetryWay refusal =
        consumer.peer().node().faults().retry(consumer.bucket().name, vb.id,
            active ? RetryWay.Point.REFUSE_ACTIVE : RetryWay.Point.REFUSE_PENDING);
    if (refusal != null) {
      frozen = true;
      consumer.peer().answer(frame, refusal.status());
      return;
    }
    consumer.bucket().changeByTakeover(vb, stateAsked);
    consumer.peer().answer(frame, Status.SUCCESS);
    if (active) {
      consumer.peer().node().faults().takenOver(consumer.bucket().name, vb.id);
    }
    askRetry(active ? RetryWay.Point.AFTER_ACTIVE : RetryWay.Point.AFTER_PENDING);
  }

  /** Asks for a retry if it is told to at this point, and then does nothing more for the takeover. */
  private boolean askRetry(RetryWay.Point point) {
    RetryWay way = takeover ? consumer.peer().node().faults().retry(consumer.bucket().name, vb.id, point) : null;
    if (way == null) {
      return false;
    }
    frozen = true;
    if (way.dropsConnection()) {
      consumer.peer().drop("told to, in the takeover of vb:" + vb.id);
    } else {
      sendRetryRequest(point.ordinal());
      if (way.forgetsOwnSide()) {
        consumer.forget(this);
      }
    }
    return true;
  }

  void sendRetryRequest(int reason) {
    int opcode = consumer.peer().node().settings().retryRequestOpcode();
    consumer.peer().send(new Dcp.RetryRequest(opcode, vb.id, opaque, reason).toFrame(), vb.id);
  }
}
