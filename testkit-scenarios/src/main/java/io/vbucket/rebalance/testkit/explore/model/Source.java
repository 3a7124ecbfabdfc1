package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.List;

/**
 * The source node as a producer.
 *
 * @param copy state of its copy
 * @param seqno writes that it has accepted
 * @param connection its end of the producer connection
 * @param stream or null
 * @param endings STREAM_ENDs that it has not written yet: they may be held back for any time
 * @param late a change that it was asked for and has not answered in time; made before it answers anything else, or null
 */
public record Source(
    CopyState copy, int seqno, Connection connection, Outbound stream, List<Ending> endings, Question late) {
  /** Where a stream stands. */
  public enum Phase {
    /** Sends what there is. */
    SENDING,
    PENDING_ASKED,
    /** The copy is dead; what was written before is sent. */
    DRAINING,
    ACTIVE_ASKED
  }

  /**
   * @param sent the last seqno that was sent
   * @param snapshotUnanswered whether it waits for the answer to a marker before it goes on
   */
  public record Outbound(
      int opaque, int generation, boolean takeover, int sent, Phase phase, boolean snapshotUnanswered) {
    Outbound at(Phase next) {
      return new Outbound(opaque, generation, takeover, sent, next, snapshotUnanswered);
    }

    Outbound having(int nowSent) {
      return new Outbound(opaque, generation, takeover, nowSent, phase, takeover);
    }

    Outbound snapshotAnswered() {
      return new Outbound(opaque, generation, takeover, sent, phase, false);
    }
  }

  /** @param reason flags of the STREAM_END */
  public record Ending(int opaque, int generation, int reason) {}

  static final Source FIRST = new Source(CopyState.ACTIVE, 0, Connection.NONE, null, List.of(), null);

  public Source {
    endings = List.copyOf(endings);
  }

  public boolean isActive() {
    return copy == CopyState.ACTIVE;
  }

  Source in(CopyState next) {
    return new Source(next, seqno, connection, stream, endings, late);
  }

  Source written() {
    return new Source(copy, seqno + 1, connection, stream, endings, late);
  }

  Source with(Outbound next) {
    return new Source(copy, seqno, connection, next, endings, late);
  }

  Source owing(Question change) {
    return new Source(copy, seqno, connection, stream, endings, change);
  }

  /** The stream is over; its STREAM_END is written some time later, if there is somebody to write it to. */
  Source ending(int reason) {
    List<Ending> more = new ArrayList<>(endings);
    if (connection == Connection.UP) {
      more.add(new Ending(stream.opaque(), stream.generation(), reason));
    }
    return new Source(copy, seqno, connection, null, more, late);
  }

  Source withoutEnding(int index) {
    List<Ending> fewer = new ArrayList<>(endings);
    fewer.remove(index);
    return new Source(copy, seqno, connection, stream, fewer, late);
  }

  Source after(Connection.Blow blow) {
    return switch (blow) {
      case OPENED -> new Source(copy, seqno, Connection.UP, null, List.of(), late);
      case LOST -> new Source(copy, seqno, Connection.CUT, stream, List.of(), late);
      case DROPPED -> new Source(copy, seqno, Connection.NONE, null, List.of(), late);
    };
  }
}
