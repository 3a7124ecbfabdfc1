package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.List;

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

  private VBucket find(int vbucket) {
    Bucket found = node.bucket(bucket);
    return found == null ? null : found.find(vbucket);
  }
}
