package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.store.ItemStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A node's copy of one vBucket: state, history, items, and who waits for what. */
final class VBucket {
  /** A client operation that came while the vBucket was pending. */
  record Parked(Peer peer, Frame frame) {}

  /** A SEQNO_PERSISTENCE that is not answered yet. */
  record PersistenceWait(Peer peer, Frame frame, long seqno, NodeClock.Timer limit) {}

  /**
   * A document that a client locked.
   *
   * @param cas with which it may be changed or unlocked
   * @param untilNanos of the node's clock
   */
  record Lock(long cas, long untilNanos) {}

  private static final int LONGEST_FAILOVER_LOG = 25;

  final int id;
  VBucketState state;
  String topology = "";
  /** Newest first. */
  List<FailoverEntry> failoverLog = new ArrayList<>(1);
  final ItemStore items = new ItemStore();
  long maxCas;
  /** Grows even beyond the newest item: a replica's history ends with its last snapshot. */
  long persistedSeqno;
  boolean flushing;
  /** The snapshot in which a replica's newest item lies. */
  long snapshotStart;
  long snapshotEnd;
  /** Which stream fills this copy; at most one on the whole node. */
  ConsumerStream inbound;
  final List<ProducerStream> outbound = new ArrayList<>(1);
  final Deque<Parked> parked = new ArrayDeque<>(0);
  final List<PersistenceWait> persistenceWaits = new ArrayList<>(0);
  /** By key. */
  final Map<ByteBuffer, Lock> locks = new HashMap<>(0);
  /** Streams asked of this copy so far, as consumer and as producer: the attempt that fault rules count. */
  int inboundAttempts;
  int outboundAttempts;

  VBucket(int id, VBucketState state, long uuid) {
    this.id = id;
    this.state = state;
    failoverLog.add(new FailoverEntry(uuid, 0));
  }

  long highSeqno() {
    return items.highSeqno();
  }

  long uuid() {
    return failoverLog.get(0).uuid();
  }

  void newHistory(long uuid) {
    failoverLog.add(0, new FailoverEntry(uuid, highSeqno()));
    if (failoverLog.size() > LONGEST_FAILOVER_LOG) {
      failoverLog.remove(failoverLog.size() - 1);
    }
  }

  void store(Item item) {
    items.put(item);
    if (Long.compareUnsigned(item.cas(), maxCas) > 0) {
      maxCas = item.cas();
    }
  }

  /** Forgets all items, as a rollback to 0 does. */
  void rollBack() {
    items.clear();
    locks.clear();
    persistedSeqno = 0;
    snapshotStart = 0;
    snapshotEnd = 0;
  }
}
