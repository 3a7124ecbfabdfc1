package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.explore.model.Destination.Inbound;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the destination node does: it believes whatever comes with its stream's opaque, and asks for a retry whenever it likes. Having asked, it may or
 * may not obey a SET_VBUCKET_STATE that still comes.
 */
public final class DestinationNode implements Machine<Destination> {
  private final NodeVersion version;

  public DestinationNode(NodeVersion version) {
    this.version = version;
  }

  @Override
  public Destination first() {
    return Destination.FIRST;
  }

  @Override
  public Destination struck(Destination destination, Object blow) {
    return destination.after((Connection.Blow) blow);
  }

  @Override
  public List<Turn> receive(Destination destination, Object message) {
    return message instanceof Question question
        ? asked(destination, question)
        : received(destination, (Signal) message);
  }

  // ---- frames

  private List<Turn> received(Destination d, Signal signal) {
    List<Turn> turns = acted(d, signal);
    // After CLOSE_STREAM nothing of that stream may come: not every version of a node takes it well (T28).
    boolean late = signal.generation() <= d.closed() && signal.kind() != Signal.Kind.CLOSE_STREAM;
    return late
        ? turns.stream().map(turn -> turn.breaking("T28",
            signal + " reached the consumer after it had been told to close that stream")).toList()
        : turns;
  }

  private List<Turn> acted(Destination d, Signal signal) {
    return switch (signal.kind()) {
      case ADD_STREAM -> streamAdded(d, signal);
      case CLOSE_STREAM -> closed(d, signal);
      case STREAM_REQ_ANSWER -> requestAnswered(d, signal);
      case SNAPSHOT -> List.of(snapshot(d, signal));
      case SET_VBUCKET_STATE -> stateAsked(d, signal);
      case STREAM_END -> List.of(ended(d, signal));
      default -> throw new IllegalStateException("no relay sends a consumer " + signal);
    };
  }

  private static boolean has(Destination d, Signal signal) {
    return d.stream() != null && d.stream().opaque() == signal.opaque();
  }

  private static Turn sending(Destination d, Turn turn, Signal signal) {
    return d.connection() == Connection.UP ? turn.sending(Parts.FROM_CONSUMER, signal) : turn;
  }

  private static List<Turn> streamAdded(Destination d, Signal add) {
    if (d.state() == CopyState.ACTIVE || d.state() == CopyState.ABSENT) {
      return List.of(addAnswered(d, add, Status.NOT_MY_VBUCKET));
    }
    if (d.stream() != null) {
      return List.of(addAnswered(d, add, Status.KEY_EEXISTS).breaking("I5",
          "ADD_STREAM of stream " + add.generation() + " while the consumer still has stream "
              + d.stream().generation() + ": KEY_EEXISTS"));
    }
    Destination next = d.requesting(add.generation(), add.value() == 1);
    return List.of(
        requesting(next, "asks the producer for the stream"),
        addAnswered(d, add, Status.ETMPFAIL).at(Fault.REFUSALS));
  }

  private static Turn addAnswered(Destination d, Signal add, int status) {
    return sending(d, Turn.to(d, "answers " + Status.nameOf(status)),
        new Signal(Signal.Kind.ADD_STREAM_ANSWER, 0, status, add.generation()));
  }

  private static Turn requesting(Destination next, String text) {
    Inbound stream = next.stream();
    int value = 2 * next.copy().seqno() + (stream.takeover() ? 1 : 0);
    return sending(next, Turn.to(next, text),
        new Signal(Signal.Kind.STREAM_REQ, stream.opaque(), value, stream.generation()));
  }

  private List<Turn> closed(Destination d, Signal close) {
    Destination told = d.toldToClose(close.generation());
    boolean known = d.stream() != null || d.kept() != 0;
    int status = known ? Status.SUCCESS : noSuchStream();
    Destination next = d.stream() == null
        ? told
        : version.keepsClosedStreams() ? told.keepingStream() : told.withoutStream();
    return List.of(
        sending(d, Turn.to(next, "answers " + Status.nameOf(status)),
            new Signal(Signal.Kind.CLOSE_STREAM_ANSWER, 0, status, close.generation())),
        Turn.to(d, "hangs: neither closes the stream nor answers").at(Fault.SILENCES));
  }

  /** Newer nodes have agreed with the producer on a status of its own. */
  private int noSuchStream() {
    return version.offersV7StatusCodes() ? Status.DCP_STREAM_NOT_FOUND : Status.KEY_ENOENT;
  }

  private List<Turn> requestAnswered(Destination d, Signal answer) {
    if (!has(d, answer)) {
      return List.of(version.closesConnectionOnFrameOfNoStream() && d.kept() != answer.opaque()
          ? droppingConnection(d)
          : Turn.to(d, "ignores it"));
    }
    if (d.stream().accepted()) {
      return List.of(Turn.to(d, "ignores it"));
    }
    return switch (answer.value()) {
      case Status.SUCCESS -> List.of(Turn.to(d.accepting(), "has the stream"));
      case Status.ROLLBACK -> List.of(requesting(d.with(d.copy().having(0)), "rolls back and asks again"));
      default -> List.of(sending(d, Turn.to(
          version.keepsClosedStreams() ? d.keepingStream() : d.withoutStream(), "hands the refusal on"),
          new Signal(Signal.Kind.ADD_STREAM_ANSWER, 0, answer.value(), answer.generation())));
    };
  }

  private static Turn droppingConnection(Destination d) {
    Turn turn = Turn.to(d.after(Connection.Blow.DROPPED), "closes the connection: it has no such stream");
    return sending(d, turn, new Signal(Signal.Kind.CLOSED, 0, 0, 0));
  }

  private static Turn snapshot(Destination d, Signal snapshot) {
    if (!has(d, snapshot) || !d.stream().accepted()) {
      return Turn.to(d, "has no such stream");
    }
    if (d.state() == CopyState.DEAD) {
      return Turn.to(d, "refuses every item for its dead copy");
    }
    Turn turn = Turn.to(d.with(d.copy().having(Math.max(d.copy().seqno(), snapshot.value()))), "stores it");
    return d.stream().takeover()
        ? sending(d, turn, new Signal(Signal.Kind.SNAPSHOT_ANSWER, snapshot.opaque(), 0, snapshot.generation()))
        : turn;
  }

  private List<Turn> stateAsked(Destination d, Signal ask) {
    if (!has(d, ask)) {
      return List.of(stateAskedOfNoStream(d, ask));
    }
    CopyState state = ask.value() == 1 ? CopyState.ACTIVE : CopyState.PENDING;
    List<Turn> turns = new ArrayList<>();
    turns.add(stateAnswered(d.in(state), ask, Status.SUCCESS));
    if (d.stream().asked()) {
      turns.add(Turn.to(d, "has asked for a retry and does nothing"));
    }
    turns.add(stateAnswered(d.asking(), ask, Status.ETMPFAIL).at(Fault.REFUSALS));
    return turns;
  }

  private static Turn stateAnswered(Destination next, Signal ask, int status) {
    String text = status == Status.SUCCESS
        ? "is " + next.state().name().toLowerCase(Locale.ROOT)
        : "answers " + Status.nameOf(status);
    return sending(next, Turn.to(next, text),
        new Signal(Signal.Kind.SET_VBUCKET_STATE_ANSWER, ask.opaque(), status, ask.generation()));
  }

  private Turn stateAskedOfNoStream(Destination d, Signal ask) {
    if (version.closesConnectionOnFrameOfNoStream()) {
      return droppingConnection(d);
    }
    if (d.kept() != 0) {
      return Turn.to(d, "swallows it");
    }
    return stateAnswered(d, ask, d.stream() == null ? noSuchStream() : Status.OPAQUE_NO_MATCH);
  }

  private static Turn ended(Destination d, Signal end) {
    if (has(d, end)) {
      return Turn.to(d.withoutStream(), "has no stream any more");
    }
    return d.kept() == end.opaque() ? Turn.to(d.forgettingKept(), "forgets it") : Turn.to(d, "ignores it");
  }

  // ---- of itself

  @Override
  public List<Turn> alone(Destination d) {
    List<Turn> turns = new ArrayList<>();
    if (d.isActive()) {
      turns.add(Turn.to(d.with(d.copy().written()), "accepts a write").at(Fault.WRITES));
    }
    if (d.late() != null) {
      turns.add(Turn.to(changed(d.owing(null), d.late()), "does at last: " + d.late()));
    }
    if (d.connection() == Connection.UP) {
      for (int generation : d.owed()) {
        turns.add(Turn.to(d.answered(generation), "answers ADD_STREAM of stream " + generation).sending(
            Parts.FROM_CONSUMER, new Signal(Signal.Kind.ADD_STREAM_ANSWER, 0, Status.SUCCESS, generation)));
      }
      if (d.stream() != null && d.stream().takeover()) {
        Signal request = new Signal(Signal.Kind.RETRY_REQUEST, d.stream().opaque(), 0, d.stream().generation());
        turns.add(Turn.to(d.asking(), "asks for a retry").sending(Parts.FROM_CONSUMER, request).at(Fault.RETRIES));
        turns.add(Turn.to(d.withoutStream(), "asks for a retry and forgets its stream")
            .sending(Parts.FROM_CONSUMER, request).at(Fault.RETRIES));
      }
    }
    return turns;
  }

  // ---- the administrator's questions

  private static List<Turn> asked(Destination before, Question question) {
    Destination d = before.late() == null ? before : changed(before.owing(null), before.late());
    if (question.what() == Question.What.AWAIT_PERSISTENCE && d.state() != CopyState.ABSENT
        && d.copy().seqno() < question.seqno()) {
      return List.of();
    }
    boolean refused = switch (question.what()) {
      case REMOVE_DELETE -> d.state() != CopyState.DEAD;
      case AWAIT_PERSISTENCE -> d.state() == CopyState.ABSENT;
      default -> false;
    };
    return Asked.turns(Side.CONSUMER, d, question, changed(d, question), d.state(), d.copy().seqno(), refused,
        d.owing(question));
  }

  private static Destination changed(Destination d, Question question) {
    return switch (question.what()) {
      case SET_ACTIVE -> d.state() == CopyState.ACTIVE ? d : d.in(CopyState.ACTIVE).withoutStream();
      case SET_REPLICA -> d.in(CopyState.REPLICA);
      case REMOVE_SET_DEAD -> d.in(CopyState.DEAD);
      case REMOVE_DELETE -> d.state() == CopyState.DEAD ? d.in(CopyState.ABSENT).withoutStream() : d;
      default -> d;
    };
  }
}
