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
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Walks one vBucket through its move: runs a {@link MoveProtocol}, supervises the vBucket's stream actor, and restarts the takeover when
 * the consumer asks for it. Tells its owner exactly once how the move ended (I8).
 */
public final class VBucketMover extends AbstractBehavior<VBucketMover.Command> {
  public sealed interface Command {}

  /** End the move: undone before the takeover is complete, finished afterwards. */
  public record Cancel(String why) implements Command {}

  /** Answer to {@link CommitRequested}. */
  public record Committed(int question, boolean done, String detail) implements Command {}

  private record Happened(MoveEvent event) implements Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record StreamReported(VBucketStream.Reported reported) implements Command {}

  private record StreamBroke() implements Command {}

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

  /** The copy is filled and persisted, or will not be: another backfill may start on both nodes. */
  public record BackfillOver(Move move) implements Report {}

  /** What a mover talks to. */
  public record Peers(
      ActorRef<LinkCommand> link,
      ActorRef<NodeCommand> source,
      ActorRef<NodeCommand> destination,
      ActorRef<Report> owner) {}

  private final Move move;
  private final TakeoverSettings takeover;
  private final MoveSettings settings;
  private final Peers peers;
  private final Clock clock;
  private final TimerScheduler<Command> timers;
  private final ActorRef<NodeCommand.Answered> answers;
  private final ActorRef<VBucketStream.Reported> reports;
  private ActorRef<VBucketStream.Command> stream;
  private MoveProtocol protocol;
  private String producerName = "";
  private CopyState sourceState;
  private CopyState destinationState;
  private int streamsSpawned;
  private boolean backfillOver;

  public static Behavior<Command> create(
      Move move, TakeoverSettings takeover, MoveSettings settings, Peers peers, Clock clock) {
    Map<String, String> about = Map.of(
        "bucket", move.bucket(),
        "vBucket", Integer.toString(move.vbucket()),
        "source", move.source(),
        "destination", move.destination());
    return Behaviors.withMdc(
        Command.class,
        about,
        Behaviors.setup(context -> Behaviors
            .withTimers(timers -> new VBucketMover(context, timers, move, takeover, settings, peers, clock))));
  }

  private VBucketMover(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Move move,
      TakeoverSettings takeover,
      MoveSettings settings,
      Peers peers,
      Clock clock) {
    super(context);
    this.move = move;
    this.takeover = takeover;
    this.settings = settings;
    this.peers = peers;
    this.clock = clock;
    this.timers = timers;
    this.answers = context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
    this.reports = context.messageAdapter(VBucketStream.Reported.class, StreamReported::new);
    this.protocol =
        MoveProtocol.initial(new MoveProtocol.Limits(takeover.maxAttempts(), settings.backfillDoneBelow()));
    this.stream = spawnStream(TakeoverProtocol.INITIAL);
    observe(new RebalanceEvent.MoveStarted(now(), move.bucket(), move.vbucket(), move.source(), move.destination()));
    context.getSelf().tell(new Happened(new MoveEvent.Begin()));
  }

  private ActorRef<VBucketStream.Command> spawnStream(TakeoverProtocol initial) {
    VBucketStream.Peers streamPeers =
        new VBucketStream.Peers(peers.link(), peers.source(), peers.destination(), reports);
    ActorRef<VBucketStream.Command> spawned = getContext()
        .spawn(VBucketStream.create(move, takeover, streamPeers, initial), "stream-" + ++streamsSpawned);
    getContext().watchWith(spawned, new StreamBroke());
    return spawned;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Happened.class, message -> step(message.event()))
        .onMessage(StreamReported.class, this::onStreamReported)
        .onMessage(NodeAnswered.class, this::onNodeAnswered)
        .onMessage(Committed.class, c -> step(new MoveEvent.Committed(c.question(), c.done(), c.detail())))
        .onMessage(Cancel.class, cancel -> step(new MoveEvent.Cancel(cancel.why())))
        .onMessage(StreamBroke.class, this::onStreamBroke)
        .build();
  }

  private Behavior<Command> onStreamReported(StreamReported message) {
    producerName = message.reported().producerName();
    StreamReport report = message.reported().report();
    if (report instanceof StreamReport.Started started) {
      observe(new RebalanceEvent.AttemptStarted(now(), move.bucket(), move.vbucket(), started.attempt()));
    } else if (report instanceof StreamReport.SourceGoesDead dead) {
      observe(new RebalanceEvent.SourceGoesDead(now(), move.bucket(), move.vbucket(), dead.attempt()));
    } else if (report instanceof StreamReport.DestinationActive active) {
      observe(new RebalanceEvent.DestinationActive(now(), move.bucket(), move.vbucket(), active.attempt()));
    }
    return step(new MoveEvent.Streamed(report));
  }

  /** The stream actor is not meant to stop by itself. Its successor assumes the worst and starts from a dropped link. */
  private Behavior<Command> onStreamBroke(StreamBroke broke) {
    getContext().getLog().error("the stream actor of {} broke; its link is dropped and the attempt fails", move);
    peers.link().tell(new LinkCommand.Drop(move + ": its stream actor broke"));
    stream = spawnStream(TakeoverProtocol.recovering(protocol.attempts()));
    return this;
  }

  private Behavior<Command> onNodeAnswered(NodeAnswered message) {
    NodeCommand.Answered answered = message.answered();
    int number = answered.number();
    if (number != protocol.question()) {
      getContext().getLog().debug("late answer of {} to {} is not listened to", answered.node(), answered.question());
      return this;
    }
    NodeQuestion question = answered.question();
    if (question instanceof NodeQuestion.ReadState) {
      return stateRead(answered);
    } else if (question instanceof NodeQuestion.SetState) {
      return step(new MoveEvent.DestinationPrepared(number, answered.isDone(), answered.detail()));
    } else if (question instanceof NodeQuestion.ReadBackfill) {
      return answered.answer() instanceof NodeQuestion.Answer.Backfill backfill
          ? step(new MoveEvent.BackfillRead(number, backfill.running(), backfill.itemsLeft()))
          : step(new MoveEvent.BackfillRead(number, false, Long.MAX_VALUE));
    } else if (question instanceof NodeQuestion.ReadHighSeqno) {
      if (answered.answer() instanceof NodeQuestion.Answer.Seqno high) {
        ask(peers.destination(), number, new NodeQuestion.AwaitPersistence(move.vbucket(), high.seqno()));
        return this;
      }
      return step(new MoveEvent.Persisted(number, false, answered.detail()));
    } else if (question instanceof NodeQuestion.AwaitPersistence) {
      return step(new MoveEvent.Persisted(number, answered.isDone(), answered.detail()));
    } else if (question instanceof NodeQuestion.Remove) {
      return step(new MoveEvent.Removed(number, answered.isDone(), answered.detail()));
    }
    throw new IllegalStateException("nobody asked " + question);
  }

  private Behavior<Command> stateRead(NodeCommand.Answered answered) {
    if (answered.node().equals(move.source())) {
      sourceState = answered.state();
    } else {
      destinationState = answered.state();
    }
    return sourceState != null && destinationState != null
        ? step(new MoveEvent.StatesRead(answered.number(), sourceState, destinationState))
        : this;
  }

  private Behavior<Command> step(MoveEvent event) {
    MoveProtocol.Step step = protocol.on(event);
    if (getContext().getLog().isDebugEnabled()) {
      getContext().getLog().debug("{}: {} -> {} {}", event, protocol.state(), step.next().state(), step.effects());
    }
    protocol = step.next();
    step.effects().forEach(this::carryOut);
    if (protocol.state() instanceof MoveState.Finished) {
      return Behaviors.stopped();
    }
    return this;
  }

  private void carryOut(MoveEffect effect) {
    int vbucket = move.vbucket();
    if (effect instanceof MoveEffect.ReadStates read) {
      sourceState = null;
      destinationState = null;
      ask(peers.source(), read.question(), new NodeQuestion.ReadState(vbucket));
      ask(peers.destination(), read.question(), new NodeQuestion.ReadState(vbucket));
    } else if (effect instanceof MoveEffect.PrepareDestination prepare) {
      ask(peers.destination(), prepare.question(), new NodeQuestion.SetState(vbucket, VBucketState.REPLICA));
    } else if (effect instanceof MoveEffect.Command command) {
      stream.tell(new VBucketStream.Happened(command.command()));
    } else if (effect instanceof MoveEffect.ReadBackfill read) {
      ask(peers.source(), read.question(), new NodeQuestion.ReadBackfill(vbucket, producerName));
    } else if (effect instanceof MoveEffect.AwaitPersistence await) {
      ask(peers.source(), await.question(), new NodeQuestion.ReadHighSeqno(vbucket));
    } else if (effect instanceof MoveEffect.Commit commit) {
      peers.owner().tell(new CommitRequested(move, commit.question(), getContext().getSelf()));
    } else if (effect instanceof MoveEffect.RemoveSource remove) {
      ask(peers.source(), remove.question(), new NodeQuestion.Remove(vbucket));
    } else if (effect instanceof MoveEffect.RemoveDestination remove) {
      ask(peers.destination(), remove.question(), new NodeQuestion.Remove(vbucket));
    } else if (effect instanceof MoveEffect.StartTimer start) {
      timers.startSingleTimer(
          start.timer(), new Happened(new MoveEvent.TimedOut(start.timer())), limit(start.timer(), start.failures()));
    } else if (effect instanceof MoveEffect.CancelTimer cancel) {
      timers.cancel(cancel.timer());
    } else if (effect instanceof MoveEffect.Entered entered) {
      entered(entered.phase());
    } else if (effect instanceof MoveEffect.AttemptFailed failed) {
      getContext().getLog().info("attempt {} failed ({}): {}; {}", failed.attempt(), failed.reason(), failed.detail(),
          failed.again() ? "trying again" : "giving up");
      observe(new RebalanceEvent.AttemptFailed(
          now(), move.bucket(), vbucket, failed.attempt(), failed.reason(), failed.detail(), failed.again()));
    } else if (effect instanceof MoveEffect.Finish finish) {
      finish(finish.outcome());
    } else {
      throw new IllegalStateException("no way to carry out " + effect);
    }
  }

  private void entered(MovePhase phase) {
    observe(new RebalanceEvent.PhaseEntered(now(), move.bucket(), move.vbucket(), phase));
    if (phase == MovePhase.TAKEOVER || phase == MovePhase.UNDO) {
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

  private void ask(ActorRef<NodeCommand> node, int number, NodeQuestion question) {
    node.tell(new NodeCommand.Ask(number, question, answers));
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
