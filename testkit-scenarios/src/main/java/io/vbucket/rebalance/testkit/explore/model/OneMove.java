package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.testkit.explore.search.Network;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.List;
import java.util.Map;

/** Puts the machines of one move together. */
public final class OneMove {
  /** The mover, when it waits for nothing but its stream's report. */
  private static final Network.Prompt REPORTS = new Network.Prompt(
      Parts.REPORTS, List.of(Parts.ANSWERS_TO_MOVER),
      Map.of(Parts.MOVER, mover -> ((Moving) mover).waitsForNothingElse()));

  /** The stream actor, when it expects no answer, and its mover will not order anything before it reports. */
  private static final Network.Prompt EVENTS = new Network.Prompt(
      Parts.EVENTS, List.of(Parts.ANSWERS_TO_STREAM, Parts.ORDERS),
      Map.of(
          Parts.STREAM, stream -> ((Streaming) stream).questions().isEmpty(),
          Parts.MOVER, mover -> ((Moving) mover).waitsForNothingElse()));

  private OneMove() {}

  /**
   * @param version whose behaviour both nodes show
   * @param takeoverSlots whether takeovers are limited
   * @param budget packed, see {@link io.vbucket.rebalance.testkit.explore.search.Budget}
   */
  public static Network network(
      Cores cores, NodeVersion version, int maxAttempts, boolean takeoverSlots, int budget) {
    return new Network(
        Parts.layout(
            new SourceNode(version),
            new DestinationNode(version),
            new MoverActor(cores.move(), maxAttempts, takeoverSlots),
            new LinkRelayModel(cores.gate()),
            new StreamActor(cores.takeover())),
        List.of(REPORTS, EVENTS),
        budget);
  }
}
