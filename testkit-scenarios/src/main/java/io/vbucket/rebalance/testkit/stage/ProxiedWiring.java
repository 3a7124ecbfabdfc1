package io.vbucket.rebalance.testkit.stage;

import akka.actor.typed.Behavior;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.link.FlowBudget;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;

/** Connects to proxies, and calls the nodes what they are called in maps: their clients must not come to the proxies. */
final class ProxiedWiring implements Wiring {
  private final NettyWiring real;
  private final NettyWiring proxied;

  /**
   * @param real where the nodes are
   * @param proxied where the proxies of the nodes of the same names are
   */
  ProxiedWiring(ClusterFile real, ClusterFile proxied, RebalanceSettings settings) {
    EventLoops loops = new EventLoops(settings.link().eventLoopThreads());
    this.real = new NettyWiring(real, settings, loops);
    this.proxied = new NettyWiring(proxied, settings, loops);
  }

  @Override
  public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
    return proxied.node(name, runId, claims);
  }

  @Override
  public Behavior<LinkCommand> link(String source, String destination, String runId) {
    return proxied.link(source, destination, runId);
  }

  @Override
  public Behavior<LinkCommand> link(String source, String destination, String runId, FlowBudget budget) {
    return proxied.link(source, destination, runId, budget);
  }

  @Override
  public String serverOf(String name) {
    return real.serverOf(name);
  }

  @Override
  public BucketConfig configOf(String node, String json) {
    return real.configOf(node, json);
  }

  /** Both are on the same threads. */
  @Override
  public void close() {
    proxied.close();
  }
}
