package io.vbucket.rebalance.testkit.explore.naive;

import io.vbucket.rebalance.testkit.explore.model.DestinationNode;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.SourceNode;
import io.vbucket.rebalance.testkit.explore.search.Network;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.List;

/** The same nodes, moved between by the naive orchestrator. */
public final class NaiveMove {
  private NaiveMove() {}

  /**
   * @param version whose behaviour both nodes show
   * @param budget packed, see {@link io.vbucket.rebalance.testkit.explore.search.Budget}
   */
  public static Network network(NodeVersion version, int maxAttempts, int budget) {
    return new Network(
        Parts.layout(new SourceNode(version), new DestinationNode(version), new NaiveMover(), new NaiveRelay(),
            new NaiveRetrier(maxAttempts)),
        List.of(), budget);
  }
}
