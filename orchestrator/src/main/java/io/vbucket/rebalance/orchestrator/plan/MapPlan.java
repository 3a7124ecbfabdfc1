package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.List;

/**
 * A target map and what it takes to get there.
 *
 * @param target the map to reach
 * @param moves the vBuckets whose chain changes, in ascending order, of no named bucket; a chain whose replicas only change places is a move without a copy
 * @param copies copies to be built: a node in the new chain that was not in the old one. vBuckets without any copy (a new bucket, all
 *     copies lost) start empty and cost nothing
 * @param copiesBound no plan that keeps the rules needs fewer copies, see {@link LowerBounds}
 * @param takeovers vBuckets whose active changes
 * @param takeoversBound no plan that keeps the rules needs fewer takeovers
 * @param bytes size of all copies to be built, 0 when sizes are unknown
 * @param notes what an operator should know: rules that these nodes cannot keep, holes that stay
 * @param seconds planning time
 */
public record MapPlan(VBucketMap target, List<Move> moves, int copies, int copiesBound, int takeovers,
    int takeoversBound,
    long bytes, Balance balance, List<String> notes, double seconds) {

  public MapPlan {
    moves = List.copyOf(moves);
    notes = List.copyOf(notes);
  }

  /** The same with one more thing that an operator should know. */
  public MapPlan withNote(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new MapPlan(
        target, moves, copies, copiesBound, takeovers, takeoversBound, bytes, balance, more, seconds);
  }

  /**
   * Counts over all nodes of the target map.
   *
   * @param replicasMin fewest replicas at one position on one node
   * @param partnersMin fewest nodes that one node replicates to
   * @param receivedMax most nodes that one node receives replicas from
   * @param pairMax most vBuckets between one active node and one replica node
   */
  public record Balance(int activesMin, int activesMax, int replicasMin, int replicasMax, int partnersMin,
      int partnersMax,
      int receivedMin, int receivedMax, int pairMin, int pairMax) {}
}
