package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A protocol and its gate on the bench: frames and answers are fed in by hand, everything that would go out is noted. States of the two copies
 * are plain fields, changed by hand like those of a node would be, so that a test says exactly what happens when.
 */
final class TakeoverBench {
  TakeoverProtocol protocol = TakeoverProtocol.INITIAL;
  StreamGate gate = StreamGate.CLOSED;
  CopyState source = CopyState.ACTIVE;
  CopyState destination = CopyState.REPLICA;
  /** What was written to the consumer and to the producer, in order. */
  final List<String> wire = new ArrayList<>();
  final List<StreamReport> reports = new ArrayList<>();
  final Set<TakeoverEvent.Timer> timers = EnumSet.noneOf(TakeoverEvent.Timer.class);
  final List<String> dropped = new ArrayList<>();
  boolean nodesAnswer = true;
  boolean sourceObeys = true;
  boolean closesAnswered = true;
  int lastRetryStatus = -1;
  int nextOpaque = 0x01000000;

  /** A bench with its link up and takeover attempt 1 asked for: ADD_STREAM is written. */
  static TakeoverBench asked() {
    TakeoverBench bench = new TakeoverBench();
    bench.happens(new LinkEvent.Up("producer"));
    bench.happens(new TakeoverEvent.TakeOver(1));
    return bench;
  }

  /** A bench whose attempt 1 streams. */
  static TakeoverBench streaming() {
    TakeoverBench bench = asked();
    bench.consumerRequests();
    bench.producerAnswers(Status.SUCCESS);
    return bench;
  }

  /** A bench whose source has gone dead in attempt 1. */
  static TakeoverBench sourceDead() {
    TakeoverBench bench = streaming();
    bench.pendingAsked();
    bench.pendingConfirmed();
    return bench;
  }

  void happens(TakeoverEvent event) {
    TakeoverProtocol.Step step = protocol.on(event);
    protocol = step.next();
    step.effects().forEach(this::carryOut);
  }

  private void carryOut(TakeoverEffect effect) {
    if (effect instanceof TakeoverEffect.OpenStream open) {
      gate = gate.open(open.generation(), open.takeover());
      wire.add("consumer: ADD_STREAM " + open.generation());
    } else if (effect instanceof TakeoverEffect.Fence fence) {
      gate = gate.fence();
      happens(new LinkEvent.Fenced(fence.generation(), gate.progress()));
    } else if (effect instanceof TakeoverEffect.CloseStream close) {
      wire.add(close.side() + ": CLOSE_STREAM " + close.generation());
      if (closesAnswered) {
        closeAnswered(close.side(), Status.SUCCESS);
      }
    } else if (effect instanceof TakeoverEffect.ReadStates read) {
      if (nodesAnswer) {
        happens(new TakeoverEvent.StatesRead(read.inquiry(), source, destination));
      }
    } else if (effect instanceof TakeoverEffect.ActivateSource activate) {
      wire.add("source: SET_VBUCKET active");
      if (sourceObeys) {
        source = CopyState.ACTIVE;
        happens(new TakeoverEvent.SourceSet(activate.inquiry(), true));
      }
    } else if (effect instanceof TakeoverEffect.StartTimer start) {
      timers.add(start.timer());
    } else if (effect instanceof TakeoverEffect.CancelTimer cancel) {
      timers.remove(cancel.timer());
    } else if (effect instanceof TakeoverEffect.DropLink drop) {
      dropped.add(drop.reason());
    } else if (effect instanceof TakeoverEffect.Report report) {
      reports.add(report.report());
    }
  }

  void timesOut(TakeoverEvent.Timer timer) {
    if (!timers.remove(timer)) {
      throw new IllegalStateException(timer + " does not run, but " + timers);
    }
    happens(new TakeoverEvent.TimedOut(timer));
  }

  // ---- frames, as the relay sees them

  boolean ruled(StreamGate.Ruling ruling, String frame) {
    gate = ruling.next();
    if (ruling.verdict() == StreamGate.Verdict.FORWARD) {
      wire.add(frame);
    }
    if (ruling.report() != null) {
      happens(new LinkEvent.Saw(ruling.report()));
    }
    return ruling.verdict() == StreamGate.Verdict.FORWARD;
  }

  boolean consumerRequests() {
    nextOpaque += 0x01000000;
    return ruled(gate.streamRequested(nextOpaque), "producer: STREAM_REQ");
  }

  boolean producerAnswers(int status) {
    return ruled(gate.streamRequestAnswered(nextOpaque, status), "consumer: STREAM_REQ answer");
  }

  void addAnswered(int generation, int status) {
    happens(new LinkEvent.AddAnswered(generation, status));
  }

  boolean pendingAsked() {
    return ruled(gate.stateAsked(nextOpaque, VBucketState.PENDING), "consumer: SET_VBUCKET_STATE pending");
  }

  boolean activeAsked() {
    return ruled(gate.stateAsked(nextOpaque, VBucketState.ACTIVE), "consumer: SET_VBUCKET_STATE active");
  }

  /** The consumer obeys and says so; when its consent passes, the source goes dead. */
  boolean pendingConfirmed() {
    destination = CopyState.PENDING;
    boolean passed = stateAnswered(Status.SUCCESS);
    if (passed) {
      source = CopyState.DEAD;
    }
    return passed;
  }

  boolean activeConfirmed() {
    destination = CopyState.ACTIVE;
    return stateAnswered(Status.SUCCESS);
  }

  boolean stateAnswered(int status) {
    return ruled(gate.stateAnswered(nextOpaque, status), "producer: SET_VBUCKET_STATE answer");
  }

  boolean ended(int opaque, StreamEndReason reason) {
    return ruled(gate.streamEnded(opaque, reason), "consumer: STREAM_END " + reason);
  }

  boolean ended(StreamEndReason reason) {
    return ended(nextOpaque, reason);
  }

  void retryAsked(int opaque) {
    StreamGate.Ruling ruling = gate.retryAsked(opaque, 1);
    lastRetryStatus = ruling.replyStatus();
    ruled(ruling, "producer: retry request");
  }

  void retryAsked() {
    retryAsked(nextOpaque);
  }

  void closeAnswered(Side side, int status) {
    happens(new LinkEvent.CloseAnswered(protocol.generation(), side, status));
  }

  void linkLost() {
    gate = gate.fence();
    happens(new LinkEvent.Lost(gate.generation(), gate.progress(), "socket closed"));
    gate = StreamGate.CLOSED;
  }

  void oldConnectionsGone() {
    happens(new LinkEvent.OldConnectionsGone(true, true));
  }

  /** The rest of a takeover that nobody disturbs, from ADD_STREAM on. */
  void runsThrough() {
    int generation = protocol.generation();
    consumerRequests();
    producerAnswers(Status.SUCCESS);
    addAnswered(generation, Status.SUCCESS);
    pendingAsked();
    pendingConfirmed();
    activeAsked();
    activeConfirmed();
    ended(StreamEndReason.OK);
  }

  StreamReport lastReport() {
    return reports.get(reports.size() - 1);
  }
}
