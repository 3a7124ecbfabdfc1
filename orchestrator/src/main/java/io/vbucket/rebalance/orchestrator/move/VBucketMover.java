package io.vbucket.rebalance.orchestrator.move;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.config.TakeoverSettings;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Walks one vBucket through its move: runs a {@link MoveProtocol}, supervises its streams' actors, and restarts the takeover when
 * the consumer asks for it. Tells its owner exactly once how the move ended (I8).
 */
public final class VBucketMover extends AbstractBehavior<VBucketMover.Command> {
  public sealed interface Command {}

  /** End the move: undone before the takeover is complete, finished afterwards. */
  public record Cancel(String why) implements Command {}

  /** Stand at the next safe point, and say {@link Parked} then. */
  public record Park() implements Command {}

  public record Resume() implements Command {}

  /** Answer to {@link CommitRequested}. */
  public record Committed(int question, boolean done, String detail) implements Command {}

  /** Takeovers have become limited: ask for a slot before each from now on. Answered with {@link SlotFree}, at once unless one is under way. */
  public record NeedSlots() implements Command {}

  /** Answer to {@link SlotAsked}. */
  public record SlotGranted(int question) implements Command {}

  private record Happened(MoveEvent event) implements Command {}

  private record TimerKey(MoveEvent.Timer timer, String node) {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record StreamReported(VBucketStream.Reported reported) implements Command {}

  private record StreamBroke(String node) implements Command {}

  /** Asks what the move waits for; answered at once. */
  public record Explain(ActorRef<Explanation> replyTo) implements Command {}

  private record StreamWaits(VBucketStream.Waiting waiting) implements Command {}

  /** Time to look at what is waited for, though the steps of the move do not ask for it. */
  private record Look() implements Command {}

  private record BytesRead(LinkCommand.BytesPassed passed) implements Command {}

  /** What a mover tells its owner. */
  public sealed interface Report {
    Move move();
  }

  /** Something that observers want to know. */
  public record Observed(Move move, RebalanceEvent event) implements Report {}

  /** The destination owns the vBucket now: put it into the map and tell the nodes. Answered with {@link Committed}. */
  public record CommitRequested(Move move, int question, ActorRef<Command> replyTo) implements Report {}

  /** The move has ended; the last word. */
  public record Ended(Move move, MoveOutcome outcome) implements Report {}

  /** An attempt to take over may begin once there is a slot for it. Answered with {@link SlotGranted}, unless it is freed before. */
  public record SlotAsked(Move move, int question) implements Report {}

  /** The move uses no slot and wants none. */
  public record SlotFree(Move move) implements Report {}

  /** The move stands at a safe point, as it was asked to. */
  public record Parked(Move move) implements Report {}

  /** The copy is filled and persisted, or will not be: another backfill may start on both nodes. */
  public record BackfillOver(Move move) implements Report {}

  /**
   * What a mover talks to.
   *
   * @param links the links from the old active to each other node of the new chain, by that node's name
   * @param nodes sessions by node name
   */
  public record Peers(
      Map<String, ActorRef<LinkCommand>> links,
      Map<String, ActorRef<NodeCommand>> nodes,
      ActorRef<Report> owner) {
    public Peers {
      // In their order: what is done first must not be left to chance where a run shall be repeated exactly.
      links = Collections.unmodifiableMap(new LinkedHashMap<>(links));
      nodes = Map.copyOf(nodes);
    }
  }

  private final Move move;
  private final TakeoverSettings takeover;
  private final MoveSettings settings;
  private final Peers peers;
  private final Clock clock;
  private final TimerScheduler<Command> timers;
  private final Inquiries inquiries;
  private final CopyMeters meters;
  private final ActorRef<VBucketStream.Reported> reports;
  private final Map<String, ActorRef<VBucketStream.Command>> streams = new HashMap<>();
  private final Map<String, String> producerNames = new HashMap<>();
  private ParkableMove protocol;
  private final ActorRef<VBucketStream.Waiting> observer;
  private final ConvergenceWatch convergence;
  private final MoveWaits waits;
  private int streamsSpawned;
  private boolean backfillOver;

  /**
   * What a mover is to do.
   *
   * @param begun how often the move was begun before and set back
   * @param takeoverSlots whether takeovers are limited, so that each needs a slot
   */
  public record Order(Move move, int begun, boolean takeoverSlots) {}

  public static Behavior<Command> create(
      Order order, TakeoverSettings takeover, MoveSettings settings, Peers peers, Clock clock) {
    Move move = order.move();
    Map<String, String> about = Map.of(
        "bucket", move.bucket(),
        "vBucket", Integer.toString(move.vbucket()),
        "source", String.valueOf(move.source()),
        "destination", move.destination());
    return Behaviors.withMdc(
        Command.class,
        about,
        Behaviors.setup(context -> Behaviors
            .withTimers(timers -> new VBucketMover(context, timers, order, takeover, settings, peers, clock))));
  }

  private VBucketMover(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Order order,
      TakeoverSettings takeover,
      MoveSettings settings,
      Peers peers,
      Clock clock) {
    super(context);
    this.move = order.move();
    this.takeover = takeover;
    this.settings = settings;
    this.peers = peers;
    this.clock = clock;
    this.timers = timers;
    this.convergence = new ConvergenceWatch(settings);
    this.waits = new MoveWaits(move, takeover, settings);
    this.inquiries = new Inquiries(
        move, peers.nodes(), context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new), waits);
    this.meters = new CopyMeters(
        move, peers.links(), context.messageAdapter(LinkCommand.BytesPassed.class, BytesRead::new));
    this.reports = context.messageAdapter(VBucketStream.Reported.class, StreamReported::new);
    this.observer = context.messageAdapter(VBucketStream.Waiting.class, StreamWaits::new);
    this.protocol = ParkableMove.of(
        MoveProtocol.initial(move, new MoveProtocol.Limits(
            takeover.maxAttempts(), settings.backfillDoneBelow(), order.takeoverSlots())));
    peers.links().keySet().forEach(node -> spawnStream(node, TakeoverProtocol.begunAnew(order.begun())));
    observe(new RebalanceEvent.MoveStarted(now(), move.bucket(), move.vbucket(), move.source(), move.destination()));
    context.getSelf().tell(new Happened(new MoveEvent.Begin()));
  }

  private void spawnStream(String node, TakeoverProtocol initial) {
    VBucketStream.Peers streamPeers = new VBucketStream.Peers(
        peers.links().get(node), peers.nodes().get(move.source()), peers.nodes().get(node), reports, observer);
    ActorRef<VBucketStream.Command> spawned = getContext()
        .spawn(VBucketStream.create(move.streamTo(node), takeover, streamPeers, initial), "stream-" + ++streamsSpawned);
    getContext().watchWith(spawned, new StreamBroke(node));
    streams.put(node, spawned);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Happened.class, message -> step(message.event()))
        .onMessage(StreamReported.class, this::onStreamReported)
        .onMessage(NodeAnswered.class, this::onNodeAnswered)
        .onMessage(Committed.class, c -> step(new MoveEvent.Committed(c.question(), c.done(), c.detail())))
        .onMessage(Cancel.class, cancel -> step(new MoveEvent.Cancel(cancel.why())))
        .onMessage(NeedSlots.class, need -> step(new MoveEvent.SlotsNeeded()))
        .onMessage(SlotGranted.class, granted -> step(new MoveEvent.SlotGranted(granted.question())))
        .onMessage(Park.class, park -> step(new MoveEvent.Park()))
        .onMessage(Resume.class, resume -> step(new MoveEvent.Resume()))
        .onMessage(StreamBroke.class, this::onStreamBroke)
        .onMessage(BytesRead.class, this::onBytesRead)
        .onMessage(StreamWaits.class, message -> {
          waits.streamWaits(message.waiting());
          waits.note(protocol, now());
          return this;
        })
        .onMessage(Look.class, look -> onLook())
        .onMessage(Explain.class, explain -> {
          explain.replyTo().tell(waits.of(protocol));
          return this;
        })
        .build();
  }

  private Behavior<Command> onStreamReported(StreamReported message) {
    String node = message.reported().stream().destination();
    producerNames.put(node, message.reported().producerName());
    StreamReport report = message.reported().report();
    if (report instanceof StreamReport.Started started) {
      observe(new RebalanceEvent.AttemptStarted(now(), move.bucket(), move.vbucket(), started.attempt()));
    } else if (report instanceof StreamReport.SourceGoesDead dead) {
      observe(new RebalanceEvent.SourceGoesDead(now(), move.bucket(), move.vbucket(), dead.attempt()));
    } else if (report instanceof StreamReport.DestinationActive active) {
      observe(new RebalanceEvent.DestinationActive(now(), move.bucket(), move.vbucket(), active.attempt()));
    } else if (report instanceof StreamReport.TakenOver) {
      meters.estimated(node, 0, 0);
    } else if (report instanceof StreamReport.Replicating) {
      convergence.forget(node);
    }
    return step(new MoveEvent.Streamed(node, report));
  }

  /** The stream actor is not meant to stop by itself. Its successor assumes the worst and starts from a dropped link. */
  private Behavior<Command> onStreamBroke(StreamBroke broke) {
    String node = broke.node();
    getContext().getLog()
        .error("the stream actor of {} to {} broke; its link is dropped and the attempt fails", move, node);
    peers.links().get(node).tell(new LinkCommand.Drop(move.vbucket(), move + ": its stream actor broke"));
    spawnStream(node, TakeoverProtocol.recovering(orderOf(node)));
    return this;
  }

  /** The attempt, or 0 for filling, that the stream to a node was told to begin last: so it must name its end. */
  private int orderOf(String node) {
    return protocol.protocol().streams().getOrDefault(node, protocol.attempts());
  }

  private Behavior<Command> onNodeAnswered(NodeAnswered message) {
    Optional<MoveEvent> event = inquiries.answered(message.answered());
    if (event.isPresent() && event.get() instanceof MoveEvent.BackfillRead read && read.running()) {
      meters.estimated(read.node(), read.itemsLeft(), read.items());
      Optional<Convergence.Verdict> verdict =
          mayGiveUp() ? convergence.verdict(protocol.stand(), read, now()) : Optional.empty();
      if (verdict.isPresent()) {
        return willNotConverge(read.node(), verdict.get());
      }
    }
    if (event.isPresent()) {
      return step(event.get());
    }
    waits.note(protocol, now());
    return this;
  }

  /** Once a takeover has begun, the copy is as good as the takeover. */
  private boolean mayGiveUp() {
    return protocol.state() instanceof MoveState.Building || protocol.state() instanceof MoveState.AwaitingSlot;
  }

  private Behavior<Command> onLook() {
    if (inquiries.look(protocol, producerNames.getOrDefault(move.destination(), ""))) {
      startLooking();
    }
    return this;
  }

  private void startLooking() {
    boolean judges = protocol.state() instanceof MoveState.AwaitingSlot;
    timers.startSingleTimer(new Look(), judges ? convergence.lookInterval() : settings.backfillPollInterval());
  }

  private Behavior<Command> willNotConverge(String node, Convergence.Verdict verdict) {
    convergence.forget(node);
    observe(new RebalanceEvent.WillNotConverge(
        now(), move.bucket(), move.vbucket(), node, verdict.drainedPerSecond(), verdict.writtenPerSecond(),
        verdict.window(), verdict.itemsLeft()));
    return step(new MoveEvent.WillNotConverge(node, verdict.text()));
  }

  private Behavior<Command> onBytesRead(BytesRead read) {
    meters.read(read.passed(), now()).ifPresent(this::observe);
    return this;
  }

  private Behavior<Command> step(MoveEvent event) {
    ParkableMove.Step step = protocol.on(event);
    if (getContext().getLog().isDebugEnabled()) {
      getContext().getLog().debug("{}: {} -> {} {}", event, protocol.state(), step.next().state(), step.effects());
    }
    protocol = step.next();
    waits.note(protocol, now());
    step.effects().forEach(this::carryOut);
    if (protocol.state() instanceof MoveState.Finished) {
      return Behaviors.stopped();
    }
    return this;
  }

  private void carryOut(MoveEffect effect) {
    if (effect instanceof MoveEffect.ReadStates read) {
      inquiries.readStates(read);
    } else if (effect instanceof MoveEffect.Perform perform) {
      inquiries.perform(perform);
    } else if (effect instanceof MoveEffect.Command command) {
      streams.get(command.node()).tell(new VBucketStream.Happened(command.command()));
    } else if (effect instanceof MoveEffect.ReadBackfill read) {
      inquiries.readBackfill(read, producerNames.getOrDefault(read.node(), ""));
    } else if (effect instanceof MoveEffect.AwaitPersistence await) {
      inquiries.awaitPersistence(await);
      startLooking();
    } else if (effect instanceof MoveEffect.Commit commit) {
      peers.owner().tell(new CommitRequested(move, commit.question(), getContext().getSelf()));
    } else if (effect instanceof MoveEffect.AskSlot ask) {
      peers.owner().tell(new SlotAsked(move, ask.question()));
      startLooking();
    } else if (effect instanceof MoveEffect.FreeSlot) {
      peers.owner().tell(new SlotFree(move));
    } else if (effect instanceof MoveEffect.StartTimer start) {
      timers.startSingleTimer(
          new TimerKey(start.timer(), start.node()),
          new Happened(new MoveEvent.TimedOut(start.timer(), start.node())),
          limit(start.timer(), start.failures()));
    } else if (effect instanceof MoveEffect.CancelTimer cancel) {
      timers.cancel(new TimerKey(cancel.timer(), cancel.node()));
    } else if (effect instanceof MoveEffect.Entered entered) {
      entered(entered.phase());
    } else if (effect instanceof MoveEffect.AttemptFailed failed) {
      getContext().getLog().info("attempt {} failed ({}): {}; {}", failed.attempt(), failed.reason(), failed.detail(),
          failed.again() ? "trying again" : "giving up");
      observe(new RebalanceEvent.AttemptFailed(
          now(), move.bucket(), move.vbucket(), failed.attempt(), failed.reason(), failed.detail(), failed.again()));
    } else if (effect instanceof MoveEffect.Parked) {
      peers.owner().tell(new Parked(move));
    } else if (effect instanceof MoveEffect.Finish finish) {
      finish(finish.outcome());
    } else {
      throw new IllegalStateException("no way to carry out " + effect);
    }
  }

  private void entered(MovePhase phase) {
    observe(new RebalanceEvent.PhaseEntered(now(), move.bucket(), move.vbucket(), phase));
    if (phase == MovePhase.AWAIT_SLOT || phase == MovePhase.TAKEOVER || phase == MovePhase.COMMIT
        || phase == MovePhase.UNDO) {
      freeBackfillSlot();
    }
  }

  private void freeBackfillSlot() {
    if (!backfillOver) {
      backfillOver = true;
      peers.owner().tell(new BackfillOver(move));
    }
  }

  private void finish(MoveOutcome outcome) {
    getContext().getLog().info("ended: {}", outcome);
    freeBackfillSlot();
    observe(new RebalanceEvent.MoveEnded(
        now(), move.bucket(), move.vbucket(), move.source(), move.destination(), outcome));
    peers.owner().tell(new Ended(move, outcome));
  }

  private Duration limit(MoveEvent.Timer timer, int failures) {
    return switch (timer) {
      case POLL -> settings.backfillPollInterval();
      case BACKFILL_STALL -> settings.backfillStallTimeout();
      case PERSISTENCE -> settings.persistenceTimeout();
      case BACK_OFF -> takeover.backoff().delay(failures);
      case ASK_AGAIN -> takeover.backoff().max();
    };
  }

  private void observe(RebalanceEvent event) {
    peers.owner().tell(new Observed(move, event));
  }

  private Instant now() {
    return clock.instant();
  }
}
