package io.vbucket.rebalance.testkit.bench;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.plan.MapPlan;
import io.vbucket.rebalance.orchestrator.plan.MapPlanner;
import io.vbucket.rebalance.orchestrator.plan.PlanRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Plans for stated topologies: copies and takeovers against what is proven to be needed at least, balance, planning time. Runs on one thread;
 * times are medians after a warm-up.
 */
public final class PlanTable {
  private static final int RUNS = 7;
  private static final int RUNS_OF_LARGE = 3;
  private static final int LARGE = 10_000_000;

  /**
   * @param topology what changes, in words
   * @param copies to be built; the bound is proven
   * @param notes rules that these nodes cannot keep
   * @param seconds median planning time
   */
  public record Row(String topology, int vbuckets, int nodes, int replicas, int copies, int copiesBound, int takeovers,
      int takeoversBound, MapPlan.Balance balance, int notes, double seconds) {}

  private record Topology(String name, PlanRequest before, UnaryOperator<PlanRequest> change) {}

  private PlanTable() {}

  /** Plans all topologies, the largest last; takes about a minute. */
  public static List<Row> run() {
    List<Row> rows = new ArrayList<>();
    List<Topology> topologies = topologies();
    for (Topology topology : topologies.subList(0, 6)) {
      row(topology);
    }
    for (Topology topology : topologies) {
      rows.add(row(topology));
    }
    return List.copyOf(rows);
  }

  private static Row row(Topology topology) {
    PlanRequest request = topology.change.apply(topology.before);
    int runs = (long) request.numVBuckets() * request.keepNodes().size() >= LARGE ? RUNS_OF_LARGE : RUNS;
    double[] seconds = new double[runs];
    MapPlan plan = null;
    for (int run = 0; run < runs; run++) {
      plan = MapPlanner.plan(request);
      seconds[run] = plan.seconds();
    }
    Arrays.sort(seconds);
    return new Row(topology.name, request.numVBuckets(), request.keepNodes().size(), request.numReplicas(),
        plan.copies(), plan.copiesBound(), plan.takeovers(), plan.takeoversBound(), plan.balance(),
        plan.notes().size(), seconds[runs / 2]);
  }

  private static List<Topology> topologies() {
    List<Topology> all = new ArrayList<>();
    all.add(change("3 nodes, 1 added, 1 replica", 1024, 1, 3, 1, 0));
    all.add(change("4 nodes, 1 removed, 1 replica", 1024, 1, 4, 0, 1));
    all.add(change("4 nodes, 1 swapped, 1 replica", 1024, 1, 4, 1, 1));
    all.add(change("4 nodes, 1 added, no replica", 1024, 0, 4, 1, 0));
    all.add(new Topology("100 nodes with a map of another make, 1 added, 2 replicas",
        PlanRequest.from(foreign(1024, 2, 100)),
        request -> request.change(nodes(100, 101), List.of())));
    all.add(change("7 nodes, 1 added, 2 replicas", 1024, 2, 7, 1, 0));
    all.add(change("10 nodes, 5 added, 2 replicas", 1024, 2, 10, 5, 0));
    all.add(change("10 nodes, 3 removed, 1 replica", 1024, 1, 10, 0, 3));
    all.add(change("20 nodes, 2 added, 1 replica", 1024, 1, 20, 2, 0));
    all.add(change("20 nodes, 5 swapped, 3 replicas", 1024, 3, 20, 5, 5));
    all.add(change("50 nodes, 50 added, 2 replicas", 1024, 2, 50, 50, 0));
    all.add(change("100 nodes, 1 added, 1 replica", 1024, 1, 100, 1, 0));
    all.add(change("100 nodes, 1 added, 2 replicas", 1024, 2, 100, 1, 0));
    all.add(change("100 nodes, 1 removed, 2 replicas", 1024, 2, 100, 0, 1));
    all.add(new Topology("100 new nodes, 2 replicas", PlanRequest.forNewBucket(1024, 2, nodes(0, 100)), r -> r));
    all.add(new Topology("6 nodes, 1 replica becomes 2", mapped(PlanRequest.forNewBucket(1024, 1, nodes(0, 6))),
        r -> r.withReplicas(2)));
    all.add(grouped("3 groups of 3, 1 added to each, 2 replicas", 9, 12, 3));
    all.add(grouped("2 groups of 5, 1 added to one, 2 replicas", 10, 11, 2));
    all.add(change("64 vBuckets, 8 nodes, 1 added, 1 replica", 64, 1, 8, 1, 0));
    all.add(change("65536 vBuckets, 1000 nodes, 1 added, 2 replicas", 65_536, 2, 1000, 1, 0));
    return all;
  }

  private static Topology change(String name, int vbuckets, int replicas, int nodes, int added, int removed) {
    String title = name.contains("vBuckets") ? name : name + ", " + vbuckets + " vBuckets";
    return new Topology(title, mapped(PlanRequest.forNewBucket(vbuckets, replicas, nodes(0, nodes))),
        request -> request.change(nodes(nodes, nodes + added), nodes(0, removed)));
  }

  private static Topology grouped(String name, int before, int after, int groups) {
    Map<String, String> byNode = new HashMap<>();
    List<String> all = nodes(0, after);
    for (int i = 0; i < after; i++) {
      byNode.put(all.get(i), "group" + i % groups);
    }
    PlanRequest first = PlanRequest.forNewBucket(1024, 2, nodes(0, before)).withGroups(byNode);
    return new Topology(name, mapped(first), request -> request.change(nodes(before, after), List.of()));
  }

  /** Actives in blocks, replicas in turn on the next ten nodes. */
  private static VBucketMap foreign(int vbuckets, int replicas, int nodes) {
    List<String> names = nodes(0, nodes);
    List<List<String>> chains = new ArrayList<>();
    int[] turn = new int[nodes];
    for (int v = 0; v < vbuckets; v++) {
      int active = v * nodes / vbuckets;
      List<String> chain = new ArrayList<>(List.of(names.get(active)));
      for (int replica = 0; replica < replicas; replica++) {
        chain.add(names.get((active + 1 + turn[active]++ % PlanRequest.DEFAULT_MAX_SLAVES) % nodes));
      }
      chains.add(chain);
    }
    return VBucketMap.of(replicas, chains);
  }

  private static PlanRequest mapped(PlanRequest request) {
    VBucketMap map = MapPlanner.plan(request).target();
    return PlanRequest.from(map).withGroups(request.groups());
  }

  private static List<String> nodes(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> String.format(Locale.ROOT, "n%04d", i)).toList();
  }

  /** The rows as a table in Markdown. Ranges are fewest to most per node. */
  public static String text(List<Row> rows) {
    StringBuilder out = new StringBuilder();
    out.append(
        "| topology | copies | bound | takeovers | bound | actives | replicas per position | replicates to | seconds |\n");
    out.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (Row row : rows) {
      MapPlan.Balance b = row.balance;
      out.append(
          String.format(Locale.ROOT, "| %s | %d | %d | %d | %d | %s | %s | %s | %.3f |%n", row.topology, row.copies,
              row.copiesBound, row.takeovers, row.takeoversBound, range(b.activesMin(), b.activesMax()),
              range(b.replicasMin(), b.replicasMax()), range(b.partnersMin(), b.partnersMax()), row.seconds));
    }
    return out.toString();
  }

  private static String range(int least, int most) {
    return least == most ? "" + least : least + "-" + most;
  }
}
