package io.vbucket.rebalance.orchestrator.report;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;

/** What operators asked for while a rebalance ran, and what the orchestrator did about its failure, in words. */
final class Intervention {
  private Intervention() {}

  private static String ofRetry(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.RetryPlanned retry) {
      return "run " + retry.attempt() + " follows after " + retry.pause().toMillis() / 1000.0 + " s: " + retry.why();
    }
    return event instanceof RebalanceEvent.RetryGivenUp over ? "not run again: " + over.why() : null;
  }

  /** Null for an event that is none. */
  static String inWords(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.PauseBegun pause) {
      return "pause asked for: " + pause.mode().word();
    } else if (event instanceof RebalanceEvent.Paused paused) {
      return "paused (" + paused.mode().word() + "), " + paused.held() + " moves held"
          + (paused.residue().isEmpty() ? "" : ", left over: " + paused.residue());
    } else if (event instanceof RebalanceEvent.Resumed) {
      return "resumed";
    } else if (event instanceof RebalanceEvent.MoveCancelled cancelled) {
      return "vb:" + cancelled.vbucket() + " cancelled";
    } else if (event instanceof RebalanceEvent.LimitChanged changed) {
      return "limit " + changed.change();
    } else if (event instanceof RebalanceEvent.StopBegun stop) {
      return "stop, " + stop.why() + "; takeovers may finish for " + stop.grace().toMillis() / 1000.0 + " s";
    }
    return ofRetry(event);
  }
}
