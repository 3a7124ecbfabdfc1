package io.vbucket.rebalance.orchestrator.takeover;

/** Where a takeover stands; each state holds only what has a meaning in it. */
public sealed interface TakeoverState {
  /** No stream, nothing to do. */
  record Idle() implements TakeoverState {}

  /** Waits for a link. */
  record AwaitingLink(Goal goal) implements TakeoverState {}

  /**
   * A stream was added and has not ended.
   *
   * @param attempt 0 for a replica stream
   * @param addAnswered whether the consumer answered ADD_STREAM with success; may come last of all (T11)
   * @param bytes what had passed at the last look
   */
  record Live(int attempt, boolean addAnswered, Progress progress, long bytes) implements TakeoverState {
    boolean isTakeover() {
      return attempt > 0;
    }
  }

  /** Fenced, and both sides were told to close the stream; waits for the fence's evidence and both answers (I5). */
  record Settling(Goal goal, boolean fenced, boolean consumerClosed, boolean producerClosed, Progress progress)
      implements TakeoverState {
    boolean isSettled() {
      return fenced && consumerClosed && producerClosed;
    }
  }

  /** The link was lost; waits until both nodes surely dropped its connections (T19, T27). */
  record LinkGone(Goal goal, Progress progress, boolean consumerGone, boolean producerGone) implements TakeoverState {}

  /**
   * No stream is left; asks both nodes what they have.
   *
   * @param source what the source said last
   * @param destination what the destination said last
   */
  record Inspecting(
      Goal goal, Progress progress, boolean consumerGone, boolean producerGone, CopyState source, CopyState destination)
      implements TakeoverState {
    Inspecting having(CopyState nowSource, CopyState nowDestination) {
      return new Inspecting(goal, progress, consumerGone, producerGone, nowSource, nowDestination);
    }

    Inspecting knowing(LinkEvent.OldConnectionsGone now) {
      return new Inspecting(
          goal, progress, consumerGone || now.consumerGone(), producerGone || now.producerGone(), source, destination);
    }

    Inspecting wanting(Goal other) {
      return new Inspecting(other, progress, consumerGone, producerGone, source, destination);
    }
  }

  /** The source was told to become active again; afterwards both are looked at once more. */
  record Restoring(Inspecting inspecting) implements TakeoverState {}

  /** The mover heard the last word; nothing that still arrives changes anything. */
  record Over() implements TakeoverState {}
}
