package io.vbucket.rebalance.testkit.script.parse;

import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.script.FrameNames;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.util.Optional;

/** Which side of a stream sends which frame: a trigger against it can never fire. */
final class FrameRules {
  /** Who sends the request. */
  private enum Sender {
    ORCHESTRATOR,
    CONSUMER,
    PRODUCER,
    ANY
  }

  private FrameRules() {}

  /** Why the pattern cannot be seen, or empty. */
  static Optional<String> impossible(Trigger.FrameSeen pattern, Context context) {
    if (pattern.opcode() == Trigger.ANY) {
      return Optional.empty();
    }
    String name = FrameNames.nameOf(pattern.opcode()) + (pattern.answer() ? " answer" : "");
    Sender sender = sender(pattern.opcode());
    boolean asRequest = pattern.received() != pattern.answer();
    // From here on: does the node get the request (and send the answer), or send the request (and get the answer)?
    if (sender == Sender.ORCHESTRATOR && !asRequest) {
      return Optional.of("a node never " + (pattern.received() ? "received" : "sends") + " " + name
          + ": the orchestrator asks, so write \"" + pattern.node() + (pattern.answer() ? " sends " : " received ")
          + name + "\"");
    }
    if (pattern.opcode() == Opcode.DCP_RETRY_REQUEST && asRequest) {
      return Optional.of(name + " goes from the consumer to the orchestrator and no further: write \"NODE "
          + (pattern.answer() ? "received " : "sends ") + name + "\"");
    }
    if (pattern.opcode() == Opcode.DCP_BUFFER_ACK && pattern.answer()
        || pattern.opcode() == Opcode.DCP_STREAM_END && pattern.answer()
            && pattern.status() == 0) {
      return Optional.of(FrameNames.nameOf(pattern.opcode()) + " has no answer");
    }
    // With replicas there are streams from the source to several nodes, and from the destination.
    boolean several = context.consumer() == null || context.cluster().replicas() > 0;
    if (several || sender == Sender.ORCHESTRATOR || sender == Sender.ANY) {
      return Optional.empty();
    }
    String from = sender == Sender.CONSUMER ? context.consumer() : context.producer();
    String to = sender == Sender.CONSUMER ? context.producer() : context.consumer();
    String possible = asRequest ? to : from;
    if (pattern.node().equals(possible) || pattern.node().equals(Trigger.ANYONE)) {
      return Optional.empty();
    }
    return Optional.of(
        "\"" + pattern.text() + "\" never happens: " + name + " goes from " + (pattern.answer() ? to : from) + " to "
            + (pattern.answer() ? from : to) + " when a vBucket moves from " + context.producer() + " to "
            + context.consumer());
  }

  private static Sender sender(int opcode) {
    return switch (opcode) {
      case Opcode.DCP_STREAM_REQ, Opcode.DCP_CONTROL, Opcode.DCP_RETRY_REQUEST -> Sender.CONSUMER;
      case Opcode.DCP_STREAM_END, Opcode.DCP_SNAPSHOT_MARKER, Opcode.DCP_MUTATION, Opcode.DCP_DELETION,
          Opcode.DCP_SET_VBUCKET_STATE -> Sender.PRODUCER;
      case Opcode.DCP_NOOP, Opcode.DCP_BUFFER_ACK -> Sender.ANY;
      default -> Sender.ORCHESTRATOR;
    };
  }
}
