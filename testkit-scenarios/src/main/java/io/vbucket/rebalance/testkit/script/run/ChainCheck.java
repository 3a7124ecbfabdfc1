package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.HeldCopy;
import io.vbucket.rebalance.testkit.node.NodeSteering;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.stage.Seen;
import io.vbucket.rebalance.testkit.stage.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * I2, I3 and I4 for vBuckets with replicas. Follows which chain each must have by what the orchestrator tells; at the end the map must say so,
 * and every node hold just that: its copy, with the items of the active, and no other; streams where replication is kept and nowhere else; and
 * the active must know its topology.
 */
final class ChainCheck {
  private final ClusterShape shape;
  /** Somebody else changes the map or states, or who moves is killed: then the map says which chains are true. */
  private final boolean mapDecides;
  private final boolean writes;
  /** The chain of each vBucket by what was told; without those that somebody must look at. */
  private final Map<Integer, List<String>> chains = new HashMap<>();
  private final Map<Integer, List<String>> planned = new HashMap<>();
  /** vBuckets of which was told that something is left on nodes. */
  private final Set<Integer> withResidue = new HashSet<>();
  private final Set<Integer> moved = new HashSet<>();
  private final Set<String> restarted = new HashSet<>();
  private final Map<Integer, Map<String, Long>> seqnosAtFirst = new LinkedHashMap<>();

  ChainCheck(Scenario scenario) {
    this.shape = scenario.cluster();
    List<Action> actions = scenario.steps().stream()
        .filter(Step.When.class::isInstance)
        .flatMap(step -> ((Step.When) step).actions().stream())
        .toList();
    this.mapDecides = actions.stream().anyMatch(action -> action instanceof Action.KillOrchestrator
        || action instanceof Action.SetState || action instanceof Action.NewerMap || action instanceof Action.Repair);
    this.writes = shape.writers() > 0 || actions.stream().anyMatch(Action.Write.class::isInstance);
    for (int vbucket = 0; vbucket < shape.vbuckets(); vbucket++) {
      chains.put(vbucket, shape.chains().get(vbucket));
    }
  }

  /** Whether there is something to look at: without replicas, nobody holds a second copy for long. */
  boolean isDue() {
    return shape.replicas() > 0;
  }

  /** Before anything is asked: how far all copies have come. */
  void begin(Stage stage) {
    for (int vbucket = 0; isDue() && vbucket < shape.vbuckets(); vbucket++) {
      Map<String, Long> seqnos = new HashMap<>();
      for (String node : shape.nodes()) {
        stage.copy(node, vbucket).ifPresent(copy -> seqnos.put(node, copy.highSeqno()));
      }
      seqnosAtFirst.put(vbucket, seqnos);
    }
  }

  synchronized void note(Seen seen) {
    if (seen instanceof Seen.OfProcess process && !process.up()) {
      restarted.add(process.node());
    } else if (seen instanceof Seen.OfEvent told && told.event() instanceof RebalanceEvent.RebalancePlanned plan) {
      for (PlannedRebalance.PlannedMove move : plan.plan().moves()) {
        planned.put(move.vbucket(), move.chainAfter());
      }
    } else if (seen instanceof Seen.OfEvent told && told.event() instanceof RebalanceEvent.MoveEnded end) {
      ended(end.vbucket(), end.outcome());
    }
  }

  private void ended(int vbucket, MoveOutcome outcome) {
    if (outcome instanceof MoveOutcome.Moved done) {
      chains.computeIfPresent(vbucket, (any, before) -> planned.getOrDefault(vbucket, before));
      moved.add(vbucket);
      residue(vbucket, done.residue());
    } else if (outcome instanceof MoveOutcome.Unmoved undone) {
      residue(vbucket, undone.residue());
    } else {
      chains.remove(vbucket);
    }
  }

  private void residue(int vbucket, String residue) {
    if (residue.isEmpty()) {
      withResidue.remove(vbucket);
    } else {
      withResidue.add(vbucket);
    }
  }

  /**
   * What is not as it must be once nothing happens any more and nobody writes.
   *
   * @param down nodes that cannot be asked
   */
  List<String> atEnd(Stage stage, Set<String> down) {
    List<String> found = new ArrayList<>();
    Map<Integer, List<String>> due;
    synchronized (this) {
      due = new LinkedHashMap<>(chains);
    }
    due.forEach((vbucket, chain) -> {
      List<String> inMap = stage.chainInMap(vbucket);
      if (!mapDecides && !inMap.equals(chain)) {
        found.add((moved.contains(vbucket) ? "I3" : "I4") + ": the chain of vb:" + vbucket + " must be " + chain
            + ", but the map says " + inMap);
      } else {
        look(stage, vbucket, inMap, down, found);
      }
    });
    return found;
  }

  private void look(Stage stage, int vbucket, List<String> chain, Set<String> down, List<String> found) {
    Map<String, HeldCopy> copies = new LinkedHashMap<>();
    for (String node : shape.nodes()) {
      Optional<HeldCopy> copy = stage.copy(node, vbucket);
      copy.ifPresent(held -> copies.put(node, held));
      int place = chain.indexOf(node);
      boolean told = place < 0 && withResidue.contains(vbucket);
      String expected = place < 0 ? "absent" : place == 0 ? "active" : "replica";
      String state = copy.map(held -> held.state().wireName()).orElse("absent");
      if (!down.contains(node) && !told && !state.equals(expected)) {
        found.add("I3: vb:" + vbucket + " is " + state + " on " + node + ", expected " + expected + " by the chain "
            + chain);
      }
    }
    HeldCopy active = copies.get(chain.get(0));
    if (active == null || active.state() != VBucketState.ACTIVE) {
      return;
    }
    boolean topologyIsKnown = shape.versions().get(chain.get(0)).equals("7.6") && !restarted.contains(chain.get(0));
    String topology = NodeSteering.topologyOf(chain);
    if (topologyIsKnown && !mapDecides && !active.topology().equals(topology)) {
      found.add("I3: " + chain.get(0) + " was told for vb:" + vbucket + " the topology " + active.topology()
          + ", expected " + topology);
    }
    List<String> replicas = chain.stream().skip(1).filter(Objects::nonNull).filter(copies::containsKey).toList();
    replicas.forEach(node -> compare(vbucket, node, copies.get(node), active, found));
    lookAtStreams(vbucket, chain.get(0), replicas, copies, found);
  }

  private void compare(int vbucket, String node, HeldCopy copy, HeldCopy active, List<String> found) {
    String what = "I2: the replica of vb:" + vbucket + " on " + node + " ";
    copy.differencesFrom(active).forEach(difference -> found.add(what + difference));
    if (restarted.contains(node)) {
      return;
    }
    Map<String, Long> atFirst = seqnosAtFirst.getOrDefault(vbucket, Map.of());
    // Whoever belongs to a chain that was moved to has been filled and waited for since.
    long least = moved.contains(vbucket)
        ? atFirst.getOrDefault(shape.owner(vbucket), 0L)
        : atFirst.getOrDefault(node, 0L);
    boolean mustBeEqual = shape.keepsReplicating() || !writes;
    if (copy.highSeqno() < (mustBeEqual ? active.highSeqno() : least)) {
      found.add(what + "has come to seqno " + copy.highSeqno() + " only, expected "
          + (mustBeEqual ? active.highSeqno() + " as the active" : "at least " + least));
    }
  }

  private void lookAtStreams(
      int vbucket, String active, List<String> replicas, Map<String, HeldCopy> copies, List<String> found) {
    copies.forEach((node, copy) -> {
      boolean filling = shape.keepsReplicating() && replicas.contains(node);
      if (copy.filling() != filling) {
        found.add("I3: vb:" + vbucket + " on " + node + (filling
            ? " is filled by no stream, though replication is kept"
            : " is still filled by a stream"));
      }
      int fed = shape.keepsReplicating() && node.equals(active) ? replicas.size() : 0;
      if (copy.fed() != fed) {
        found.add("I3: " + node + " sends " + copy.fed() + " streams of vb:" + vbucket + ", expected " + fed);
      }
    });
  }
}
