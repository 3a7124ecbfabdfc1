package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.net.NodeTraits;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A connection to a node without a socket: what the node sends waits here. */
final class TestPeer implements PeerConnection {
  final Deque<Frame> sent = new ArrayDeque<>();
  private final PeerSession session;
  private final NodeTraits traits;
  boolean closed;
  boolean hungUp;
  boolean writable = true;
  boolean reading = true;

  TestPeer(DataNode node) {
    session = node.open(this);
    traits = NodeTraits.of(node.settings().version().text());
  }

  /** A peer that has authenticated and selected the first bucket. */
  static TestPeer ready(DataNode node) {
    TestPeer peer = new TestPeer(node);
    byte[] plain = Session.plain(node.settings().user(), node.settings().password());
    assertThat(peer.ask(Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", plain)).status()).isEqualTo(Status.SUCCESS);
    String bucket = node.settings().buckets().keySet().iterator().next();
    assertThat(peer.ask(Session.selectBucket(0, bucket)).status()).isEqualTo(Status.SUCCESS);
    return peer;
  }

  PeerSession session() {
    return session;
  }

  void give(Frame frame) {
    if (!closed) {
      session.received(frame);
    }
  }

  /** Gives a request in the form that the node's version understands, and takes the one answer that must follow at once. */
  Frame ask(Frame request) {
    return askAsIs(traits.adapted(request));
  }

  /** The same with a request in whatever form it has. */
  Frame askAsIs(Frame request) {
    give(request);
    assertThat(sent).as("answers to %s", request).hasSize(1);
    return sent.poll();
  }

  /** Gives a request and takes all that follows at once. */
  List<Frame> askForAll(Frame request) {
    give(request);
    List<Frame> all = List.copyOf(sent);
    sent.clear();
    return all;
  }

  void becomeWritable() {
    writable = true;
    session.writable();
  }

  /** The peer is gone. */
  void hangUp() {
    if (!closed) {
      closed = true;
      hungUp = true;
      session.closed();
    }
  }

  @Override
  public void send(Frame frame) {
    sent.add(frame);
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public void setReading(boolean newReading) {
    reading = newReading;
  }
}
