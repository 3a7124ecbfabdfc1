package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.Copy.Stage;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From filled copies to the new active. A chain waits for persistence twice: between the two the active is told both topologies, since a
 * sync write may have been acknowledged that only the old chain has. A takeover may have to wait for a slot besides.
 */
record Handover(Turn turn) {

  /** All copies are filled and go on streaming. */
  void filled() {
    await(false);
  }

  private void await(boolean widened) {
    List<String> nodes = turn.move.targets();
    if (nodes.isEmpty()) {
      persisted(widened);
      return;
    }
    turn.to(new MoveState.Persisting(new HashSet<>(nodes), widened));
    turn.start(Timer.PERSISTENCE);
    turn.does(new MoveEffect.AwaitPersistence(turn.ask(), nodes));
  }

  void persisting(MoveState.Persisting persisting, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.PERSISTENCE) {
      startAnew(persisting.open(), "not persisted in time");
    } else if (event instanceof MoveEvent.Persisted persisted && persisted.question() == turn.question()) {
      if (!persisted.done()) {
        boolean known = persisting.open().contains(persisted.node());
        startAnew(known ? Set.of(persisted.node()) : persisting.open(), persisted.detail());
        return;
      }
      Set<String> open = new HashSet<>(persisting.open());
      open.remove(persisted.node());
      turn.to(new MoveState.Persisting(open, persisting.widened()));
      if (open.isEmpty()) {
        turn.cancel(Timer.PERSISTENCE, "");
        persisted(persisting.widened());
      }
    }
  }

  private void persisted(boolean widened) {
    if (turn.hasReplicas() && !widened) {
      widen(1);
    } else if (turn.move.isTakeover()) {
      takeOver();
    } else {
      new Finishing(turn).commit();
    }
  }

  private void widen(int tries) {
    turn.to(new MoveState.Widening(tries));
    turn.widen(CopyTask.Kind.SERVE_BOTH);
  }

  void widening(MoveState.Widening widening, MoveEvent event) {
    if (event instanceof MoveEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      widen(widening.tries() + 1);
    } else if (event instanceof MoveEvent.TaskDone done && done.question() == turn.question()) {
      if (done.done()) {
        await(true);
      } else if (widening.tries() < MoveProtocol.TRIES) {
        turn.start(Timer.ASK_AGAIN);
      } else {
        new Undoing(turn).undo(
            FailureReason.SOURCE_UNREACHABLE, "the topology of both chains was not taken: " + done.detail());
      }
    }
  }

  // ---- what goes wrong

  /** These copies' streams are ended, and then filled anew; the others go on streaming. */
  private void startAnew(Set<String> nodes, String why) {
    turn.cancel(Timer.PERSISTENCE, "");
    SortedMap<String, Copy> copies = filledCopies();
    for (String node : nodes) {
      copies.computeIfPresent(node, (n, copy) -> copy.ending(FailureReason.NO_PROGRESS, why));
      turn.end(node, node + ": " + why);
    }
    turn.to(new MoveState.Building(copies));
  }

  /** A stream ended while its copy was waited for. */
  void streamFailed(String node, StreamReport.Failed failed) {
    turn.cancel(Timer.PERSISTENCE, "");
    MoveState.Building building = new MoveState.Building(filledCopies());
    turn.to(building);
    new CopyBuilding(turn).streamFailed(building, node, failed);
  }

  private SortedMap<String, Copy> filledCopies() {
    SortedMap<String, Copy> copies = new TreeMap<>();
    turn.move.targets().forEach(node -> copies.put(node, Copy.at(Stage.FILLED, turn.question())));
    return copies;
  }

  void attemptFailed(StreamReport.Failed failed) {
    turn.countFailure();
    boolean again = failed.reason().isRetryable() && turn.attempts() < turn.limits.maxAttempts();
    turn.does(new MoveEffect.AttemptFailed(turn.attempts(), failed.reason(), failed.detail(), again));
    if (!again) {
      new Undoing(turn).undo(failed.reason(), failed.detail());
      return;
    }
    boolean intact = failed.destination() == CopyState.REPLICA || failed.destination() == CopyState.PENDING;
    turn.to(new MoveState.BackingOff(!intact || turn.hasReplicas()));
    turn.does(new MoveEffect.StartTimer(Timer.BACK_OFF, "", turn.failures()));
  }

  /**
   * A copy that is intact may be taken over again at once. A chain is filled first: when the old active went dead and came back, it ended
   * the streams of its replicas and forgot its topologies.
   */
  void backingOff(MoveState.BackingOff backing, MoveEvent event) {
    if (!(event instanceof MoveEvent.TimedOut timeout) || timeout.timer() != Timer.BACK_OFF) {
      return;
    }
    if (backing.refill()) {
      new CopyBuilding(turn).refill();
    } else {
      takeOver();
    }
  }

  // ---- the takeover

  /** Where takeovers are limited, every attempt waits for its own slot: one that failed has given it back. */
  private void takeOver() {
    if (turn.needsSlots()) {
      turn.to(new MoveState.AwaitingSlot());
      turn.does(new MoveEffect.AskSlot(turn.ask()));
    } else {
      begin();
    }
  }

  void awaitingSlot(MoveEvent event) {
    if (event instanceof MoveEvent.WillNotConverge will) {
      new CopyBuilding(turn).willNotConverge(will);
    } else if (event instanceof MoveEvent.SlotGranted granted && granted.question() == turn.question()) {
      begin();
    }
  }

  private void begin() {
    turn.to(new MoveState.TakingOver());
    turn.takeOver();
  }
}
