package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Looks at every map of a small request and keeps the cheapest that breaks no rule: copies first, then takeovers. */
final class Exhaustive {
  private final PlanRequest request;
  private final PlanRules rules;
  private final List<List<List<String>>> options = new ArrayList<>();
  private final List<List<String>> chosen = new ArrayList<>();
  private final Map<String, int[]> counts = new HashMap<>();
  private final int most;
  private int bestCost = Integer.MAX_VALUE;

  private Exhaustive(PlanRequest request) {
    this.request = request;
    this.rules = new PlanRules(request);
    int nodes = request.keepNodes().size();
    this.most = (request.numVBuckets() + nodes - 1) / nodes;
    request.keepNodes().forEach(node -> counts.put(node, new int[request.numReplicas() + 1]));
    for (int v = 0; v < request.numVBuckets(); v++) {
      List<List<String>> chains = new ArrayList<>();
      chains(new ArrayList<>(), chains);
      int vbucket = v;
      chains.sort(Comparator.comparingInt(chain -> cost(vbucket, chain)));
      options.add(chains);
    }
  }

  /** {@code {copies, takeovers}} of the cheapest map, or null when every map breaks a rule. */
  static int[] cheapest(PlanRequest request) {
    Exhaustive search = new Exhaustive(request);
    search.choose(0);
    return search.bestCost == Integer.MAX_VALUE ? null : new int[] {search.bestCost / 1000, search.bestCost % 1000};
  }

  private void chains(List<String> begun, List<List<String>> all) {
    int length = Math.min(request.keepNodes().size(), request.numReplicas() + 1);
    if (begun.size() == length) {
      all.add(new ArrayList<>(begun));
      return;
    }
    for (String node : request.keepNodes()) {
      if (!begun.contains(node)) {
        begun.add(node);
        chains(begun, all);
        begun.remove(begun.size() - 1);
      }
    }
  }

  private int cost(int v, List<String> chain) {
    Move move = new Move("", v, request.current().chain(v), chain, 0);
    boolean empty = move.before().stream().allMatch(node -> node == null);
    return (empty ? 0 : 1000 * move.built().size()) + (move.isTakeover() ? 1 : 0);
  }

  private int choose(int costSoFar) {
    int v = chosen.size();
    if (v == request.numVBuckets()) {
      if (costSoFar < bestCost && rules.broken(VBucketMap.of(request.numReplicas(), chosen)).isEmpty()) {
        bestCost = costSoFar;
      }
      return bestCost;
    }
    for (List<String> chain : options.get(v)) {
      int cost = costSoFar + cost(v, chain);
      if (cost >= bestCost) {
        break;
      }
      if (count(chain, 1)) {
        chosen.add(chain);
        choose(cost);
        chosen.remove(v);
      }
      count(chain, -1);
    }
    return bestCost;
  }

  private boolean count(List<String> chain, int by) {
    boolean fits = true;
    for (int position = 0; position < chain.size(); position++) {
      int[] at = counts.get(chain.get(position));
      at[position] += by;
      fits &= at[position] <= most;
    }
    return fits;
  }
}
