package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.explore.model.Connection;
import io.vbucket.rebalance.testkit.explore.model.Destination;
import io.vbucket.rebalance.testkit.explore.model.DestinationNode;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Question;
import io.vbucket.rebalance.testkit.explore.model.Signal;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The model of the destination and an embedded node that is told the same. */
final class DestinationPair {
  private static final String BUCKET = "default";
  private static final int VB = 7;
  private static final int OTHER = 8;
  /** An opaque that no stream has. */
  private static final int FOREIGN = 999;

  /** What both are told. */
  enum Command {
    ADD_REPLICA,
    ADD_TAKEOVER,
    ADD_TAKEOVER_AND_BE_REFUSED,
    CLOSE,
    CONSENT,
    CONSENT_AND_BE_ASKED_TO_RETRY_BY_A_CONSUMER_THAT_FORGETS,
    REFUSE_REQUEST,
    ROLL_BACK,
    CONSENT_TO_ANOTHER_STREAM,
    SNAPSHOT,
    SNAPSHOT_OF_ANOTHER_STREAM,
    SET_PENDING,
    SET_ACTIVE,
    SET_PENDING_AND_BE_REFUSED,
    SET_PENDING_OF_ANOTHER_STREAM,
    END,
    END_ANOTHER_STREAM,
    LET_ASK_FOR_RETRY,
    MAKE_REPLICA,
    MAKE_DEAD,
    DELETE,
    RECONNECT
  }

  /** What there is to see of either. */
  record Seen(List<Signal> sent, String state, long seqno, boolean streams, boolean connected) {}

  private final ManualNodeClock clock = new ManualNodeClock();
  private final DataNode node;
  private TestPeer consumer;
  private ModelledNode<Destination> model;
  private List<ModelledNode<Destination>> candidates = new ArrayList<>();
  private final List<Seen> ofModels = new ArrayList<>();
  private Seen ofNode;
  private final List<Command> history = new ArrayList<>();
  /** The model's opaques by those of the node on this connection. */
  private final Map<Integer, Integer> modelOpaques = new LinkedHashMap<>();
  private int nodeOpaque;
  private int modelOpaque;
  private int generation;
  private int connections;

  DestinationPair(NodeVersion version) {
    node = new DataNode(
        NodeSettings.named("B", version).withBuckets(Map.of(BUCKET, 64)), clock, new OneActiveMonitor());
    model = new ModelledNode<>(new DestinationNode(version), Parts.FROM_CONSUMER);
    connect();
  }

  private void connect() {
    consumer = RelayedPair.open(node, "link" + connections++, 0);
    negotiate();
    modelOpaques.clear();
    nodeOpaque = FOREIGN;
    modelOpaque = FOREIGN;
  }

  /** A consumer agrees with its producer on the codes of its answers before its first stream; here for another vBucket's. */
  private void negotiate() {
    node.setState(BUCKET, OTHER, VBucketState.REPLICA);
    consumer.give(new Dcp.AddStream(OTHER, 0xE0000080, false).toFrame());
    sentByNode();
    consumer.give(new Dcp.CloseStream(OTHER, 0xE0000180).toFrame());
    sentByNode();
  }

  List<Command> history() {
    return history;
  }

  Seen ofNode() {
    return ofNode;
  }

  List<Seen> ofModels() {
    return ofModels;
  }

  /** Goes on with the model that did what the node did. */
  void follow() {
    model = candidates.get(ofModels.indexOf(ofNode));
  }

  void both(Command command) {
    if (consumer.closed && command != Command.RECONNECT) {
      both(Command.RECONNECT);
      follow();
    }
    candidates = List.of(model);
    tell(command);
    node.faults().clear();
    history.add(command);
    List<Signal> sent = sentByNode();
    boolean absent = node.state(BUCKET, VB).isEmpty();
    ofNode = new Seen(sent, node.state(BUCKET, VB).map(VBucketState::wireName).orElse("absent"),
        absent ? 0 : node.highSeqno(BUCKET, VB), node.consumerStreams(BUCKET) > 0, !consumer.closed);
    ofModels.clear();
    candidates.forEach(candidate -> ofModels.add(seenOf(candidate)));
  }

  private static Seen seenOf(ModelledNode<Destination> candidate) {
    List<Signal> sent = candidate.settled().stream()
        .filter(signal -> signal.kind() != Signal.Kind.CLOSED)
        .map(SourcePair::withoutGeneration)
        .toList();
    Destination d = candidate.state();
    return new Seen(sent, d.state().name().toLowerCase(Locale.ROOT), d.copy().seqno(), d.stream() != null,
        d.connection() == Connection.UP);
  }

  private List<Signal> sentByNode() {
    List<Signal> sent = new ArrayList<>();
    while (clock.runOneDue() || !consumer.sent.isEmpty()) {
      while (!consumer.sent.isEmpty()) {
        Frame frame = consumer.sent.poll();
        boolean negotiates = frame.isRequest()
            && (frame.opcode() == Opcode.DCP_CONTROL || frame.opcode() == Opcode.GET_ERROR_MAP);
        if (negotiates) {
          consumer.give(Frame.response(frame, Status.SUCCESS));
          continue;
        }
        Signal signal = signalOf(frame);
        if (signal != null) {
          sent.add(signal);
        }
      }
    }
    return sent;
  }

  private void tell(Command command) {
    switch (command) {
      case ADD_REPLICA -> add(false, false);
      case ADD_TAKEOVER -> add(true, false);
      case ADD_TAKEOVER_AND_BE_REFUSED -> add(true, true);
      case CLOSE -> frame(new Dcp.CloseStream(VB, 0xE0000080).toFrame(),
          new Signal(Signal.Kind.CLOSE_STREAM, 0, 0, generation), false);
      case CONSENT -> consent(nodeOpaque, modelOpaque);
      case CONSENT_AND_BE_ASKED_TO_RETRY_BY_A_CONSUMER_THAT_FORGETS -> consentAndBeAsked();
      case REFUSE_REQUEST -> requestAnswered(Status.NOT_MY_VBUCKET, Frame.NOTHING, nodeOpaque, modelOpaque);
      case ROLL_BACK -> requestAnswered(Status.ROLLBACK, Dcp.encodeRollbackSeqno(0), nodeOpaque, modelOpaque);
      case CONSENT_TO_ANOTHER_STREAM -> consent(FOREIGN, FOREIGN);
      case SNAPSHOT -> snapshot(nodeOpaque, modelOpaque);
      case SNAPSHOT_OF_ANOTHER_STREAM -> snapshot(FOREIGN, FOREIGN);
      case SET_PENDING -> setState(VBucketState.PENDING, nodeOpaque, modelOpaque, false);
      case SET_ACTIVE -> setState(VBucketState.ACTIVE, nodeOpaque, modelOpaque, false);
      case SET_PENDING_AND_BE_REFUSED -> setState(VBucketState.PENDING, nodeOpaque, modelOpaque, true);
      case SET_PENDING_OF_ANOTHER_STREAM -> setState(VBucketState.PENDING, FOREIGN, FOREIGN, false);
      case END -> end(nodeOpaque, modelOpaque);
      case END_ANOTHER_STREAM -> end(FOREIGN, FOREIGN);
      case LET_ASK_FOR_RETRY -> letAskForRetry();
      case MAKE_REPLICA -> set(VBucketState.REPLICA, Question.What.SET_REPLICA);
      case MAKE_DEAD -> {
        if (node.state(BUCKET, VB).isPresent()) {
          set(VBucketState.DEAD, Question.What.REMOVE_SET_DEAD);
        }
      }
      case DELETE -> {
        node.bucket(BUCKET).delete(VB);
        ask(Question.What.REMOVE_DELETE);
      }
      case RECONNECT -> {
        consumer.hangUp();
        connect();
        model.struck(Connection.Blow.LOST);
        model.struck(Connection.Blow.DROPPED);
        model.struck(Connection.Blow.OPENED);
      }
      default -> throw new IllegalStateException("no way to do " + command);
    }
  }

  private void frame(Frame frame, Signal signal, boolean faults) {
    consumer.give(frame);
    candidates = model.receiving(signal, faults);
  }

  private void add(boolean takeover, boolean refused) {
    generation++;
    if (refused) {
      node.faults().retryTakeover(VB, RetryWay.ADD_STREAM_ETMPFAIL);
    }
    frame(new Dcp.AddStream(VB, 0xE0000080 + generation * 256, takeover).toFrame(),
        new Signal(Signal.Kind.ADD_STREAM, 0, takeover ? 1 : 0, generation), refused);
  }

  private void consent(int toNode, int toModel) {
    byte[] log = Dcp.encodeFailoverLog(List.of(new Dcp.FailoverEntry(77, 0)));
    requestAnswered(Status.SUCCESS, log, toNode, toModel);
  }

  private void requestAnswered(int status, byte[] value, int toNode, int toModel) {
    frame(
        Frame.response(
            Frame.request(Opcode.DCP_STREAM_REQ, VB, toNode), status, Frame.NOTHING, Frame.NOTHING, value),
        new Signal(Signal.Kind.STREAM_REQ_ANSWER, toModel, status, generation), false);
  }

  private void consentAndBeAsked() {
    Destination.Inbound stream = model.state().stream();
    boolean asks = stream != null && stream.takeover() && !stream.accepted() && stream.opaque() == modelOpaque;
    if (asks) {
      node.faults().retryTakeover(VB, RetryWay.REQUEST_AND_FORGET);
    }
    consent(nodeOpaque, modelOpaque);
    if (asks) {
      List<ModelledNode<Destination>> asked = new ArrayList<>();
      for (ModelledNode<Destination> accepted : candidates) {
        // The answer to ADD_STREAM leaves first, as on the node.
        ModelledNode<Destination> answered = accepted.answering();
        asked.addAll(answered.doing(Fault.RETRIES));
      }
      candidates = asked;
    }
  }

  private void snapshot(int toNode, int toModel) {
    long seqno = 1 + (node.state(BUCKET, VB).isEmpty() ? 0 : node.highSeqno(BUCKET, VB));
    boolean takeover = model.state().stream() != null && model.state().stream().takeover();
    int flags = DcpItem.SnapshotMarker.MEMORY | (takeover ? DcpItem.SnapshotMarker.ACK : 0);
    consumer.give(DcpItem.SnapshotMarker.v1(VB, toNode, seqno - 1, seqno, flags).toFrame());
    if (!consumer.closed) {
      consumer.give(new DcpItem.Mutation(VB, toNode, seqno, 1, 0, 0, 0, 0, seqno, 1,
          ("doc-" + seqno).getBytes(UTF_8), "{}".getBytes(UTF_8)).toFrame());
    }
    candidates = model.receiving(new Signal(Signal.Kind.SNAPSHOT, toModel, (int) seqno, generation), false);
  }

  private void setState(VBucketState state, int toNode, int toModel, boolean refused) {
    if (refused) {
      node.faults().retryTakeover(VB, RetryWay.REFUSE_PENDING);
    }
    frame(new Dcp.SetVBucketState(VB, toNode, state).toFrame(),
        new Signal(Signal.Kind.SET_VBUCKET_STATE, toModel, state == VBucketState.ACTIVE ? 1 : 0, generation), refused);
  }

  private void end(int toNode, int toModel) {
    frame(new Dcp.StreamEnd(VB, toNode, StreamEndReason.OK).toFrame(),
        new Signal(Signal.Kind.STREAM_END, toModel, 0, generation), false);
  }

  private void letAskForRetry() {
    Destination.Inbound stream = model.state().stream();
    if (stream != null && stream.takeover() && modelOpaques.containsValue(stream.opaque())) {
      new NodeSteering(node, BUCKET).askRetry(VB, false);
      candidates = model.doing(Fault.RETRIES);
    }
  }

  private void set(VBucketState state, Question.What what) {
    node.setState(BUCKET, VB, state);
    ask(what);
  }

  private void ask(Question.What what) {
    candidates = model.receiving(new Question(Parts.ANSWERS_TO_MOVER, 1, what, 0), false);
  }

  /** What a frame means to the models, or null for nothing. Answers that a relay drops mean nothing. */
  private Signal signalOf(Frame frame) {
    if (frame.isRequest()) {
      return switch (frame.opcode()) {
        case Opcode.DCP_STREAM_REQ -> {
          Dcp.StreamReq request = Dcp.StreamReq.of(frame);
          nodeOpaque = frame.opaque();
          modelOpaque = modelOpaques.computeIfAbsent(nodeOpaque, any -> modelOpaques.size() + 1);
          yield new Signal(Signal.Kind.STREAM_REQ, modelOpaque,
              2 * (int) request.start() + (request.isTakeover() ? 1 : 0), 0);
        }
        case Opcode.DCP_RETRY_REQUEST ->
            new Signal(Signal.Kind.RETRY_REQUEST, modelOpaques.get(frame.opaque()), 0, 0);
        default -> null;
      };
    }
    return switch (frame.opcode()) {
      case Opcode.DCP_ADD_STREAM -> new Signal(Signal.Kind.ADD_STREAM_ANSWER, 0, frame.status(), 0);
      case Opcode.DCP_CLOSE_STREAM -> new Signal(Signal.Kind.CLOSE_STREAM_ANSWER, 0, frame.status(), 0);
      case Opcode.DCP_SET_VBUCKET_STATE -> new Signal(
          Signal.Kind.SET_VBUCKET_STATE_ANSWER, modelOpaques.getOrDefault(frame.opaque(), FOREIGN), frame.status(), 0);
      case Opcode.DCP_SNAPSHOT_MARKER -> frame.status() == Status.SUCCESS
          ? new Signal(Signal.Kind.SNAPSHOT_ANSWER, modelOpaques.get(frame.opaque()), 0, 0)
          : null;
      default -> null;
    };
  }
}
