package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The plan for active copies: every kept node gets the floor or the ceiling of an even share, with the fewest moves. Deterministic.
 */
public final class EvenSplit {
  private EvenSplit() {}

  /**
   * @param owners name of the owner by vBucket; null for a vBucket without an active copy, which is left alone
   * @param kept names of the nodes that shall own vBuckets afterwards, at least one
   */
  public static List<Move> plan(String bucket, List<String> owners, List<String> kept) {
    if (kept.isEmpty()) {
      throw new IllegalArgumentException("no node is left to own the vBuckets of " + bucket);
    }
    Map<String, Integer> counts = new HashMap<>();
    int owned = 0;
    for (String owner : owners) {
      if (owner != null) {
        counts.merge(owner, 1, Integer::sum);
        owned++;
      }
    }
    Map<String, Integer> shares = shares(kept, counts, owned);
    Map<String, Integer> balance = new HashMap<>(counts);
    List<Integer> surplus = new ArrayList<>();
    // From the last vBucket on, so that the first ones stay where they are.
    for (int vbucket = owners.size() - 1; vbucket >= 0; vbucket--) {
      String owner = owners.get(vbucket);
      if (owner != null && balance.get(owner) > shares.getOrDefault(owner, 0)) {
        balance.merge(owner, -1, Integer::sum);
        surplus.add(0, vbucket);
      }
    }
    List<String> places = new ArrayList<>();
    int round = 0;
    boolean more = true;
    // Round robin over the receivers, so that all of them fill at the same time.
    while (more) {
      more = false;
      for (String node : kept) {
        if (shares.get(node) - balance.getOrDefault(node, 0) > round) {
          places.add(node);
          more = true;
        }
      }
      round++;
    }
    List<Move> moves = new ArrayList<>();
    for (int i = 0; i < surplus.size(); i++) {
      int vbucket = surplus.get(i);
      moves.add(new Move(bucket, vbucket, owners.get(vbucket), places.get(i)));
    }
    return List.copyOf(moves);
  }

  /** The larger shares go to those who own most already: each of them saves a move. */
  private static Map<String, Integer> shares(List<String> kept, Map<String, Integer> counts, int owned) {
    int floor = owned / kept.size();
    int larger = owned % kept.size();
    List<String> byCount = new ArrayList<>(kept);
    byCount.sort((a, b) -> Integer.compare(counts.getOrDefault(b, 0), counts.getOrDefault(a, 0)));
    Map<String, Integer> shares = new HashMap<>();
    for (int i = 0; i < byCount.size(); i++) {
      shares.put(byCount.get(i), floor + (i < larger ? 1 : 0));
    }
    return shares;
  }
}
