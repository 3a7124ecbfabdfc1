package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.testkit.script.Trigger;
import io.vbucket.rebalance.testkit.stage.Seen;

/** Whether what happened is what a trigger waits for. */
final class Matching {
  private Matching() {}

  static boolean matches(Trigger trigger, Seen seen) {
    if (trigger instanceof Trigger.FrameSeen wanted) {
      return seen instanceof Seen.OfFrame frame && matches(wanted, frame);
    } else if (trigger instanceof Trigger.StateReached wanted) {
      return seen instanceof Seen.OfState state && isNode(wanted.node(), state.node())
          && fits(wanted.vbucket(), state.vbucket())
          && wanted.state() == state.state();
    } else if (trigger instanceof Trigger.NodeIs wanted) {
      return switch (wanted.condition()) {
        case DOWN -> seen instanceof Seen.OfProcess process && isNode(wanted.node(), process.node()) && !process.up();
        case UP -> seen instanceof Seen.OfProcess process && isNode(wanted.node(), process.node()) && process.up();
        case DROPPED_CONNECTION -> seen instanceof Seen.OfDrop drop && isNode(wanted.node(), drop.node());
      };
    } else if (trigger instanceof Trigger.EventTold wanted) {
      return seen instanceof Seen.OfEvent told && wanted.kind().matches(told.event())
          && fits(wanted.vbucket(), vbucketOf(told)) && fits(wanted.attempt(), attemptOf(told.event()));
    }
    // Times, and the asking itself, are no things that are seen.
    return false;
  }

  private static boolean matches(Trigger.FrameSeen wanted, Seen.OfFrame frame) {
    return isNode(wanted.node(), frame.node())
        && wanted.received() == frame.received()
        && wanted.answer() == frame.answer()
        && fits(wanted.opcode(), frame.opcode())
        && (wanted.state() == null || wanted.state() == frame.state())
        && fits(wanted.status(), frame.status())
        && fits(wanted.vbucket(), frame.vbucket())
        && fitsAttempt(wanted, frame)
        && (wanted.opcode() != Trigger.ANY || frame.replication());
  }

  /** Scripts are about takeovers: a frame of the stream that fills the copy is meant only when they say attempt 0. */
  private static boolean fitsAttempt(Trigger.FrameSeen wanted, Seen.OfFrame frame) {
    boolean named = wanted.opcode() != Trigger.ANY && wanted.attempt() == Trigger.ANY;
    return named ? frame.attempt() != 0 : fits(wanted.attempt(), frame.attempt());
  }

  private static boolean isNode(String wanted, String node) {
    return wanted.equals(Trigger.ANYONE) || wanted.equals(node);
  }

  private static boolean fits(int wanted, int found) {
    return wanted == Trigger.ANY || wanted == found;
  }

  /** What a step without a vBucket of its own is about. */
  static int vbucketOf(Seen seen) {
    if (seen instanceof Seen.OfFrame frame) {
      return frame.vbucket();
    } else if (seen instanceof Seen.OfState state) {
      return state.vbucket();
    } else if (seen instanceof Seen.OfEvent told) {
      RebalanceEvent event = told.event();
      if (event instanceof RebalanceEvent.MoveStarted e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.PhaseEntered e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.AttemptStarted e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.SourceGoesDead e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.DestinationActive e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.AttemptFailed e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.MoveHeld e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.MoveSetBack e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.MoveCancelled e) {
        return e.vbucket();
      } else if (event instanceof RebalanceEvent.MoveEnded e) {
        return e.vbucket();
      }
    }
    return Trigger.ANY;
  }

  private static int attemptOf(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.AttemptStarted e) {
      return e.attempt();
    } else if (event instanceof RebalanceEvent.SourceGoesDead e) {
      return e.attempt();
    } else if (event instanceof RebalanceEvent.DestinationActive e) {
      return e.attempt();
    } else if (event instanceof RebalanceEvent.AttemptFailed e) {
      return e.attempt();
    } else if (event instanceof RebalanceEvent.MoveEnded e) {
      MoveOutcome outcome = e.outcome();
      return outcome.attempts();
    }
    return Trigger.ANY;
  }
}
