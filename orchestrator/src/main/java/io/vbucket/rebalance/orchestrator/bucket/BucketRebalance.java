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
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.move.VBucketMover;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import io.vbucket.rebalance.orchestrator.survey.ResidueCheck;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Clock;
import java.time.Duration;
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

  private record MoverBroke(Move move, Integer times) implements Command {}

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

  /**
   * No move was begun and no copy touched; the last word.
   *
   * @param why the map that nodes do not take, and what they say to it
   * @param config as nodes may know it by now
   */
  public record NotBegun(String why, BucketConfig config) implements Report {}

  /** All moves have ended; the last word. */
  public record Ended(RebalanceSummary summary, BucketConfig config) implements Report {}

  /**
   * @param nodes the sessions of all nodes, by name
   * @param keeper who replicates while nothing moves, and lends a vBucket's streams to its mover
   * @param changed limits other than those of the settings
   */
  public record Setup(
      String bucket,
      String runId,
      RebalanceSettings settings,
      Wiring wiring,
      Map<String, ActorRef<NodeCommand>> nodes,
      Clock clock,
      ActorRef<Report> owner,
      Optional<ActorRef<ReplicationKeeper.Command>> keeper,
      LiveLimits changed) {}

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private final Movers movers;
  private final MapPublication map;
  private final LentStreams lent;
  private final Tally tally;
  private final BucketControl control;
  private MoveScheduler scheduler;
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
    MoveLimits limits = setup.changed().over(setup.settings().move());
    this.movers = new Movers(
        context, setup, limits, context.messageAdapter(VBucketMover.Report.class, MoverReported::new), MoverBroke::new);
    this.map = new MapPublication(
        setup, config, moves, context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new),
        new MapPublication.Timing(
            delay -> timers.startSingleTimer(new WriteMap(), delay),
            () -> context.getSelf().tell(new WriteMap())));
    this.lent = new LentStreams(
        setup.keeper(), context.messageAdapter(ReplicationKeeper.Lent.class, back -> new Lent(back.vbucket())));
    setup.keeper().ifPresent(actor -> context.watchWith(actor, new KeeperGone()));
    this.scheduler = MoveScheduler.of(
        limits, moves, LeavingNodes.of(config, moves, setup.wiring()::serverOf));
    this.tally = new Tally(moves.size(), setup.clock().instant());
    this.control = new BucketControl(setup.bucket(), setup.clock()::instant, new Hands());
    if (map.isAnnouncing()) {
      map.offer();
    } else {
      begun();
      context.getSelf().tell(new GraceOver());
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(MoverReported.class, message -> onReport(message.report()))
        .onMessage(MoverBroke.class, this::onMoverBroke)
        .onMessage(NodeAnswered.class, message -> onNodeAnswered(message.answered()))
        .onMessage(Lent.class, message -> {
          lent(message.vbucket());
          return endIfDone();
        })
        .onMessage(KeeperGone.class, message -> onKeeperGone())
        .onMessage(WriteMap.class, message -> {
          map.write();
          return this;
        })
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
        .onMessage(Explain.class, explain -> {
          movers.explain(explain, map::waits);
          return this;
        })
        .onMessage(GetProgress.class, get -> {
          get.replyTo().tell(tally.progress(scheduler, setup.clock().instant(), control.isPaused()));
          return this;
        })
        .build();
  }

  // ---- moves

  private void begun() {
    observeStart();
    startMoves();
  }

  private void observeStart() {
    observe(new RebalanceEvent.RebalanceStarted(setup.clock().instant(), setup.bucket(), tally.moves()));
  }

  private void startMoves() {
    if (!control.mayStartMoves() || map.isAnnouncing()) {
      return;
    }
    MoveScheduler.Started started = scheduler.start(TimeUnit.MILLISECONDS.toNanos(setup.clock().millis()));
    scheduler = started.next();
    started.wakeUp().ifPresentOrElse(
        wait -> timers.startSingleTimer(new BytesFree(), Duration.ofNanos(wait).plusMillis(1)),
        () -> timers.cancel(new BytesFree()));
    started.moves().forEach(this::begin);
  }

  private void begin(Move move) {
    if (!lent.borrow(move)) {
      movers.spawn(move);
    }
  }

  private void lent(int vbucket) {
    lent.lent(vbucket).ifPresent(move -> {
      if (control.isCancelled(vbucket)) {
        moveEnded(move,
            new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "cancelled by the operator before it began", ""));
      } else if (control.mayStartMoves()) {
        movers.spawn(move);
      } else if (!stopping) {
        // Paused meanwhile: it begins once the rebalance goes on.
        lent.giveBack(
            move, new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "paused before it began", ""), map.config());
        scheduler = scheduler.again(move);
      } else {
        moveEnded(move, new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "stopped before it began", ""));
      }
    });
  }

  /** A bug of ours; whatever it had open was closed with its links. */
  private Behavior<Command> onKeeperGone() {
    getContext().getLog().error("the keeper of replication is gone; moves go on without it");
    lent.keeperGone().forEach(this::lent);
    return endIfDone();
  }

  private Behavior<Command> onReport(VBucketMover.Report report) {
    Move move = report.move();
    if (report instanceof VBucketMover.Observed observed) {
      tally.note(observed.event());
      observe(control.toldOf(move, observed.event()));
    } else if (report instanceof VBucketMover.BackfillOver) {
      scheduler = scheduler.backfillOver(move);
      startMoves();
    } else if (report instanceof VBucketMover.Parked) {
      control.held(move);
    } else if (report instanceof VBucketMover.SlotAsked asked) {
      movers.slotAsked(asked, scheduler.isUrgent(move));
    } else if (report instanceof VBucketMover.SlotFree) {
      movers.slotFree(move);
    } else if (report instanceof VBucketMover.CommitRequested asked) {
      map.want(asked);
    } else if (report instanceof VBucketMover.Ended ended) {
      moveEnded(move, ended.outcome());
      return endIfDone();
    }
    return this;
  }

  /** A mover that ends without a word is a bug of ours; its vBucket is somebody's to look at, the other moves go on. */
  private Behavior<Command> onMoverBroke(MoverBroke broke) {
    if (!movers.isRunning(broke.move(), broke.times())) {
      return this;
    }
    String detail = "its mover broke; states of both nodes must be looked at";
    MoveOutcome outcome = new MoveOutcome.NeedsOperator(0, detail);
    Move move = broke.move();
    observe(new RebalanceEvent.MoveEnded(
        setup.clock().instant(), move.bucket(), move.vbucket(), move.source(), move.destination(), outcome));
    moveEnded(move, outcome);
    return endIfDone();
  }

  private void moveEnded(Move move, MoveOutcome outcome) {
    movers.ended(move);
    map.ended(move);
    lent.giveBack(move, outcome, map.config());
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
  }

  private Behavior<Command> endIfDone() {
    if (!scheduler.isDone() || !movers.running().isEmpty() || map.isAnnouncing()) {
      return this;
    }
    movers.stopLinks();
    control.closing();
    RebalanceSummary summary = tally.summary(setup.clock().instant(), stopping);
    setup.owner().tell(new Ended(summary, map.lastConfig()));
    return Behaviors.stopped();
  }

  // ---- stop

  private Behavior<Command> stop(Duration grace, String why) {
    if (!stopping) {
      stopping = true;
      if (map.isAnnouncing()) {
        map.stopAnnouncing();
        observeStart();
      }
      control.stopped(grace, why);
      tally.neverBegun(scheduler.waiting(), why);
      scheduler = scheduler.stopped();
      movers.running().forEach(move -> {
        MovePhase phase = tally.phaseOf(move);
        if (phase != MovePhase.TAKEOVER && phase != MovePhase.COMMIT && phase != MovePhase.CLEAN_UP) {
          movers.tell(move, new VBucketMover.Cancel(why));
        }
      });
      timers.startSingleTimer(new GraceOver(), grace);
    }
    return endIfDone();
  }

  private Behavior<Command> graceOver() {
    movers.tellAll(new VBucketMover.Cancel("stopped by the operator"));
    return endIfDone();
  }

  // ---- what an operator asks

  private Behavior<Command> onControl(Control asked) {
    control.asked(asked.ask(), asked.request());
    return endIfDone();
  }

  /** Carries out what follows from it. */
  private final class Hands implements BucketControl.Hands {
    @Override
    public Set<Integer> running() {
      return movers.running().stream().map(Move::vbucket).collect(Collectors.toSet());
    }

    @Override
    public Optional<Move> waiting(int vbucket) {
      return scheduler.waiting().stream().filter(move -> move.vbucket() == vbucket).findFirst();
    }

    @Override
    public boolean isBorrowing(int vbucket) {
      return lent.isBorrowing(vbucket);
    }

    @Override
    public void tell(int vbucket, VBucketMover.Command command) {
      movers.tell(vbucket, command);
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
      movers.change(scheduler.limits());
      map.change(change);
    }

    @Override
    public void checkResidue() {
      getContext().spawnAnonymous(PausedResidue.probe(
          setup, map.config(), getContext().messageAdapter(ResidueCheck.class, ResidueRead::new)));
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

  private Behavior<Command> onNodeAnswered(NodeCommand.Answered answered) {
    boolean announcing = map.isAnnouncing();
    Optional<String> trouble = map.answered(answered);
    if (announcing && trouble.isPresent()) {
      control.closing();
      setup.owner().tell(new NotBegun(trouble.get(), map.lastConfig()));
      return Behaviors.stopped();
    } else if (announcing && !map.isAnnouncing()) {
      begun();
      return endIfDone();
    }
    return trouble.map(why -> stop(Duration.ZERO, why)).orElse(this);
  }

  private void observe(RebalanceEvent event) {
    setup.owner().tell(new Observed(event));
  }
}
