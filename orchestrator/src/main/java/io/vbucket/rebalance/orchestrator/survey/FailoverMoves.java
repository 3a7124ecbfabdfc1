package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graceful failover: every vBucket that is active on one of these nodes becomes active on a node that holds a replica, and the two change
 * places, so that no copy is built and none is dropped. Pure.
 *
 * @param map the chains as the nodes have them, by node name
 * @param leaving names of the nodes that shall have no active any more
 */
record FailoverMoves(String bucket, VBucketMap map, Set<String> leaving) {

  /**
   * The moves; each active goes to the replica whose node has the fewest by then.
   *
   * @param reasons takes why not, when a vBucket has no replica elsewhere
   */
  List<Move> moves(List<String> reasons) {
    Map<String, Integer> actives = new HashMap<>();
    for (int vbucket = 0; vbucket < map.numVBuckets(); vbucket++) {
      if (map.active(vbucket) != null) {
        actives.merge(map.active(vbucket), 1, Integer::sum);
      }
    }
    List<Move> moves = new ArrayList<>();
    List<Integer> alone = new ArrayList<>();
    for (int vbucket = 0; vbucket < map.numVBuckets(); vbucket++) {
      List<String> chain = map.chain(vbucket);
      if (chain.get(0) == null || !leaving.contains(chain.get(0))) {
        continue;
      }
      String next = null;
      for (String node : chain.subList(1, chain.size())) {
        boolean candidate = node != null && !leaving.contains(node);
        if (candidate && (next == null || actives.getOrDefault(node, 0) < actives.getOrDefault(next, 0))) {
          next = node;
        }
      }
      if (next == null) {
        alone.add(vbucket);
      } else {
        actives.merge(next, 1, Integer::sum);
        moves.add(new Move(bucket, vbucket, chain, exchanged(chain, next), 0));
      }
    }
    if (!alone.isEmpty()) {
      reasons.add(alone.size() + " vBuckets that are active on " + String.join(", ", leaving)
          + " have no replica elsewhere, vb:"
          + alone.get(0)
          + " the first of them: there is nothing to fail over to. Remove the node instead, which copies them");
    }
    return moves;
  }

  private static List<String> exchanged(List<String> chain, String next) {
    List<String> after = new ArrayList<>(chain);
    after.set(after.indexOf(next), chain.get(0));
    after.set(0, next);
    return after;
  }
}
