package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;

/**
 * The relay's rule for one vBucket on one link: which frames pass, which are dropped, which are reported. Immutable; the relay keeps
 * one per vBucket in an array and replaces it.
 *
 * <p>A gate knows one stream at a time by its {@code generation}. It is opened only when the stream before is settled, and it shuts
 * itself at once, in the relay and not a mailbox later, when the consumer asks for a retry, refuses a state, or the producer ends
 * the stream too early. Once shut it lets nothing pass in either direction (T3, T26, T28), whatever opaque a frame carries, until it
 * is opened for the next generation.
 *
 * @param generation the stream, 0 before the first
 * @param takeover whether the stream may change states
 * @param shut whether frames are dropped
 * @param opaqueKnown whether the consumer's STREAM_REQ was seen
 * @param streamOpaque the opaque that the consumer gave the stream; compared as four bytes, in whatever order the node counts
 * @param answerDue whether a SET_VBUCKET_STATE was passed on and not answered yet (T34)
 * @param progress how far the stream got
 */
public record StreamGate(
    int generation,
    boolean takeover,
    boolean shut,
    boolean opaqueKnown,
    int streamOpaque,
    boolean requestDue,
    boolean answerDue,
    Progress progress) {

  /** The gate of a vBucket that never had a stream on this link. */
  public static final StreamGate CLOSED = new StreamGate(0, false, true, false, 0, false, false, Progress.ENDED);

  /** What is done with a frame. */
  public enum Verdict {
    FORWARD,
    DROP
  }

  /**
   * What is done with a frame, and what follows from it.
   *
   * @param next the gate from now on
   * @param replyStatus status to answer the sender with in the relay's own name, or {@link #NO_REPLY}
   * @param report what the stream actor is told, or null
   */
  public record Ruling(StreamGate next, Verdict verdict, int replyStatus, GateReport report) {
    public static final int NO_REPLY = -1;
  }

  /**
   * Opens the gate for the next stream: ADD_STREAM is about to be written.
   *
   * @throws IllegalStateException when a stream is still open or the generation was used before: the caller broke I5
   */
  public StreamGate open(int nextGeneration, boolean forTakeover) {
    if (!shut || nextGeneration <= generation) {
      throw new IllegalStateException("stream " + nextGeneration + " must not be added over " + this);
    }
    return new StreamGate(nextGeneration, forTakeover, false, false, 0, true, false, Progress.ADDED);
  }

  /** Shuts the gate. What passed before is told by {@link #progress()}. */
  public StreamGate fence() {
    return shut ? this : new StreamGate(generation, takeover, true, opaqueKnown, streamOpaque, false, false, progress);
  }

  /** Whether a frame of the stream's data, or an answer to one, passes. The hot path: two comparisons. */
  public boolean admits(int opaque) {
    return !shut && opaque == streamOpaque && opaqueKnown && progress.atLeast(Progress.STREAMING);
  }

  /** The consumer sends STREAM_REQ for this vBucket. */
  public Ruling streamRequested(int opaque) {
    boolean second = opaqueKnown && opaque == streamOpaque;
    if (shut || !requestDue || (opaqueKnown && !second)) {
      return dropped();
    }
    StreamGate next = new StreamGate(generation, takeover, false, true, opaque, false, false, Progress.REQUESTED);
    return forwarded(next, second ? null : new GateReport.Requested(generation));
  }

  /** The producer answers a STREAM_REQ of this vBucket. */
  public Ruling streamRequestAnswered(int opaque, int status) {
    if (shut || !isLive(opaque) || requestDue || progress != Progress.REQUESTED) {
      return dropped();
    }
    return switch (status) {
      case Status.SUCCESS -> forwarded(at(Progress.STREAMING, false), new GateReport.Accepted(generation));
      // The same consumer asks again with the same opaque (T21).
      case Status.ROLLBACK -> forwarded(
          new StreamGate(generation, takeover, false, true, streamOpaque, true, false, Progress.REQUESTED),
          new GateReport.RolledBack(generation));
      default -> forwarded(this, new GateReport.Refused(generation, status));
    };
  }

  /** The producer sends SET_VBUCKET_STATE. */
  public Ruling stateAsked(int opaque, VBucketState state) {
    if (shut || !isLive(opaque)) {
      return dropped();
    }
    if (takeover && !answerDue && state == VBucketState.PENDING && progress == Progress.STREAMING) {
      return forwarded(at(Progress.PENDING_ASKED, true), new GateReport.StateAsked(generation, state));
    }
    if (takeover && !answerDue && state == VBucketState.ACTIVE && progress == Progress.PENDING_CONFIRMED) {
      return forwarded(at(Progress.ACTIVE_ASKED, true), new GateReport.StateAsked(generation, state));
    }
    return shutting(new GateReport.Violated(generation, "SET_VBUCKET_STATE(" + state.wireName() + ") at " + progress));
  }

  /** The consumer answers a SET_VBUCKET_STATE. At most one answer passes per request (T34), and none that is not success (T26). */
  public Ruling stateAnswered(int opaque, int status) {
    if (shut || !isLive(opaque) || !answerDue) {
      return dropped();
    }
    VBucketState state = progress == Progress.PENDING_ASKED ? VBucketState.PENDING : VBucketState.ACTIVE;
    if (status != Status.SUCCESS) {
      return shutting(new GateReport.StateRefused(generation, state, status));
    }
    Progress reached = state == VBucketState.PENDING ? Progress.PENDING_CONFIRMED : Progress.ACTIVE_CONFIRMED;
    return forwarded(at(reached, false), new GateReport.StateConfirmed(generation, state));
  }

  /** The producer sends STREAM_END. */
  public Ruling streamEnded(int opaque, StreamEndReason reason) {
    if (shut || !isLive(opaque) || !progress.atLeast(Progress.STREAMING)) {
      return dropped();
    }
    if (progress == Progress.ACTIVE_CONFIRMED) {
      StreamGate ended = new StreamGate(generation, takeover, true, true, streamOpaque, false, false, Progress.ENDED);
      return forwarded(ended, new GateReport.Ended(generation, reason, Progress.ENDED));
    }
    // Not passed on: the consumer's stream is ended by CLOSE_STREAM, whose answer tells when it is settled (T14).
    return shutting(new GateReport.Ended(generation, reason, progress));
  }

  /**
   * The consumer asks for a retry. Answered with success when it is heard or was heard before (T10), with KEY_EEXISTS when the
   * destination is active already (T9), with KEY_ENOENT when it is about no stream that this gate knows.
   */
  public Ruling retryAsked(int opaque, int reason) {
    if (!isLive(opaque) || !takeover) {
      return new Ruling(this, Verdict.DROP, Status.KEY_ENOENT, null);
    }
    if (progress.atLeast(Progress.ACTIVE_CONFIRMED)) {
      return new Ruling(this, Verdict.DROP, Status.KEY_EEXISTS, null);
    }
    if (shut) {
      return new Ruling(this, Verdict.DROP, Status.SUCCESS, null);
    }
    return new Ruling(fence(), Verdict.DROP, Status.SUCCESS, new GateReport.RetryAsked(generation, reason));
  }

  private boolean isLive(int opaque) {
    return opaqueKnown && opaque == streamOpaque;
  }

  private StreamGate at(Progress reached, boolean due) {
    return new StreamGate(generation, takeover, false, true, streamOpaque, false, due, reached);
  }

  private Ruling dropped() {
    return new Ruling(this, Verdict.DROP, Ruling.NO_REPLY, null);
  }

  private Ruling shutting(GateReport report) {
    return new Ruling(fence(), Verdict.DROP, Ruling.NO_REPLY, report);
  }

  private static Ruling forwarded(StreamGate next, GateReport report) {
    return new Ruling(next, Verdict.FORWARD, Ruling.NO_REPLY, report);
  }
}
