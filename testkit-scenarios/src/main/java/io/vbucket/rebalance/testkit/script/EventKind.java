package io.vbucket.rebalance.testkit.script;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.util.Locale;
import java.util.function.Predicate;

/** The orchestrator's events, as scripts name them. */
public enum EventKind {
  REBALANCE_STARTED(e -> e instanceof RebalanceEvent.RebalanceStarted),
  MOVE_STARTED(e -> e instanceof RebalanceEvent.MoveStarted),
  BACKFILL_STARTED(phase(MovePhase.BACKFILL)),
  PERSISTENCE_STARTED(phase(MovePhase.PERSIST)),
  SLOT_AWAITED(phase(MovePhase.AWAIT_SLOT)),
  TAKEOVER_STARTED(e -> e instanceof RebalanceEvent.AttemptStarted),
  SOURCE_GOES_DEAD(e -> e instanceof RebalanceEvent.SourceGoesDead),
  TAKEN_OVER(e -> e instanceof RebalanceEvent.DestinationActive),
  RETRY_ASKED(e -> e instanceof RebalanceEvent.AttemptFailed f && f.reason() == FailureReason.CONSUMER_ASKED),
  ATTEMPT_FAILED(e -> e instanceof RebalanceEvent.AttemptFailed),
  COMMIT_STARTED(phase(MovePhase.COMMIT)),
  MAP_COMMITTED(e -> e instanceof RebalanceEvent.MapCommitted),
  CLEAN_UP_STARTED(phase(MovePhase.CLEAN_UP)),
  UNDO_STARTED(phase(MovePhase.UNDO)),
  MOVE_ENDED(e -> e instanceof RebalanceEvent.MoveEnded),
  MOVED(e -> e instanceof RebalanceEvent.MoveEnded m && m.outcome() instanceof MoveOutcome.Moved),
  UNMOVED(e -> e instanceof RebalanceEvent.MoveEnded m && m.outcome() instanceof MoveOutcome.Unmoved),
  NEEDS_OPERATOR(e -> e instanceof RebalanceEvent.MoveEnded m && m.outcome() instanceof MoveOutcome.NeedsOperator),
  PAUSE_BEGUN(e -> e instanceof RebalanceEvent.PauseBegun),
  PAUSED(e -> e instanceof RebalanceEvent.Paused),
  RESUMED(e -> e instanceof RebalanceEvent.Resumed),
  MOVE_HELD(e -> e instanceof RebalanceEvent.MoveHeld),
  MOVE_SET_BACK(e -> e instanceof RebalanceEvent.MoveSetBack),
  MOVE_CANCELLED(e -> e instanceof RebalanceEvent.MoveCancelled),
  LIMIT_CHANGED(e -> e instanceof RebalanceEvent.LimitChanged),
  STOP_BEGUN(e -> e instanceof RebalanceEvent.StopBegun),
  RETRY_PLANNED(e -> e instanceof RebalanceEvent.RetryPlanned),
  RETRY_GIVEN_UP(e -> e instanceof RebalanceEvent.RetryGivenUp),
  WARNED(e -> e instanceof RebalanceEvent.Warned),
  REBALANCE_ENDED(e -> e instanceof RebalanceEvent.RebalanceEnded);

  private final Predicate<RebalanceEvent> matcher;

  EventKind(Predicate<RebalanceEvent> matcher) {
    this.matcher = matcher;
  }

  public boolean matches(RebalanceEvent event) {
    return matcher.test(event);
  }

  /** {@code takeover-started}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Predicate<RebalanceEvent> phase(MovePhase phase) {
    return event -> event instanceof RebalanceEvent.PhaseEntered entered && entered.phase() == phase;
  }
}
