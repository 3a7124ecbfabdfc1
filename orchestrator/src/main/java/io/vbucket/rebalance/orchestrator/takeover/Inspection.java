package io.vbucket.rebalance.orchestrator.takeover;

/**
 * What follows from the states of both copies when no stream is left between them. This is where it is decided whether the source may be
 * made active again; the two dangers are a destination that becomes active afterwards (I1) and a source that goes dead afterwards.
 *
 * @param goal what was wanted
 * @param progress how far the last stream got
 * @param consumerGone whether nothing of the last stream can be executed on the destination any more
 * @param producerGone the same for the source
 * @param lastLook whether the time for waiting on a node that does not answer is over
 */
record Inspection(Goal goal, Progress progress, boolean consumerGone, boolean producerGone, boolean lastLook) {

  sealed interface Decision {
    /** The destination is active on behalf of this move. */
    record Complete() implements Decision {}

    /** Make the source active again, then look again. */
    record Restore() implements Decision {}

    /** A node that matters did not answer: ask again. */
    record LookAgain() implements Decision {}

    /** Both copies are as a takeover wants them. */
    record Begin() implements Decision {}

    record Fail(FailureReason reason, String detail) implements Decision {}

    record CallOperator(String detail) implements Decision {}
  }

  Decision decide(CopyState source, CopyState destination) {
    if (destination == CopyState.ACTIVE) {
      return destinationIsActive(source);
    }
    boolean destinationUnknown = destination == CopyState.UNREACHABLE || !consumerGone;
    if (progress.destinationMayBeActive() && destinationUnknown) {
      // Making the source active now could make two (T27).
      return lastLook
          ? new Decision.CallOperator("destination was told to become active and is " + destination
              + (consumerGone ? "" : ", its connection not known to be gone") + "; source is " + source)
          : new Decision.LookAgain();
    }
    return switch (source) {
      case ACTIVE -> sourceIsActive(destination);
      case DEAD -> sourceIsDead(destination);
      case UNREACHABLE -> sourceIsUnreachable(destination);
      case REPLICA, PENDING, ABSENT -> progress.sourceMayBeDead()
          ? new Decision.CallOperator("source is " + source + " instead of dead, destination is " + destination)
          : new Decision.Fail(FailureReason.SOURCE_NOT_ACTIVE,
              "source is " + source + ", destination is " + destination);
    };
  }

  private Decision destinationIsActive(CopyState source) {
    if (source == CopyState.ACTIVE) {
      return new Decision.CallOperator("source and destination are both active");
    }
    return progress.destinationMayBeActive()
        ? new Decision.Complete()
        : new Decision.Fail(FailureReason.DESTINATION_ACTIVE, "destination is active already, source is " + source);
  }

  private Decision sourceIsActive(CopyState destination) {
    if (progress.sourceMayBeDead() && !producerGone) {
      // The consent to pending may still be read by the source, which then goes dead behind our back.
      return lastLook
          ? new Decision.CallOperator("source is active, but its old connection may still turn it dead")
          : new Decision.LookAgain();
    }
    if (goal instanceof Goal.ToFail failed) {
      return new Decision.Fail(failed.reason(), failed.detail());
    }
    if (goal instanceof Goal.ToComplete) {
      return new Decision.Fail(
          FailureReason.PROTOCOL_VIOLATION, "destination said that it is active, but is " + destination);
    }
    return switch (destination) {
      case REPLICA, PENDING -> new Decision.Begin();
      case DEAD, ABSENT -> new Decision.Fail(FailureReason.DESTINATION_NOT_READY, "destination is " + destination);
      default -> lastLook
          ? new Decision.Fail(FailureReason.DESTINATION_UNREACHABLE, "destination does not answer")
          : new Decision.LookAgain();
    };
  }

  private Decision sourceIsDead(CopyState destination) {
    if (progress.sourceMayBeDead()) {
      return lastLook
          ? new Decision.CallOperator("source could not be made active again in time, destination is " + destination)
          : new Decision.Restore();
    }
    return new Decision.Fail(FailureReason.SOURCE_NOT_ACTIVE, "source is DEAD, and not because of this move");
  }

  private Decision sourceIsUnreachable(CopyState destination) {
    if (!lastLook) {
      return new Decision.LookAgain();
    }
    return progress.sourceMayBeDead()
        ? new Decision.CallOperator("source does not answer and may be dead, destination is " + destination)
        : new Decision.Fail(FailureReason.SOURCE_UNREACHABLE, "source does not answer, destination is " + destination);
  }
}
