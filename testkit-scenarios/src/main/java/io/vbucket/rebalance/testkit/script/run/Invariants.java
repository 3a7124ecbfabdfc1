package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.stage.Seen;
import io.vbucket.rebalance.testkit.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** The invariants of the race catalogue, held against everything that happens in a run, whatever its script expects. */
final class Invariants {
  private static final int MOST_LOOKS = 50;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private final List<String> violations = new ArrayList<>();
  /** State by vBucket and node; nodes that are down serve nothing. */
  private final Map<Integer, Map<String, VBucketState>> states = new HashMap<>();
  private final Map<String, Map<Integer, VBucketState>> asleep = new HashMap<>();
  /** Nodes that came back without their data. */
  private final Set<String> emptied = ConcurrentHashMap.newKeySet();
  private final Map<Integer, RebalanceEvent.MoveEnded> ended = new LinkedHashMap<>();
  private final ChainCheck chains;

  Invariants(Scenario scenario) {
    this.chains = new ChainCheck(scenario);
  }

  /** Before anything is asked. */
  void begin(Stage stage) {
    chains.begin(stage);
  }

  synchronized void note(Seen seen) {
    chains.note(seen);
    if (seen instanceof Seen.OfState state) {
      enter(state);
    } else if (seen instanceof Seen.OfProcess process) {
      sleep(process);
    } else if (seen instanceof Seen.OfFrame frame) {
      follow(frame);
    } else if (seen instanceof Seen.OfEvent told && told.event() instanceof RebalanceEvent.RebalanceStarted) {
      // Another one: what the one before left is judged by what this one makes of it.
      ended.clear();
    } else if (seen instanceof Seen.OfEvent told && told.event() instanceof RebalanceEvent.MoveEnded end) {
      if (ended.put(end.vbucket(), end) != null) {
        violations.add("I8: the end of the move of vb:" + end.vbucket() + " was told twice");
      }
    }
  }

  private void enter(Seen.OfState state) {
    Map<String, VBucketState> copies = states.computeIfAbsent(state.vbucket(), any -> new HashMap<>());
    if (state.state() == null) {
      copies.remove(state.node());
      // A process that comes back empty tells so before it is up.
      Map<Integer, VBucketState> slept = asleep.get(state.node());
      if (slept != null && slept.remove(state.vbucket()) != null) {
        emptied.add(state.node());
        // What it lost after the move had ended is not the move's fault.
        RebalanceEvent.MoveEnded end = ended.get(state.vbucket());
        if (end != null && end.destination().equals(state.node())) {
          ended.remove(state.vbucket());
        }
      }
    } else {
      copies.put(state.node(), state.state());
    }
    checkOneActive(state.vbucket());
  }

  private void checkOneActive(int vbucket) {
    List<String> active = new ArrayList<>();
    states.getOrDefault(vbucket, Map.of()).forEach((node, state) -> {
      if (state == VBucketState.ACTIVE) {
        active.add(node);
      }
    });
    if (active.size() > 1) {
      violations.add("I1: vb:" + vbucket + " is active on " + String.join(" and ", new TreeSet<>(active)));
    }
  }

  private void sleep(Seen.OfProcess process) {
    if (process.up()) {
      asleep.getOrDefault(process.node(), Map.of()).forEach((vbucket, state) -> {
        states.computeIfAbsent(vbucket, any -> new HashMap<>()).putIfAbsent(process.node(), state);
        checkOneActive(vbucket);
      });
      asleep.remove(process.node());
    } else {
      Map<Integer, VBucketState> had = new HashMap<>();
      states.forEach((vbucket, copies) -> {
        VBucketState state = copies.remove(process.node());
        if (state != null) {
          had.put(vbucket, state);
        }
      });
      asleep.put(process.node(), had);
    }
  }

  /** I5 as it shows on the wire: a consumer that still has a stream answers KEY_EEXISTS, and so does a producer. */
  private void follow(Seen.OfFrame frame) {
    if (frame.replication() && frame.answer() && !frame.received() && frame.status() == Status.KEY_EEXISTS
        && (frame.opcode() == Opcode.DCP_ADD_STREAM || frame.opcode() == Opcode.DCP_STREAM_REQ)) {
      violations.add(
          "I5: " + frame.node() + " still had a stream of vb:" + frame.vbucket() + " when the next one was asked for");
    }
  }

  /** Where every vBucket must be, once nothing happens any more. */
  List<String> atEnd(Stage stage, Set<String> down) {
    List<String> found;
    Map<Integer, RebalanceEvent.MoveEnded> moves;
    synchronized (this) {
      found = new ArrayList<>(violations);
      moves = new LinkedHashMap<>(ended);
    }
    // Without the lock: nodes are asked on their own threads, which may be waiting to tell something.
    if (chains.isDue()) {
      found.addAll(chainsAtEnd(stage, down));
      return found;
    }
    moves.forEach((vbucket, end) -> {
      boolean known = !down.contains(end.source()) && !down.contains(end.destination());
      if (end.outcome() instanceof MoveOutcome.Moved moved) {
        settled(stage, end, known, moved, found);
      } else if (end.outcome() instanceof MoveOutcome.Unmoved && known) {
        undone(stage, end, found);
      }
    });
    return found;
  }

  /** Connections close, and replicas get the last writes, a little after the orchestrator's answer. */
  private List<String> chainsAtEnd(Stage stage, Set<String> down) {
    List<String> found = chains.atEnd(stage, down);
    for (int looks = 1; !found.isEmpty() && looks < MOST_LOOKS; looks++) {
      stage.await(() -> false, BETWEEN_LOOKS);
      found = chains.atEnd(stage, down);
    }
    return found;
  }

  private static void settled(
      Stage stage, RebalanceEvent.MoveEnded end, boolean known, MoveOutcome.Moved moved, List<String> found) {
    int vbucket = end.vbucket();
    expectState(stage, end.destination(), vbucket, Set.of("active"), "I3", known, found);
    if (moved.residue().isEmpty()) {
      expectState(stage, end.source(), vbucket, Set.of("absent", "dead", "replica"), "I3", known, found);
    }
    if (!stage.ownerInMap(vbucket).equals(end.destination())) {
      found.add(
          "I3: vb:" + vbucket + " moved to " + end.destination() + ", but the map says " + stage.ownerInMap(vbucket));
    }
    stage.openStreams(vbucket).forEach(stream -> found.add("I3: after the move of vb:" + vbucket + " " + stream));
  }

  private void undone(Stage stage, RebalanceEvent.MoveEnded end, List<String> found) {
    int vbucket = end.vbucket();
    MoveOutcome.Unmoved unmoved = (MoveOutcome.Unmoved) end.outcome();
    boolean bySomebodyElse = switch (unmoved.reason()) {
      case SOURCE_NOT_ACTIVE, DESTINATION_ACTIVE -> true;
      default -> false;
    };
    if (!bySomebodyElse && !emptied.contains(end.source())) {
      expectState(stage, end.source(), vbucket, Set.of("active"), "I4", true, found);
      if (!stage.ownerInMap(vbucket).equals(end.source())) {
        found.add("I4: vb:" + vbucket + " was not moved, but the map says " + stage.ownerInMap(vbucket));
      }
    }
    if (unmoved.residue().isEmpty() && !bySomebodyElse) {
      expectState(stage, end.destination(), vbucket, Set.of("absent", "replica", "dead"), "I4", true, found);
    }
    if (unmoved.detail().isEmpty()) {
      found.add("I4: vb:" + vbucket + " was not moved, and no reason was told");
    }
    stage.openStreams(vbucket)
        .forEach(stream -> found.add("I4: after the undone move of vb:" + vbucket + " " + stream));
  }

  private static void expectState(
      Stage stage, String node, int vbucket, Set<String> allowed, String invariant, boolean known, List<String> found) {
    Optional<VBucketState> state = stage.state(node, vbucket);
    String word = state.map(VBucketState::wireName).orElse("absent");
    if (known && !allowed.contains(word)) {
      found.add(invariant + ": vb:" + vbucket + " is " + word + " on " + node + ", expected "
          + String.join(" or ", new TreeSet<>(allowed)));
    }
  }
}
