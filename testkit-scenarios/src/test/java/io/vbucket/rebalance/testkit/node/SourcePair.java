package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.explore.model.Connection;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Question;
import io.vbucket.rebalance.testkit.explore.model.Signal;
import io.vbucket.rebalance.testkit.explore.model.Source;
import io.vbucket.rebalance.testkit.explore.model.SourceNode;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The model of the source and an embedded node that is told the same. */
final class SourcePair {
  private static final String BUCKET = "default";
  private static final int VB = 7;

  /** What both are told. */
  enum Command {
    REQUEST_REPLICA,
    REQUEST_TAKEOVER,
    REQUEST_TAKEOVER_OF_THE_REST,
    CLOSE,
    ANSWER_STATE,
    REFUSE_STATE,
    ANSWER_STATE_OF_ANOTHER_STREAM,
    ANSWER_SNAPSHOT,
    ANSWER_SNAPSHOT_OF_ANOTHER_STREAM,
    WRITE,
    END_EARLY,
    SET_ACTIVE,
    SET_REPLICA,
    SET_DEAD,
    DELETE,
    RECONNECT
  }

  /** What there is to see of either. */
  record Seen(List<Signal> sent, String state, long seqno, boolean streams) {}

  private final ManualNodeClock clock = new ManualNodeClock();
  private final DataNode node;
  private TestPeer producer;
  private ModelledNode<Source> model;
  private final List<Command> history = new ArrayList<>();
  private int lastOpaque;
  private int connections;
  private Seen ofNode;
  private Seen ofModel;

  SourcePair(NodeVersion version) {
    node = new DataNode(
        NodeSettings.named("A", version).withBuckets(Map.of(BUCKET, 64)), clock, new OneActiveMonitor());
    node.setState(BUCKET, VB, VBucketState.ACTIVE);
    model = new ModelledNode<>(new SourceNode(version), Parts.FROM_PRODUCER);
    connect();
  }

  private void connect() {
    producer = RelayedPair.open(node, "link" + connections++, Dcp.Open.PRODUCER);
    producer.ask(new Dcp.Control(0, Dcp.Control.SEND_STREAM_END_ON_CLOSE, "true").toFrame());
  }

  List<Command> history() {
    return history;
  }

  Seen ofNode() {
    return ofNode;
  }

  Seen ofModel() {
    return ofModel;
  }

  void both(Command command) {
    tell(command);
    history.add(command);
    List<Signal> sent = new ArrayList<>();
    while (clock.runOneDue() || !producer.sent.isEmpty()) {
      while (!producer.sent.isEmpty()) {
        Signal signal = signalOf(producer.sent.poll());
        if (signal != null) {
          sent.add(signal);
        }
      }
    }
    ofNode = new Seen(sent, node.state(BUCKET, VB).map(VBucketState::wireName).orElse("absent"),
        node.state(BUCKET, VB).isEmpty() ? 0 : node.highSeqno(BUCKET, VB), node.producerStreams(BUCKET) > 0);
    List<Signal> modelSent = model.settled().stream().map(SourcePair::withoutGeneration).toList();
    Source source = model.state();
    String state = source.copy().name().toLowerCase(Locale.ROOT);
    ofModel = new Seen(modelSent, state, state.equals("absent") ? 0 : source.seqno(), source.stream() != null);
  }

  static Signal withoutGeneration(Signal signal) {
    boolean ofLink = signal.kind() == Signal.Kind.CLOSE_STREAM_ANSWER || signal.kind() == Signal.Kind.ADD_STREAM_ANSWER;
    return new Signal(signal.kind(), ofLink ? 0 : signal.opaque(), signal.value(), 0);
  }

  private void tell(Command command) {
    switch (command) {
      case REQUEST_REPLICA -> request(false, 0);
      case REQUEST_TAKEOVER -> request(true, 0);
      case REQUEST_TAKEOVER_OF_THE_REST -> request(true, (int) node.highSeqno(BUCKET, VB));
      case CLOSE -> frame(new Dcp.CloseStream(VB, 0xE0000080).toFrame(), new Signal(Signal.Kind.CLOSE_STREAM, 0, 0, 1));
      case ANSWER_STATE -> answer(Opcode.DCP_SET_VBUCKET_STATE, lastOpaque, Status.SUCCESS);
      case REFUSE_STATE -> answer(Opcode.DCP_SET_VBUCKET_STATE, lastOpaque, Status.ETMPFAIL);
      case ANSWER_STATE_OF_ANOTHER_STREAM -> answer(Opcode.DCP_SET_VBUCKET_STATE, lastOpaque + 100, Status.SUCCESS);
      case ANSWER_SNAPSHOT -> answer(Opcode.DCP_SNAPSHOT_MARKER, lastOpaque, Status.SUCCESS);
      case ANSWER_SNAPSHOT_OF_ANOTHER_STREAM -> answer(Opcode.DCP_SNAPSHOT_MARKER, lastOpaque + 100, Status.SUCCESS);
      case WRITE -> write();
      case END_EARLY -> endEarly();
      case SET_ACTIVE -> set(VBucketState.ACTIVE, Question.What.SET_ACTIVE);
      case SET_REPLICA -> set(VBucketState.REPLICA, Question.What.SET_REPLICA);
      case SET_DEAD -> set(VBucketState.DEAD, Question.What.REMOVE_SET_DEAD);
      case DELETE -> delete();
      case RECONNECT -> {
        producer.hangUp();
        connect();
        model.struck(Connection.Blow.LOST);
        model.struck(Connection.Blow.DROPPED);
        model.struck(Connection.Blow.OPENED);
      }
      default -> throw new IllegalStateException("no way to do " + command);
    }
  }

  private void frame(Frame frame, Object message) {
    producer.give(frame);
    List<ModelledNode<Source>> next = model.receiving(message, false);
    assertThat(next).as("what follows from %s", message).hasSize(1);
    model = next.get(0);
  }

  private void request(boolean takeover, int start) {
    int opaque = ++lastOpaque;
    long uuid = start == 0 ? 0 : node.failoverLog(BUCKET, VB).get(0).uuid();
    frame(
        new Dcp.StreamReq(VB, opaque, takeover ? Dcp.StreamReq.TAKEOVER : 0, start, Dcp.StreamReq.FOREVER, uuid, start,
            start).toFrame(),
        new Signal(Signal.Kind.STREAM_REQ, opaque, 2 * start + (takeover ? 1 : 0), 1));
    if (model.state().stream() == null || model.state().stream().opaque() != opaque) {
      // It was refused: what is answered next is about the stream before.
      lastOpaque = model.state().stream() == null ? opaque : model.state().stream().opaque();
    }
  }

  private void answer(int opcode, int opaque, int status) {
    frame(Frame.response(Frame.request(opcode, VB, opaque), status),
        new Signal(opcode == Opcode.DCP_SNAPSHOT_MARKER
            ? Signal.Kind.SNAPSHOT_ANSWER
            : Signal.Kind.SET_VBUCKET_STATE_ANSWER, opaque, status, 1));
  }

  private void write() {
    for (ModelledNode<Source> written : model.doing(Fault.WRITES)) {
      model = written;
      node.write(BUCKET, VB, ("doc-" + history.size()).getBytes(UTF_8), "{}".getBytes(UTF_8), 1);
    }
  }

  private void endEarly() {
    for (ModelledNode<Source> ended : model.doing(Fault.EARLY_ENDS)) {
      model = ended;
      new NodeSteering(node, BUCKET).endStreams(VB, StreamEndReason.DISCONNECTED);
    }
  }

  /** A copy that is gone is not made anew: no move does that to its source. */
  private boolean isGone() {
    return node.state(BUCKET, VB).isEmpty();
  }

  private void set(VBucketState state, Question.What what) {
    if (!isGone()) {
      node.setState(BUCKET, VB, state);
      ask(what);
    }
  }

  private void delete() {
    if (!isGone()) {
      node.bucket(BUCKET).delete(VB);
      ask(Question.What.REMOVE_DELETE);
    }
  }

  private void ask(Question.What what) {
    model = model.receiving(new Question(Parts.ANSWERS_TO_MOVER, 1, what, 0), false).get(0);
  }

  /** What a frame means to the models, or null for nothing. */
  private Signal signalOf(Frame frame) {
    if (!frame.isRequest()) {
      return switch (frame.opcode()) {
        case Opcode.DCP_STREAM_REQ -> new Signal(Signal.Kind.STREAM_REQ_ANSWER, frame.opaque(), frame.status(), 0);
        case Opcode.DCP_CLOSE_STREAM -> new Signal(Signal.Kind.CLOSE_STREAM_ANSWER, 0, frame.status(), 0);
        default -> null;
      };
    }
    return switch (frame.opcode()) {
      case Opcode.DCP_SNAPSHOT_MARKER ->
          new Signal(Signal.Kind.SNAPSHOT, frame.opaque(), (int) DcpItem.SnapshotMarker.of(frame).end(), 0);
      case Opcode.DCP_SET_VBUCKET_STATE -> new Signal(Signal.Kind.SET_VBUCKET_STATE, frame.opaque(),
          Dcp.SetVBucketState.of(frame).state() == VBucketState.ACTIVE ? 1 : 0, 0);
      case Opcode.DCP_STREAM_END ->
          new Signal(Signal.Kind.STREAM_END, frame.opaque(), Dcp.StreamEnd.of(frame).reason().code(), 0);
      default -> null;
    };
  }
}
