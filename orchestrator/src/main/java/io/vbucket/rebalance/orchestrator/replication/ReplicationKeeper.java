package io.vbucket.rebalance.orchestrator.replication;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.VBucketStream;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the streams from every active to its replicas alive, by the map, until it is stopped. A vBucket that moves is lent to its mover: then
 * nothing of it is open here (I5, T14, T15), and it comes back with its new chain.
 */
public final class ReplicationKeeper extends AbstractBehavior<ReplicationKeeper.Command> {
  public sealed interface Command {}

  /** This map is true; older ones than one that was seen are not listened to. */
  public record Adopt(BucketConfig config) implements Command {}

  /** Ends the streams of a vBucket; answered with {@link Lent} when they are settled on both sides. */
  public record Lend(int vbucket, ActorRef<Lent> replyTo) implements Command {}

  public record Lent(int vbucket) {}

  /**
   * @param chain node names as they are now, active first; empty when nobody knows
   * @param config the newest map that the mover's owner wrote
   */
  public record GiveBack(int vbucket, List<String> chain, BucketConfig config) implements Command {}

  public record GetStatus(ActorRef<ReplicationStatus> replyTo) implements Command {}

  /** Ends all streams and then the keeper. */
  public record Stop() implements Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record StreamReported(VBucketStream.Reported reported) implements Command {}

  private record StreamStopped(Move stream, ActorRef<VBucketStream.Command> actor) implements Command {}

  private record TimedOut(Move stream) implements Command {}

  private record LookAtMap() implements Command {}

  /**
   * @param nodes sessions of all nodes, by name
   */
  public record Setup(
      String bucket, String runId, RebalanceSettings settings, Wiring wiring,
      Map<String, ActorRef<NodeCommand>> nodes) {
  }

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private final ActorRef<VBucketStream.Reported> reports;
  private final ActorRef<NodeCommand.Answered> answers;
  private final WantedStreams wanted;
  private final Map<Move, HeldStream> held = new LinkedHashMap<>();
  private final Map<Integer, Move> asked = new HashMap<>();
  /** Stream actors without a stream, for the next time: a link must not see the same generation of a vBucket's stream twice. */
  private final Map<Move, ActorRef<VBucketStream.Command>> resting = new HashMap<>();
  private final Map<String, ActorRef<LinkCommand>> links = new HashMap<>();
  private final Map<Integer, List<ActorRef<Lent>>> lending = new HashMap<>();
  private final Map<String, String> namesByServer = new HashMap<>();
  private BucketConfig newest;
  private int questions;
  private int spawned;
  private boolean stopping;

  public static Behavior<Command> create(Setup setup, BucketConfig config) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new ReplicationKeeper(context, timers, setup, config)));
  }

  private ReplicationKeeper(
      ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup, BucketConfig config) {
    super(context);
    this.setup = setup;
    this.timers = timers;
    this.reports = context.messageAdapter(VBucketStream.Reported.class, StreamReported::new);
    this.answers = context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
    this.wanted = new WantedStreams(setup.bucket());
    setup.nodes().keySet().forEach(name -> namesByServer.put(setup.wiring().serverOf(name), name));
    timers.startTimerWithFixedDelay(new LookAtMap(), setup.settings().map().watchInterval());
    adopt(config);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(StreamReported.class, message -> onReported(message.reported()))
        .onMessage(NodeAnswered.class, message -> onAnswered(message.answered()))
        .onMessage(TimedOut.class, message -> step(message.stream(), new KeptEvent.TimedOut()))
        .onMessage(StreamStopped.class, this::onStopped)
        .onMessage(Lend.class, this::onLend)
        .onMessage(GiveBack.class, this::onGiveBack)
        .onMessage(Adopt.class, message -> adopt(message.config()))
        .onMessage(LookAtMap.class, message -> lookAtMap())
        .onMessage(GetStatus.class, this::onGetStatus)
        .onMessage(Stop.class, message -> stop())
        .build();
  }

  // ---- what is wanted

  private Behavior<Command> adopt(BucketConfig config) {
    if (newest == null || config.compareTo(newest) > 0) {
      newest = config;
      Map<Integer, List<String>> chains = new HashMap<>();
      for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
        List<String> chain = new ArrayList<>();
        config.chain(vbucket).forEach(server -> chain.add(server == null ? null : namesByServer.get(server)));
        chains.put(vbucket, chain);
      }
      wanted.adopt(chains);
      reconcile(wanted.streams(), new LinkedHashSet<>(held.keySet()));
    }
    return this;
  }

  private void reconcile(Set<Move> shall, Set<Move> have) {
    have.stream().filter(stream -> !shall.contains(stream)).forEach(stream -> step(stream, new KeptEvent.End()));
    shall.stream().filter(stream -> !held.containsKey(stream)).forEach(this::begin);
  }

  private void reconcile(int vbucket) {
    Set<Move> have = new LinkedHashSet<>();
    held.keySet().stream().filter(stream -> stream.vbucket() == vbucket).forEach(have::add);
    reconcile(new LinkedHashSet<>(wanted.streamsOf(vbucket)), have);
  }

  private void begin(Move stream) {
    if (!stopping) {
      held.put(stream, new HeldStream());
      step(stream, new KeptEvent.Begin());
    }
  }

  private Behavior<Command> onLend(Lend lend) {
    wanted.lend(lend.vbucket());
    lending.computeIfAbsent(lend.vbucket(), any -> new ArrayList<>()).add(lend.replyTo());
    reconcile(lend.vbucket());
    lendIfSettled(lend.vbucket());
    return this;
  }

  private void lendIfSettled(int vbucket) {
    if (lending.containsKey(vbucket) && held.keySet().stream().noneMatch(stream -> stream.vbucket() == vbucket)) {
      lending.remove(vbucket).forEach(borrower -> borrower.tell(new Lent(vbucket)));
    }
  }

  private Behavior<Command> onGiveBack(GiveBack back) {
    if (newest == null || back.config().compareTo(newest) > 0) {
      newest = back.config();
    }
    wanted.giveBack(back.vbucket(), back.chain());
    reconcile(back.vbucket());
    return this;
  }

  // ---- the map, which somebody else may change

  private Behavior<Command> lookAtMap() {
    setup.nodes().values().forEach(node -> node.tell(
        new NodeCommand.Ask(0, new NodeQuestion.ReadConfig(), answers)));
    return this;
  }

  private Behavior<Command> onMap(String node, String json) {
    try {
      if (!json.isEmpty()) {
        adopt(setup.wiring().configOf(node, json));
      }
    } catch (IllegalArgumentException wrong) {
      getContext().getLog().warn("node {}: {}", node, wrong.getMessage());
    }
    return this;
  }

  // ---- streams

  private Behavior<Command> step(Move stream, KeptEvent event) {
    HeldStream kept = held.get(stream);
    if (kept == null) {
      return this;
    }
    KeptStream.Step step = kept.state().on(event);
    boolean ran = kept.state().runs();
    kept.to(step.next());
    if (ran && !step.next().runs() && step.next().stage() == KeptStream.Stage.PAUSING) {
      getContext().getLog().info("replication {} is interrupted: {}", stream, step.next().trouble());
    }
    step.effects().forEach(effect -> carryOut(stream, kept, effect));
    return this;
  }

  private void carryOut(Move stream, HeldStream kept, KeptEffect effect) {
    if (effect instanceof KeptEffect.ReadStates) {
      int number = ask(stream, kept);
      NodeQuestion question = new NodeQuestion.ReadState(stream.vbucket());
      node(stream.source()).tell(new NodeCommand.Ask(number, question, answers));
      node(stream.destination()).tell(new NodeCommand.Ask(number, question, answers));
    } else if (effect instanceof KeptEffect.Prepare) {
      node(stream.destination()).tell(
          new NodeCommand.Ask(ask(stream, kept), new NodeQuestion.Demote(stream.vbucket()), answers));
    } else if (effect instanceof KeptEffect.Replicate) {
      actorOf(stream, kept).tell(new VBucketStream.Happened(new TakeoverEvent.Replicate()));
    } else if (effect instanceof KeptEffect.EndStream) {
      actorOf(stream, kept)
          .tell(new VBucketStream.Happened(new TakeoverEvent.End("the stream is not wanted here now")));
    } else if (effect instanceof KeptEffect.StartTimer start) {
      var backoff = setup.settings().link().reconnectBackoff();
      timers.startSingleTimer(
          stream, new TimedOut(stream), start.failures() == 0 ? backoff.max() : backoff.delay(start.failures()));
    } else if (effect instanceof KeptEffect.CancelTimer) {
      timers.cancel(stream);
    } else if (effect instanceof KeptEffect.Gone) {
      asked.remove(kept.question());
      if (kept.actor() != null && kept.givenUp() == null) {
        resting.put(stream, kept.actor());
      }
      forget(stream);
    }
  }

  private ActorRef<NodeCommand> node(String name) {
    return setup.nodes().get(name);
  }

  private int ask(Move stream, HeldStream kept) {
    asked.remove(kept.question());
    kept.asks(++questions);
    asked.put(questions, stream);
    return questions;
  }

  private ActorRef<VBucketStream.Command> actorOf(Move stream, HeldStream kept) {
    if (kept.actor() == null && resting.containsKey(stream)) {
      kept.runBy(resting.remove(stream));
    } else if (kept.actor() == null) {
      VBucketStream.Peers peers = new VBucketStream.Peers(
          link(stream), node(stream.source()), node(stream.destination()), reports,
          getContext().getSystem().ignoreRef());
      ActorRef<VBucketStream.Command> actor = getContext().spawn(
          VBucketStream.create(stream, setup.settings().takeover(), peers, TakeoverProtocol.INITIAL),
          "stream-" + ++spawned);
      getContext().watchWith(actor, new StreamStopped(stream, actor));
      kept.runBy(actor);
    }
    return kept.actor();
  }

  private static String pair(Move stream) {
    return stream.source() + "->" + stream.destination();
  }

  private ActorRef<LinkCommand> link(Move stream) {
    return links.computeIfAbsent(
        pair(stream),
        pair -> getContext().spawn(
            setup.wiring().link(stream.source(), stream.destination(), setup.runId()), "link-" + ++spawned));
  }

  private Behavior<Command> onReported(VBucketStream.Reported reported) {
    StreamReport report = reported.report();
    if (report instanceof StreamReport.Replicating) {
      return step(reported.stream(), new KeptEvent.Running());
    } else if (report instanceof StreamReport.Failed failed) {
      return step(reported.stream(), new KeptEvent.Ended(failed.reason() + ", " + failed.detail()));
    } else if (report instanceof StreamReport.NeedsOperator operator) {
      getContext().getLog().warn("replication {}: {}", reported.stream(), operator.detail());
      HeldStream kept = held.get(reported.stream());
      kept.giveUp(operator.detail());
      getContext().stop(kept.actor());
    }
    return this;
  }

  private Behavior<Command> onStopped(StreamStopped stopped) {
    Move stream = stopped.stream();
    HeldStream kept = held.get(stream);
    resting.remove(stream, stopped.actor());
    if (kept == null || !stopped.actor().equals(kept.actor())) {
      return this;
    }
    String why = kept.givenUp();
    if (why == null) {
      // A bug of ours. What it had open goes with its link; the next one waits until that is so.
      getContext().getLog().error("the stream actor of {} broke; its link is dropped", stream);
      link(stream).tell(new LinkCommand.Drop(stream.vbucket(), "the stream actor of " + stream + " broke"));
      why = "its actor broke";
    }
    kept.runBy(null);
    return step(stream, new KeptEvent.Ended(why));
  }

  /** Nothing is left of the stream. It may be wanted again by now. */
  private void forget(Move stream) {
    held.remove(stream);
    if (held.keySet().stream().noneMatch(other -> pair(other).equals(pair(stream)))) {
      ActorRef<LinkCommand> idle = links.remove(pair(stream));
      if (idle != null) {
        idle.tell(new LinkCommand.Stop());
      }
      resting.entrySet().removeIf(rest -> {
        boolean ends = pair(rest.getKey()).equals(pair(stream));
        if (ends) {
          getContext().stop(rest.getValue());
        }
        return ends;
      });
    }
    if (wanted.streamsOf(stream.vbucket()).contains(stream)) {
      begin(stream);
    }
    lendIfSettled(stream.vbucket());
    if (stopping && held.isEmpty()) {
      getContext().getSelf().tell(new Stop());
    }
  }

  private Behavior<Command> onAnswered(NodeCommand.Answered answered) {
    if (answered.question() instanceof NodeQuestion.ReadConfig) {
      return answered.answer() instanceof NodeQuestion.Answer.Config read ? onMap(answered.node(), read.json()) : this;
    }
    Move stream = asked.get(answered.number());
    HeldStream kept = stream == null ? null : held.get(stream);
    if (kept == null) {
      return this;
    }
    if (answered.question() instanceof NodeQuestion.ReadState) {
      return kept.read(stream, answered) ? step(stream, kept.statesRead()) : this;
    }
    boolean heard = !(answered.answer() instanceof NodeQuestion.Answer.Failed failed) || failed.answered();
    return step(stream, new KeptEvent.Prepared(answered.isDone(), heard, answered.detail()));
  }

  // ---- what others ask

  private Behavior<Command> onGetStatus(GetStatus get) {
    List<String> troubles = new ArrayList<>();
    int running = 0;
    for (Map.Entry<Move, HeldStream> stream : held.entrySet()) {
      KeptStream state = stream.getValue().state();
      running += state.runs() ? 1 : 0;
      if (!state.trouble().isEmpty()) {
        troubles.add(stream.getKey() + ": " + state.trouble());
      }
    }
    get.replyTo().tell(new ReplicationStatus(wanted.streams().size(), running, wanted.lent().size(), troubles));
    return this;
  }

  private Behavior<Command> stop() {
    stopping = true;
    if (held.isEmpty()) {
      return Behaviors.stopped();
    }
    List.copyOf(held.keySet()).forEach(stream -> step(stream, new KeptEvent.End()));
    return this;
  }
}
