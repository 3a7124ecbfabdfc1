package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.client.KeyValue;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Embedded data nodes on loopback, real sockets, the orchestrator as embedders get it, clients that follow the map, real time. What a
 * scenario does not set itself is set to limits of about a second, so that lost frames cost seconds and not minutes.
 */
public final class EmbeddedStage extends NodeStage {
  private static final Duration OPERATION_LIMIT = Duration.ofSeconds(20);
  private static final Duration SETTLE_LIMIT = Duration.ofSeconds(3);

  private final LiveOrchestrator orchestrator = new LiveOrchestrator(this::tell, this::answered, this::steered);
  private final List<KvClient> clients = new ArrayList<>();
  private Workload workload;
  private boolean working;

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  StagedNode startNode(NodeSettings settings, NodeObserver observer) {
    return new OnSocket(new TcpDataNode(settings, 0, observer).start());
  }

  private final class OnSocket implements StagedNode {
    private final TcpDataNode node;
    private volatile boolean up = true;

    OnSocket(TcpDataNode node) {
      this.node = node;
    }

    @Override
    public String name() {
      return node.name();
    }

    @Override
    public String server() {
      return "127.0.0.1:" + node.port();
    }

    @Override
    public boolean isUp() {
      return up;
    }

    @Override
    public void execute(Consumer<DataNode> command) {
      node.execute(command);
    }

    @Override
    public <T> T call(Function<DataNode, T> question) {
      return node.call(question);
    }

    @Override
    public void later(Duration delay, Runnable task) {
      node.later(delay, task);
    }

    @Override
    public void stop() {
      node.execute(data -> {
        up = false;
        node.stop();
      });
    }

    @Override
    public void restart(boolean keepData) {
      orchestrator.aside(() -> {
        node.restart(keepData);
        up = true;
      });
    }
  }

  @Override
  void startOrchestrator() {
    RebalanceSettings settings = LiveOrchestrator.settingsOf(scenario);
    List<NodeAddress> addresses = nodes.values().stream()
        .map(node -> new NodeAddress(node.name(), "127.0.0.1", Integer.parseInt(node.server().split(":")[1])))
        .toList();
    ClusterFile cluster = cluster(addresses);
    orchestrator.start(BUCKET, List.copyOf(nodes.keySet()), settings, new NettyWiring(cluster, settings));
  }

  @Override
  void stopOrchestrator() {
    orchestrator.kill();
  }

  @Override
  void repair(Runnable then) {
    orchestrator.repair(then);
  }

  @Override
  void keepReplicating() {
    orchestrator.keepReplicating();
  }

  @Override
  void stopRebalance(Duration grace) {
    orchestrator.stopRebalance(grace);
  }

  @Override
  void steer(int ask, ControlRequest request) {
    orchestrator.steer(ask, request);
  }

  /** Chains are asked for on the map as it is, which all nodes are asked for: not on the thread of one of them. */
  @Override
  public void ask() {
    if (scenario.ask() instanceof Ask.Chains) {
      orchestrator.aside(() -> orchestrator.ask(request()));
    } else {
      orchestrator.ask(request());
    }
  }

  @Override
  public boolean await(BooleanSupplier done, Duration limit) {
    return orchestrator.await(done, limit);
  }

  @Override
  public Duration elapsed() {
    return orchestrator.elapsed();
  }

  @Override
  public boolean isTimeExact() {
    return false;
  }

  @Override
  public Optional<Long> seed() {
    return Optional.empty();
  }

  // ---- clients

  @Override
  void load(int items) {
    try {
      List<String> servers = scenario.cluster().members().stream().map(name -> nodes.get(name).server()).toList();
      KvClient client = new KvClient(servers, BUCKET, USER, PASSWORD, OPERATION_LIMIT);
      clients.add(client);
      workload = new Workload(client, new Ledger(items, 64));
      workload.load(written -> {});
    } catch (IOException unreachable) {
      throw new UncheckedIOException(unreachable);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while documents were loaded", interrupted);
    }
  }

  @Override
  void startClients(int writers) {
    working = true;
    workload.start(new Workload.Clients(writers, Math.min(1, writers), 0), 1);
  }

  @Override
  KeyValue client() {
    return clients.get(0);
  }

  @Override
  void readAt(String node, int vbucket) {
    String server = nodes.get(node).server();
    orchestrator.aside(() -> clients.get(0).readAt(server, vbucket));
  }

  @Override
  public List<String> lostItems() {
    try {
      stopWorking();
      return workload.lost();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while documents were read back", interrupted);
    }
  }

  private void stopWorking() {
    if (working) {
      working = false;
      workload.stop();
    }
  }

  /** Connections close a little after the orchestrator's answer. */
  @Override
  public List<String> openStreams(int vbucket) {
    await(() -> super.openStreams(vbucket).isEmpty(), SETTLE_LIMIT);
    return super.openStreams(vbucket);
  }

  @Override
  public void close() {
    orchestrator.end();
    if (working) {
      // Nobody waits for them, but with their connections closed they would go on for ever.
      working = false;
      workload.stopped();
    }
    // Clients whose node is gone for good would wait out their limit.
    clients.forEach(KvClient::close);
    nodes.values().forEach(node -> ((OnSocket) node).node.close());
    orchestrator.close();
  }
}
