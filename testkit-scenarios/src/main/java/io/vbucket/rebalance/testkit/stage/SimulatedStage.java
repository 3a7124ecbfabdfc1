package io.vbucket.rebalance.testkit.stage;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalChannel;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.testkit.client.KeyValue;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.simulation.Simulation;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The orchestrator with all its actors, the relay, the data nodes and clients on one thread, in virtual time and with the default settings.
 * Whatever could happen next is chosen by the seed, so a run with the same seed is the same run: who gets the processor, an actor or one of
 * the machines, and with it in which order frames of different connections come. The frames of one connection keep their order.
 */
public final class SimulatedStage extends NodeStage {
  private static final Duration OPERATION_LIMIT = Duration.ofSeconds(60);
  private static final Duration CLIENTS_LIMIT = Duration.ofMinutes(5);
  private static final Duration SETTLE_LIMIT = Duration.ofSeconds(30);
  /** A client thinks between two operations, or time would never move. */
  private static final int LEAST_THOUGHT_MILLIS = 10;
  private static final int MOST_THOUGHT_MILLIS = 70;

  private final Simulation simulation;
  private final EventLoop clientLoop;
  private ActorSystem<StageRoot.Command> system;
  private TestProbe<RebalanceOrchestrator.Answer> answers;
  private Runnable afterRepair;
  private TestProbe<RebalanceEvent> events;
  private ActorRef<RebalanceOrchestrator.Answer> receiver;
  private ActorRef<RebalanceOrchestrator.Answer> repairer;
  private ActorRef<RebalanceEvent> listener;
  private EventLoops orchestratorLoops;
  private SimulatedClient client;
  private Workload workload;
  private boolean wasAsked;
  private long askedNanos;

  /**
   * @param seed of everything that is chosen at random
   */
  public SimulatedStage(long seed) {
    this.simulation = new Simulation(seed);
    this.clientLoop = simulation.newLoop();
  }

  @Override
  public String name() {
    return "simulated";
  }

  /** Heard every event so far. */
  public TestProbe<RebalanceEvent> events() {
    return events;
  }

  /** Heard everything that the orchestrator answered. */
  public TestProbe<RebalanceOrchestrator.Answer> answersHeard() {
    return answers;
  }

  /** Steps taken so far: the same number for the same seed. */
  public long steps() {
    return simulation.steps();
  }

  // ---- nodes and the orchestrator

  @Override
  StagedNode startNode(NodeSettings settings, NodeObserver observer) {
    SimulatedNode node = new SimulatedNode(simulation, settings, 12_000 + nodes.size(), observer);
    simulation.runUntil(node::isUp, SETTLE_LIMIT);
    return node;
  }

  private SimulatedNode node(String name) {
    return (SimulatedNode) nodes.get(name);
  }

  @Override
  void startOrchestrator() {
    if (system == null) {
      startActors();
    }
    RebalanceSettings settings = RebalanceSettings.load(scenario.settings().atPath("rebalance"));
    List<NodeAddress> addresses = nodes.values().stream()
        .map(node -> new NodeAddress(node.name(), "127.0.0.1", Integer.parseInt(node.server().split(":")[1])))
        .toList();
    ClusterFile cluster = cluster(addresses);
    orchestratorLoops =
        new EventLoops(simulation.newLoop(), LocalChannel.class, address -> node(address.name()).address());
    NettyWiring wiring = new NettyWiring(cluster, settings, orchestratorLoops);
    system.tell(new StageRoot.Begin(
        RebalanceOrchestrator.create(
            BUCKET, List.copyOf(nodes.keySet()), settings, wiring, simulation.time().clock()),
        listener));
  }

  private void startActors() {
    system = simulation.start(StageRoot.create(), "stage");
    ActorTestKit kit = ActorTestKit.create(system);
    answers = kit.createTestProbe("answers", RebalanceOrchestrator.Answer.class);
    events = kit.createTestProbe("events", RebalanceEvent.class);
    TestProbe<RebalanceOrchestrator.Answer> repairs =
        kit.createTestProbe("repairs", RebalanceOrchestrator.Answer.class);
    repairer = heard(RebalanceOrchestrator.Answer.class, repairs, answer -> afterRepair.run(), "repairer");
    receiver = heard(RebalanceOrchestrator.Answer.class, answers, this::answered, "receiver");
    listener = heard(RebalanceEvent.class, events, this::tell, "listener");
  }

  /** Somebody who hands on what he hears, and lets a probe hear it, too. */
  private <M> ActorRef<M> heard(Class<M> kind, TestProbe<M> probe, Consumer<M> handOn, String name) {
    Behavior<M> behavior = Behaviors.receiveMessage(message -> {
      handOn.accept(message);
      return Behaviors.same();
    });
    return system.systemActorOf(Behaviors.monitor(kind, probe.ref(), behavior), name, Props.empty());
  }

  /** Its sockets are gone before its actors can say goodbye to anybody. */
  @Override
  void stopOrchestrator() {
    orchestratorLoops.close();
    system.tell(new StageRoot.Kill());
  }

  @Override
  void repair(Runnable then) {
    afterRepair = then;
    system.tell(new StageRoot.Tell(new RebalanceOrchestrator.Repair(false, false, repairer)));
  }

  /** Nobody waits for the answer: what counts are the streams that nodes have. */
  @Override
  void keepReplicating() {
    system.tell(new StageRoot.Tell(new RebalanceOrchestrator.KeepReplicating(system.ignoreRef())));
  }

  @Override
  void stopRebalance(Duration grace) {
    system.tell(new StageRoot.Tell(new RebalanceOrchestrator.Stop(grace)));
  }

  @Override
  void steer(int ask, ControlRequest request) {
    Behavior<ControlAnswer> hears = Behaviors.receiveMessage(answer -> {
      steered(ask, answer);
      return Behaviors.same();
    });
    ActorRef<ControlAnswer> replyTo = system.systemActorOf(hears, "operator-" + ask, Props.empty());
    system.tell(new StageRoot.Tell(new RebalanceOrchestrator.Steer(request, replyTo)));
  }

  @Override
  public void ask() {
    if (!wasAsked) {
      wasAsked = true;
      askedNanos = simulation.time().nowNanos();
    }
    system.tell(new StageRoot.Tell(new RebalanceOrchestrator.Start(request(), receiver)));
  }

  // ---- time

  @Override
  public boolean await(BooleanSupplier done, Duration limit) {
    return simulation.runUntil(done, limit);
  }

  private <T> T awaited(CompletableFuture<T> future, String what) {
    if (!simulation.runUntil(future::isDone, CLIENTS_LIMIT)) {
      throw new IllegalStateException(what + " was not done within " + CLIENTS_LIMIT);
    }
    return future.join();
  }

  @Override
  public Duration elapsed() {
    return wasAsked ? Duration.ofNanos(simulation.time().nowNanos() - askedNanos) : Duration.ZERO;
  }

  @Override
  public boolean isTimeExact() {
    return true;
  }

  @Override
  public Optional<Long> seed() {
    return Optional.of(simulation.seed());
  }

  // ---- clients

  @Override
  void load(int items) {
    Map<String, SimulatedNode> servers = new LinkedHashMap<>();
    nodes.keySet().forEach(name -> servers.put(node(name).server(), node(name)));
    BucketConfig config =
        BucketConfig.parse(node(scenario.cluster().members().get(0)).data().config(BUCKET));
    client = new SimulatedClient(clientLoop, servers, config, OPERATION_LIMIT);
    SplittableRandom thoughts = new SplittableRandom(simulation.seed());
    Executor pace = task -> clientLoop.schedule(
        task, thoughts.nextInt(LEAST_THOUGHT_MILLIS, MOST_THOUGHT_MILLIS), TimeUnit.MILLISECONDS);
    workload = new Workload(client, new Ledger(items, 64), pace);
    awaited(workload.loading(written -> {}), "loading");
  }

  @Override
  void startClients(int writers) {
    workload.start(new Workload.Clients(writers, Math.min(1, writers), 0), simulation.seed());
  }

  @Override
  KeyValue client() {
    return client;
  }

  @Override
  void readAt(String node, int vbucket) {
    client.readAt(node(node).server(), vbucket);
  }

  @Override
  public List<String> lostItems() {
    awaited(workload.stopped(), "the clients' last operations");
    return awaited(workload.readingBack(), "reading everything back");
  }

  @Override
  public List<String> openStreams(int vbucket) {
    await(() -> super.openStreams(vbucket).isEmpty(), SETTLE_LIMIT);
    return super.openStreams(vbucket);
  }

  @Override
  public void close() {
    simulation.close();
  }
}
