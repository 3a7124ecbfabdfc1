package io.vbucket.rebalance.testkit.node;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.store.ItemStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a test makes a node do on its own, at any moment. Call it on the node's thread. */
public final class NodeSteering {
  private final DataNode node;
  private final String bucket;

  public NodeSteering(DataNode node, String bucket) {
    this.node = node;
    this.bucket = bucket;
  }

  /**
   * The consumer of the vBucket's stream asks for a retry; false when it has no stream.
   *
   * @param forget whether it also forgets the stream, without a word to the producer
   */
  public boolean askRetry(int vbucket, boolean forget) {
    VBucket vb = find(vbucket);
    if (vb == null || vb.inbound == null) {
      return false;
    }
    ConsumerStream stream = vb.inbound;
    stream.sendRetryRequest(0);
    if (forget) {
      stream.consumer().forget(stream);
    }
    return true;
  }

  /** The producers of the vBucket end their streams; false when there are none. */
  public boolean endStreams(int vbucket, StreamEndReason reason) {
    VBucket vb = find(vbucket);
    if (vb == null || vb.outbound.isEmpty()) {
      return false;
    }
    List.copyOf(vb.outbound).forEach(stream -> stream.end(reason));
    return true;
  }

  /**
   * A STREAM_END that belongs to nothing, on every connection on which this node produces.
   *
   * @param opaque as the header shows it; -1 for that of the newest stream of the vBucket {@code like}
   */
  public void sendStrayStreamEnd(int vbucket, int opaque, int like) {
    VBucket vb = find(like);
    boolean newest = opaque == -1 && vb != null && !vb.outbound.isEmpty();
    int shown = newest ? vb.outbound.get(vb.outbound.size() - 1).opaque() : Math.max(0, opaque);
    for (Peer peer : node.peers()) {
      if (peer.isProducer()) {
        peer.send(new Dcp.StreamEnd(vbucket, shown, StreamEndReason.OK).toFrame(), vbucket);
      }
    }
  }

  /**
   * Breaks connections.
   *
   * @param replication those that carry streams; otherwise all others
   */
  public void cut(boolean replication) {
    for (Peer peer : List.copyOf(node.peers())) {
      if (carriesStreams(peer) == replication) {
        peer.cut();
      }
    }
  }

  private static boolean carriesStreams(Peer peer) {
    return peer.dcpName().startsWith("replication:");
  }

  /** Stops or resumes reading from connections that carry streams. */
  public void setReading(boolean reading) {
    for (Peer peer : List.copyOf(node.peers())) {
      if (carriesStreams(peer)) {
        peer.setReading(reading);
      }
    }
  }

  /** Answers a request with nothing but a status, as if it had been looked at; a rollback is to 0. */
  public static void refuse(PeerSession peer, Frame request, int status) {
    byte[] value = status == Status.ROLLBACK ? Dcp.encodeRollbackSeqno(0) : Frame.NOTHING;
    ((Peer) peer).send(Frame.response(request, status, Frame.NOTHING, Frame.NOTHING, value), request.vbucket());
  }

  /**
   * Somebody else sets or deletes a vBucket.
   *
   * @param state null deletes
   * @return the status
   */
  public int setState(int vbucket, VBucketState state) {
    Bucket found = node.bucket(bucket);
    if (state != null) {
      return found.setByClient(vbucket, state, "");
    }
    if (found.find(vbucket) == null) {
      return Status.SUCCESS;
    }
    found.setByClient(vbucket, VBucketState.DEAD, "");
    return found.delete(vbucket);
  }

  /** The node's own configuration is replaced, whatever its revision. */
  public void config(String json, long epoch, long revision) {
    node.bucket(bucket).config.replace(node.settings().version().knowsEpochs() ? epoch : 0, revision, json);
  }

  /** Streams that the node has for a vBucket, in words. */
  public List<String> streams(int vbucket) {
    VBucket vb = find(vbucket);
    List<String> found = new ArrayList<>();
    if (vb != null && vb.inbound != null) {
      found.add("the consumer on " + node.name() + " still has a stream, " + vb.inbound.stateName());
    }
    if (vb != null) {
      vb.outbound.forEach(
          stream -> found.add("the producer on " + node.name() + " still has a stream, " + stream.stateName()));
    }
    return found;
  }

  /** What the node holds of a vBucket now, or empty. */
  public Optional<HeldCopy> copy(int vbucket) {
    VBucket vb = find(vbucket);
    if (vb == null) {
      return Optional.empty();
    }
    List<Item> items = new ArrayList<>();
    ItemStore.Cursor cursor = vb.items.openCursor(0);
    cursor.beginSnapshot(vb.highSeqno());
    for (Item item = cursor.next(); item != null; item = cursor.next()) {
      items.add(item);
    }
    cursor.close();
    return Optional.of(new HeldCopy(
        vb.state, vb.topology, items, vb.highSeqno(), vb.failoverLog, vb.inbound != null, vb.outbound.size()));
  }

  /** Whether a stream fills the node's copy. */
  public boolean isFilling(int vbucket) {
    VBucket vb = find(vbucket);
    return vb != null && vb.inbound != null;
  }

  /**
   * Makes a replica past the network, as one that had been filled from this copy up to now; the node must not have the vBucket yet.
   *
   * @throws IllegalStateException when it has
   */
  public void addReplica(int vbucket, HeldCopy original) {
    Bucket found = node.bucket(bucket);
    if (found.find(vbucket) != null) {
      throw new IllegalStateException("node " + node.name() + " has a copy of vb:" + vbucket + " already");
    }
    found.setByClient(vbucket, VBucketState.REPLICA, "");
    VBucket vb = found.find(vbucket);
    vb.failoverLog = new ArrayList<>(original.failoverLog());
    // An item marks by itself that it is superseded: copies do not share them.
    original.items().forEach(item -> vb.store(item.withCas(item.cas())));
    vb.snapshotStart = vb.highSeqno();
    vb.snapshotEnd = vb.highSeqno();
    found.changed(vb);
  }

  /** The active copy is told its chain, where the node's version knows topologies; no other copy is touched. */
  public void topology(int vbucket, List<String> chain) {
    VBucket vb = find(vbucket);
    if (vb != null && vb.state == VBucketState.ACTIVE && node.settings().version().knowsTopology()) {
      vb.topology = topologyOf(chain);
    }
  }

  /** A chain as SET_VBUCKET tells it to its active: node names, null for a hole. */
  public static String topologyOf(List<String> chain) {
    ArrayNode names = JsonNodeFactory.instance.arrayNode();
    chain.forEach(names::add);
    return JsonNodeFactory.instance.objectNode()
        .set("topology", JsonNodeFactory.instance.arrayNode().add(names))
        .toString();
  }

  private VBucket find(int vbucket) {
    Bucket found = node.bucket(bucket);
    return found == null ? null : found.find(vbucket);
  }
}
