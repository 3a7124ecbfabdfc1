package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.List;

/**
 * The destination node as a consumer.
 *
 * @param copy state and history of its copy
 * @param connection its end of the consumer connection
 * @param counter the last opaque that it made on this connection
 * @param stream or null
 * @param kept opaque of a closed stream that it still knows, and whose frames it swallows (7.6); 0 for none
 * @param closed the last generation that it was told to close; whatever of it still comes is a mistake of the relay
 * @param owed generations of ADD_STREAMs that it has still to answer with success, which may take any time (T11)
 * @param late a change that it was asked for and has not answered in time; made before it answers anything else, or null
 */
public record Destination(
    Copy copy, Connection connection, int counter, Inbound stream, int kept, int closed, List<Integer> owed,
    Question late) {
  /**
   * @param seqno the last change that it has, received or accepted
   * @param accepted writes that it has accepted as the active one
   */
  public record Copy(CopyState state, int seqno, int accepted) {
    Copy in(CopyState next) {
      return new Copy(next, next == CopyState.ABSENT ? 0 : seqno, accepted);
    }

    Copy having(int nowSeqno) {
      return new Copy(state, nowSeqno, accepted);
    }

    Copy written() {
      return new Copy(state, seqno + 1, accepted + 1);
    }
  }

  /**
   * @param accepted whether the producer consented
   * @param asked whether it has asked for a retry, and so need not obey SET_VBUCKET_STATE any more
   */
  public record Inbound(int opaque, int generation, boolean takeover, boolean accepted, boolean asked) {}

  static final Destination FIRST =
      new Destination(new Copy(CopyState.ABSENT, 0, 0), Connection.NONE, 0, null, 0, 0, List.of(), null);

  public Destination {
    owed = List.copyOf(owed);
  }

  public CopyState state() {
    return copy.state();
  }

  public boolean isActive() {
    return state() == CopyState.ACTIVE;
  }

  Destination with(Copy next) {
    return new Destination(next, connection, counter, stream, kept, closed, owed, late);
  }

  Destination in(CopyState next) {
    return with(copy.in(next));
  }

  private Destination with(Inbound next, int nowKept) {
    return new Destination(copy, connection, counter, next, nowKept, closed, owed, late);
  }

  Destination requesting(int generation, boolean takeover) {
    return new Destination(copy, connection, counter + 1,
        new Inbound(counter + 1, generation, takeover, false, false), 0, closed, owed, late);
  }

  Destination accepting() {
    List<Integer> more = new ArrayList<>(owed);
    more.add(stream.generation());
    return new Destination(copy, connection, counter,
        new Inbound(stream.opaque(), stream.generation(), stream.takeover(), true, stream.asked()), kept, closed, more,
        late);
  }

  Destination asking() {
    return with(new Inbound(stream.opaque(), stream.generation(), stream.takeover(), stream.accepted(), true), kept);
  }

  Destination withoutStream() {
    return with(null, kept);
  }

  /** The stream takes nothing any more, but it is still known by its opaque. */
  Destination keepingStream() {
    return with(null, stream.opaque());
  }

  Destination forgettingKept() {
    return with(stream, 0);
  }

  Destination toldToClose(int generation) {
    return new Destination(copy, connection, counter, stream, kept, Math.max(closed, generation), owed, late);
  }

  Destination answered(int generation) {
    List<Integer> fewer = new ArrayList<>(owed);
    fewer.remove((Integer) generation);
    return new Destination(copy, connection, counter, stream, kept, closed, fewer, late);
  }

  Destination owing(Question change) {
    return new Destination(copy, connection, counter, stream, kept, closed, owed, change);
  }

  Destination after(Connection.Blow blow) {
    return switch (blow) {
      case OPENED -> new Destination(copy, Connection.UP, 0, null, 0, 0, List.of(), late);
      case LOST -> connection == Connection.NONE
          ? this
          : new Destination(copy, Connection.CUT, counter, stream, kept, closed, List.of(), late);
      case DROPPED -> new Destination(copy, Connection.NONE, 0, null, 0, 0, List.of(), late);
    };
  }
}
