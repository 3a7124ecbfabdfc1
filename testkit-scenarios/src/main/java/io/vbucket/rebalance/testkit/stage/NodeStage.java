package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.PinnedPlan;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.KeyValue;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.HeldCopy;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeSteering;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.PeerSession;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import io.vbucket.rebalance.testkit.script.Scenario;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the stages with nodes of their own have in common: data nodes that are watched and steered. They differ in who carries the frames, and in time. */
abstract class NodeStage implements Stage {
  static final String BUCKET = "default";
  static final String USER = "Administrator";
  static final String PASSWORD = "password";
  private static final Duration REPLICATION_LIMIT = Duration.ofSeconds(20);

  final Map<String, StagedNode> nodes = new LinkedHashMap<>();
  private final FrameReader frames = new FrameReader();
  private final AnswerBook answers = new AnswerBook();
  Scenario scenario;
  private Audience audience;
  /** Until all is as a script wants to find it, no frame is a step of it. */
  private volatile boolean ready;

  // ---- what a stage adds

  abstract StagedNode startNode(NodeSettings settings, NodeObserver observer);

  abstract void startOrchestrator();

  abstract void stopOrchestrator();

  abstract void stopRebalance(Duration grace);

  /** Asks the orchestrator to make good what was left, waits for nothing, and goes on with {@code then} once that is answered. */
  abstract void repair(Runnable then);

  /** From now on the orchestrator keeps all replicas filled; that it has begun is seen on the nodes. */
  abstract void keepReplicating();

  /** Hands on, and tells {@link #steered} the answer. */
  abstract void steer(int ask, ControlRequest request);

  /** Fills the vBuckets, so that the clients know what is there. */
  abstract void load(int items);

  abstract void startClients(int writers);

  abstract KeyValue client();

  /** Deriving keys from a password would take longer than many a run, and no network is between the orchestrator and these nodes. */
  static ClusterFile cluster(List<NodeAddress> addresses) {
    return new ClusterFile(
        BUCKET, Credentials.of(USER, PASSWORD), new ClusterSecurity(Optional.empty(), true), addresses);
  }

  /** Reads a document that is not there from a node that may not be its owner. */
  abstract void readAt(String node, int vbucket);

  // ---- set-up

  @Override
  public void start(Scenario newScenario, Audience newAudience) {
    scenario = newScenario;
    audience = newAudience;
    ClusterShape shape = scenario.cluster();
    Observer observer = new Observer();
    int number = 0;
    for (String name : shape.nodes()) {
      NodeVersion version = shape.versions().get(name).equals("6.0") ? NodeVersion.V6_0 : NodeVersion.V7_6;
      NodeSettings settings = NodeSettings.named(name, version)
          .withBuckets(Map.of(BUCKET, shape.vbuckets()))
          .withUser(USER, PASSWORD)
          .withMechanisms(List.of("PLAIN"))
          .withWindowBytes(shape.windowBytes())
          .withSeed(seed().orElse(1L) * 1_000 + number++);
      nodes.put(name, startNode(settings, observer));
    }
    Placement placement = new Placement(shape, nodes, BUCKET);
    placement.activesAndMap();
    load(shape.itemsPerVBucket() * shape.vbuckets());
    placement.replicas();
    nodes.values().forEach(node -> node.call(data -> {
      data.faults().tap((peer, direction, frame, vbucket, state, proceed) -> {
        Seen.OfFrame seen = frames.read(data.name(), peer, direction, frame, vbucket, state);
        if (ready) {
          audience.frame(seen, proceed, status -> NodeSteering.refuse(peer, frame, status));
        } else {
          proceed.run();
        }
      });
      return null;
    }));
    startOrchestrator();
    if (shape.keepsReplicating()) {
      keepReplicating();
      if (!await(this::replicates, REPLICATION_LIMIT)) {
        throw new IllegalStateException("replication was not complete within " + REPLICATION_LIMIT);
      }
    }
    ready = true;
    startClients(shape.writers());
  }

  private boolean replicates() {
    for (int vbucket = 0; vbucket < scenario.cluster().vbuckets(); vbucket++) {
      int number = vbucket;
      for (String name : scenario.cluster().chains().get(vbucket).stream().skip(1).filter(Objects::nonNull).toList()) {
        if (!nodes.get(name).<Boolean>call(data -> new NodeSteering(data, BUCKET).isFilling(number))) {
          return false;
        }
      }
    }
    return true;
  }

  // ---- telling

  final void tell(RebalanceEvent event) {
    audience.seen(new Seen.OfEvent(event));
  }

  void answered(RebalanceOrchestrator.Answer answer) {
    answers.answered(answer);
  }

  private void ask(ControlRequest asked, int vbucket) {
    ControlRequest request = AnswerBook.about(asked, vbucket);
    steer(answers.steers(request), request);
  }

  final void steered(int ask, ControlAnswer answer) {
    answers.steered(ask, answer);
    audience.seen(new Seen.OfScript("answer: " + answer));
  }

  @Override
  public final List<Steering> steering() {
    return answers.steering();
  }

  @Override
  public final List<RebalanceOrchestrator.Answer> answers() {
    return answers.answers();
  }

  private final class Observer implements NodeObserver {
    @Override
    public void stateChanged(DataNode node, String bucket, int vbucket, VBucketState before, VBucketState after) {
      audience.seen(new Seen.OfState(node.name(), vbucket, after));
    }

    @Override
    public void stopped(DataNode node) {
      audience.seen(new Seen.OfProcess(node.name(), false));
    }

    @Override
    public void started(DataNode node) {
      audience.seen(new Seen.OfProcess(node.name(), true));
    }

    @Override
    public void connectionDropped(DataNode node, PeerSession peer, String reason) {
      audience.seen(new Seen.OfDrop(node.name(), reason));
    }
  }

  // ---- acting

  final RebalanceRequest request() {
    return scenario.ask() instanceof Ask.Chains chains
        ? RebalanceRequest.of(pinned(chains))
        : AnswerBook.requestOf(scenario.ask());
  }

  /** What is left of it to do, on the map as it is now: asking again asks for what was not done. */
  private PinnedPlan pinned(Ask.Chains asked) {
    BucketConfig config = newestConfig();
    List<PinnedPlan.PinnedMove> moves = new ArrayList<>();
    Set<String> kept = new TreeSet<>(scenario.cluster().members());
    asked.newChains().forEach((vbucket, chain) -> {
      List<String> before = chainOf(config, vbucket);
      if (!before.equals(chain)) {
        moves.add(new PinnedPlan.PinnedMove(vbucket, before, chain));
      }
      chain.stream().filter(Objects::nonNull).forEach(kept::add);
    });
    return new PinnedPlan(
        BUCKET, config.epoch(), config.revision(), List.copyOf(kept), scenario.cluster().replicas(), moves);
  }

  @Override
  public final void act(Action action, int vbucket) {
    if (action instanceof Action.AskRetry ask) {
      int about = ask.vbucket() < 0 ? vbucket : ask.vbucket();
      steer(ask.node(), steering -> steering.askRetry(about, ask.forget()));
    } else if (action instanceof Action.Cut cut) {
      steer(cut.node(), steering -> steering.cut(true));
    } else if (action instanceof Action.CutAdmin cut) {
      steer(cut.node(), steering -> steering.cut(false));
    } else if (action instanceof Action.Kill kill) {
      nodes.get(kill.node()).stop();
    } else if (action instanceof Action.Restart restart) {
      nodes.get(restart.node()).restart(restart.keepData());
    } else if (action instanceof Action.StopReading stop) {
      steer(stop.node(), steering -> steering.setReading(false));
    } else if (action instanceof Action.ResumeReading resume) {
      steer(resume.node(), steering -> steering.setReading(true));
    } else if (action instanceof Action.SetState set) {
      int about = set.vbucket() < 0 ? vbucket : set.vbucket();
      steer(set.node(), steering -> steering.setState(about, set.state()));
    } else if (action instanceof Action.EndStream end) {
      int about = end.vbucket() < 0 ? vbucket : end.vbucket();
      steer(end.node(), steering -> steering.endStreams(about, StreamEndReason.of(end.reason())));
    } else if (action instanceof Action.SendStreamEnd send) {
      int about = send.vbucket() < 0 ? vbucket : send.vbucket();
      int like = send.like() < 0 ? about : send.like();
      steer(send.node(), steering -> steering.sendStrayStreamEnd(about, send.opaque(), like));
    } else if (action instanceof Action.NewerMap) {
      newerMap();
    } else if (action instanceof Action.Write write) {
      write(write.documents(), write.vbucket() < 0 ? vbucket : write.vbucket());
    } else if (action instanceof Action.Read read) {
      int about = read.vbucket() < 0 ? vbucket : read.vbucket();
      readAt(read.node(), about);
    } else if (action instanceof Action.Stop stop) {
      stopRebalance(stop.grace());
    } else if (action instanceof Action.Steer steer) {
      ask(steer.request(), vbucket);
    } else if (action instanceof Action.Repair) {
      repair(() -> {});
    } else if (action instanceof Action.AskAgain) {
      ask();
    } else if (action instanceof Action.KillOrchestrator) {
      stopOrchestrator();
    } else if (action instanceof Action.RestartOrchestrator) {
      startOrchestrator();
      repair(this::ask);
    }
  }

  /** The clients write all the time; here they write more, to this vBucket, and do not wait for it. */
  private void write(int documents, int vbucket) {
    int written = 0;
    for (int i = 0; written < documents && i < documents * 10_000; i++) {
      byte[] key = ("more-" + i).getBytes(StandardCharsets.US_ASCII);
      if (KvClient.vbucketOf(key, scenario.cluster().vbuckets()) == vbucket) {
        client().set(key, key);
        written++;
      }
    }
  }

  private void steer(String node, java.util.function.Consumer<NodeSteering> command) {
    nodes.get(node).execute(data -> command.accept(new NodeSteering(data, BUCKET)));
  }

  /** The same map with a much higher revision, as somebody else's change would have. */
  private void newerMap() {
    nodes.values().forEach(node -> node.execute(data -> {
      String json = data.config(BUCKET);
      if (!json.isEmpty()) {
        BucketConfig config = BucketConfig.parse(json);
        long revision = config.revision() + 1_000;
        String newer = json.replaceFirst("\"rev\"\\s*:\\s*\\d+", "\"rev\":" + revision);
        new NodeSteering(data, BUCKET).config(newer, config.epoch(), revision);
      }
    }));
  }

  @Override
  public final void onNode(String node, Runnable task) {
    nodes.get(node).execute(data -> task.run());
  }

  @Override
  public final void later(String node, Duration delay, Runnable task) {
    nodes.get(node).later(delay, task);
  }

  // ---- looking

  @Override
  public final Optional<VBucketState> state(String node, int vbucket) {
    StagedNode staged = nodes.get(node);
    return staged.isUp() ? staged.call(data -> data.state(BUCKET, vbucket)) : Optional.empty();
  }

  @Override
  public List<String> openStreams(int vbucket) {
    List<String> found = new ArrayList<>();
    nodes.values().stream().filter(StagedNode::isUp).forEach(
        node -> found.addAll(node.call(data -> new NodeSteering(data, BUCKET).streams(vbucket))));
    return found;
  }

  @Override
  public final Optional<HeldCopy> copy(String node, int vbucket) {
    StagedNode staged = nodes.get(node);
    return staged.isUp() ? staged.call(data -> new NodeSteering(data, BUCKET).copy(vbucket)) : Optional.empty();
  }

  private BucketConfig newestConfig() {
    return nodes.values().stream()
        .map(node -> node.call(data -> data.config(BUCKET)))
        .filter(json -> !json.isEmpty())
        .map(BucketConfig::parse)
        .max(BucketConfig::compareTo)
        .orElseThrow(() -> new IllegalStateException("no node has a map"));
  }

  @Override
  public final List<String> chainInMap(int vbucket) {
    return chainOf(newestConfig(), vbucket);
  }

  private List<String> chainOf(BucketConfig config, int vbucket) {
    List<String> chain = new ArrayList<>();
    config.chain(vbucket).forEach(server -> chain.add(nodes.values().stream()
        .filter(node -> node.server().equals(server))
        .map(StagedNode::name)
        .findFirst()
        .orElse(null)));
    return chain;
  }
}
