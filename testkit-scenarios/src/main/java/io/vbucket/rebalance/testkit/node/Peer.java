package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** One connection: who is on it, what was negotiated, and which part of the node deals with its frames. */
final class Peer implements PeerSession {
  private final DataNode node;
  private final PeerConnection connection;
  private final int number;
  private boolean open = true;
  private boolean authenticated;
  private Bucket bucket;
  private Set<Integer> features = Set.of();
  private ScramServer scram;
  private int nonces;
  private long toldEpoch = Long.MIN_VALUE;
  private long toldRevision = Long.MIN_VALUE;
  private DcpEndpoint dcp;
  private String dcpName = "";
  /** Where its DCP connection is known; the selected bucket may be another one by now. */
  private Bucket dcpBucket;

  Peer(DataNode node, PeerConnection connection, int number) {
    this.node = node;
    this.connection = connection;
    this.number = number;
  }

  @Override
  public void received(Frame frame) {
    if (!open) {
      return;
    }
    node.observer().frameReceived(node, this, frame);
    if (node.faults().any()) {
      node.faults().received(this, frame, this::process);
    } else {
      process(frame);
    }
  }

  void process(Frame frame) {
    if (!open) {
      return;
    }
    try {
      if (dcp != null) {
        dcp.heard();
      }
      if (!frame.isRequest()) {
        if (dcp != null) {
          dcp.answered(frame);
        }
      } else if (!authenticated && needsAuthentication(frame.opcode()) || !node.allows(frame)) {
        answer(frame, Status.EACCESS);
      } else {
        perform(frame);
      }
    } catch (FrameFormatException malformed) {
      answer(frame, Status.EINVAL);
    }
  }

  private static boolean needsAuthentication(int opcode) {
    return switch (opcode) {
      case Opcode.HELLO, Opcode.SASL_LIST_MECHS, Opcode.SASL_AUTH, Opcode.SASL_STEP, Opcode.VERSION, Opcode.QUIT,
          Opcode.GET_ERROR_MAP -> false;
      default -> true;
    };
  }

  /** Does what a request of somebody authenticated asks for. */
  void perform(Frame frame) {
    if (!open || SessionCommands.perform(node, this, frame) || ConfigCommands.perform(node, this, frame)
        || CollectionCommands.perform(this, frame)) {
      return;
    }
    if (bucket == null) {
      answer(frame, features.contains(Feature.XERROR) ? Status.NO_BUCKET : Status.EACCESS);
    } else if (frame.opcode() == Opcode.DCP_OPEN) {
      openDcp(frame);
    } else if (dcp != null && dcp.perform(frame)) {
      return;
    } else if (KvCommands.owns(frame.opcode())) {
      KvCommands.perform(this, bucket, frame);
    } else if (frame.opcode() == Opcode.STAT) {
      StatCommands.perform(this, bucket, frame);
    } else if (!VBucketCommands.perform(this, bucket, frame)) {
      answer(frame, Status.UNKNOWN_COMMAND);
    }
  }

  private void openDcp(Frame frame) {
    Dcp.Open request = Dcp.Open.of(frame);
    NodeVersion version = node.settings().version();
    boolean unknown = (request.flags() & ~(version.openFlags() | Dcp.Open.PRODUCER)) != 0
        || frame.value().length > 0 && !version.takesConsumerName();
    if (request.name().isEmpty() || frame.key().length > Dcp.Open.MAX_NAME_LENGTH || dcp != null || unknown) {
      answer(frame, Status.EINVAL);
      return;
    }
    var named = request.isProducer() ? bucket.producers : bucket.consumers;
    Peer older = named.get(request.name());
    if (older != null) {
      older.drop("another connection was opened as " + request.name());
    }
    dcpName = request.name();
    dcpBucket = bucket;
    named.put(dcpName, this);
    dcp = request.isProducer()
        ? new DcpProducer(this, bucket, request.flags())
        : new DcpConsumer(this, bucket, request.json());
    answer(frame, Status.SUCCESS);
  }

  void answer(Frame request, int status) {
    send(Frame.response(request, status), request.vbucket());
  }

  void answer(Frame request, byte[] value) {
    send(Frame.response(request, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, value), request.vbucket());
  }

  /** With the bucket's newest configuration as value, so that the client learns where to go; once each, if the client wants that. */
  void answerNotMyVBucket(Frame request) {
    boolean known = bucket == null || has(Feature.DEDUPE_NOT_MY_VBUCKET_MAPS) && !isBehind(bucket.config);
    byte[] config = known ? Frame.NOTHING : bucket.config.json().getBytes(StandardCharsets.UTF_8);
    if (!known) {
      tell(bucket.config);
    }
    Frame answer = Frame.response(request, Status.NOT_MY_VBUCKET, Frame.NOTHING, Frame.NOTHING, config);
    boolean json = config.length > 0 && features.contains(Feature.JSON);
    send(json ? answer.withDatatype(Frame.DATATYPE_JSON) : answer, request.vbucket());
  }

  /** Whether this connection was never told a configuration as new as this one. */
  boolean isBehind(KeptConfig config) {
    return config.isNewerThan(toldEpoch, toldRevision);
  }

  /** Remembers that this configuration is being sent. */
  void tell(KeptConfig config) {
    toldEpoch = config.epoch();
    toldRevision = config.revision();
  }

  /**
   * Sends unless a fault says otherwise.
   *
   * @param vbucket what the frame is about, since an answer does not say it
   */
  void send(Frame frame, int vbucket) {
    if (!open) {
      return;
    }
    if (node.faults().any()) {
      node.faults().sent(this, frame, vbucket, this::write);
    } else {
      write(frame);
    }
  }

  private void write(Frame frame) {
    if (open) {
      node.observer().frameSent(node, this, frame);
      connection.send(frame);
    }
  }

  /** The node closes the connection. */
  void drop(String reason) {
    if (open) {
      node.observer().connectionDropped(node, this, reason);
      cut();
    }
  }

  void cut() {
    if (open) {
      connection.close();
      closed();
    }
  }

  @Override
  public void closed() {
    if (!open) {
      return;
    }
    open = false;
    node.left(this);
    if (dcp != null) {
      dcp.closed();
      dcpBucket.producers.remove(dcpName, this);
      dcpBucket.consumers.remove(dcpName, this);
    }
    if (bucket != null) {
      for (VBucket vb : bucket.vbuckets) {
        if (vb != null) {
          vb.parked.removeIf(op -> op.peer() == this);
          vb.persistenceWaits.removeIf(wait -> wait.peer() == this);
        }
      }
    }
  }

  @Override
  public void writable() {
    if (open && dcp != null) {
      dcp.writable();
    }
  }

  void authenticatedAs(boolean success, Bucket newBucket) {
    authenticated = success;
    bucket = newBucket;
  }

  @Override
  public void certified() {
    authenticated = true;
  }

  /** The authentication that waits for its second message, or null. */
  ScramServer scram() {
    return scram;
  }

  void scram(ScramServer begun) {
    scram = begun;
  }

  /** The node's part of a nonce: never used before, and the same in the same run. */
  String nonce() {
    return node.name() + "." + node.settings().seed() + "." + number + "." + ++nonces;
  }

  void select(Bucket newBucket) {
    bucket = newBucket;
    toldEpoch = Long.MIN_VALUE;
    toldRevision = Long.MIN_VALUE;
  }

  void grant(Set<Integer> newFeatures) {
    features = newFeatures;
  }

  boolean has(int feature) {
    return features.contains(feature);
  }

  boolean isOpen() {
    return open;
  }

  boolean isWritable() {
    return open && connection.isWritable();
  }

  void setReading(boolean reading) {
    connection.setReading(reading);
  }

  DataNode node() {
    return node;
  }

  Bucket bucket() {
    return bucket;
  }

  DcpEndpoint dcp() {
    return dcp;
  }

  /** The vBucket that a received frame is about; an answer is looked up by its opaque. -1 when it is about none. */
  int vbucketOf(Frame frame) {
    return frame.isRequest() ? frame.vbucket() : dcp == null ? -1 : dcp.vbucketOf(frame);
  }

  /** How many streams were asked of this side for a vBucket so far. */
  int attempt(int vbucket) {
    VBucket vb = bucket == null || vbucket < 0 ? null : bucket.find(vbucket);
    return vb == null ? 0 : isProducer() ? vb.outboundAttempts : vb.inboundAttempts;
  }

  /** The state that SET_VBUCKET_STATE of a vBucket's stream names now, or null. */
  VBucketState stateAsked(int vbucket) {
    return dcp == null ? null : dcp.stateAsked(vbucket);
  }

  @Override
  public String dcpName() {
    return dcpName;
  }

  @Override
  public boolean isProducer() {
    return dcp instanceof DcpProducer;
  }

  @Override
  public String toString() {
    return node.name() + "#" + number
        + (dcp == null ? "" : isProducer() ? " producer " + dcpName : " consumer " + dcpName);
  }
}
