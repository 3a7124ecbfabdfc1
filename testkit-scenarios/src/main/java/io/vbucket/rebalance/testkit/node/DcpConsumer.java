package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** The receiving end of a DCP connection: asks for streams when it is told to, and fills vBuckets with what comes. */
final class DcpConsumer implements DcpEndpoint {
  /** Real nodes acknowledge when a fifth of the window is worked off, or after five seconds. */
  private static final int ACK_SHARE = 5;
  private static final Duration ACK_DELAY = Duration.ofSeconds(5);

  private final Peer peer;
  private final Bucket bucket;
  private final NodeVersion version;
  private final Negotiation negotiation;
  private final Idleness idleness;
  private final Map<Integer, ConsumerStream> streams = new LinkedHashMap<>();
  private final List<ConsumerStream> waitingForNegotiation = new ArrayList<>();
  private int count;
  private int freedBytes;
  private boolean ackScheduled;

  DcpConsumer(Peer peer, Bucket bucket, String json) {
    this.peer = peer;
    this.bucket = bucket;
    this.version = peer.node().settings().version();
    this.negotiation = new Negotiation(this, version, json);
    this.idleness = new Idleness(peer);
  }

  Peer peer() {
    return peer;
  }

  Bucket bucket() {
    return bucket;
  }

  /** Real nodes count 1, 2, 3 ... in host byte order; the header shows 0x01000000. */
  int nextOpaque() {
    return Integer.reverseBytes(++count);
  }

  @Override
  public void heard() {
    idleness.heard();
  }

  void watch(Duration noopInterval) {
    idleness.watch(noopInterval, () -> {});
  }

  @Override
  public boolean perform(Frame frame) {
    switch (frame.opcode()) {
      case Opcode.DCP_ADD_STREAM -> addStream(frame);
      case Opcode.DCP_CLOSE_STREAM -> closeStream(frame);
      case Opcode.DCP_NOOP -> peer.answer(frame, Status.SUCCESS);
      default -> {
        if (!DcpItem.isStreamFrame(frame.opcode())) {
          return false;
        }
        streamFrame(frame);
        free(frame.length());
      }
    }
    return true;
  }

  private void addStream(Frame frame) {
    Dcp.AddStream request = Dcp.AddStream.of(frame);
    VBucket vb = bucket.find(request.vbucket());
    if (vb == null || vb.state == VBucketState.ACTIVE) {
      peer.answer(frame, Status.NOT_MY_VBUCKET);
      return;
    }
    if (vb.inbound != null) {
      peer.answer(frame, Status.KEY_EEXISTS);
      return;
    }
    vb.inboundAttempts++;
    RetryWay retry =
        request.takeover() ? peer.node().faults().retry(bucket.name, vb.id, RetryWay.Point.ADD_STREAM) : null;
    if (retry != null) {
      peer.answer(frame, retry.status());
      return;
    }
    ConsumerStream stream = new ConsumerStream(this, vb, nextOpaque(), frame, request.takeover());
    streams.put(vb.id, stream);
    vb.inbound = stream;
    if (negotiation.isDone()) {
      stream.request();
    } else {
      waitingForNegotiation.add(stream);
      negotiation.start();
    }
  }

  void negotiated() {
    waitingForNegotiation.forEach(stream -> {
      if (streams.get(stream.vbucket().id) == stream && !stream.isClosed()) {
        stream.request();
      }
    });
    waitingForNegotiation.clear();
  }

  private void closeStream(Frame frame) {
    ConsumerStream stream = streams.get(frame.vbucket());
    if (stream == null) {
      peer.answer(frame, noSuchStream());
      return;
    }
    retire(stream);
    peer.answer(frame, Status.SUCCESS);
  }

  /** The stream takes nothing any more, closed or refused: it is gone, or waits for its STREAM_END. */
  void retire(ConsumerStream stream) {
    if (version.keepsClosedStreams()) {
      stream.close();
      release(stream);
    } else {
      forget(stream);
    }
  }

  private int noSuchStream() {
    return negotiation.v7StatusCodes() ? Status.DCP_STREAM_NOT_FOUND : Status.KEY_ENOENT;
  }

  private int wrongOpaque() {
    if (version.closesConnectionOnFrameOfNoStream()) {
      return Status.KEY_ENOENT;
    }
    return negotiation.v7StatusCodes() ? Status.OPAQUE_NO_MATCH : Status.KEY_EEXISTS;
  }

  private void streamFrame(Frame frame) {
    ConsumerStream stream = streams.get(frame.vbucket());
    boolean matches = stream != null && stream.opaque() == frame.opaque();
    if (frame.opcode() == Opcode.DCP_STREAM_END) {
      streamEnd(frame, stream, matches);
    } else if (stream != null && stream.isClosed()) {
      // Swallowed: not done and not answered (golden 7.6/10).
      return;
    } else if (!matches) {
      if (frame.opcode() == Opcode.DCP_SET_VBUCKET_STATE && version.closesConnectionOnFrameOfNoStream()) {
        peer.drop("SET_VBUCKET_STATE for vb:" + frame.vbucket() + ", which has no such stream");
      } else {
        peer.answer(frame, stream == null ? noSuchStream() : wrongOpaque());
      }
    } else if (frame.opcode() == Opcode.DCP_SET_VBUCKET_STATE) {
      stream.setState(frame);
    } else {
      stream.data(frame);
    }
  }

  private void streamEnd(Frame frame, ConsumerStream stream, boolean matches) {
    if (matches) {
      forget(stream);
    } else if (stream == null || version.answersStaleStreamEnd()) {
      peer.answer(frame, noSuchStream());
    }
  }

  /** The vBucket is free for another stream. */
  private static void release(ConsumerStream stream) {
    if (stream.vbucket().inbound == stream) {
      stream.vbucket().inbound = null;
    }
  }

  /** The stream is gone without a word to the producer. */
  void forget(ConsumerStream stream) {
    streams.remove(stream.vbucket().id, stream);
    release(stream);
  }

  @Override
  public void answered(Frame answer) {
    switch (answer.opcode()) {
      case Opcode.DCP_STREAM_REQ -> streamReqAnswered(answer);
      case Opcode.DCP_CONTROL, Opcode.GET_ERROR_MAP -> negotiation.answered(answer);
      default -> {
      }
    }
  }

  private void streamReqAnswered(Frame answer) {
    ConsumerStream stream = streamOf(answer.opaque());
    if (stream == null) {
      if (version.closesConnectionOnFrameOfNoStream()) {
        peer.drop("answer to a STREAM_REQ of a stream that it does not have");
      }
    } else if (!stream.isClosed()) {
      stream.requestAnswered(answer);
    }
  }

  private ConsumerStream streamOf(int opaque) {
    for (ConsumerStream stream : streams.values()) {
      if (stream.opaque() == opaque) {
        return stream;
      }
    }
    return null;
  }

  private void free(int bytes) {
    freedBytes += bytes;
    if (freedBytes >= peer.node().settings().windowBytes() / ACK_SHARE) {
      acknowledge();
    } else if (!ackScheduled) {
      ackScheduled = true;
      peer.node().clock().schedule(ACK_DELAY, () -> {
        ackScheduled = false;
        acknowledge();
      });
    }
  }

  private void acknowledge() {
    if (freedBytes > 0 && peer.isOpen()) {
      peer.send(new Dcp.BufferAck(nextOpaque(), freedBytes).toFrame(), -1);
      freedBytes = 0;
    }
  }

  /** The answer to ADD_STREAM: its extras are the stream's opaque, the other way round than in headers. */
  void answerAddStream(ConsumerStream stream, int status) {
    byte[] extras = ByteBuffer.allocate(4).putInt(Integer.reverseBytes(stream.opaque())).array();
    peer.send(Frame.response(stream.addStream(), status, extras, Frame.NOTHING, Frame.NOTHING), stream.vbucket().id);
  }

  @Override
  public int vbucketOf(Frame answer) {
    ConsumerStream stream = streamOf(answer.opaque());
    return stream == null ? -1 : stream.vbucket().id;
  }

  @Override
  public VBucketState stateAsked(int vbucket) {
    ConsumerStream stream = streams.get(vbucket);
    return stream == null ? null : stream.stateAsked();
  }

  @Override
  public void writable() {}

  @Override
  public void closed() {
    idleness.stop();
    streams.values().forEach(DcpConsumer::release);
    streams.clear();
    waitingForNegotiation.clear();
  }

  void stats(String prefix, BiConsumer<String, Object> pair) {
    pair.accept(prefix + ":type", "consumer");
    streams.values().forEach(stream -> {
      pair.accept(prefix + ":stream_" + stream.vbucket().id + "_state", stream.stateName());
      pair.accept(prefix + ":stream_" + stream.vbucket().id + "_opaque", stream.opaque());
    });
  }
}
