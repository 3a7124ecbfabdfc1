package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import java.util.Optional;

/**
 * What a user must be allowed for the requests of a rebalance, as newer nodes call it. Requests that every user of the bucket may make have
 * none.
 */
public enum Privilege {
  SIMPLE_STATS,
  DCP_PRODUCER,
  DCP_CONSUMER,
  NODE_SUPERVISOR;

  /** The privilege that a request needs; empty for requests that need none and for answers. */
  static Optional<Privilege> neededFor(Frame frame) {
    return frame.isRequest() ? Optional.ofNullable(ofRequest(frame)) : Optional.empty();
  }

  private static Privilege ofRequest(Frame frame) {
    return switch (frame.opcode()) {
      case Opcode.STAT -> SIMPLE_STATS;
      case Opcode.DCP_OPEN -> Dcp.Open.of(frame).isProducer() ? DCP_PRODUCER : DCP_CONSUMER;
      case Opcode.DCP_ADD_STREAM, Opcode.DCP_CLOSE_STREAM, Opcode.DCP_STREAM_REQ, Opcode.DCP_GET_FAILOVER_LOG,
          Opcode.DCP_SEQNO_ACK -> DCP_PRODUCER;
      case Opcode.DCP_STREAM_END, Opcode.DCP_SNAPSHOT_MARKER, Opcode.DCP_MUTATION, Opcode.DCP_DELETION,
          Opcode.DCP_EXPIRATION, Opcode.DCP_SET_VBUCKET_STATE, Opcode.DCP_SYSTEM_EVENT, Opcode.DCP_PREPARE,
          Opcode.DCP_COMMIT, Opcode.DCP_ABORT, Opcode.DCP_SEQNO_ADVANCED -> DCP_CONSUMER;
      case Opcode.SET_VBUCKET, Opcode.DEL_VBUCKET, Opcode.SEQNO_PERSISTENCE, Opcode.SET_CLUSTER_CONFIG ->
          NODE_SUPERVISOR;
      default -> null;
    };
  }
}
