package io.vbucket.rebalance.orchestrator.move;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.config.TakeoverSettings;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverExplanation;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.Optional;

/**
 * The only one that adds, closes or ends the streams of its vBucket between two nodes. Turns messages into events of a {@link TakeoverProtocol} and carries its
 * effects out; decides nothing. Its mailbox is a plain FIFO, and so is the way of its commands through the link to the socket.
 */
public final class VBucketStream extends AbstractBehavior<VBucketStream.Command> {
  public sealed interface Command {}

  /** Something happened: a command of the mover, or an event of the link. */
  public record Happened(TakeoverEvent event) implements Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  /** What this actor talks to. */
  public record Peers(
      ActorRef<LinkCommand> link,
      ActorRef<NodeCommand> source,
      ActorRef<NodeCommand> destination,
      ActorRef<Reported> mover,
      ActorRef<Waiting> observer) {}

  /**
   * A report for the mover.
   *
   * @param stream which stream, from the producer's node to the consumer's
   * @param producerName name of the link's producer connection, empty while there is none
   */
  public record Reported(Move stream, StreamReport report, String producerName) {}

  /** What the stream to {@code destination} waits for from now on, for those who want to know; empty for nothing. */
  public record Waiting(String destination, Optional<Wait> awaited) {}

  /** From the producer's node to the consumer's. */
  private final Move move;
  private final TakeoverSettings settings;
  private final Peers peers;
  private final TimerScheduler<Command> timers;
  private final ActorRef<NodeCommand.Answered> answers;
  private final ActorRef<LinkEvent> events;
  private final TakeoverExplanation explanation;
  private Optional<Wait> waiting = Optional.empty();
  private TakeoverProtocol protocol;
  private String producerName = "";
  private CopyState sourceState;
  private CopyState destinationState;

  public static Behavior<Command> create(Move move, TakeoverSettings settings, Peers peers, TakeoverProtocol initial) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new VBucketStream(context, timers, move, settings, peers, initial)));
  }

  private VBucketStream(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Move move,
      TakeoverSettings settings,
      Peers peers,
      TakeoverProtocol initial) {
    super(context);
    this.move = move;
    this.settings = settings;
    this.peers = peers;
    this.timers = timers;
    this.protocol = initial;
    this.explanation = new TakeoverExplanation(move.source(), move.destination(), settings.timeouts());
    this.answers = context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
    this.events = context.messageAdapter(LinkEvent.class, Happened::new);
    peers.link().tell(new LinkCommand.Attach(move.vbucket(), events));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Happened.class, this::onHappened)
        .onMessage(NodeAnswered.class, this::onNodeAnswered)
        .onSignal(PostStop.class, stop -> {
          peers.link().tell(new LinkCommand.Detach(move.vbucket(), events));
          return this;
        })
        .build();
  }

  private Behavior<Command> onHappened(Happened happened) {
    if (happened.event() instanceof LinkEvent.Up up) {
      producerName = up.producerName();
    }
    step(happened.event());
    return this;
  }

  private Behavior<Command> onNodeAnswered(NodeAnswered message) {
    NodeCommand.Answered answered = message.answered();
    if (answered.number() != protocol.inquiry()) {
      getContext().getLog().debug("late answer of {} to {} is not listened to", answered.node(), answered.question());
    } else if (answered.question() instanceof NodeQuestion.SetState) {
      step(new TakeoverEvent.SourceSet(answered.number(), answered.isDone()));
    } else {
      if (answered.node().equals(move.source())) {
        sourceState = answered.state();
      } else {
        destinationState = answered.state();
      }
      if (sourceState != null && destinationState != null) {
        step(new TakeoverEvent.StatesRead(answered.number(), sourceState, destinationState));
      }
    }
    return this;
  }

  private void step(TakeoverEvent event) {
    TakeoverProtocol.Step step = protocol.on(event);
    if (getContext().getLog().isDebugEnabled()) {
      getContext().getLog().debug("{}: {} -> {} {}", event, protocol.state(), step.next().state(), step.effects());
    }
    protocol = step.next();
    step.effects().forEach(this::carryOut);
    Optional<Wait> now = explanation.of(protocol);
    if (!now.equals(waiting)) {
      waiting = now;
      peers.observer().tell(new Waiting(move.destination(), now));
    }
  }

  private void carryOut(TakeoverEffect effect) {
    int vbucket = move.vbucket();
    if (effect instanceof TakeoverEffect.OpenStream open) {
      peers.link().tell(new LinkCommand.OpenStream(
          vbucket, open.generation(), open.attempt(), open.takeover(), producerName));
    } else if (effect instanceof TakeoverEffect.Fence fence) {
      peers.link().tell(new LinkCommand.Fence(vbucket, fence.generation()));
    } else if (effect instanceof TakeoverEffect.CloseStream close) {
      peers.link().tell(new LinkCommand.CloseStream(vbucket, close.generation(), close.side()));
    } else if (effect instanceof TakeoverEffect.Probe probe) {
      peers.link().tell(new LinkCommand.Probe(vbucket, probe.generation()));
    } else if (effect instanceof TakeoverEffect.DropLink drop) {
      getContext().getLog().warn("link {} -> {} is dropped: {}", move.source(), move.destination(), drop.reason());
      peers.link().tell(new LinkCommand.Drop(move.vbucket(), move + ": " + drop.reason()));
    } else if (effect instanceof TakeoverEffect.ReadStates read) {
      sourceState = null;
      destinationState = null;
      NodeQuestion question = new NodeQuestion.ReadState(vbucket);
      peers.source().tell(new NodeCommand.Ask(read.inquiry(), question, answers));
      peers.destination().tell(new NodeCommand.Ask(read.inquiry(), question, answers));
    } else if (effect instanceof TakeoverEffect.ActivateSource activate) {
      NodeQuestion question = new NodeQuestion.SetState(vbucket, VBucketState.ACTIVE);
      peers.source().tell(new NodeCommand.Ask(activate.inquiry(), question, answers));
    } else if (effect instanceof TakeoverEffect.StartTimer start) {
      timers.startSingleTimer(
          start.timer(), new Happened(new TakeoverEvent.TimedOut(start.timer())), limit(start.timer()));
    } else if (effect instanceof TakeoverEffect.CancelTimer cancel) {
      timers.cancel(cancel.timer());
    } else if (effect instanceof TakeoverEffect.Report report) {
      peers.mover().tell(new Reported(move, report.report(), producerName));
    } else {
      throw new IllegalStateException("no way to carry out " + effect);
    }
  }

  private Duration limit(TakeoverEvent.Timer timer) {
    TakeoverSettings.Timeouts limits = settings.timeouts();
    return switch (timer) {
      case LINK -> limits.link();
      case ADD_STREAM -> limits.addStream();
      case CATCH_UP -> limits.catchUp();
      case PENDING -> limits.pending();
      case ACTIVE, END -> limits.active();
      case CLOSE -> limits.close();
      case ASK_AGAIN -> settings.backoff().initial();
      case NODE_DOWN -> limits.nodeDown();
    };
  }
}
