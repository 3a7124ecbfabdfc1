package io.vbucket.rebalance.orchestrator.bucket;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.move.VBucketMover;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import io.vbucket.rebalance.orchestrator.survey.ResidueCheck;
import io.vbucket.rebalance.orchestrator.survey.ResidueProbe;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A running rebalance of one bucket: asks the scheduler what may start, spawns a mover for each move and a link for each pair of nodes, and
 * commits finished moves to the map. The failure of a move never stops another (I7).
 */
public final class BucketRebalance extends AbstractBehavior<BucketRebalance.Command> {
  public sealed interface Command {}

  /**
   * Starts nothing more. What has not begun its takeover is undone now, a takeover that has begun may still finish for {@code grace}.
   */
  public record Stop(Duration grace) implements Command {}

  /**
   * An operator asks for something; answered with {@link Answered}.
   *
   * @param ask number that comes back with the answer
   */
  public record Control(long ask, ControlRequest request) implements Command {}

  /**
   * Asks what running moves wait for. Answered with the explanations of those that run; of moves that end meanwhile there is none.
   *
   * @param vbucket a vBucket, or empty for all
   */
  public record Explain(OptionalInt vbucket, ActorRef<Explanations.Answer> replyTo) implements Command {}

  public record GetProgress(ActorRef<RebalanceProgress> replyTo) implements Command {}

  private record MoverReported(VBucketMover.Report report) implements Command {}

  private record MoverBroke(Move move, int times) implements Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record Lent(int vbucket) implements Command {}

  private record KeeperGone() implements Command {}

  private record WriteMap() implements Command {}

  private record GraceOver() implements Command {}

  /** A limit of bytes lets another move start. */
  private record BytesFree() implements Command {}

  private record ResidueRead(ResidueCheck check) implements Command {}

  /** What the owner hears. */
  public sealed interface Report {}

  public record Observed(RebalanceEvent event) implements Report {}

  /** To {@link Control}: one for each, at the latest before {@link Ended}. */
  public record Answered(long ask, ControlAnswer answer) implements Report {}

  /** All moves have ended; the last word. */
  public record Ended(RebalanceSummary summary, BucketConfig config) implements Report {}

  /**
   * @param nodes the sessions of all nodes, by name
   * @param keeper who replicates while nothing moves, and lends a vBucket's streams to its mover
   */
  public record Setup(
      String bucket,
      String runId,
      RebalanceSettings settings,
      Wiring wiring,
      Map<String, ActorRef<NodeCommand>> nodes,
      Clock clock,
      ActorRef<Report> owner,
      Optional<ActorRef<ReplicationKeeper.Command>> keeper) {}

  private record Running(ActorRef<VBucketMover.Command> mover, Commit commit) {}

  private record Commit(int question, ActorRef<VBucketMover.Command> replyTo) {}

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private final ActorRef<VBucketMover.Report> reports;
  private final ActorRef<NodeCommand.Answered> answers;
  private final Map<String, ActorRef<LinkCommand>> links = new HashMap<>();
  private final Map<Move, Running> running = new HashMap<>();
  /** How often each move was begun: one that was set back begins anew. */
  private final Map<Move, Integer> begun = new HashMap<>();
  private final Map<Integer, Move> borrowing = new HashMap<>();
  private final ActorRef<ReplicationKeeper.Lent> lent;
  private final Tally tally;
  private final BucketControl control;
  private MoveScheduler scheduler;
  private MapCommitter committer;
  private ActorRef<ReplicationKeeper.Command> keeper;
  private boolean newerMapSeen;
  private boolean stopping;

  public static Behavior<Command> create(Setup setup, BucketConfig config, List<Move> moves) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new BucketRebalance(context, timers, setup, config, moves)));
  }

  private BucketRebalance(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Setup setup,
      BucketConfig config,
      List<Move> moves) {
    super(context);
    this.setup = setup;
    this.timers = timers;
    this.reports = context.messageAdapter(VBucketMover.Report.class, MoverReported::new);
    this.answers = context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
    this.lent = context.messageAdapter(ReplicationKeeper.Lent.class, back -> new Lent(back.vbucket()));
    this.keeper = setup.keeper().orElse(null);
    setup.keeper().ifPresent(actor -> context.watchWith(actor, new KeeperGone()));
    this.scheduler = MoveScheduler.of(
        MoveLimits.of(setup.settings().move()), moves, LeavingNodes.of(config, moves, setup.wiring()::serverOf));
    this.committer = MapCommitter.announcing(config, moves, setup.wiring()::serverOf);
    this.tally = new Tally(moves.size(), setup.clock().instant());
    this.control = new BucketControl(setup.bucket(), setup.clock()::instant, new Hands());
    observe(new RebalanceEvent.RebalanceStarted(setup.clock().instant(), setup.bucket(), moves.size()));
    if (!moves.isEmpty()) {
      // Clients know where vBuckets will go before the first goes. A node that misses this hears it with the first commit.
      offerMap();
    }
    startMoves();
    if (scheduler.isDone()) {
      context.getSelf().tell(new GraceOver());
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(MoverReported.class, message -> onReport(message.report()))
        .onMessage(MoverBroke.class, this::onMoverBroke)
        .onMessage(NodeAnswered.class, message -> onNodeAnswered(message.answered()))
        .onMessage(Lent.class, message -> onLent(message.vbucket()))
        .onMessage(KeeperGone.class, message -> onKeeperGone())
        .onMessage(WriteMap.class, message -> writeMap())
        .onMessage(Stop.class, stop -> stop(stop.grace(), "stopped by the operator"))
        .onMessage(GraceOver.class, message -> graceOver())
        .onMessage(BytesFree.class, message -> {
          startMoves();
          return this;
        })
        .onMessage(Control.class, this::onControl)
        .onMessage(ResidueRead.class, read -> {
          control.checked(read.check().all());
          return this;
        })
        .onMessage(Explain.class, this::explain)
        .onMessage(GetProgress.class, get -> {
          get.replyTo().tell(tally.progress(scheduler, setup.clock().instant()));
          return this;
        })
        .build();
  }

  // ---- moves

  private void startMoves() {
    if (!control.mayStartMoves()) {
      return;
    }
    MoveScheduler.Started started = scheduler.start(TimeUnit.MILLISECONDS.toNanos(setup.clock().millis()));
    scheduler = started.next();
    started.wakeUp().ifPresentOrElse(
        wait -> timers.startSingleTimer(new BytesFree(), Duration.ofNanos(wait).plusMillis(1)),
        () -> timers.cancel(new BytesFree()));
    started.moves().forEach(this::begin);
  }

  /** A mover's streams are the only ones of its vBucket. */
  private void begin(Move move) {
    if (keeper == null) {
      spawnMover(move);
    } else {
      borrowing.put(move.vbucket(), move);
      keeper.tell(new ReplicationKeeper.Lend(move.vbucket(), lent));
    }
  }

  private Behavior<Command> onLent(int vbucket) {
    Move move = borrowing.remove(vbucket);
    if (move == null) {
      return this;
    }
    if (stopping) {
      return moveEnded(move, new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "stopped before it began", ""));
    }
    if (control.mayStartMoves()) {
      spawnMover(move);
    } else {
      // Paused meanwhile: it begins once the rebalance goes on.
      giveBack(move, new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "paused before it began", ""));
      scheduler = scheduler.again(move);
    }
    return this;
  }

  /** A bug of ours; whatever it had open was closed with its links. */
  private Behavior<Command> onKeeperGone() {
    getContext().getLog().error("the keeper of replication is gone; moves go on without it");
    keeper = null;
    List.copyOf(borrowing.keySet()).forEach(this::onLent);
    return this;
  }

  private void giveBack(Move move, MoveOutcome outcome) {
    if (keeper != null) {
      List<String> chain = outcome instanceof MoveOutcome.Moved
          ? move.after()
          : outcome instanceof MoveOutcome.Unmoved ? move.before() : List.of();
      keeper.tell(new ReplicationKeeper.GiveBack(move.vbucket(), chain, committer.config()));
    }
  }

  private void spawnMover(Move move) {
    int times = begun.merge(move, 1, Integer::sum);
    Map<String, ActorRef<LinkCommand>> linksByNode = new LinkedHashMap<>();
    Map<String, ActorRef<NodeCommand>> nodes = new HashMap<>();
    move.nodes().forEach(node -> nodes.put(node, setup.nodes().get(node)));
    move.targets().forEach(node -> linksByNode.put(node, link(move.source(), node)));
    VBucketMover.Peers peers = new VBucketMover.Peers(linksByNode, nodes, reports);
    ActorRef<VBucketMover.Command> mover = getContext().spawn(
        VBucketMover.create(move, times - 1, setup.settings().takeover(), setup.settings().move(), peers,
            setup.clock()),
        "mover-" + move.vbucket() + (times > 1 ? "-" + times : ""));
    getContext().watchWith(mover, new MoverBroke(move, times));
    running.put(move, new Running(mover, null));
  }

  private ActorRef<LinkCommand> link(String source, String destination) {
    return links.computeIfAbsent(
        source + "->" + destination,
        pair -> getContext().spawn(
            setup.wiring().link(source, destination, setup.runId()),
            "link-" + links.size()));
  }

  private Behavior<Command> onReport(VBucketMover.Report report) {
    Move move = report.move();
    if (report instanceof VBucketMover.Observed observed) {
      tally.note(observed.event());
      observe(toldOf(move, observed.event()));
    } else if (report instanceof VBucketMover.BackfillOver) {
      scheduler = scheduler.backfillOver(move);
      startMoves();
    } else if (report instanceof VBucketMover.Parked) {
      control.held(move);
    } else if (report instanceof VBucketMover.CommitRequested asked) {
      running.computeIfPresent(
          move, (m, r) -> new Running(r.mover(), new Commit(asked.question(), asked.replyTo())));
      committer = committer.want(move);
      if (!committer.isWriting()) {
        timers.startSingleTimer(new WriteMap(), setup.settings().map().batchDelay());
      }
    } else if (report instanceof VBucketMover.Ended ended) {
      return moveEnded(move, ended.outcome());
    }
    return this;
  }

  /** A mover that ends without a word is a bug of ours; its vBucket is somebody's to look at, the other moves go on. */
  private Behavior<Command> onMoverBroke(MoverBroke broke) {
    if (!running.containsKey(broke.move()) || begun.get(broke.move()) != broke.times()) {
      return this;
    }
    String detail = "its mover broke; states of both nodes must be looked at";
    MoveOutcome outcome = new MoveOutcome.NeedsOperator(0, detail);
    Move move = broke.move();
    observe(new RebalanceEvent.MoveEnded(
        setup.clock().instant(), move.bucket(), move.vbucket(), move.source(), move.destination(), outcome));
    return moveEnded(move, outcome);
  }

  private Behavior<Command> moveEnded(Move move, MoveOutcome outcome) {
    running.remove(move);
    giveBack(move, outcome);
    if (control.isSetBack(move, outcome)) {
      scheduler = scheduler.again(move);
      tally.setBack(move);
    } else {
      scheduler = scheduler.ended(move);
      tally.ended(move, outcome, setup.clock().instant());
    }
    control.ended(move, outcome);
    if (outcome instanceof MoveOutcome.Unmoved unmoved && unmoved.reason() == FailureReason.DESTINATION_ACTIVE) {
      getContext().getLog().warn("{}: somebody else made the destination active", move);
    }
    startMoves();
    return endIfDone();
  }

  private Behavior<Command> endIfDone() {
    if (!scheduler.isDone() || !running.isEmpty()) {
      return this;
    }
    links.values().forEach(link -> link.tell(new LinkCommand.Stop()));
    control.closing();
    RebalanceSummary summary = tally.summary(setup.clock().instant(), stopping);
    // Where somebody else has written a newer map, nothing of ours may be written over it (T25), not even to tidy up.
    setup.owner().tell(
        new Ended(summary, newerMapSeen ? committer.config().withoutForward() : committer.config()));
    return Behaviors.stopped();
  }

  private Behavior<Command> explain(Explain asked) {
    List<ActorRef<VBucketMover.Command>> movers = running.entrySet().stream()
        .filter(entry -> asked.vbucket().isEmpty() || asked.vbucket().getAsInt() == entry.getKey().vbucket())
        .map(entry -> entry.getValue().mover())
        .toList();
    getContext().spawnAnonymous(Explanations.gather(movers, asked.replyTo()));
    return this;
  }

  // ---- stop

  private Behavior<Command> stop(Duration grace, String why) {
    if (!stopping) {
      stopping = true;
      control.stopped(grace, why);
      tally.neverBegun(scheduler.waiting(), why);
      scheduler = scheduler.stopped();
      running.forEach((move, r) -> {
        MovePhase phase = tally.phaseOf(move);
        if (phase != MovePhase.TAKEOVER && phase != MovePhase.COMMIT && phase != MovePhase.CLEAN_UP) {
          r.mover().tell(new VBucketMover.Cancel(why));
        }
      });
      timers.startSingleTimer(new GraceOver(), grace);
    }
    return endIfDone();
  }

  private Behavior<Command> graceOver() {
    running.values().forEach(r -> r.mover().tell(new VBucketMover.Cancel("stopped by the operator")));
    return endIfDone();
  }

  // ---- what an operator asks

  private Behavior<Command> onControl(Control asked) {
    control.asked(asked.ask(), asked.request());
    return endIfDone();
  }

  /** The end of a move that was only set back is not its end. */
  private RebalanceEvent toldOf(Move move, RebalanceEvent event) {
    return event instanceof RebalanceEvent.MoveEnded end && control.isSetBack(move, end.outcome())
        ? new RebalanceEvent.MoveSetBack(
            end.at(), end.bucket(), end.vbucket(), end.source(), end.destination(),
            ((MoveOutcome.Unmoved) end.outcome()).residue())
        : event;
  }

  /** Carries out what follows from it. */
  private final class Hands implements BucketControl.Hands {
    @Override
    public Set<Integer> running() {
      return running.keySet().stream().map(Move::vbucket).collect(Collectors.toSet());
    }

    @Override
    public Optional<Move> waiting(int vbucket) {
      return scheduler.waiting().stream().filter(move -> move.vbucket() == vbucket).findFirst();
    }

    @Override
    public void tell(int vbucket, VBucketMover.Command command) {
      running.forEach((move, r) -> {
        if (move.vbucket() == vbucket) {
          r.mover().tell(command);
        }
      });
    }

    @Override
    public void drop(Move move, String why) {
      scheduler = scheduler.dropped(move);
      tally.neverBegun(List.of(move), why);
    }

    @Override
    public void startMoves() {
      BucketRebalance.this.startMoves();
    }

    @Override
    public Set<String> nodes() {
      return setup.nodes().keySet();
    }

    @Override
    public void change(LimitChange change) {
      scheduler = scheduler.with(change);
    }

    @Override
    public void checkResidue() {
      Map<String, String> servers = new HashMap<>();
      setup.nodes().keySet().forEach(name -> servers.put(name, setup.wiring().serverOf(name)));
      ResidueProbe.Setup probe = new ResidueProbe.Setup(
          setup.bucket(), setup.runId(), setup.nodes(), setup.wiring()::configOf,
          findings -> ResidueCheck.whilePaused(committer.config(), findings, servers, setup.runId()),
          getContext().messageAdapter(ResidueCheck.class, ResidueRead::new));
      getContext().spawnAnonymous(ResidueProbe.create(probe));
    }

    @Override
    public void reply(long ask, ControlAnswer answer) {
      setup.owner().tell(new Answered(ask, answer));
    }

    @Override
    public void observe(RebalanceEvent event) {
      BucketRebalance.this.observe(event);
    }
  }

  // ---- the map

  private Behavior<Command> writeMap() {
    if (committer.isWriting() || committer.waiting().isEmpty()) {
      return this;
    }
    committer = committer.write(setup.wiring()::serverOf, setup.nodes().keySet());
    offerMap();
    return this;
  }

  private void offerMap() {
    BucketConfig config = committer.config();
    NodeQuestion question = new NodeQuestion.WriteConfig(config.epoch(), config.revision(), config.toJson());
    int number = Math.toIntExact(config.revision() & 0x7fffffff);
    setup.nodes().values().forEach(node -> node.tell(new NodeCommand.Ask(number, question, answers)));
  }

  private Behavior<Command> onNodeAnswered(NodeCommand.Answered answered) {
    boolean current = answered.question() instanceof NodeQuestion.WriteConfig write
        && write.revision() == committer.config().revision();
    if (!current || !committer.isWriting()) {
      return this;
    }
    committer = committer.answered(answered.node(), answered.isDone(), answered.detail());
    if (answered.answer() instanceof NodeQuestion.Answer.Failed failed && failed.answered()) {
      newerMapSeen = true;
    }
    switch (committer.outcome(newerMapSeen)) {
      case OPEN -> {
      }
      case COMMITTED -> committed(true, "");
      case AGAIN -> {
        Set<String> nodes = new HashSet<>(setup.nodes().keySet());
        committer = committer.again(nodes);
        offerMap();
      }
      case FAILED -> {
        committed(false, committer.refusals().toString());
        return stop(Duration.ZERO, "the map could not be written: " + committer.refusals());
      }
      default -> throw new IllegalStateException("no rule for " + committer);
    }
    return this;
  }

  private void committed(boolean done, String detail) {
    if (done) {
      observe(new RebalanceEvent.MapCommitted(
          setup.clock().instant(), setup.bucket(), committer.config().revision(), committer.writing().size()));
    }
    for (Move move : committer.writing()) {
      Running r = running.get(move);
      if (r != null && r.commit() != null) {
        r.commit().replyTo().tell(new VBucketMover.Committed(r.commit().question(), done, detail));
      }
    }
    committer = committer.closed();
    if (!committer.waiting().isEmpty()) {
      getContext().getSelf().tell(new WriteMap());
    }
  }

  private void observe(RebalanceEvent event) {
    setup.owner().tell(new Observed(event));
  }
}
