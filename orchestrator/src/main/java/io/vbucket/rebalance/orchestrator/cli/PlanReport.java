package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.plan.MapPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What a rebalance would do; the field names are those of its JSON and stay as they are.
 *
 * @param chains node names by vBucket, active first, null for a hole: the map when all moves are made
 * @param copies copies to be built
 * @param copiesBound proven to be needed at least, whatever the plan
 * @param takeovers vBuckets that get another active
 * @param takeoversBound proven to be needed at least
 * @param seconds that planning took
 * @param bytes of all copies to be built, 0 when sizes are unknown
 * @param balance loads of the nodes afterwards, null when moves were asked for one by one
 * @param notes what these nodes cannot have
 * @param moves vBuckets whose active is another one afterwards, or whose replicas are
 * @param activesBefore active vBuckets by node, in the order of the cluster file or of the input
 * @param activesAfter the same when all moves are made
 */
record PlanReport(List<List<String>> chains, int copies, int copiesBound, int takeovers, int takeoversBound,
    double seconds, long bytes, MapPlan.Balance balance, List<String> notes, List<PlannedMove> moves,
    Map<String, Integer> activesBefore, Map<String, Integer> activesAfter) {

  /** One chain changes; source and destination are the same when only replicas do. */
  record PlannedMove(int vbucket, String source, String destination, List<String> before, List<String> after) {}

  /**
   * @param nodes to be told, in this order
   * @param before the map as it is, null for a new bucket
   */
  static PlanReport of(List<String> nodes, VBucketMap before, MapPlan plan) {
    return new PlanReport(chains(plan.target()), plan.copies(), plan.copiesBound(), plan.takeovers(),
        plan.takeoversBound(), plan.seconds(), plan.bytes(), plan.balance(), plan.notes(),
        plan.moves().stream().map(PlanReport::planned).toList(), actives(nodes, before),
        actives(nodes, plan.target()));
  }

  /** Moves that were asked for one by one: no others will do, so the bounds are what they need. */
  static PlanReport asked(List<String> nodes, VBucketMap before, List<Move> moves) {
    Map<Integer, List<String>> changes = new HashMap<>();
    moves.forEach(move -> changes.put(move.vbucket(), move.after()));
    VBucketMap after = before.with(changes);
    int copies = moves.stream().mapToInt(move -> move.built().size()).sum();
    int takeovers = Math.toIntExact(moves.stream().filter(Move::isTakeover).count());
    long bytes = moves.stream().mapToLong(move -> move.built().size() * move.bytes()).sum();
    return new PlanReport(chains(after), copies, copies, takeovers, takeovers, 0, bytes, null, List.of(),
        moves.stream().map(PlanReport::planned).toList(), actives(nodes, before), actives(nodes, after));
  }

  private static List<List<String>> chains(VBucketMap map) {
    return IntStream.range(0, map.numVBuckets()).mapToObj(map::chain).toList();
  }

  private static PlannedMove planned(Move move) {
    return new PlannedMove(move.vbucket(), move.source(), move.destination(), move.before(), move.after());
  }

  private static Map<String, Integer> actives(List<String> nodes, VBucketMap map) {
    Map<String, Integer> actives = new LinkedHashMap<>();
    nodes.forEach(node -> actives.put(node, 0));
    for (int vbucket = 0; map != null && vbucket < map.numVBuckets(); vbucket++) {
      if (map.active(vbucket) != null) {
        actives.merge(map.active(vbucket), 1, Integer::sum);
      }
    }
    return actives;
  }

  /** One without a map has no active before, and gets all of them. */
  private boolean isOfNewBucket() {
    return activesBefore.values().stream().allMatch(count -> count == 0)
        && activesAfter.values().stream().anyMatch(count -> count > 0);
  }

  /** The plan for a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (moves.isEmpty()) {
      lines.add(isOfNewBucket()
          ? "no copy has to be moved: the bucket is new"
          : "nothing to move: all is as it was asked for");
    } else {
      Map<String, Integer> pairs = new TreeMap<>();
      moves.stream().filter(move -> move.source() != null && !move.source().equals(move.destination()))
          .forEach(move -> pairs.merge(move.source() + " -> " + move.destination(), 1, Integer::sum));
      lines.add(String.format(Locale.ROOT, "%,d %s", moves.size(), moves.size() == 1 ? "move" : "moves"));
      pairs.forEach((pair, count) -> lines.add(String.format(Locale.ROOT, "  %-24s %,7d", pair, count)));
      lines.add(String.format(Locale.ROOT, "%-26s %7s %7s", "", "planned", "at least"));
      lines.add(String.format(Locale.ROOT, "  %-24s %,7d %,8d", "copies to build", copies, copiesBound));
      lines.add(String.format(Locale.ROOT, "  %-24s %,7d %,8d", "takeovers", takeovers, takeoversBound));
    }
    lines.add(String.format(Locale.ROOT, "%-26s %7s %7s", "active vBuckets", "before", "after"));
    activesBefore.forEach((node, count) -> lines.add(
        String.format(Locale.ROOT, "  %-24s %,7d %,7d", node, count, activesAfter.getOrDefault(node, 0))));
    notes.forEach(note -> lines.add("note: " + note));
    return lines;
  }
}
