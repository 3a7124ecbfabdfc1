package io.vbucket.rebalance.testkit.stage;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.client.KeyValue;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Embedded data nodes on loopback, real sockets, the orchestrator as embedders get it, clients that follow the map, real time. What a
 * scenario does not set itself is set to limits of about a second, so that lost frames cost seconds and not minutes.
 */
public final class EmbeddedStage extends ClusterStage {
  private static final Duration OPERATION_LIMIT = Duration.ofSeconds(20);
  private static final Duration SETTLE_LIMIT = Duration.ofSeconds(3);
  private static final Config BRISK = ConfigFactory.parseString(String.join("\n",
      "takeover.backoff { initial = 5 ms, max = 50 ms }",
      "takeover.timeouts { add-stream = 1 s, catch-up = 2 s, pending = 1 s, active = 1 s, close = 300 ms, states = 1 s, link = 3 s,"
          + " node-down = 4 s }",
      "move { backfill-poll-interval = 10 ms, backfill-stall-timeout = 5 s, persistence-timeout = 5 s }",
      "link { connect-timeout = 1 s, handshake-timeout = 1 s, reconnect-backoff { initial = 10 ms, max = 100 ms } }",
      "node { connect-timeout = 1 s, handshake-timeout = 1 s, request-timeout = 1 s,"
          + " reconnect-backoff { initial = 10 ms, max = 100 ms } }",
      "map.push-timeout = 2 s"));

  /** Does what blocks, and must not be done on a node's thread. */
  private final ExecutorService hands = Executors.newSingleThreadExecutor(task -> {
    Thread thread = new Thread(task, "stage");
    thread.setDaemon(true);
    return thread;
  });
  private final Object moment = new Object();
  private final List<KvClient> clients = new ArrayList<>();
  private volatile Rebalancer rebalancer;
  private Workload workload;
  private boolean working;
  private volatile long askedNanos;

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
      hands.execute(() -> {
        node.restart(keepData);
        up = true;
      });
    }
  }

  @Override
  void startOrchestrator() {
    RebalanceSettings settings =
        RebalanceSettings.load(scenario.settings().withFallback(BRISK).atPath("rebalance"));
    List<NodeAddress> addresses = nodes.values().stream()
        .map(node -> new NodeAddress(node.name(), "127.0.0.1", Integer.parseInt(node.server().split(":")[1])))
        .toList();
    ClusterFile cluster = cluster(addresses);
    rebalancer = new Rebalancer(BUCKET, List.copyOf(nodes.keySet()), settings, new NettyWiring(cluster, settings));
    rebalancer.subscribe(event -> {
      tell(event);
      wake();
    });
  }

  @Override
  void stopOrchestrator() {
    Rebalancer killed = rebalancer;
    hands.execute(killed::close);
  }

  @Override
  void repair(Runnable then) {
    rebalancer.repair(false).whenComplete((repaired, failure) -> then.run());
  }

  @Override
  void stopRebalance(Duration grace) {
    rebalancer.stop(grace);
  }

  @Override
  void steer(int ask, ControlRequest request) {
    rebalancer.steer(request).thenAccept(answer -> {
      steered(ask, answer);
      wake();
    });
  }

  @Override
  public void ask() {
    if (askedNanos == 0) {
      askedNanos = System.nanoTime();
    }
    rebalancer.start(request()).whenComplete((summary, failure) -> {
      Throwable root = failure != null && failure.getCause() != null ? failure.getCause() : failure;
      if (root instanceof RebalanceRefusedException refused) {
        answered(new RebalanceOrchestrator.Refused(refused.reasons()));
      } else if (summary != null) {
        answered(new RebalanceOrchestrator.Finished(summary));
      }
      wake();
    });
  }

  private void wake() {
    synchronized (moment) {
      moment.notifyAll();
    }
  }

  @Override
  public boolean await(BooleanSupplier done, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    synchronized (moment) {
      while (!done.getAsBoolean()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return false;
        }
        pause(Math.min(left, 20));
      }
      return true;
    }
  }

  private void pause(long millis) {
    try {
      moment.wait(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a scenario was played", interrupted);
    }
  }

  @Override
  public Duration elapsed() {
    return askedNanos == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - askedNanos);
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
    hands.execute(() -> clients.get(0).readAt(server, vbucket));
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
    if (rebalancer != null) {
      rebalancer.close();
    }
    // Clients whose node is gone for good would wait out their limit.
    clients.forEach(KvClient::close);
    nodes.values().forEach(node -> ((OnSocket) node).node.close());
    hands.shutdownNow();
  }
}
