package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Ruling;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Verdict;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * The link: the real gate, with a model of the actor and the relay around it. Frames and commands are ruled on one after the other, as on the relay's
 * thread; what it tells the stream actor waits in that one's mailbox.
 *
 * <p><b>Reductions.</b> Whichever socket is lost, the relay closes the other one, frames that it has not read are lost, and each node may or may not
 * still act on what it had received: both losses have the same consequences and are one fault. A command that finds the link lost is not done, whether
 * the actor or the relay finds it so.
 */
public final class LinkRelayModel implements Machine<Link> {
  private final GateRules rules;

  public LinkRelayModel(GateRules rules) {
    this.rules = rules;
  }

  @Override
  public Link first() {
    return Link.FIRST;
  }

  @Override
  public Link struck(Link link, Object blow) {
    throw new IllegalStateException("nobody strikes the link");
  }

  @Override
  public List<Turn> receive(Link link, Object message) {
    return List.of(message instanceof LinkCommand command ? told(link, command) : passed(link, (Signal) message));
  }

  // ---- commands of the stream actor

  private Turn told(Link link, LinkCommand command) {
    if (command instanceof LinkCommand.Fence fence) {
      Link fenced = link.with(rules.fence(link.gate()));
      return telling(Turn.to(fenced, "shuts the gate"), fenced,
          new LinkEvent.Fenced(fence.generation(), progressOf(fenced.gate(), fence.generation())));
    } else if (command instanceof LinkCommand.Detach) {
      return Turn.to(link.detached(rules.fence(link.gate())), "lets the stream go");
    } else if (link.status() != Link.Status.UP) {
      return Turn.to(link, "is down and does not do it");
    } else if (command instanceof LinkCommand.OpenStream open) {
      return open(link, open);
    } else if (command instanceof LinkCommand.CloseStream close) {
      return Turn.to(link, "does it").sending(
          close.side() == Side.CONSUMER ? Parts.TO_CONSUMER : Parts.TO_PRODUCER,
          new Signal(Signal.Kind.CLOSE_STREAM, 0, 0, close.generation()));
    } else if (command instanceof LinkCommand.Probe probe) {
      int bytes = link.gate().generation() == probe.generation() ? link.passed() : 0;
      return telling(Turn.to(link, "tells how much has passed"), link,
          new LinkEvent.Activity(probe.generation(), bytes));
    } else if (command instanceof LinkCommand.Drop) {
      return breaking(link, "drops the link");
    }
    throw new IllegalStateException("no rule for " + command);
  }

  private Turn open(Link link, LinkCommand.OpenStream open) {
    if (!open.producerName().equals(link.name())) {
      return Turn.to(link, "is another link by now and does not do it");
    }
    StreamGate gate;
    try {
      gate = rules.open(link.gate(), open.generation(), open.takeover());
    } catch (IllegalStateException refused) {
      return Turn.to(link, "refuses").breaking("I5", "the gate refused it: " + refused.getMessage());
    }
    return Turn.to(link.opened(gate), "opens the gate").sending(Parts.TO_CONSUMER,
        new Signal(Signal.Kind.ADD_STREAM, 0, open.takeover() ? 1 : 0, open.generation()));
  }

  private static Turn telling(Turn turn, Link link, LinkEvent event) {
    return link.attached() ? turn.sending(Parts.EVENTS, event) : turn;
  }

  private static Progress progressOf(StreamGate gate, int generation) {
    return gate.generation() == generation ? gate.progress() : Progress.ADDED;
  }

  private Turn breaking(Link link, String text) {
    Link broken = link.broken(rules.fence(link.gate()));
    Turn turn = Turn.to(broken, text)
        .emptying(Parts.FROM_CONSUMER)
        .emptying(Parts.FROM_PRODUCER)
        .striking(Parts.SOURCE, Connection.Blow.LOST)
        .striking(Parts.DESTINATION, Connection.Blow.LOST);
    return telling(turn, link, new LinkEvent.Lost(broken.gate().generation(), broken.gate().progress(), ""));
  }

  // ---- frames

  private Turn passed(Link link, Signal signal) {
    StreamGate gate = link.gate();
    int opaque = signal.opaque();
    return switch (signal.kind()) {
      case STREAM_REQ -> ruled(link, signal, rules.streamRequested(gate, opaque), Parts.TO_PRODUCER);
      case STREAM_REQ_ANSWER ->
          ruled(link, signal, rules.streamRequestAnswered(gate, opaque, signal.value()), Parts.TO_CONSUMER);
      case SET_VBUCKET_STATE -> ruled(link, signal,
          rules.stateAsked(gate, opaque, signal.value() == 1 ? VBucketState.ACTIVE : VBucketState.PENDING),
          Parts.TO_CONSUMER);
      case SET_VBUCKET_STATE_ANSWER ->
          ruled(link, signal, rules.stateAnswered(gate, opaque, signal.value()), Parts.TO_PRODUCER);
      case STREAM_END -> ruled(link, signal,
          rules.streamEnded(gate, opaque, StreamEndReason.of(signal.value())), Parts.TO_CONSUMER);
      // The consumer does not look at the answer to its request.
      case RETRY_REQUEST -> ruled(link, signal, rules.retryAsked(gate, opaque, signal.value()), Parts.TO_PRODUCER);
      case SNAPSHOT -> ruled(link, signal, data(gate, opaque), Parts.TO_CONSUMER);
      case SNAPSHOT_ANSWER -> ruled(link, signal, data(gate, opaque), Parts.TO_PRODUCER);
      case ADD_STREAM_ANSWER ->
          telling(Turn.to(link, "tells the stream"), link,
              new LinkEvent.AddAnswered(signal.generation(), signal.value()));
      case CLOSE_STREAM_ANSWER -> telling(Turn.to(link, "tells the stream"), link,
          new LinkEvent.CloseAnswered(signal.generation(), closer(signal), signal.value()));
      case CLOSED -> breaking(link, "is lost: a node closed a connection");
      default -> throw new IllegalStateException("no node sends " + signal);
    };
  }

  /** A closing consumer's answer has the opaque 0, a producer's 1: real ones come by different sockets. */
  private static Side closer(Signal signal) {
    return signal.opaque() == 0 ? Side.CONSUMER : Side.PRODUCER;
  }

  private Ruling data(StreamGate gate, int opaque) {
    return new Ruling(
        gate, rules.admits(gate, opaque) ? Verdict.FORWARD : Verdict.DROP, Ruling.NO_REPLY, null);
  }

  private static Turn ruled(Link link, Signal signal, Ruling ruling, int onward) {
    boolean passes = ruling.verdict() == Verdict.FORWARD;
    boolean matters = passes || ruling.report() != null || !ruling.next().equals(link.gate());
    Link next = passes ? link.with(ruling.next()).passing() : link.with(ruling.next());
    Turn turn =
        Turn.to(next, passes ? "passes it on" : ruling.next().equals(link.gate()) ? "drops it" : "shuts the gate");
    if (passes) {
      turn = turn.sending(onward, signal);
    }
    if (ruling.report() != null) {
      turn = telling(turn, link, new LinkEvent.Saw(ruling.report()));
    }
    return matters && signal.generation() != link.gate().generation()
        ? turn.breaking("I6", signal + " acted on stream " + link.gate().generation())
        : turn;
  }

  // ---- of itself

  @Override
  public List<Turn> alone(Link link) {
    return switch (link.status()) {
      case UP -> List.of(breaking(link, "loses a connection").at(Fault.CUTS));
      case KICKING -> kicks(link);
      case CONNECTING -> List.of(comesUp(link));
    };
  }

  private static List<Turn> kicks(Link link) {
    List<Turn> turns = new ArrayList<>();
    if (!link.consumerGone() && !link.consumerTried()) {
      turns.add(kicked(link, true, true));
      turns.add(kicked(link, true, false).at(Fault.SILENCES));
    }
    if (!link.producerGone() && !link.producerTried()) {
      turns.add(kicked(link, false, true));
      turns.add(kicked(link, false, false).at(Fault.SILENCES));
    }
    return turns;
  }

  private static Turn kicked(Link link, boolean consumer, boolean gone) {
    Link next = link.kicked(consumer, gone);
    boolean over = next.isRoundOver();
    Turn turn = Turn.to(over ? next.nextRound() : next,
        (gone ? "has the " : "does not know that the ") + (consumer ? "destination" : "source")
            + (gone ? " drop the old connection" : " dropped the old connection"));
    if (gone) {
      turn = turn.emptying(consumer ? Parts.TO_CONSUMER : Parts.TO_PRODUCER)
          .striking(consumer ? Parts.DESTINATION : Parts.SOURCE, Connection.Blow.DROPPED);
    }
    return over
        ? telling(turn, next, new LinkEvent.OldConnectionsGone(next.consumerGone(), next.producerGone()))
        : turn;
  }

  private static Turn comesUp(Link link) {
    Link up = link.up();
    Turn turn = Turn.to(up, "comes up")
        .striking(Parts.SOURCE, Connection.Blow.OPENED)
        .striking(Parts.DESTINATION, Connection.Blow.OPENED);
    return telling(turn, up, new LinkEvent.Up(up.name()));
  }
}
