package io.vbucket.rebalance.orchestrator.replication;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which streams shall run: those of the map, without the vBuckets that somebody else has. No actors; belongs to one keeper and is touched by it
 * alone.
 */
final class WantedStreams {
  private final String bucket;
  private final Map<Integer, List<String>> chains = new TreeMap<>();
  private final Set<Integer> lent = new HashSet<>();

  WantedStreams(String bucket) {
    this.bucket = bucket;
  }

  /**
   * Another map is true. What is lent is told by whoever gives it back.
   *
   * @param map node names by vBucket, active first, null for a hole
   */
  void adopt(Map<Integer, ? extends List<String>> map) {
    chains.keySet().retainAll(lent);
    map.forEach((vbucket, chain) -> {
      if (!lent.contains(vbucket)) {
        chains.put(vbucket, List.copyOf(held(chain)));
      }
    });
  }

  /** From now on nothing of this vBucket shall run. */
  void lend(int vbucket) {
    lent.add(vbucket);
  }

  /** @param chain as it is now; empty when nobody knows, and then nothing is replicated */
  void giveBack(int vbucket, List<String> chain) {
    lent.remove(vbucket);
    chains.put(vbucket, List.copyOf(held(chain)));
  }

  Set<Integer> lent() {
    return Set.copyOf(lent);
  }

  /** The active and the replicas that there are; nobody when there is no active. */
  private static List<String> held(List<String> chain) {
    return chain.isEmpty() || chain.get(0) == null
        ? List.of()
        : chain.stream().filter(node -> node != null).toList();
  }

  /** Every stream that shall run, each from an active to a replica. */
  Set<Move> streams() {
    Set<Move> streams = new LinkedHashSet<>();
    chains.keySet().forEach(vbucket -> streams.addAll(streamsOf(vbucket)));
    return streams;
  }

  List<Move> streamsOf(int vbucket) {
    List<String> chain = lent.contains(vbucket) ? List.of() : chains.getOrDefault(vbucket, List.of());
    List<Move> streams = new ArrayList<>();
    chain.stream().skip(1).forEach(node -> streams.add(new Move(bucket, vbucket, chain.get(0), node)));
    return streams;
  }
}
