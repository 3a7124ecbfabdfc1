package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.orchestrator.link.LinkOpaques;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.PeerSession;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells of a frame to which attempt it belongs. The orchestrator's own requests carry it in their opaque; a stream's frames belong to the
 * attempt whose ADD_STREAM its consumer got last before it sent STREAM_REQ.
 */
final class FrameReader {
  private record Key(String node, int vbucket) {}

  /** Consumers number their streams by themselves: two of them may have a stream of one vBucket under one number. */
  private record StreamKey(String consumer, int vbucket, int opaque) {}

  private record Question(Object connection, boolean byOrchestrator, int opaque, int opcode) {}

  private record Asked(int vbucket, VBucketState state, int attempt) {}

  private static final Pattern CONSUMER = Pattern.compile("->([^:]+):");

  private final Map<Key, Integer> addedAttempts = new HashMap<>();
  private final Map<StreamKey, Integer> streamAttempts = new HashMap<>();
  /** Requests that wait for their answer, by connection and opaque. */
  private final Map<Question, Asked> open = new HashMap<>();

  Seen.OfFrame read(
      String node, PeerSession peer, FaultRule.Direction direction, Frame frame, int vbucket, VBucketState stateAsked) {
    return read(
        node, peer, peer.dcpName(), direction == FaultRule.Direction.RECEIVED, frame, vbucket, stateAsked);
  }

  /** Whether a connection of this DCP name is one of the orchestrator's links. */
  static boolean carriesStreams(String dcpName) {
    return dcpName.startsWith("replication:");
  }

  /** The node that a link fills, by the name of either of its connections, or empty. */
  private static String consumerOf(String dcpName) {
    Matcher matcher = CONSUMER.matcher(dcpName);
    return matcher.find() ? matcher.group(1) : "";
  }

  /**
   * @param connection equal for all frames of a connection of the node, and for no other
   * @param dcpName of the connection, empty when it is none of DCP
   * @param vbucket and {@code stateAsked}: of an answer whose request is not known
   */
  synchronized Seen.OfFrame read(
      String node, Object connection, String dcpName, boolean received, Frame frame, int vbucket,
      VBucketState stateAsked) {
    Question key =
        new Question(connection, received == frame.isRequest(), frame.opaque(), frame.opcode());
    boolean replication = carriesStreams(dcpName);
    if (frame.isRequest()) {
      int about = isAboutVBucket(frame.opcode()) ? frame.vbucket() : -1;
      VBucketState state = stateIn(frame);
      int attempt = attempt(node, consumerOf(dcpName), received, frame, about);
      if (open.size() > 100_000) {
        open.clear();
      }
      if (isAnsweredAlone(frame.opcode())) {
        open.put(key, new Asked(about, state, attempt));
      }
      return new Seen.OfFrame(
          node, received, frame.opcode(), false, 0, about, state, attempt, frame.opaque(), replication);
    }
    Asked asked = open.getOrDefault(key, new Asked(vbucket, stateAsked, -1));
    return new Seen.OfFrame(
        node, received, frame.opcode(), true, frame.status(), asked.vbucket(), asked.state(), asked.attempt(),
        frame.opaque(),
        replication);
  }

  private static boolean isAnsweredAlone(int opcode) {
    return switch (opcode) {
      case Opcode.DCP_MUTATION, Opcode.DCP_DELETION, Opcode.DCP_EXPIRATION, Opcode.DCP_BUFFER_ACK -> false;
      default -> true;
    };
  }

  private static boolean isAboutVBucket(int opcode) {
    return switch (opcode) {
      case Opcode.HELLO, Opcode.SASL_AUTH, Opcode.SASL_STEP, Opcode.SASL_LIST_MECHS, Opcode.SELECT_BUCKET,
          Opcode.DCP_OPEN,
          Opcode.DCP_CONTROL, Opcode.DCP_NOOP, Opcode.DCP_BUFFER_ACK, Opcode.STAT, Opcode.GET_ALL_VB_SEQNOS,
          Opcode.SET_CLUSTER_CONFIG, Opcode.GET_CLUSTER_CONFIG, Opcode.NOOP, Opcode.OBSERVE_SEQNO -> false;
      default -> true;
    };
  }

  private static VBucketState stateIn(Frame frame) {
    if (frame.opcode() == Opcode.DCP_SET_VBUCKET_STATE) {
      return Dcp.SetVBucketState.of(frame).state();
    }
    byte[] extras = frame.extras();
    if (frame.opcode() == Opcode.SET_VBUCKET && extras.length > 0 && extras[extras.length - 1] >= 1
        && extras[extras.length - 1] <= 4) {
      return VBucketState.of(extras[extras.length - 1]);
    }
    return null;
  }

  private int attempt(String node, String consumer, boolean received, Frame frame, int vbucket) {
    int opcode = frame.opcode();
    if (vbucket < 0) {
      return -1;
    }
    if (opcode == Opcode.DCP_ADD_STREAM || opcode == Opcode.DCP_CLOSE_STREAM) {
      int attempt = LinkOpaques.attemptOf(frame.opaque());
      if (opcode == Opcode.DCP_ADD_STREAM && received) {
        addedAttempts.put(new Key(node, vbucket), attempt);
      }
      return attempt;
    }
    if (opcode == Opcode.DCP_STREAM_REQ && !received) {
      int attempt = addedAttempts.getOrDefault(new Key(node, vbucket), -1);
      streamAttempts.put(new StreamKey(consumer, vbucket, frame.opaque()), attempt);
      return attempt;
    }
    return switch (opcode) {
      case Opcode.DCP_STREAM_REQ, Opcode.DCP_STREAM_END, Opcode.DCP_SNAPSHOT_MARKER, Opcode.DCP_MUTATION,
          Opcode.DCP_DELETION, Opcode.DCP_EXPIRATION, Opcode.DCP_SET_VBUCKET_STATE, Opcode.DCP_RETRY_REQUEST,
          Opcode.DCP_SEQNO_ADVANCED ->
          streamAttempts.getOrDefault(new StreamKey(consumer, vbucket, frame.opaque()), -1);
      default -> -1;
    };
  }
}
