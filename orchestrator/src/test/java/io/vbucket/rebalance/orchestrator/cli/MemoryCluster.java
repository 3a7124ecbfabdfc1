package io.vbucket.rebalance.orchestrator.cli;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.node.NodeSession;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.GateReport;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Nodes n1, n2, ... that answer from memory, and links whose streams do at once what streams do. One bucket, {@code travel} if nothing else is
 * said; the first nodes own the vBuckets in turn.
 */
final class MemoryCluster implements Wiring {
  /** What a test makes of a vBucket's takeover. */
  enum Takeover {
    /** ADD_STREAM is refused for good. */
    REFUSED,
    /** Nothing follows the consent to the stream until {@link #release}. */
    HELD,
    /** Both copies are active in the end: for an operator. */
    TWO_ACTIVES
  }

  /** What a link says that it sent for each vBucket. */
  static final long BYTES_PER_COPY = 1_000;

  private final String bucket;
  private final List<String> names;
  private final Map<String, Map<Integer, CopyState>> copies = new ConcurrentHashMap<>();
  private final Map<String, String> configs = new ConcurrentHashMap<>();
  private final Map<String, String> troubles = new ConcurrentHashMap<>();
  private final Map<Integer, Takeover> takeovers = new ConcurrentHashMap<>();
  private final Map<Integer, Integer> retries = new ConcurrentHashMap<>();
  private final Map<Integer, AtomicLong> outrun = new ConcurrentHashMap<>();
  private final Map<String, ConcurrentLinkedQueue<String>> passingRuns = new ConcurrentHashMap<>();
  private final Set<String> otherRuns = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
  private final Map<String, Long> persisted = new ConcurrentHashMap<>();
  private final Set<String> silentOnMaps = ConcurrentHashMap.newKeySet();
  private volatile Runnable whenHeld = () -> {};

  /**
   * @param owners how many of the nodes own vBuckets
   */
  MemoryCluster(int nodes, int owners, int vbuckets) {
    this("travel", nodes, owners, vbuckets);
  }

  MemoryCluster(String bucket, int nodes, int owners, int vbuckets) {
    this.bucket = bucket;
    List<String> all = new java.util.ArrayList<>();
    for (int i = 1; i <= nodes; i++) {
      all.add("n" + i);
      copies.put("n" + i, new ConcurrentHashMap<>());
    }
    names = List.copyOf(all);
    int[] owner = new int[vbuckets];
    for (int vbucket = 0; vbucket < vbuckets; vbucket++) {
      owner[vbucket] = vbucket % owners;
      copies.get(names.get(owner[vbucket])).put(vbucket, CopyState.ACTIVE);
    }
    List<String> servers = names.subList(0, owners).stream().map(this::serverOf).toList();
    String config = BucketConfig.initial(bucket, servers, owner).toJson();
    names.subList(0, owners).forEach(name -> configs.put(name, config));
  }

  /** From now on every question to the node fails so. */
  void trouble(String node, String what) {
    troubles.put(node, what);
  }

  /** Another orchestrator is at work on the node. */
  void otherRun(String node) {
    otherRuns.add(node);
  }

  /** Another orchestrator is seen on the node under this name, so many times. */
  void otherRun(String node, String run, int times) {
    passingRuns.computeIfAbsent(node, any -> new ConcurrentLinkedQueue<>()).addAll(Collections.nCopies(times, run));
  }

  void takeover(int vbucket, Takeover how) {
    takeovers.put(vbucket, how);
  }

  /** From now on its takeovers are as others. */
  void heal(int vbucket) {
    takeovers.remove(vbucket);
  }

  void retry(int vbucket, int times) {
    retries.put(vbucket, times);
  }

  void copy(String node, int vbucket, CopyState state) {
    copies.get(node).put(vbucket, state);
  }

  /** Clients write this vBucket faster than it is copied: with every look ten more items, of which nine get through. */
  void outrun(int vbucket) {
    outrun.put(vbucket, new AtomicLong());
  }

  void noMaps() {
    configs.clear();
  }

  /** Called when a takeover that is to be held begins. */
  void whenHeld(Runnable action) {
    whenHeld = action;
  }

  /** From now on the node answers no wait for persistence until {@link #release}, and says that it has so much on disk. */
  void holdPersistence(String node, long seqno) {
    persisted.put(node, seqno);
  }

  /** From now on the node answers to no map until {@link #takeMaps}. */
  void holdMaps(String node) {
    silentOnMaps.add(node);
  }

  void takeMaps(String node) {
    silentOnMaps.remove(node);
    release();
  }

  /** Lets go on what is held. */
  void release() {
    for (Runnable next = held.poll(); next != null; next = held.poll()) {
      next.run();
    }
  }

  Map<String, Integer> actives() {
    Map<String, Integer> actives = new TreeMap<>();
    copies.forEach((node, states) -> actives.put(
        node, (int) states.values().stream().filter(state -> state == CopyState.ACTIVE).count()));
    return actives;
  }

  @Override
  public String serverOf(String name) {
    return "127.0.0.1:" + (12_000 + Integer.parseInt(name.substring(1)));
  }

  // ---- nodes

  @Override
  public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
    return Behaviors.receive(NodeCommand.class)
        .onMessage(NodeCommand.Ask.class, ask -> {
          Runnable answer = () -> ask.replyTo()
              .tell(new NodeCommand.Answered(ask.number(), name, ask.question(), answer(name, ask.question())));
          if (isHeld(name, ask.question())) {
            held.add(answer);
          } else {
            answer.run();
          }
          return Behaviors.same();
        })
        .onMessage(NodeCommand.Stop.class, stop -> Behaviors.stopped())
        .build();
  }

  private boolean isHeld(String node, NodeQuestion question) {
    return question instanceof NodeQuestion.AwaitPersistence && persisted.containsKey(node)
        || question instanceof NodeQuestion.WriteConfig && silentOnMaps.contains(node);
  }

  private Answer answer(String node, NodeQuestion question) {
    if (troubles.containsKey(node)) {
      return new Answer.Failed(false, "node " + node + " (" + serverOf(node) + "): " + troubles.get(node));
    }
    Map<Integer, CopyState> own = copies.get(node);
    if (question instanceof NodeQuestion.ReadState read) {
      return new Answer.State(own.getOrDefault(read.vbucket(), CopyState.ABSENT));
    } else if (question instanceof NodeQuestion.SetState set) {
      own.put(set.vbucket(), CopyState.of(set.state()));
    } else if (question instanceof NodeQuestion.Remove remove) {
      own.remove(remove.vbucket());
    } else if (question instanceof NodeQuestion.ReadBackfill read) {
      AtomicLong looks = outrun.get(read.vbucket());
      return new Answer.Backfill(true, looks == null ? 0 : 5_000 + looks.incrementAndGet());
    } else if (question instanceof NodeQuestion.ReadHighSeqno read) {
      AtomicLong looks = outrun.get(read.vbucket());
      long seqno = looks == null ? 10 : 10 * looks.get();
      return new Answer.Seqno(seqno, persisted.getOrDefault(node, -1L));
    } else if (question instanceof NodeQuestion.ReadConfig) {
      return new Answer.Config(configs.getOrDefault(node, ""));
    } else if (question instanceof NodeQuestion.WriteConfig write) {
      configs.put(node, write.json());
    } else if (question instanceof NodeQuestion.ReadStats read) {
      return new Answer.Stats(stats(node, read.group()));
    }
    return new Answer.Done();
  }

  private Map<String, String> stats(String node, String group) {
    Map<String, String> pairs = new HashMap<>();
    if (group.equals("vbucket")) {
      copies.get(node)
          .forEach((vbucket, state) -> pairs.put("vb_" + vbucket, state.name().toLowerCase(java.util.Locale.ROOT)));
    } else if (group.equals("dcp")) {
      String passing = passingRuns.containsKey(node) ? passingRuns.get(node).poll() : null;
      String run = otherRuns.contains(node) ? "elsewhere" : passing;
      if (run != null) {
        pairs.put("eq_dcpq:" + NodeSession.PRESENCE_PREFIX + bucket + ":" + run + ":type", "producer");
      }
    }
    return pairs;
  }

  // ---- links

  @Override
  public Behavior<LinkCommand> link(String source, String destination, String runId) {
    Map<Integer, ActorRef<LinkEvent>> streams = new HashMap<>();
    return Behaviors.receive(LinkCommand.class)
        .onMessage(LinkCommand.Attach.class, attach -> {
          streams.put(attach.vbucket(), attach.stream());
          attach.stream().tell(new LinkEvent.Up("rebalance:" + source + "->" + destination));
          return Behaviors.same();
        })
        .onMessage(LinkCommand.OpenStream.class, open -> {
          new Stream(source, destination, open.vbucket(), open.generation(), streams.get(open.vbucket()))
              .begin(open.takeover());
          return Behaviors.same();
        })
        .onMessage(LinkCommand.Fence.class, fence -> {
          streams.get(fence.vbucket()).tell(new LinkEvent.Fenced(fence.generation(), Progress.STREAMING));
          return Behaviors.same();
        })
        .onMessage(LinkCommand.CloseStream.class, close -> {
          streams.get(close.vbucket())
              .tell(new LinkEvent.CloseAnswered(close.generation(), close.side(), Status.SUCCESS));
          return Behaviors.same();
        })
        .onMessage(LinkCommand.ReadBytes.class, read -> {
          read.replyTo().tell(new LinkCommand.BytesPassed(read.vbucket(), destination, BYTES_PER_COPY));
          return Behaviors.same();
        })
        .onMessage(LinkCommand.Stop.class, stop -> Behaviors.stopped())
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private final class Stream {
    private final String source;
    private final String destination;
    private final int vbucket;
    private final int generation;
    private final ActorRef<LinkEvent> listener;

    private Stream(String source, String destination, int vbucket, int generation, ActorRef<LinkEvent> listener) {
      this.source = source;
      this.destination = destination;
      this.vbucket = vbucket;
      this.generation = generation;
      this.listener = listener;
    }

    private void begin(boolean takeover) {
      Takeover how = takeover ? takeovers.get(vbucket) : null;
      saw(new GateReport.Requested(generation));
      if (how == Takeover.REFUSED) {
        listener.tell(new LinkEvent.AddAnswered(generation, Status.EINVAL));
        return;
      }
      saw(new GateReport.Accepted(generation));
      listener.tell(new LinkEvent.AddAnswered(generation, Status.SUCCESS));
      if (!takeover) {
        return;
      }
      if (retries.getOrDefault(vbucket, 0) > 0) {
        retries.merge(vbucket, -1, Integer::sum);
        saw(new GateReport.RetryAsked(generation, 0));
      } else if (how == Takeover.HELD) {
        held.add(this::takeOver);
        whenHeld.run();
      } else if (how == Takeover.TWO_ACTIVES) {
        copy(destination, vbucket, CopyState.ACTIVE);
        saw(new GateReport.Ended(generation, StreamEndReason.DISCONNECTED, Progress.STREAMING));
      } else {
        takeOver();
      }
    }

    private void takeOver() {
      saw(new GateReport.StateAsked(generation, VBucketState.PENDING));
      saw(new GateReport.StateConfirmed(generation, VBucketState.PENDING));
      copy(source, vbucket, CopyState.DEAD);
      saw(new GateReport.StateAsked(generation, VBucketState.ACTIVE));
      copy(destination, vbucket, CopyState.ACTIVE);
      saw(new GateReport.StateConfirmed(generation, VBucketState.ACTIVE));
      saw(new GateReport.Ended(generation, StreamEndReason.OK, Progress.ENDED));
    }

    private void saw(GateReport report) {
      listener.tell(new LinkEvent.Saw(report));
    }
  }

  /** The cluster file, with its password in the file {@code password} beside it. */
  String file() {
    return file("bucket = " + bucket);
  }

  /**
   * @param buckets the lines that say which buckets
   */
  String file(String buckets) {
    StringBuilder text =
        new StringBuilder("cluster {\n  " + buckets + "\n  user = admin\n  password-file = password\n  nodes = [\n");
    for (String name : new TreeSet<>(names)) {
      String server = serverOf(name);
      text.append("    { name = ").append(name).append(", host = 127.0.0.1, port = ")
          .append(server.substring(server.indexOf(':') + 1)).append(" }\n");
    }
    return text.append("  ]\n}\n").toString();
  }
}
