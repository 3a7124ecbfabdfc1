package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Plays everybody that a {@link MoveProtocol} talks to: nodes that do what they are told, streams that run, a map that can be written. A
 * test may answer an effect in their place. What must hold in every run is checked while it goes on.
 */
final class MoveRig {
  /** Takes the place of whoever answers; true when it has. */
  interface Interceptor {
    boolean takes(int number, MoveEffect effect);
  }

  static final int MAX_ATTEMPTS = 3;
  private static final int ENDLESS = 2_000;

  final Move move;
  final Map<String, CopyState> states = new TreeMap<>();
  final Set<String> streams = new LinkedHashSet<>();
  final List<MoveEffect> effects = new ArrayList<>();
  String topology = "old";
  boolean committed;
  Interceptor interceptor = (number, effect) -> false;
  private final Deque<MoveEvent> events = new ArrayDeque<>();
  private final Deque<MoveEffect> pending = new ArrayDeque<>();
  /** The move is asked to stand after so many effects, and goes on when nothing happens any more. */
  int parkAfter = ENDLESS + 1;
  Runnable whileParked = () -> {
  };
  /** Whether the owner gives slots, and what it thinks of this move. */
  boolean slots;
  boolean slotWanted;
  boolean slotTaken;
  private ParkableMove protocol;
  private MoveOutcome outcome;

  MoveRig(List<String> before, List<String> after) {
    this(before, after, false);
  }

  /** @param slots whether takeovers are limited */
  MoveRig(List<String> before, List<String> after, boolean slots) {
    this.move = new Move("travel", 7, before, after, 0);
    this.slots = slots;
    this.protocol = ParkableMove.of(MoveProtocol.initial(move, new MoveProtocol.Limits(MAX_ATTEMPTS, 1000, slots)));
    move.nodes().forEach(node -> states.put(node, CopyState.ABSENT));
    for (String node : before) {
      if (node != null) {
        states.put(node, node.equals(move.source()) ? CopyState.ACTIVE : CopyState.REPLICA);
      }
    }
  }

  MoveProtocol protocol() {
    return protocol.protocol();
  }

  ParkableMove.Stand stand() {
    return protocol.stand();
  }

  void happens(MoveEvent event) {
    events.add(event);
  }

  void streamed(String node, StreamReport report) {
    happens(new MoveEvent.Streamed(node, report));
  }

  void streamFails(String node, FailureReason reason) {
    streams.remove(node);
    streamed(node, new StreamReport.Failed(orderOf(node), reason, "told to", states.get(node)));
  }

  /** The attempt that the stream to a node was told to begin last. */
  private int orderOf(String node) {
    return protocol.protocol().streams().getOrDefault(node, 0);
  }

  /** Runs the move to its end. */
  MoveOutcome run() {
    happens(new MoveEvent.Begin());
    int number = 0;
    while (!events.isEmpty() || !pending.isEmpty()) {
      assertThat(number).as("I7: steps of %s in %s", move, protocol).isLessThan(ENDLESS);
      if (!events.isEmpty()) {
        ParkableMove.Step step = protocol.on(events.poll());
        protocol = step.next();
        effects.addAll(step.effects());
        pending.addAll(step.effects());
      } else {
        MoveEffect effect = pending.poll();
        number++;
        if (number == parkAfter) {
          happens(new MoveEvent.Park());
        }
        if (!interceptor.takes(number, effect)) {
          carryOut(effect);
        }
      }
      assertThat(states.values().stream().filter(CopyState.ACTIVE::equals).count()).as("I1: %s", states)
          .isLessThanOrEqualTo(1);
      if (events.isEmpty() && pending.isEmpty() && protocol.stand() == ParkableMove.Stand.PARKED) {
        whileParked.run();
        if (events.isEmpty()) {
          happens(new MoveEvent.Resume());
        }
      }
    }
    assertThat(outcome).as("I8: %s has ended, is %s", move, protocol.state()).isNotNull();
    assertThat(streams).as("I3, I4: streams that stay behind").isEmpty();
    assertThat(slotTaken || slotWanted).as("a slot that nobody gives back").isFalse();
    return outcome;
  }

  /** Takeovers become limited while the move runs; until it says otherwise it counts as one that takes over. */
  void limitTakeovers() {
    slots = true;
    slotTaken = true;
    happens(new MoveEvent.SlotsNeeded());
  }

  void grantSlot(int question) {
    assertThat(slotWanted).as("whoever freed its slot gets none").isTrue();
    slotWanted = false;
    slotTaken = true;
    happens(new MoveEvent.SlotGranted(question));
  }

  /** What the one does who is asked. */
  void carryOut(MoveEffect effect) {
    if (effect instanceof MoveEffect.ReadStates read) {
      Map<String, CopyState> seen = new TreeMap<>();
      read.nodes().forEach(node -> seen.put(node, states.get(node)));
      happens(new MoveEvent.StatesRead(read.question(), seen));
    } else if (effect instanceof MoveEffect.Perform perform) {
      boolean done = performed(perform.task());
      happens(new MoveEvent.TaskDone(perform.question(), perform.task().node(), done, done ? "" : "refused"));
    } else if (effect instanceof MoveEffect.Command command) {
      commanded(command.node(), command.command());
    } else if (effect instanceof MoveEffect.ReadBackfill read) {
      happens(new MoveEvent.BackfillRead(read.question(), read.node(), streams.contains(read.node()), 0));
    } else if (effect instanceof MoveEffect.AwaitPersistence await) {
      assertThat(streams).as("copies that are waited for are being filled").containsAll(await.nodes());
      await.nodes().forEach(node -> happens(new MoveEvent.Persisted(await.question(), node, true, "")));
    } else if (effect instanceof MoveEffect.AskSlot ask) {
      assertThat(slots && !slotWanted && !slotTaken).as("a slot is asked for once, where there are any").isTrue();
      slotWanted = true;
      grantSlot(ask.question());
    } else if (effect instanceof MoveEffect.FreeSlot) {
      slotWanted = false;
      slotTaken = false;
    } else if (effect instanceof MoveEffect.Commit commit) {
      assertThat(states.get(move.destination())).as("committed active").isEqualTo(CopyState.ACTIVE);
      committed = true;
      happens(new MoveEvent.Committed(commit.question(), true, ""));
    } else if (effect instanceof MoveEffect.StartTimer start) {
      if (start.timer() != Timer.BACKFILL_STALL && start.timer() != Timer.PERSISTENCE) {
        happens(new MoveEvent.TimedOut(start.timer(), start.node()));
      }
    } else if (effect instanceof MoveEffect.Finish finish) {
      assertThat(outcome).as("I8: told once").isNull();
      outcome = finish.outcome();
    }
  }

  private boolean performed(CopyTask task) {
    String node = task.node();
    CopyState state = states.get(node);
    switch (task.kind()) {
      case REPLICATE -> {
        assertThat(state).as("state of %s before it becomes a replica", node).isNotEqualTo(CopyState.ACTIVE);
        states.put(node, CopyState.REPLICA);
      }
      case CREATE -> {
        assertThat(states.values()).as("copies before an active is made").doesNotContain(CopyState.ACTIVE);
        states.put(node, CopyState.ACTIVE);
      }
      case SERVE_OLD, SERVE_BOTH, SERVE_NEW -> {
        if (state != CopyState.ACTIVE) {
          return false;
        }
        topology = task.kind().name().substring("SERVE_".length()).toLowerCase();
      }
      case DEMOTE -> {
        assertThat(streams).as("R12: streams when the state of %s changes", node).isEmpty();
        if (state == CopyState.ACTIVE) {
          return false;
        }
        states.put(node, CopyState.REPLICA);
      }
      case REMOVE -> {
        assertThat(streams).as("R12: streams when %s is removed", node).isEmpty();
        assertThat(committed || !move.before().contains(node)).as("I3: %s removed before the map is committed", node)
            .isTrue();
        if (state == CopyState.ACTIVE) {
          return false;
        }
        states.put(node, CopyState.ABSENT);
      }
    }
    return true;
  }

  private void commanded(String node, TakeoverEvent command) {
    if (command instanceof TakeoverEvent.Replicate) {
      assertThat(streams).as("I5: streams when one to %s is added", node).doesNotContain(node);
      if (states.get(node) != CopyState.REPLICA) {
        streamFails(node, FailureReason.DESTINATION_NOT_READY);
        return;
      }
      streams.add(node);
      streamed(node, new StreamReport.Replicating());
    } else if (command instanceof TakeoverEvent.TakeOver takeOver) {
      assertThat(slotTaken).as("a takeover that begins has a slot").isEqualTo(slots);
      streams.remove(node);
      states.put(move.source(), CopyState.DEAD);
      states.put(node, CopyState.ACTIVE);
      streamed(node, new StreamReport.TakenOver(takeOver.attempt()));
    } else if (command instanceof TakeoverEvent.End && streams.remove(node)) {
      streamed(node, new StreamReport.Failed(orderOf(node), FailureReason.CANCELLED, "ended", states.get(node)));
    }
  }

  // ---- what tests look at

  List<MovePhase> phases() {
    return effects.stream()
        .filter(MoveEffect.Entered.class::isInstance)
        .map(entered -> ((MoveEffect.Entered) entered).phase())
        .toList();
  }

  List<CopyTask> tasks() {
    return effects.stream()
        .filter(MoveEffect.Perform.class::isInstance)
        .map(perform -> ((MoveEffect.Perform) perform).task())
        .toList();
  }

  /** Every copy is what a chain says, and nobody else has one. */
  void assertStates(List<String> chain) {
    Map<String, CopyState> expected = new TreeMap<>();
    move.nodes().forEach(node -> expected.put(node, CopyState.ABSENT));
    chain.stream().filter(node -> node != null).forEach(node -> expected.put(node, CopyState.REPLICA));
    expected.put(chain.get(0), CopyState.ACTIVE);
    assertThat(states).isEqualTo(expected);
  }
}
