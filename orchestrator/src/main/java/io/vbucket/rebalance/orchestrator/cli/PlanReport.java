package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a rebalance would do; the field names are those of its JSON and stay as they are.
 *
 * @param activesBefore active vBuckets by node, in the order of the cluster file
 * @param activesAfter the same when all moves are made
 */
record PlanReport(List<PlannedMove> moves, Map<String, Integer> activesBefore, Map<String, Integer> activesAfter) {

  /** One vBucket changes its owner. */
  record PlannedMove(int vbucket, String source, String destination) {}

  static PlanReport of(ClusterFile cluster, Readiness.Ready plan) {
    Map<String, String> namesByServer = new LinkedHashMap<>();
    Map<String, Integer> before = new LinkedHashMap<>();
    for (NodeAddress node : cluster.nodes()) {
      namesByServer.put(node.hostAndPort(), node.name());
      before.put(node.name(), 0);
    }
    for (int vbucket = 0; vbucket < plan.config().numVBuckets(); vbucket++) {
      String owner = plan.config().owner(vbucket);
      if (owner != null) {
        before.merge(namesByServer.get(owner), 1, Integer::sum);
      }
    }
    Map<String, Integer> after = new LinkedHashMap<>(before);
    plan.moves().forEach(move -> {
      if (move.source() != null) {
        after.merge(move.source(), -1, Integer::sum);
      }
      after.merge(move.destination(), 1, Integer::sum);
    });
    List<PlannedMove> moves = plan.moves().stream()
        .map(move -> new PlannedMove(move.vbucket(), move.source(), move.destination()))
        .toList();
    return new PlanReport(moves, before, after);
  }

  /** The plan for a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (moves.isEmpty()) {
      lines.add("nothing to move: every node has its share");
    } else {
      Map<String, Integer> pairs = new TreeMap<>();
      moves.forEach(move -> pairs.merge(move.source() + " -> " + move.destination(), 1, Integer::sum));
      lines.add(String.format(Locale.ROOT, "%,d %s", moves.size(), moves.size() == 1 ? "move" : "moves"));
      pairs.forEach((pair, count) -> lines.add(String.format(Locale.ROOT, "  %-24s %,7d", pair, count)));
    }
    lines.add(String.format(Locale.ROOT, "%-26s %7s %7s", "active vBuckets", "before", "after"));
    activesBefore.forEach((node, count) -> lines.add(
        String.format(Locale.ROOT, "  %-24s %,7d %,7d", node, count, activesAfter.get(node))));
    return lines;
  }
}
