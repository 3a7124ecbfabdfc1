package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.Behavior;
import io.vbucket.rebalance.orchestrator.link.FlowBudget;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;

/**
 * How the orchestrator reaches nodes: over sockets in production, over channels in memory on a simulated stage. Nodes are named as the
 * cluster names them.
 */
public interface Wiring extends AutoCloseable {
  /**
   * The connections to one node for one run.
   *
   * @param runId names the run on the node, so that another orchestrator sees it
   * @param claims whether the run changes nodes and must be seen by others; false for runs that only read
   */
  Behavior<NodeCommand> node(String name, String runId, boolean claims);

  /** The link from one node to another. */
  Behavior<LinkCommand> link(String source, String destination, String runId);

  /**
   * The same, for copies whose flow is limited. Where no bytes flow, as on a simulated stage, there is nothing to limit.
   *
   * @param budget that all links of a rebalance share
   */
  default Behavior<LinkCommand> link(String source, String destination, String runId, FlowBudget budget) {
    return link(source, destination, runId);
  }

  /** Address of the node as the map lists it, {@code host:port}. */
  String serverOf(String name);

  /**
   * The configuration that a node told, with servers called as {@link #serverOf} calls them.
   *
   * @throws IllegalArgumentException when it is none; the message names what is wrong
   */
  default BucketConfig configOf(String node, String json) {
    return BucketConfig.parse(json);
  }

  /** Releases threads and sockets. */
  @Override
  default void close() {}
}
