package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Ruling;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;

/** The relay's rules as functions: those of {@link StreamGate}, unless somebody wants to see what happens with others. */
public interface GateRules {
  /** As in production. */
  GateRules REAL = new GateRules() {};

  default StreamGate open(StreamGate gate, int generation, boolean takeover) {
    return gate.open(generation, takeover);
  }

  default StreamGate fence(StreamGate gate) {
    return gate.fence();
  }

  default boolean admits(StreamGate gate, int opaque) {
    return gate.admits(opaque);
  }

  default Ruling streamRequested(StreamGate gate, int opaque) {
    return gate.streamRequested(opaque);
  }

  default Ruling streamRequestAnswered(StreamGate gate, int opaque, int status) {
    return gate.streamRequestAnswered(opaque, status);
  }

  default Ruling stateAsked(StreamGate gate, int opaque, VBucketState state) {
    return gate.stateAsked(opaque, state);
  }

  default Ruling stateAnswered(StreamGate gate, int opaque, int status) {
    return gate.stateAnswered(opaque, status);
  }

  default Ruling streamEnded(StreamGate gate, int opaque, StreamEndReason reason) {
    return gate.streamEnded(opaque, reason);
  }

  default Ruling retryAsked(StreamGate gate, int opaque, int reason) {
    return gate.retryAsked(opaque, reason);
  }
}
