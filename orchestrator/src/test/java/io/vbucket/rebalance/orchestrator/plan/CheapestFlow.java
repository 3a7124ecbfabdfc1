package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.HashMap;
import java.util.Map;
import org.jgrapht.alg.flow.mincost.CapacityScalingMinimumCostFlow;
import org.jgrapht.alg.flow.mincost.MinimumCostFlowProblem;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;

/** What moving actives without replicas must cost at least, by a library's minimum-cost flow: vBuckets flow to nodes within their shares. */
final class CheapestFlow {
  private CheapestFlow() {}

  /** Bytes to be copied, in the cheapest of all maps that keep the shares. */
  static long bytes(PlanRequest request) {
    PlanSpace space = new PlanSpace(request, Map.of());
    VBucketMap current = request.current();
    long[] bytes = request.bytes();
    SimpleDirectedWeightedGraph<String, DefaultWeightedEdge> graph =
        new SimpleDirectedWeightedGraph<>(DefaultWeightedEdge.class);
    Map<String, Integer> supply = new HashMap<>();
    Map<DefaultWeightedEdge, Integer> lower = new HashMap<>();
    Map<DefaultWeightedEdge, Integer> upper = new HashMap<>();
    graph.addVertex("end");
    supply.put("end", -request.numVBuckets());
    for (int i = 0; i < space.nodes; i++) {
      graph.addVertex(space.names[i]);
      DefaultWeightedEdge edge = graph.addEdge(space.names[i], "end");
      lower.put(edge, space.shares.activeLow[i]);
      upper.put(edge, space.shares.activeHigh[i]);
      graph.setEdgeWeight(edge, 0);
    }
    for (int v = 0; v < request.numVBuckets(); v++) {
      graph.addVertex("vb:" + v);
      supply.put("vb:" + v, 1);
      for (String node : space.names) {
        DefaultWeightedEdge edge = graph.addEdge("vb:" + v, node);
        upper.put(edge, 1);
        graph.setEdgeWeight(edge, node.equals(current.active(v)) ? 0 : bytes[v]);
      }
    }
    var problem = new MinimumCostFlowProblem.MinimumCostFlowProblemImpl<String, DefaultWeightedEdge>(graph,
        vertex -> supply.getOrDefault(vertex, 0), upper::get, edge -> lower.getOrDefault(edge, 0));
    return Math.round(new CapacityScalingMinimumCostFlow<String, DefaultWeightedEdge>().getMinimumCostFlow(problem)
        .getCost());
  }
}
