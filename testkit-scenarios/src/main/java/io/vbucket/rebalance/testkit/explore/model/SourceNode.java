package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.testkit.explore.model.Source.Ending;
import io.vbucket.rebalance.testkit.explore.model.Source.Outbound;
import io.vbucket.rebalance.testkit.explore.model.Source.Phase;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the source node does: as recorded of real nodes, any answer to SET_VBUCKET_STATE counts as consent, and a stream is refused only where the
 * copy's state forbids it.
 */
public final class SourceNode implements Machine<Source> {
  private final NodeVersion version;

  public SourceNode(NodeVersion version) {
    this.version = version;
  }

  @Override
  public Source first() {
    return Source.FIRST;
  }

  @Override
  public Source struck(Source source, Object blow) {
    return source.after((Connection.Blow) blow);
  }

  @Override
  public List<Turn> receive(Source source, Object message) {
    return message instanceof Question question ? asked(source, question) : received(source, (Signal) message);
  }

  // ---- frames

  private List<Turn> received(Source source, Signal signal) {
    return switch (signal.kind()) {
      case STREAM_REQ -> streamRequested(source, signal);
      case CLOSE_STREAM -> closed(source, signal);
      case SET_VBUCKET_STATE_ANSWER -> List.of(stateAnswered(source, signal));
      case SNAPSHOT_ANSWER -> List.of(Turn.to(
          has(source, signal) ? source.with(source.stream().snapshotAnswered()) : source, "goes on"));
      default -> throw new IllegalStateException("no relay sends a producer " + signal);
    };
  }

  private static boolean has(Source source, Signal signal) {
    return source.stream() != null && source.stream().opaque() == signal.opaque();
  }

  private List<Turn> streamRequested(Source source, Signal request) {
    boolean serves = source.copy() == CopyState.ACTIVE || source.copy() == CopyState.REPLICA
        || source.copy() == CopyState.PENDING && version.streamsFromPending();
    if (!serves) {
      return List.of(answer(source, request, Status.NOT_MY_VBUCKET));
    }
    if (source.stream() != null) {
      return List.of(answer(source, request, Status.KEY_EEXISTS).breaking("T6",
          "STREAM_REQ of stream " + request.generation() + " while the producer still has stream "
              + source.stream().generation() + ": KEY_EEXISTS"));
    }
    int start = request.value() / 2;
    Outbound stream = new Outbound(
        request.opaque(), request.generation(), (request.value() & 1) == 1, start, Phase.SENDING, false);
    List<Turn> turns = new ArrayList<>();
    turns.add(answer(source.with(stream), request, Status.SUCCESS));
    if (start > 0) {
      turns.add(answer(source, request, Status.ROLLBACK).at(Fault.ROLLBACKS));
    }
    return turns;
  }

  private static Turn answer(Source source, Signal request, int status) {
    Turn turn = Turn.to(source, "answers " + Status.nameOf(status));
    return sending(source, turn, new Signal(
        Signal.Kind.STREAM_REQ_ANSWER, request.opaque(), status, request.generation()));
  }

  private static Turn sending(Source source, Turn turn, Signal signal) {
    return source.connection() == Connection.UP ? turn.sending(Parts.FROM_PRODUCER, signal) : turn;
  }

  private static List<Turn> closed(Source source, Signal close) {
    int status = source.stream() == null ? Status.KEY_ENOENT : Status.SUCCESS;
    Source next = source.stream() == null ? source : source.ending(StreamEndReason.CLOSED.code());
    Signal answer = new Signal(Signal.Kind.CLOSE_STREAM_ANSWER, 1, status, close.generation());
    return List.of(
        sending(source, Turn.to(next, "answers " + Status.nameOf(status)), answer),
        Turn.to(source, "hangs: neither closes the stream nor answers").at(Fault.SILENCES));
  }

  private static Turn stateAnswered(Source source, Signal answer) {
    if (!has(source, answer)) {
      return Turn.to(source, "ignores it");
    }
    Turn turn = switch (source.stream().phase()) {
      case PENDING_ASKED -> Turn.to(
          source.in(CopyState.DEAD).with(source.stream().at(Phase.DRAINING)), "goes dead");
      case ACTIVE_ASKED -> Turn.to(source.ending(StreamEndReason.OK.code()), "is done with the stream");
      default -> Turn.to(source, "ignores it");
    };
    return answer.value() == Status.SUCCESS
        ? turn
        : turn.breaking("T26", "a refusal of SET_VBUCKET_STATE reached the producer, which takes it for consent");
  }

  // ---- of itself

  @Override
  public List<Turn> alone(Source source) {
    List<Turn> turns = new ArrayList<>();
    if (source.isActive()) {
      turns.add(Turn.to(source.written(), "accepts a write").at(Fault.WRITES));
    }
    if (source.late() != null) {
      turns.add(Turn.to(changed(source.owing(null), source.late()), "does at last: " + source.late()));
    }
    if (source.connection() == Connection.UP) {
      if (source.stream() != null) {
        step(source).ifPresent(turns::add);
        turns.add(Turn.to(source.ending(StreamEndReason.DISCONNECTED.code()), "ends the stream before its time")
            .at(Fault.EARLY_ENDS));
      }
      for (int i = 0; i < source.endings().size(); i++) {
        Ending ending = source.endings().get(i);
        turns.add(Turn.to(source.withoutEnding(i), "writes the STREAM_END of stream " + ending.generation()).sending(
            Parts.FROM_PRODUCER,
            new Signal(Signal.Kind.STREAM_END, ending.opaque(), ending.reason(), ending.generation())));
      }
    }
    return turns;
  }

  /** The next frame of the stream, if there is one before something comes. */
  private static Optional<Turn> step(Source source) {
    Outbound stream = source.stream();
    boolean sends = stream.phase() == Phase.SENDING || stream.phase() == Phase.DRAINING;
    if (!sends || stream.snapshotUnanswered()) {
      return Optional.empty();
    }
    if (stream.sent() < source.seqno()) {
      return Optional.of(Turn.to(source.with(stream.having(source.seqno())), "sends what is new").sending(
          Parts.FROM_PRODUCER,
          new Signal(Signal.Kind.SNAPSHOT, stream.opaque(), source.seqno(), stream.generation())));
    }
    if (!stream.takeover()) {
      return Optional.empty();
    }
    boolean pending = stream.phase() == Phase.SENDING;
    return Optional.of(Turn
        .to(source.with(stream.at(pending ? Phase.PENDING_ASKED : Phase.ACTIVE_ASKED)),
            "has sent everything and asks for " + (pending ? "pending" : "active"))
        .sending(Parts.FROM_PRODUCER,
            new Signal(Signal.Kind.SET_VBUCKET_STATE, stream.opaque(), pending ? 0 : 1, stream.generation())));
  }

  // ---- the administrator's questions

  private static List<Turn> asked(Source before, Question question) {
    Source source = before.late() == null ? before : changed(before.owing(null), before.late());
    return Asked.turns(Side.PRODUCER, source, question, changed(source, question), source.copy(),
        numberFor(source, question),
        isRefused(source, question), source.owing(question));
  }

  private static int numberFor(Source source, Question question) {
    if (question.what() == Question.What.READ_BACKFILL) {
      return source.stream() == null ? -1 : source.seqno() - source.stream().sent();
    }
    return source.seqno();
  }

  private static boolean isRefused(Source source, Question question) {
    return question.what() == Question.What.REMOVE_DELETE && source.copy() != CopyState.DEAD;
  }

  private static Source changed(Source source, Question question) {
    return switch (question.what()) {
      case SET_ACTIVE -> set(source, CopyState.ACTIVE);
      case SET_REPLICA -> set(source, CopyState.REPLICA);
      case REMOVE_SET_DEAD -> set(source, CopyState.DEAD);
      case REMOVE_DELETE -> isRefused(source, question) ? source : set(source, CopyState.ABSENT);
      default -> source;
    };
  }

  /** A change by the administrator ends streams; one to the same state changes nothing. */
  private static Source set(Source source, CopyState state) {
    if (source.copy() == state) {
      return source;
    }
    Source next = source.in(state);
    return next.stream() == null ? next : next.ending(StreamEndReason.STATE_CHANGED.code());
  }
}
