package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.orchestrator.takeover.GateReport;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import java.util.function.Consumer;

/** What the relay keeps about one vBucket. */
final class VBucketLane {
  final int vbucket;
  StreamGate gate = StreamGate.CLOSED;
  Consumer<LinkEvent> stream;
  int attempt;

  /** The opaque under which the lane is known, when {@link #knownByOpaque}. */
  int streamOpaque;
  boolean knownByOpaque;

  /** Bytes of the gate's generation that passed, in both directions. */
  long bytes;

  /** Snapshot markers that passed, ask for an answer and have none yet: so many answers pass (T34 is the same for states). */
  int markerAnswersDue;

  /** Bytes of earlier generations since somebody attached. */
  long earlierBytes;

  VBucketLane(int vbucket) {
    this.vbucket = vbucket;
  }

  void tell(LinkEvent event) {
    if (stream != null) {
      stream.accept(event);
    }
  }

  /** Takes the ruling in; returns whether the frame passes. */
  boolean follow(StreamGate.Ruling ruling) {
    gate = ruling.next();
    GateReport report = ruling.report();
    if (report != null) {
      tell(new LinkEvent.Saw(report));
    }
    return ruling.verdict() == StreamGate.Verdict.FORWARD;
  }
}
