package io.vbucket.rebalance.orchestrator.net;

import akka.actor.typed.Behavior;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.LinkSettings;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.link.DcpLink;
import io.vbucket.rebalance.orchestrator.link.FlowBudget;
import io.vbucket.rebalance.orchestrator.link.LinkBundle;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.link.LinkIdentity;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeChannel;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeSession;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/** Reaches the nodes of a cluster over sockets. */
public final class NettyWiring implements Wiring {
  private final ClusterFile cluster;
  private final RebalanceSettings settings;
  private final EventLoops loops;
  private final NodeConnector sessions;
  private final NodeConnector links;
  /** What nodes told of the whole cluster, by their host. */
  private final Map<String, String> clusterConfigs = new ConcurrentHashMap<>();

  public NettyWiring(ClusterFile cluster, RebalanceSettings settings) {
    this(cluster, settings, new EventLoops(settings.link().eventLoopThreads()));
  }

  /**
   * @param loops closed with this
   * @throws io.vbucket.rebalance.config.SettingsException when a file that the cluster names for TLS cannot be used
   */
  public NettyWiring(ClusterFile cluster, RebalanceSettings settings, EventLoops loops) {
    this.cluster = cluster;
    this.settings = settings;
    this.loops = loops;
    SessionSecurity security;
    try {
      security = SessionSecurity.of(cluster.security());
    } catch (RuntimeException unusable) {
      loops.close();
      throw unusable;
    }
    this.sessions = new NodeConnector(loops, NodeConnector.Limits.of(settings.node()), security);
    this.links = new NodeConnector(loops, NodeConnector.Limits.of(settings.link()), security);
  }

  @Override
  public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
    NodeAddress address = cluster.node(name);
    String presence = claims ? NodeSession.PRESENCE_PREFIX + cluster.bucket() + ":" + runId : "";
    NodeSession.Identity identity =
        new NodeSession.Identity(name, address.hostAndPort(), cluster.bucket(), presence);
    return NodeSession.create(
        identity,
        settings.node(),
        new NodeSession.Limits(settings.map().pushTimeout(), settings.move().persistenceTimeout()),
        (presenceName, listener) -> open(address, runId, presenceName, listener));
  }

  private void open(NodeAddress address, String runId, String presenceName, NodeChannel.Listener listener) {
    String agent = "rebalance-session/" + runId;
    ConnectRequest request = presenceName.isEmpty()
        ? ConnectRequest.forCommands(address, cluster.credentials(), agent, cluster.bucket())
        : ConnectRequest.forDcp(
            address,
            cluster.credentials(),
            agent,
            cluster.bucket(),
            new ConnectRequest.DcpOpen(presenceName, Dcp.Open.PRODUCER, ""));
    sessions.connect(request).whenComplete((connection, failure) -> {
      if (failure != null) {
        listener.failed().accept(trouble(failure));
        return;
      }
      if (!connection.agreed().clusterConfig().isEmpty()) {
        clusterConfigs.put(address.host(), connection.agreed().clusterConfig());
      }
      listener.opened().accept(new Open(connection));
      connection.listen(listener.received(), lost -> listener.lost().accept(trouble(lost)));
    });
  }

  private static NodeChannel.Trouble trouble(Throwable failure) {
    Throwable root =
        failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    boolean mayPass = !(root instanceof ConnectionFailure known) || known.mayPass();
    return new NodeChannel.Trouble(String.valueOf(root.getMessage()), mayPass);
  }

  private record Open(NodeConnection connection) implements NodeChannel {
    @Override
    public void send(Frame frame) {
      connection.send(frame);
    }

    @Override
    public void close() {
      connection.close();
    }

    @Override
    public void abort() {
      connection.abort();
    }

    @Override
    public String explain(int status) {
      return connection.agreed().errors().textOf(status);
    }
  }

  @Override
  public Behavior<LinkCommand> link(String source, String destination, String runId) {
    return link(source, destination, runId, FlowBudget.unlimited());
  }

  @Override
  public Behavior<LinkCommand> link(String source, String destination, String runId, FlowBudget budget) {
    LinkSettings link = settings.link();
    DcpLink.Timing timing = new DcpLink.Timing(link.reconnectBackoff(), link.idleTimeout());
    return LinkBundle.of(
        link.connectionsPerPair(),
        number -> DcpLink.create(
            new LinkIdentity(
                cluster.bucket(), cluster.node(source), cluster.node(destination), cluster.credentials(), runId,
                number),
            timing, new DcpLink.Rules(settings.takeover().retryRequestOpcode(), budget), links));
  }

  @Override
  public String serverOf(String name) {
    return cluster.node(name).hostAndPort();
  }

  @Override
  public BucketConfig configOf(String node, String json) {
    return BucketConfig.parse(json, cluster.node(node).host())
        .withNodesOf(clusterConfigs)
        .knownAs(
            cluster.nodes().stream().map(NodeAddress::hostAndPort).toList(),
            cluster.security().tls().isPresent());
  }

  @Override
  public void close() {
    loops.close();
  }
}
