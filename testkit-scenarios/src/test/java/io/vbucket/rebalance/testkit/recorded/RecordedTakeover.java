package io.vbucket.rebalance.testkit.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Verdict;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.protocol.golden.GoldenConversation;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Action;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Direction;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Recorded;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of one vBucket, fed with what the nodes of a recorded conversation sent, in the order in which they sent it. A frame is due
 * only when its cause has been asked for: the frames of the n-th stream when the rules have added their n-th stream, the answer to a
 * CLOSE_STREAM when they have closed. Where the relay of the recording closed a stream in mid takeover, the consumer asks for a retry here.
 */
final class RecordedTakeover {
  /** A node's frame, or what the relay of the recording did, as a cue for ours. */
  private record Input(Recorded recorded, Frame frame) {}

  private final List<Input> inputs = new ArrayList<>();
  private final Map<Integer, Integer> generations = new HashMap<>();
  private final Map<Side, Integer> closesAsked = new EnumMap<>(Side.class);
  private final Map<Side, Integer> closesAnswered = new EnumMap<>(Side.class);
  private final int addStreams;
  final List<StreamReport> reports = new ArrayList<>();
  TakeoverProtocol protocol = TakeoverProtocol.INITIAL;
  StreamGate gate = StreamGate.CLOSED;
  private int attempt;
  private int takeoversCued;
  private boolean producerHasStream;
  private CopyState source = CopyState.ACTIVE;
  private CopyState destination = CopyState.REPLICA;

  RecordedTakeover(GoldenConversation conversation) {
    List<Recorded> held = new ArrayList<>();
    int streamRequests = 0;
    int added = 0;
    for (Recorded recorded : conversation.frames()) {
      Frame frame = recorded.frame();
      if (recorded.action() == Action.HOLD) {
        held.add(recorded);
        continue;
      }
      if (recorded.action() == Action.RELEASE) {
        held.removeIf(older -> older.frame().equals(frame));
      }
      if (recorded.direction() == Direction.CONSUMER_TO_PRODUCER && frame.isRequest()
          && frame.opcode() == Opcode.DCP_STREAM_REQ) {
        generations.put(frame.opaque(), ++streamRequests);
      }
      added += recorded.direction() == Direction.RELAY_TO_CONSUMER && frame.opcode() == Opcode.DCP_ADD_STREAM ? 1 : 0;
      inputs.add(new Input(recorded, frame));
    }
    // What the relay held for ever arrives here, too, only too late.
    held.forEach(recorded -> inputs.add(new Input(recorded, recorded.frame())));
    addStreams = added;
  }

  /** Runs until nothing more is due. */
  RecordedTakeover run() {
    happen(new LinkEvent.Up("recorded"));
    boolean moved = true;
    while (moved) {
      moved = takeNextInput() || letTimePass();
    }
    return this;
  }

  private boolean takeNextInput() {
    for (int i = 0; i < inputs.size(); i++) {
      Input input = inputs.get(i);
      if (isDue(input)) {
        inputs.remove(i);
        take(input);
        return true;
      }
    }
    return false;
  }

  /** Frames of streams that were never asked for here: what is left when nothing more is due. */
  List<Frame> neverDue() {
    return inputs.stream().map(Input::frame).toList();
  }

  private boolean isDue(Input input) {
    Frame frame = input.frame();
    boolean idle = protocol.state() instanceof TakeoverState.Idle;
    if (input.recorded().direction() == Direction.RELAY_TO_CONSUMER) {
      return frame.opcode() != Opcode.DCP_ADD_STREAM || idle || takeoversCued < attempt;
    }
    if (frame.opcode() == Opcode.DCP_CLOSE_STREAM && !frame.isRequest()) {
      Side side = sideOf(input);
      return closesAsked.getOrDefault(side, 0) > closesAnswered.getOrDefault(side, 0);
    }
    return generationOf(frame) <= protocol.generation();
  }

  private static Side sideOf(Input input) {
    return input.recorded().direction() == Direction.CONSUMER_TO_PRODUCER ? Side.CONSUMER : Side.PRODUCER;
  }

  /** Which stream a frame belongs to; 0 for none. */
  private int generationOf(Frame frame) {
    if (frame.opcode() == Opcode.DCP_ADD_STREAM && !frame.isRequest()) {
      return frame.extras().length == 0 ? Integer.MAX_VALUE : generations.get(Dcp.streamOpaque(frame));
    }
    return generations.getOrDefault(frame.opaque(), 0);
  }

  private void take(Input input) {
    switch (input.recorded().direction()) {
      case RELAY_TO_CONSUMER -> cue(input.frame());
      case CONSUMER_TO_PRODUCER -> fromConsumer(input.frame());
      case PRODUCER_TO_CONSUMER -> fromProducer(input.frame());
      default -> assertThat(input.frame().opcode()).as("session or a forged answer, no news from a node")
          .isIn(Opcode.HELLO, Opcode.DCP_OPEN, Opcode.DCP_CLOSE_STREAM, Opcode.DCP_SET_VBUCKET_STATE);
    }
  }

  private void cue(Frame frame) {
    boolean idle = protocol.state() instanceof TakeoverState.Idle;
    switch (frame.opcode()) {
      case Opcode.DCP_ADD_STREAM -> {
        if (!Dcp.AddStream.of(frame).takeover()) {
          happen(new TakeoverEvent.Replicate());
        } else if (++takeoversCued > attempt) {
          happen(new TakeoverEvent.TakeOver(++attempt));
        }
      }
      case Opcode.DCP_CLOSE_STREAM -> {
        if (protocol.state() instanceof TakeoverState.Live live && live.attempt() > 0) {
          follow(gate.retryAsked(gate.streamOpaque(), 0));
        } else if (!idle && addStreams > 1) {
          happen(new TakeoverEvent.TakeOver(++attempt));
        }
      }
      case Opcode.DCP_STREAM_END -> assertThat(
          follow(gate.streamEnded(frame.opaque(), Dcp.StreamEnd.of(frame).reason()))).as("passes").isFalse();
      default -> assertThat(frame.opcode()).isIn(Opcode.HELLO, Opcode.DCP_OPEN);
    }
  }

  private void fromConsumer(Frame frame) {
    switch (frame.opcode()) {
      case Opcode.DCP_STREAM_REQ -> follow(gate.streamRequested(frame.opaque()));
      case Opcode.DCP_ADD_STREAM -> happen(new LinkEvent.AddAnswered(generationOf(frame), frame.status()));
      case Opcode.DCP_CLOSE_STREAM -> closeAnswered(Side.CONSUMER, frame.status());
      case Opcode.DCP_SET_VBUCKET_STATE -> {
        VBucketState asked = gate.progress() == Progress.PENDING_ASKED ? VBucketState.PENDING : VBucketState.ACTIVE;
        if (follow(gate.stateAnswered(frame.opaque(), frame.status()))) {
          source = CopyState.DEAD;
          destination = CopyState.of(asked);
        }
      }
      default -> {
        // Negotiation, and answers to data.
      }
    }
  }

  private void fromProducer(Frame frame) {
    switch (frame.opcode()) {
      case Opcode.DCP_STREAM_REQ -> {
        if (follow(gate.streamRequestAnswered(frame.opaque(), frame.status()))) {
          producerHasStream |= frame.status() == Status.SUCCESS;
        }
      }
      case Opcode.DCP_CLOSE_STREAM -> closeAnswered(Side.PRODUCER, frame.status());
      case Opcode.DCP_SET_VBUCKET_STATE -> {
        VBucketState state = Dcp.SetVBucketState.of(frame).state();
        if (follow(gate.stateAsked(frame.opaque(), state)) && state == VBucketState.PENDING) {
          destination = CopyState.PENDING;
        }
      }
      case Opcode.DCP_STREAM_END -> {
        if (follow(gate.streamEnded(frame.opaque(), Dcp.StreamEnd.of(frame).reason()))) {
          producerHasStream = false;
        }
      }
      case Opcode.DCP_MUTATION, Opcode.DCP_SNAPSHOT_MARKER -> assertThat(gate.admits(frame.opaque()))
          .as("data of stream %s at %s", generationOf(frame), gate)
          .isEqualTo(generationOf(frame) == gate.generation() && !gate.shut());
      default -> {
        // Negotiation and keep-alive.
      }
    }
  }

  private void closeAnswered(Side side, int status) {
    closesAnswered.merge(side, 1, Integer::sum);
    producerHasStream &= side != Side.PRODUCER;
    happen(new LinkEvent.CloseAnswered(protocol.generation(), side, status));
  }

  private boolean follow(StreamGate.Ruling ruling) {
    gate = ruling.next();
    if (ruling.report() != null) {
      happen(new LinkEvent.Saw(ruling.report()));
    }
    return ruling.verdict() == Verdict.FORWARD;
  }

  private void happen(TakeoverEvent event) {
    TakeoverProtocol.Step step = protocol.on(event);
    protocol = step.next();
    step.effects().forEach(this::carryOut);
  }

  private void carryOut(TakeoverEffect effect) {
    if (effect instanceof TakeoverEffect.OpenStream open) {
      gate = gate.open(open.generation(), open.takeover());
    } else if (effect instanceof TakeoverEffect.Fence fence) {
      gate = gate.fence();
      happen(new LinkEvent.Fenced(fence.generation(), gate.progress()));
    } else if (effect instanceof TakeoverEffect.CloseStream close) {
      closesAsked.merge(close.side(), 1, Integer::sum);
    } else if (effect instanceof TakeoverEffect.ReadStates read) {
      happen(new TakeoverEvent.StatesRead(read.inquiry(), source, destination));
    } else if (effect instanceof TakeoverEffect.ActivateSource activate) {
      source = CopyState.ACTIVE;
      happen(new TakeoverEvent.SourceSet(activate.inquiry(), true));
    } else if (effect instanceof TakeoverEffect.DropLink drop) {
      producerHasStream = false;
      happen(new LinkEvent.Lost(gate.generation(), gate.progress(), drop.reason()));
      happen(new LinkEvent.OldConnectionsGone(true, true));
    } else if (effect instanceof TakeoverEffect.Report report) {
      reports.add(report.report());
    }
  }

  /** A node says KEY_ENOENT to the close of a stream that it does not have; one that says nothing costs the link. */
  private boolean letTimePass() {
    if (protocol.state() instanceof TakeoverState.Settling settling) {
      if (!settling.consumerClosed() && !producerHasStream) {
        closeAnswered(Side.CONSUMER, Status.KEY_ENOENT);
      } else if (!settling.producerClosed() && !producerHasStream) {
        closeAnswered(Side.PRODUCER, Status.KEY_ENOENT);
      } else {
        happen(new TakeoverEvent.TimedOut(TakeoverEvent.Timer.CLOSE));
      }
      return true;
    }
    return false;
  }

  /** As the recordings say it. */
  String states() {
    return "states: producer node " + source.name().toLowerCase(java.util.Locale.ROOT) + ", consumer node "
        + destination.name().toLowerCase(java.util.Locale.ROOT);
  }
}
