package io.vbucket.rebalance.orchestrator.event;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a rebalance is to do. A chain names the nodes of a vBucket's copies, the active first; null stands for a hole.
 *
 * @param runId names the run on the nodes and in their logs
 * @param nodes names of all nodes of the cluster, in the cluster's order
 * @param kept names of the nodes that own vBuckets afterwards
 * @param added of these, the ones that are not in the map yet
 * @param removed names of the nodes that leave
 * @param chains per vBucket, as the map has them
 * @param moves what will change
 */
public record PlannedRebalance(
    String runId,
    List<String> nodes,
    List<String> kept,
    List<String> added,
    List<String> removed,
    List<List<String>> chains,
    List<PlannedMove> moves) {

  /**
   * @param chainBefore the vBucket's chain, as the map has it
   * @param chainAfter the chain that it shall get
   */
  public record PlannedMove(int vbucket, List<String> chainBefore, List<String> chainAfter) {
    public PlannedMove {
      chainBefore = withHoles(chainBefore);
      chainAfter = withHoles(chainAfter);
    }
  }

  public PlannedRebalance {
    nodes = List.copyOf(nodes);
    kept = List.copyOf(kept);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    chains = chains.stream().map(PlannedRebalance::withHoles).toList();
    moves = List.copyOf(moves);
  }

  /** Without the run's name, which is another one in every run: a simulation tells the same story twice. */
  @Override
  public String toString() {
    return moves.size() + " moves, kept " + kept + ", added " + added + ", removed " + removed;
  }

  /** Lists of the JDK that are made to be unchangeable refuse null. */
  private static List<String> withHoles(List<String> chain) {
    return Collections.unmodifiableList(new ArrayList<>(chain));
  }
}
