package io.vbucket.rebalance.orchestrator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jgrapht.alg.flow.EdmondsKarpMFImpl;
import org.jgrapht.alg.flow.mincost.CapacityScalingMinimumCostFlow;
import org.jgrapht.alg.flow.mincost.MinimumCostFlowProblem;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.DirectedWeightedMultigraph;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;
import org.junit.jupiter.api.Test;

class FlowTest {
  private record Arc(int from, int to, int capacity, int price) {}

  @Property(seed = "3")
  void as_much_flows_as_a_library_says_and_as_cheaply(@ForAll long seed) {
    Random random = new Random(seed);
    int nodes = 2 + random.nextInt(10);
    List<Arc> arcs = new ArrayList<>();
    for (int i = random.nextInt(40); i > 0; i--) {
      int from = random.nextInt(nodes - 1);
      arcs.add(new Arc(from, from + 1 + random.nextInt(nodes - 1 - from), random.nextInt(9), random.nextInt(21) - 6));
    }
    Flow flow = new Flow(nodes);
    int[] numbers = arcs.stream().mapToInt(a -> flow.arc(a.from, a.to, a.capacity, a.price)).toArray();

    long total = flow.run();

    long cost = 0;
    int[] kept = new int[nodes];
    for (int i = 0; i < numbers.length; i++) {
      Arc arc = arcs.get(i);
      int carried = flow.carried(numbers[i]);
      assertThat(carried).as("on %s", arc).isBetween(0, arc.capacity);
      cost += (long) carried * arc.price;
      kept[arc.from] -= carried;
      kept[arc.to] += carried;
    }
    for (int node = 0; node < nodes; node++) {
      assertThat(kept[node]).as("what stays at node %d", node)
          .isEqualTo(node == 0 ? -total : node == nodes - 1 ? total : 0);
    }
    assertThat(total).isEqualTo(greatest(nodes, arcs));
    assertThat(cost).isEqualTo(cheapest(nodes, arcs, (int) total));
  }

  @Test
  void an_arc_must_lead_to_a_higher_node() {
    assertThatThrownBy(() -> new Flow(3).arc(2, 1, 1, 0)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 2 to 1");
  }

  private static long greatest(int nodes, List<Arc> arcs) {
    SimpleDirectedWeightedGraph<Integer, DefaultWeightedEdge> graph =
        new SimpleDirectedWeightedGraph<>(DefaultWeightedEdge.class);
    for (int node = 0; node < nodes; node++) {
      graph.addVertex(node);
    }
    for (Arc arc : arcs) {
      DefaultWeightedEdge edge = graph.addEdge(arc.from, arc.to);
      if (edge == null) {
        edge = graph.getEdge(arc.from, arc.to);
        graph.setEdgeWeight(edge, graph.getEdgeWeight(edge) + arc.capacity);
      } else {
        graph.setEdgeWeight(edge, arc.capacity);
      }
    }
    return Math.round(new EdmondsKarpMFImpl<>(graph).calculateMaximumFlow(0, nodes - 1));
  }

  private static long cheapest(int nodes, List<Arc> arcs, int total) {
    DirectedWeightedMultigraph<Integer, DefaultWeightedEdge> graph =
        new DirectedWeightedMultigraph<>(DefaultWeightedEdge.class);
    Map<DefaultWeightedEdge, Integer> capacity = new HashMap<>();
    for (int node = 0; node < nodes; node++) {
      graph.addVertex(node);
    }
    // On an ascending way from first to last node, a price higher by the height that an arc climbs costs the same for every way.
    int perStep = 6;
    for (Arc arc : arcs) {
      DefaultWeightedEdge edge = graph.addEdge(arc.from, arc.to);
      graph.setEdgeWeight(edge, arc.price + perStep * (arc.to - arc.from));
      capacity.put(edge, arc.capacity);
    }
    var problem = new MinimumCostFlowProblem.MinimumCostFlowProblemImpl<Integer, DefaultWeightedEdge>(graph,
        node -> node == 0 ? total : node == nodes - 1 ? -total : 0, capacity::get, edge -> 0);
    return Math.round(
        new CapacityScalingMinimumCostFlow<Integer, DefaultWeightedEdge>().getMinimumCostFlow(problem).getCost())
        - (long) perStep * (nodes - 1) * total;
  }
}
