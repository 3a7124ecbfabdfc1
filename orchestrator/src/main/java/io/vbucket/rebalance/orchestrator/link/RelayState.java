package io.vbucket.rebalance.orchestrator.link;

import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Opcode;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What the rules of both directions share: the lanes, which stream and which request has which opaque, and what is owed to the producer. */
final class RelayState {
  /** A request of the link itself. */
  record OwnRequest(int opcode, int vbucket, int generation) {
  }

  private static final int MAX_VBUCKETS = 65_536;

  final LinkCounters counters;
  final AckPacing pacing;
  final AskedRequests askedByConsumer = new AskedRequests();
  final AskedRequests askedByProducer = new AskedRequests();
  private final IntObjectMap<OwnRequest> ownToConsumer = new IntObjectHashMap<>();
  private final IntObjectMap<OwnRequest> ownToProducer = new IntObjectHashMap<>();
  private final IntObjectMap<VBucketLane> laneByStreamOpaque = new IntObjectHashMap<>();
  private VBucketLane[] lanes = new VBucketLane[1024];

  /** Whether the consumer has agreed a flow-control window with its producer. */
  boolean flowControlled;
  int bufferSizeOpaque;
  boolean bufferSizeAsked;

  /** Whether the nodes keep the link busy with NOOPs. */
  boolean noopsPass;

  /** Bytes of dropped frames that the producer still counts against its window (T20). */
  long owedBytes;

  // Passed on since the counters were told last.
  private long passedFrames;
  private long passedBytes;

  RelayState(LinkCounters counters, AckPacing pacing) {
    this.counters = counters;
    this.pacing = pacing;
  }

  /** The lane of a vBucket, or null when nobody ever asked for one. */
  VBucketLane lane(int vbucket) {
    return vbucket < lanes.length ? lanes[vbucket] : null;
  }

  VBucketLane laneOrNew(int vbucket) {
    Objects.checkIndex(vbucket, MAX_VBUCKETS);
    if (vbucket >= lanes.length) {
      lanes = Arrays.copyOf(lanes, Math.min(MAX_VBUCKETS, Math.max(vbucket + 1, 2 * lanes.length)));
    }
    if (lanes[vbucket] == null) {
      lanes[vbucket] = new VBucketLane(vbucket);
    }
    return lanes[vbucket];
  }

  Stream<VBucketLane> lanes() {
    return Arrays.stream(lanes).filter(Objects::nonNull);
  }

  VBucketLane laneOfStream(int streamOpaque) {
    return laneByStreamOpaque.get(streamOpaque);
  }

  /** A lane's stream got its opaque; the one before is not known any more. */
  void streamIs(VBucketLane lane, int streamOpaque) {
    if (lane.knownByOpaque && laneByStreamOpaque.get(lane.streamOpaque) == lane) {
      laneByStreamOpaque.remove(lane.streamOpaque);
    }
    lane.knownByOpaque = true;
    lane.markerAnswersDue = 0;
    lane.streamOpaque = streamOpaque;
    laneByStreamOpaque.put(streamOpaque, lane);
  }

  void own(Side to, int opaque, OwnRequest request) {
    (to == Side.CONSUMER ? ownToConsumer : ownToProducer).put(opaque, request);
  }

  /**
   * Takes an answer to a request of the link's own. Such an answer is told to its stream, and never passed on (T29).
   *
   * @return whether the answer was to such a request
   */
  boolean takeOwnAnswer(Side from, int opcode, int opaque, int status, int frameBytes) {
    IntObjectMap<OwnRequest> own = from == Side.CONSUMER ? ownToConsumer : ownToProducer;
    OwnRequest request = own.get(opaque);
    if (request == null || request.opcode() != opcode) {
      return false;
    }
    own.remove(opaque);
    counters.dropped(LinkCounters.Drop.OWN_ANSWER, frameBytes);
    Consumer<LinkEvent> stream = laneOrNew(request.vbucket()).stream;
    if (stream != null) {
      stream.accept(opcode == Opcode.DCP_ADD_STREAM
          ? new LinkEvent.AddAnswered(request.generation(), status)
          : new LinkEvent.CloseAnswered(request.generation(), from, status));
    }
    return true;
  }

  /** Whether a takeover is open: clients wait for it. */
  boolean isTakingOver() {
    return lanes().anyMatch(lane -> lane.gate.takeover() && !lane.gate.shut());
  }

  boolean pass(int frameBytes) {
    passedFrames++;
    passedBytes += frameBytes;
    return true;
  }

  boolean pass(VBucketLane lane, int frameBytes) {
    lane.bytes += frameBytes;
    return pass(frameBytes);
  }

  boolean drop(LinkCounters.Drop why, int frameBytes) {
    counters.dropped(why, frameBytes);
    return false;
  }

  void publish() {
    if (passedFrames > 0) {
      counters.forwarded(passedFrames, passedBytes);
      passedFrames = 0;
      passedBytes = 0;
    }
  }
}
