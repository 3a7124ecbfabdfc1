package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Two nodes and a relay between them that behaves as the one of the recordings: A is the source, B the destination; it writes down what
 * it sees in the notation of the answers files.
 */
final class RelayedPair {
  static final String BUCKET = "default";
  static final int VB = 7;

  final ManualNodeClock clock = new ManualNodeClock();
  final OneActiveMonitor monitor = new OneActiveMonitor();
  final DataNode a;
  final DataNode b;
  final List<String> seen = new ArrayList<>();
  TestPeer producer;
  TestPeer consumer;
  int streamOpaque;
  private final List<Frame> heldFromA = new ArrayList<>();
  private final List<Frame> heldFromB = new ArrayList<>();
  private boolean holdingA;
  private boolean holdingB;
  private Predicate<String> holdAt = text -> false;
  private Predicate<String> swallowAt = text -> false;
  private final Set<TestPeer> toldOf = new HashSet<>();
  private int pairs;

  RelayedPair(NodeVersion version) {
    this(NodeSettings.named("A", version), NodeSettings.named("B", version));
  }

  RelayedPair(NodeSettings source, NodeSettings destination) {
    a = new DataNode(source.withBuckets(Map.of(BUCKET, 64)), clock, monitor);
    b = new DataNode(destination.withBuckets(Map.of(BUCKET, 64)), clock, monitor);
    connect("link" + pairs++);
  }

  /** A pair of connections under a new name. */
  void reconnect() {
    connect("link" + pairs++);
  }

  void connect(String name) {
    consumer = open(b, name, 0);
    producer = open(a, name, Dcp.Open.PRODUCER);
    heldFromA.clear();
    heldFromB.clear();
    holdingA = false;
    holdingB = false;
    holdAt = text -> false;
  }

  static TestPeer open(DataNode node, String name, int flags) {
    TestPeer peer = TestPeer.ready(node);
    peer.ask(new Session.Hello(0, "relay", Set.of(Session.Feature.XATTR, Session.Feature.SNAPPY)).toFrame());
    peer.ask(new Dcp.Open(0, name, flags, "").toFrame());
    return peer;
  }

  RelayedPair states(VBucketState source, VBucketState destination) {
    if (source != null) {
      a.setState(BUCKET, VB, source);
    }
    if (destination != null) {
      b.setState(BUCKET, VB, destination);
    }
    return this;
  }

  RelayedPair documents(int count) {
    for (int i = 0; i < count; i++) {
      write("doc-" + a.highSeqno(BUCKET, VB));
    }
    return this;
  }

  void write(String key) {
    a.write(BUCKET, VB, key.getBytes(UTF_8), "{}".getBytes(UTF_8), 1);
  }

  /** B has all that A has, and no stream is left. */
  RelayedPair inStep() {
    addStream(false);
    settle();
    toConsumer(new Dcp.CloseStream(VB, VB).toFrame());
    toProducer(new Dcp.CloseStream(VB, VB).toFrame());
    settle();
    seen.clear();
    return this;
  }

  void addStream(boolean takeover) {
    toConsumer(new Dcp.AddStream(VB, VB, takeover).toFrame());
  }

  /** Begins a takeover and keeps back everything in one direction from the first frame that reads so. */
  void takeoverHeldAt(String text, int nth) {
    int[] count = new int[1];
    holdAt = read -> read.equals(text) && ++count[0] == nth;
    addStream(true);
    settle();
    seen.clear();
  }

  void holdAt(String text) {
    holdAt = text::equals;
  }

  /** Frames that read so are not passed on. */
  void swallow(Predicate<String> text) {
    swallowAt = text;
  }

  void toConsumer(Frame frame) {
    if (consumer.closed) {
      seen.add("[not sent, connection gone]");
    } else {
      seen.add("X>C:" + text(frame));
      consumer.give(frame);
    }
  }

  void toProducer(Frame frame) {
    seen.add("X>P:" + text(frame));
    producer.give(frame);
  }

  /** Passes on what was kept back. */
  void release() {
    holdingA = false;
    holdingB = false;
    holdAt = text -> false;
    List.copyOf(heldFromA).forEach(frame -> pass("P>C:", frame, consumer));
    List.copyOf(heldFromB).forEach(frame -> pass("C>P:", frame, producer));
    heldFromA.clear();
    heldFromB.clear();
    settle();
  }

  private void pass(String direction, Frame frame, TestPeer to) {
    note(direction, frame, "[release]");
    to.give(frame);
  }

  /** Until neither node has anything more to say. */
  void settle() {
    boolean moved = true;
    while (moved) {
      moved = clock.runOneDue();
      moved |= relay(producer, consumer, "P>C:");
      moved |= relay(consumer, producer, "C>P:");
    }
    if (producer.closed && toldOf.add(producer) && !producer.hungUp) {
      seen.add("[PRODUCER CONNECTION CLOSED BY THE NODE]");
    }
    if (consumer.closed && toldOf.add(consumer) && !consumer.hungUp) {
      seen.add("[CONSUMER CONNECTION CLOSED BY THE NODE]");
    }
  }

  private boolean relay(TestPeer from, TestPeer to, String direction) {
    Frame frame = from.sent.poll();
    if (frame == null) {
      return false;
    }
    if (frame.opcode() == Opcode.DCP_STREAM_REQ && frame.isRequest()) {
      streamOpaque = frame.opaque();
    }
    boolean own = frame.opcode() == Opcode.DCP_RETRY_REQUEST
        || !frame.isRequest() && (frame.opcode() == Opcode.DCP_ADD_STREAM || frame.opcode() == Opcode.DCP_CLOSE_STREAM);
    String text = direction + text(frame);
    boolean holds = from == producer ? holdingA : holdingB;
    if (own) {
      note(direction, frame, "[block]");
    } else if (swallowAt.test(text)) {
      note(direction, frame, "[drop]");
    } else if (holds || holdAt.test(text)) {
      note(direction, frame, "[hold]");
      (from == producer ? heldFromA : heldFromB).add(frame);
      holdingA |= from == producer;
      holdingB |= from == consumer;
    } else {
      note(direction, frame, "");
      to.give(frame);
    }
    return true;
  }

  private void note(String direction, Frame frame, String action) {
    boolean quiet = switch (frame.opcode()) {
      case Opcode.DCP_MUTATION -> frame.isRequest();
      case Opcode.DCP_CONTROL, Opcode.GET_ERROR_MAP, Opcode.DCP_NOOP, Opcode.DCP_BUFFER_ACK -> true;
      default -> false;
    };
    if (!quiet) {
      seen.add(direction + text(frame) + action);
    }
  }

  static String text(Frame frame) {
    String name = Opcode.nameOf(frame.opcode()).replace("DCP_", "");
    if (!frame.isRequest()) {
      return name + "->" + (frame.status() == Status.DCP_STREAM_NOT_FOUND
          ? "0xa"
          : frame.status() == Status.OPAQUE_NO_MATCH ? "0xb" : Status.nameOf(frame.status()));
    }
    return switch (frame.opcode()) {
      case Opcode.DCP_ADD_STREAM -> name + "(flags=" + frame.extras()[3] + ")";
      case Opcode.DCP_STREAM_REQ -> name + "(flags=" + frame.extras()[3] + ")";
      case Opcode.DCP_STREAM_END -> {
        StreamEndReason reason = Dcp.StreamEnd.of(frame).reason();
        yield name + "(flags=" + reason.code() + " " + reason + ")";
      }
      case Opcode.DCP_SET_VBUCKET_STATE -> name + "(" + Dcp.SetVBucketState.of(frame).state().wireName() + ")";
      default -> name;
    };
  }

  /** As the answers files write it: {@code A=dead B=active}. */
  String states() {
    return "A=" + state(a) + " B=" + state(b);
  }

  private static String state(DataNode node) {
    return node.state(BUCKET, VB).map(VBucketState::wireName).orElse("none");
  }

  List<String> take() {
    List<String> taken = List.copyOf(seen);
    seen.clear();
    return taken;
  }
}
