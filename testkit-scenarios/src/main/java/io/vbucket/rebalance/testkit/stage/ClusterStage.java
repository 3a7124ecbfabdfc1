package io.vbucket.rebalance.testkit.stage;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The nodes of a cluster file, which belong to others: the orchestrator reaches them through proxies that do what a script wants of the
 * frames, and nothing else can be done to them. vBuckets are moved for real, and not moved back. Documents are written to those vBuckets
 * under keys of the run's own, and deleted at the end.
 */
public final class ClusterStage implements Stage {
  /** Clients that write without a break would fill the proxies, which look at each frame, with more than they pass on in time. */
  private static final Executor BETWEEN_OPERATIONS =
      CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS);
  private static final Duration OPERATION_LIMIT = Duration.ofSeconds(20);
  private static final Duration SETTLE_LIMIT = Duration.ofSeconds(3);
  private static final int VALUE_BYTES = 64;
  /** Unlike nodes of our own, these are let in by SCRAM, over networks. */
  private static final Config PATIENT = ConfigFactory.parseString(String.join("\n",
      "takeover.timeouts { add-stream = 5 s, catch-up = 10 s, pending = 5 s, active = 5 s, close = 2 s, states = 5 s }",
      "link { connect-timeout = 5 s, handshake-timeout = 10 s }",
      "node { connect-timeout = 5 s, handshake-timeout = 10 s, request-timeout = 5 s }"));

  private final ClusterFile cluster;
  private final Consumer<String> notes;
  private final AnswerBook answers = new AnswerBook();
  private final LiveOrchestrator orchestrator =
      new LiveOrchestrator(event -> tell(new Seen.OfEvent(event)), answers::answered, this::steered);
  private final MultiThreadIoEventLoopGroup threads = new MultiThreadIoEventLoopGroup(
      1, new DefaultThreadFactory("stage-proxy", true), NioIoHandler.newFactory());
  /** On it everything happens that a script hears of frames and does to them: one thing after the other. */
  private final EventLoop loop = threads.next();
  private final ForeignNodes nodes;
  private final Map<String, NodeProxy> proxies = new LinkedHashMap<>();
  /** Of the keys of all documents. */
  private final String prefix = "scenario-" + UUID.randomUUID() + "-";
  private Scenario scenario;
  private Audience audience;
  private Casting casting;
  private KvClient client;
  private KeysOfMovedVBuckets documents;
  private Workload workload;
  private boolean working;

  /**
   * @param cluster without TLS: what is encrypted no proxy can read
   * @param notes is told, for people, which nodes play and where a moved vBucket is afterwards
   * @throws IllegalArgumentException when connections to the cluster are encrypted
   */
  public ClusterStage(ClusterFile cluster, Consumer<String> notes) {
    refuseUnreadable(cluster);
    this.cluster = cluster;
    this.notes = notes;
    this.nodes = new ForeignNodes(cluster);
  }

  /**
   * Whether the stage can stand between the orchestrator and the cluster.
   *
   * @throws IllegalArgumentException when it cannot
   */
  public static void refuseUnreadable(ClusterFile cluster) {
    if (cluster.security().tls().isPresent()) {
      throw new IllegalArgumentException("the cluster file asks for TLS, but stage cluster reads frames between the"
          + " orchestrator and the nodes; name ports without TLS and leave tls out");
    }
    if (cluster.nodes().isEmpty()) {
      throw new IllegalArgumentException("the cluster file names a bootstrap node only; stage cluster needs nodes");
    }
  }

  @Override
  public String name() {
    return "cluster";
  }

  @Override
  public void start(Scenario newScenario, Audience newAudience) {
    List<ScriptException.Mistake> mistakes = OnlyByRelay.refuse(newScenario);
    if (!mistakes.isEmpty()) {
      throw new ScriptException(mistakes);
    }
    scenario = newScenario;
    audience = newAudience;
    BucketConfig config = nodes.newestConfig();
    List<Integer> moved = Casting.moved(scenario.ask());
    moved.stream().filter(vbucket -> vbucket >= config.numVBuckets()).findFirst().ifPresent(vbucket -> {
      throw new IllegalArgumentException(
          "no vb:" + vbucket + ", bucket " + cluster.bucket() + " has " + config.numVBuckets() + " vBuckets");
    });
    Casting cast = Casting.of(scenario, cluster.nodes(), config::chain);
    notes.accept("bucket " + cluster.bucket() + ": " + cast.text());
    ShownStates states = new ShownStates();
    RebalanceSettings settings = settings();
    Crossing crossing = new Crossing(audience, new FrameReader(), states, settings.takeover().retryRequestOpcode());
    cast.roles().forEach((name, node) -> {
      proxies.put(name, new NodeProxy(name, node, loop, crossing));
      moved.forEach(
          vbucket -> states.found(name, vbucket, nodes.state(node, vbucket)).ifPresent(audience::seen));
    });
    casting = cast;
    startOrchestrator();
    startClients(config, moved);
  }

  private RebalanceSettings settings() {
    return LiveOrchestrator.settingsOf(scenario, PATIENT);
  }

  private void startOrchestrator() {
    List<NodeAddress> real = casting.asNamedInScript();
    List<NodeAddress> proxied = real.stream()
        .map(node -> proxies.containsKey(node.name())
            ? new NodeAddress(node.name(), "127.0.0.1", proxies.get(node.name()).port())
            : node)
        .toList();
    RebalanceSettings settings = settings();
    orchestrator.start(
        cluster.bucket(), real.stream().map(NodeAddress::name).toList(), settings,
        new ProxiedWiring(cluster.withNodes(real), cluster.withNodes(proxied), settings));
  }

  private void startClients(BucketConfig config, List<Integer> moved) {
    ClusterShape shape = scenario.cluster();
    try {
      client = new KvClient(
          config.servers(), cluster.bucket(), cluster.credentials().user(), cluster.credentials().password(),
          OPERATION_LIMIT);
      documents = new KeysOfMovedVBuckets(client, prefix, moved, config.numVBuckets());
      workload =
          new Workload(documents, new Ledger(shape.itemsPerVBucket() * moved.size(), VALUE_BYTES), BETWEEN_OPERATIONS);
      workload.load(written -> {});
      working = true;
      workload.start(new Workload.Clients(shape.writers(), Math.min(1, shape.writers()), 0), 1);
    } catch (IOException unreachable) {
      throw new UncheckedIOException(unreachable);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  private static IllegalStateException interrupted(InterruptedException interrupted) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while a scenario was played", interrupted);
  }

  private void tell(Seen what) {
    audience.seen(what);
  }

  private void steered(int number, ControlAnswer answer) {
    answers.steered(number, answer);
    tell(new Seen.OfScript("answer: " + answer));
  }

  // ---- acting

  @Override
  public void ask() {
    orchestrator.ask(AnswerBook.requestOf(scenario.ask()));
  }

  @Override
  public void act(Action action, int vbucket) {
    if (!actOnFrames(action, vbucket)) {
      actAsOperator(action, vbucket);
    }
  }

  private boolean actOnFrames(Action action, int vbucket) {
    if (action instanceof Action.AskRetry ask) {
      on(ask.node(), proxy -> proxy.askRetry(or(ask.vbucket(), vbucket)));
    } else if (action instanceof Action.Cut cut) {
      on(cut.node(), proxy -> proxy.cut(true));
    } else if (action instanceof Action.CutAdmin cut) {
      on(cut.node(), proxy -> proxy.cut(false));
    } else if (action instanceof Action.StopReading stop) {
      on(stop.node(), proxy -> proxy.setReading(false));
    } else if (action instanceof Action.ResumeReading resume) {
      on(resume.node(), proxy -> proxy.setReading(true));
    } else if (action instanceof Action.EndStream end) {
      on(end.node(), proxy -> proxy.endStream(or(end.vbucket(), vbucket), StreamEndReason.of(end.reason())));
    } else if (action instanceof Action.SendStreamEnd send) {
      int about = or(send.vbucket(), vbucket);
      on(send.node(), proxy -> proxy.sendStreamEnd(about, send.opaque(), or(send.like(), about)));
    } else {
      return false;
    }
    return true;
  }

  private void actAsOperator(Action action, int vbucket) {
    if (action instanceof Action.Write write) {
      for (int i = 0; i < write.documents(); i++) {
        documents.setIn(or(write.vbucket(), vbucket), "more-" + i);
      }
    } else if (action instanceof Action.Read read) {
      String server = casting.roles().get(read.node()).hostAndPort();
      orchestrator.aside(() -> client.readAt(server, or(read.vbucket(), vbucket)));
    } else if (action instanceof Action.Stop stop) {
      orchestrator.stopRebalance(stop.grace());
    } else if (action instanceof Action.Steer steer) {
      ControlRequest request = AnswerBook.about(steer.request(), vbucket);
      orchestrator.steer(answers.steers(request), request);
    } else if (action instanceof Action.Repair) {
      orchestrator.repair(() -> {});
    } else if (action instanceof Action.AskAgain) {
      ask();
    } else if (action instanceof Action.KillOrchestrator) {
      orchestrator.kill();
    } else if (action instanceof Action.RestartOrchestrator) {
      startOrchestrator();
      orchestrator.repair(this::ask);
    } else {
      throw new IllegalStateException(action + " is not for stage cluster");
    }
  }

  private static int or(int own, int other) {
    return own < 0 ? other : own;
  }

  private void on(String node, Consumer<NodeProxy> command) {
    onNode(node, () -> command.accept(proxies.get(node)));
  }

  @Override
  public void onNode(String node, Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  @Override
  public void later(String node, Duration delay, Runnable task) {
    loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public boolean await(BooleanSupplier done, Duration limit) {
    return orchestrator.await(done, limit);
  }

  // ---- looking

  @Override
  public List<RebalanceOrchestrator.Answer> answers() {
    return answers.answers();
  }

  @Override
  public List<Steering> steering() {
    return answers.steering();
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

  @Override
  public Optional<VBucketState> state(String node, int vbucket) {
    return nodes.state(casting.roles().get(node), vbucket);
  }

  /** As the frames have shown them: connections close a little after the orchestrator's answer. */
  @Override
  public List<String> openStreams(int vbucket) {
    await(() -> streams(vbucket).isEmpty(), SETTLE_LIMIT);
    return streams(vbucket);
  }

  private List<String> streams(int vbucket) {
    return loop.submit(() -> {
      List<String> found = new ArrayList<>();
      proxies.values().forEach(proxy -> found.addAll(proxy.streams(vbucket)));
      return found;
    }).syncUninterruptibly().getNow();
  }

  @Override
  public List<String> chainInMap(int vbucket) {
    List<String> chain = new ArrayList<>();
    nodes.newestConfig().chain(vbucket).forEach(server -> chain.add(casting.asNamedInScript().stream()
        .filter(node -> node.hostAndPort().equals(server))
        .map(NodeAddress::name)
        .findFirst()
        .orElse(null)));
    return chain;
  }

  @Override
  public List<String> lostItems() {
    try {
      stopWorking();
      return workload.lost();
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  private void stopWorking() {
    if (working) {
      working = false;
      workload.stop();
    }
  }

  // ---- leaving

  @Override
  public void close() {
    orchestrator.end();
    if (documents != null) {
      stopWorking();
      int left = documents.deleteAll().join();
      if (left > 0) {
        notes.accept(left + " documents of this run could not be deleted; their keys begin with " + prefix);
      }
      client.close();
    }
    if (casting != null) {
      Casting.moved(scenario.ask()).forEach(this::noteWhere);
    }
    proxies.values().forEach(NodeProxy::close);
    orchestrator.close();
    nodes.close();
    threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private void noteWhere(int vbucket) {
    String owner = ownerInMap(vbucket);
    boolean stays = owner.equals(scenario.cluster().owner(vbucket));
    String node = casting.roles().containsKey(owner) ? casting.roles().get(owner).name() : owner;
    notes.accept("vb:" + vbucket + (stays ? " is still on " + node : " was moved to " + node + " and stays there"));
  }
}
