package io.vbucket.rebalance.orchestrator.cluster;

import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.util.List;

/** What came of one bucket of several. */
public sealed interface BucketOutcome {
  /** Its rebalance has ended, well or not. */
  record Ended(RebalanceSummary summary) implements BucketOutcome {}

  /** Its rebalance was not begun and nothing of it was changed; each reason says what to do about it. */
  record Refused(List<String> reasons) implements BucketOutcome {
    public Refused {
      reasons = List.copyOf(reasons);
    }
  }

  /** Its turn never came, and nothing of it was changed. */
  record NotBegun(String why) implements BucketOutcome {}

  /** Its orchestrator broke: {@code repair} tells what is left. */
  record Broke(String why) implements BucketOutcome {}

  /** Whether every planned move was made. */
  default boolean isComplete() {
    return this instanceof Ended ended && ended.summary().isComplete();
  }

  /** Whether nothing of the bucket can have been changed. */
  default boolean changedNothing() {
    return this instanceof Refused || this instanceof NotBegun;
  }
}
