package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Finds the nodes that hold nothing any more once all moves are done: somebody waits to take them away. */
final class LeavingNodes {
  private LeavingNodes() {}

  /**
   * @param config the map as it is before the moves
   * @param serverOf what the map calls a node, by its name
   * @return names of nodes, as in the moves
   */
  static Set<String> of(BucketConfig config, List<Move> moves, UnaryOperator<String> serverOf) {
    Map<Integer, Move> byVBucket = new HashMap<>();
    moves.forEach(move -> byVBucket.put(move.vbucket(), move));
    Set<String> kept = new HashSet<>();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      Move move = byVBucket.get(vbucket);
      if (move == null) {
        kept.addAll(config.chain(vbucket));
      } else {
        move.after().stream().filter(Objects::nonNull).map(serverOf).forEach(kept::add);
      }
    }
    return moves.stream()
        .flatMap(move -> move.before().stream())
        .filter(node -> node != null && !kept.contains(serverOf.apply(node)))
        .collect(Collectors.toSet());
  }
}
