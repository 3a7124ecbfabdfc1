package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One bucket on one node: its vBuckets, its configuration and the DCP connections on it. All changes of state go through here. */
final class Bucket {
  final DataNode node;
  final String name;
  final VBucket[] vbuckets;
  final Map<String, Peer> producers = new LinkedHashMap<>();
  final Map<String, Peer> consumers = new LinkedHashMap<>();
  final KeptConfig config = new KeptConfig();

  Bucket(DataNode node, String name, int count) {
    this.node = node;
    this.name = name;
    this.vbuckets = new VBucket[count];
  }

  /** The vBucket, or null when it is absent or out of range. */
  VBucket find(int id) {
    return id < vbuckets.length ? vbuckets[id] : null;
  }

  /** SET_VBUCKET of a client. */
  int setByClient(int id, VBucketState to, String topology) {
    if (id >= vbuckets.length) {
      return Status.ERANGE;
    }
    VBucket vb = vbuckets[id];
    if (vb == null) {
      vb = new VBucket(id, to, node.newUuid());
      vb.topology = topology;
      vbuckets[id] = vb;
      node.observer().stateChanged(node, name, id, null, to);
      return Status.SUCCESS;
    }
    vb.topology = topology;
    if (vb.state == to) {
      return Status.SUCCESS;
    }
    if (to == VBucketState.ACTIVE) {
      vb.newHistory(node.newUuid());
      if (vb.inbound != null) {
        vb.inbound.consumer().forget(vb.inbound);
      }
    }
    enter(vb, to);
    endStreams(vb, StreamEndReason.STATE_CHANGED);
    if (to == VBucketState.DEAD) {
      refuseParked(vb);
    }
    return Status.SUCCESS;
  }

  /** The state changes by a takeover: no new history, and other streams are not told (answers m1, m4). */
  void changeByTakeover(VBucket vb, VBucketState to) {
    if (vb.state != to) {
      enter(vb, to);
    }
  }

  private void enter(VBucket vb, VBucketState to) {
    VBucketState before = vb.state;
    vb.state = to;
    // Locks live in the memory of the active copy and do not move with it.
    vb.locks.clear();
    node.observer().stateChanged(node, name, vb.id, before, to);
    if (to == VBucketState.ACTIVE && !vb.parked.isEmpty()) {
      List<VBucket.Parked> waiting = new ArrayList<>(vb.parked);
      vb.parked.clear();
      // The answer to the one who made it active leaves first, as on real nodes.
      node.later(() -> waiting.forEach(op -> op.peer().perform(op.frame())));
    }
  }

  int delete(int id) {
    VBucket vb = find(id);
    if (vb == null) {
      return Status.NOT_MY_VBUCKET;
    }
    if (vb.state != VBucketState.DEAD) {
      return Status.EINVAL;
    }
    vbuckets[id] = null;
    node.observer().stateChanged(node, name, id, vb.state, null);
    endStreams(vb, StreamEndReason.STATE_CHANGED);
    if (vb.inbound != null) {
      vb.inbound.consumer().forget(vb.inbound);
    }
    refuseParked(vb);
    vb.persistenceWaits.forEach(wait -> {
      wait.limit().cancel();
      wait.peer().answer(wait.frame(), Status.NOT_MY_VBUCKET);
    });
    return Status.SUCCESS;
  }

  private void endStreams(VBucket vb, StreamEndReason reason) {
    for (ProducerStream stream : List.copyOf(vb.outbound)) {
      stream.end(reason);
    }
  }

  private void refuseParked(VBucket vb) {
    List<VBucket.Parked> waiting = new ArrayList<>(vb.parked);
    vb.parked.clear();
    waiting.forEach(op -> op.peer().answerNotMyVBucket(op.frame()));
  }

  /** A change was stored: counts it as persisted after the delay, and lets streams carry it. */
  void changed(VBucket vb) {
    flush(vb);
    for (int i = 0; i < vb.outbound.size(); i++) {
      ProducerStream stream = vb.outbound.get(i);
      stream.producer().wake(stream);
    }
  }

  void flush(VBucket vb) {
    if (node.settings().persistenceDelay().isZero()) {
      persisted(vb, vb.highSeqno());
    } else if (!vb.flushing) {
      vb.flushing = true;
      long seqno = vb.highSeqno();
      node.clock().schedule(node.settings().persistenceDelay(), () -> {
        vb.flushing = false;
        persisted(vb, Math.min(seqno, vb.highSeqno()));
        if (vb.persistedSeqno < vb.highSeqno()) {
          flush(vb);
        }
      });
    }
  }

  private static void persisted(VBucket vb, long seqno) {
    vb.persistedSeqno = seqno;
    if (!vb.persistenceWaits.isEmpty()) {
      for (VBucket.PersistenceWait wait : List.copyOf(vb.persistenceWaits)) {
        if (Long.compareUnsigned(wait.seqno(), seqno) <= 0) {
          vb.persistenceWaits.remove(wait);
          wait.limit().cancel();
          wait.peer().answer(wait.frame(), Status.SUCCESS);
        }
      }
    }
  }

  void awaitPersistence(VBucket vb, Peer peer, Frame frame, long seqno) {
    if (Long.compareUnsigned(seqno, vb.persistedSeqno) <= 0) {
      peer.answer(frame, Status.SUCCESS);
      return;
    }
    VBucket.PersistenceWait[] self = new VBucket.PersistenceWait[1];
    NodeClock.Timer limit = node.clock().schedule(node.settings().persistenceWait(), () -> {
      if (vb.persistenceWaits.remove(self[0])) {
        peer.answer(frame, Status.ETMPFAIL);
      }
    });
    self[0] = new VBucket.PersistenceWait(peer, frame, seqno, limit);
    vb.persistenceWaits.add(self[0]);
  }
}
