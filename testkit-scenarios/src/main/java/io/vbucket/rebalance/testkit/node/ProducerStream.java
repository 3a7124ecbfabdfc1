package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.DcpItem.SnapshotMarker;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.store.ItemStore;

/** One vBucket's stream as its producer sees it. */
final class ProducerStream {
  private enum Phase {
    /** Sends what there is. */
    SENDING,
    /** SET_VBUCKET_STATE(pending) is not answered. */
    AWAITING_PENDING,
    /** The vBucket is dead here; what was written before that is sent. */
    DRAINING,
    /** SET_VBUCKET_STATE(active) is not answered. */
    AWAITING_ACTIVE,
    ENDED
  }

  /** What real nodes put there for a document that was just written. */
  private static final int NRU = 4;

  private final DcpProducer producer;
  private final VBucket vb;
  private final int opaque;
  private final boolean takeover;
  private final long end;
  private final long requestedSnapshotStart;
  private final long start;
  private final ItemStore.Cursor cursor;
  private Phase phase = Phase.SENDING;
  private boolean backfilling;
  private boolean firstMarker = true;
  private boolean inSnapshot;
  private long snapshotEnd;
  private boolean snapshotNeedsAnswer;
  private boolean markerUnanswered;
  boolean queued;

  ProducerStream(DcpProducer producer, VBucket vb, Dcp.StreamReq request) {
    this.producer = producer;
    this.vb = vb;
    this.opaque = request.opaque();
    this.takeover = request.isTakeover();
    this.end = request.end() < 0 ? Long.MAX_VALUE : request.end();
    this.start = request.start();
    this.requestedSnapshotStart = request.snapshotEnd() == request.start() ? request.start() : request.snapshotStart();
    this.cursor = vb.items.openCursor(request.start());
    this.backfilling = cursor.remaining() > producer.peer().node().settings().memoryItems();
  }

  DcpProducer producer() {
    return producer;
  }

  VBucket vbucket() {
    return vb;
  }

  int opaque() {
    return opaque;
  }

  boolean isBackfilling() {
    return backfilling;
  }

  int itemsLeft() {
    return cursor.remaining();
  }

  VBucketState stateAsked() {
    return switch (phase) {
      case AWAITING_PENDING -> VBucketState.PENDING;
      case AWAITING_ACTIVE -> VBucketState.ACTIVE;
      default -> null;
    };
  }

  String stateName() {
    return switch (phase) {
      case SENDING -> backfilling ? "backfilling" : takeover ? "takeover-send" : "in-memory";
      case DRAINING -> "takeover-send";
      case AWAITING_PENDING, AWAITING_ACTIVE -> "takeover-wait";
      case ENDED -> "dead";
    };
  }

  /** Sends at most one frame; false when there is nothing to send before something happens. */
  boolean step() {
    if (markerUnanswered || phase != Phase.SENDING && phase != Phase.DRAINING) {
      return false;
    }
    if (inSnapshot) {
      sendNextItem();
      return true;
    }
    if (cursor.lastSeqno() >= end) {
      end(StreamEndReason.OK);
      return false;
    }
    if (cursor.hasMore()) {
      beginSnapshot();
      return true;
    }
    backfilling = false;
    if (takeover) {
      askForState(phase == Phase.SENDING ? VBucketState.PENDING : VBucketState.ACTIVE);
    }
    return false;
  }

  private void beginSnapshot() {
    snapshotEnd = Math.min(vb.highSeqno(), end);
    cursor.beginSnapshot(snapshotEnd);
    long snapshotStart = firstMarker ? requestedSnapshotStart : cursor.peekSeqno();
    int flags = backfilling ? SnapshotMarker.DISK : SnapshotMarker.MEMORY;
    NodeVersion version = producer.peer().node().settings().version();
    if (firstMarker && (start == 0 || version.firstMarkerOpensCheckpoint())) {
      flags |= SnapshotMarker.CHECKPOINT;
    }
    snapshotNeedsAnswer = takeover && !backfilling;
    if (snapshotNeedsAnswer) {
      flags |= SnapshotMarker.ACK;
    }
    firstMarker = false;
    inSnapshot = true;
    producer.sendStreamFrame((producer.sendsMarkersOfVersion2()
        ? new SnapshotMarker(vb.id, opaque, snapshotStart, snapshotEnd, flags, 2, 0, snapshotEnd)
        : SnapshotMarker.v1(vb.id, opaque, snapshotStart, snapshotEnd, flags)).toFrame());
  }

  private void sendNextItem() {
    Item item = cursor.next();
    if (item != null) {
      producer.sendStreamFrame(frameOf(producer.shown(item)));
    }
    if (item == null || item.seqno() == snapshotEnd) {
      inSnapshot = false;
      backfilling = false;
      markerUnanswered = snapshotNeedsAnswer;
    }
  }

  private Frame frameOf(Item item) {
    byte[] key = item.key();
    if (producer.sendsCollections()) {
      byte[] prefixed = new byte[key.length + 1];
      System.arraycopy(key, 0, prefixed, 1, key.length);
      key = prefixed;
    }
    return item.deleted()
        ? new DcpItem.Deletion(vb.id, opaque, item.seqno(), item.revision(), DcpItem.Deletion.NO_DELETE_TIME,
            item.cas(),
            item.datatype(), key, item.value()).toFrame()
        : new DcpItem.Mutation(vb.id, opaque, item.seqno(), item.revision(), item.flags(), item.expiry(), 0, NRU,
            item.cas(),
            item.datatype(), key, item.value()).toFrame();
  }

  private void askForState(VBucketState state) {
    RetryWay way = producer.peer().node().faults().retry(producer.bucket().name, vb.id,
        state == VBucketState.PENDING ? RetryWay.Point.SOURCE_BEFORE_PENDING : RetryWay.Point.SOURCE_BEFORE_ACTIVE);
    if (way != null) {
      end(way.endReason());
      return;
    }
    phase = state == VBucketState.PENDING ? Phase.AWAITING_PENDING : Phase.AWAITING_ACTIVE;
    producer.sendStreamFrame(new Dcp.SetVBucketState(vb.id, opaque, state).toFrame());
  }

  void markerAnswered() {
    if (markerUnanswered) {
      markerUnanswered = false;
      goOn();
    }
  }

  /** Any answer counts as consent, whatever its status (golden 09). */
  void stateAnswered() {
    if (phase == Phase.AWAITING_PENDING) {
      producer.bucket().changeByTakeover(vb, VBucketState.DEAD);
      phase = Phase.DRAINING;
      goOn();
    } else if (phase == Phase.AWAITING_ACTIVE) {
      end(StreamEndReason.OK);
    }
  }

  /** A newer node goes on in another task: an answer that comes twice at once finds nothing to answer (answers j4). */
  private void goOn() {
    producer.ready(this);
    if (producer.peer().node().settings().version().countsRepeatedAnswer()) {
      producer.pump();
    } else {
      producer.pumpLater();
    }
  }

  /** Sends STREAM_END, whatever the window says, and is gone. */
  void end(StreamEndReason reason) {
    producer.remove(this);
    producer.sendStreamFrame(new Dcp.StreamEnd(vb.id, opaque, reason).toFrame());
  }

  void discard() {
    phase = Phase.ENDED;
    cursor.close();
  }
}
