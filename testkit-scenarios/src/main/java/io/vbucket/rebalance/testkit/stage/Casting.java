package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.Scenario;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Which nodes of a cluster file play the nodes of a script. By name when the file has all of the script's names; otherwise the owner of each
 * vBucket that shall move plays the node that owns it in the script, and the others follow in the order of the file. A node to which the
 * script moves a vBucket holds no copy of it: a script knows of no replica there, which would change places with the active.
 *
 * @param roles node of the file by node of the script, in the order of the script
 * @param others the file's other nodes
 */
record Casting(Map<String, NodeAddress> roles, List<NodeAddress> others) {
  /**
   * @param chainOf addresses of the nodes that hold a vBucket now, active first, null for a hole
   * @throws IllegalArgumentException when the script cannot be played by these nodes; says why
   */
  static Casting of(Scenario scenario, List<NodeAddress> nodes, IntFunction<List<String>> chainOf) {
    List<String> names = scenario.cluster().nodes();
    boolean byName = nodes.stream().map(NodeAddress::name).toList().containsAll(names);
    Map<String, NodeAddress> cast = new LinkedHashMap<>();
    if (byName) {
      names.forEach(name -> cast.put(name, named(name, nodes)));
    }
    for (int vbucket : moved(scenario.ask())) {
      String role = scenario.cluster().owner(vbucket);
      String server = chainOf.apply(vbucket).get(0);
      NodeAddress owner = nodes.stream()
          .filter(node -> node.hostAndPort().equals(server))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException(
              "vb:" + vbucket + " belongs to " + server + ", expected a node of the cluster file"));
      NodeAddress before = cast.putIfAbsent(role, owner);
      if (before != null && !before.equals(owner)) {
        throw new IllegalArgumentException("vb:" + vbucket + " belongs to " + owner.name() + ", but the script's "
            + role + " is " + before.name() + "; take another vBucket");
      }
    }
    if (cast.values().stream().distinct().count() < cast.size()) {
      throw new IllegalArgumentException("one node would play two of the script: " + text(cast)
          + "; take vBuckets of different nodes");
    }
    List<NodeAddress> left = new ArrayList<>(nodes);
    left.removeAll(cast.values());
    Map<String, NodeAddress> roles = new LinkedHashMap<>();
    for (String name : names) {
      if (!cast.containsKey(name) && left.isEmpty()) {
        throw new IllegalArgumentException("the script has " + names.size() + " nodes, the cluster file "
            + nodes.size() + "; expected at least as many");
      }
      NodeAddress plays = cast.containsKey(name) ? cast.get(name) : choose(name, scenario, left, chainOf);
      refuseHolder(name, plays, scenario, chainOf);
      left.remove(plays);
      roles.put(name, plays);
    }
    left.stream().filter(node -> names.contains(node.name())).findFirst().ifPresent(node -> {
      throw new IllegalArgumentException(
          "the cluster file has a node " + node.name() + " that does not play the script's "
              + node.name() + "; give all nodes of the script the cluster file's names, or none");
    });
    return new Casting(roles, left);
  }

  /** A node that gets no vBucket leaves those that hold nothing to the others. */
  private static NodeAddress choose(
      String role, Scenario scenario, List<NodeAddress> left, IntFunction<List<String>> chainOf) {
    List<Integer> gets = arriving(role, scenario.ask());
    List<Integer> asked = gets.isEmpty() ? moved(scenario.ask()) : gets;
    return left.stream()
        .filter(node -> gets.isEmpty() != held(node, asked, chainOf).isEmpty())
        .findFirst()
        .orElse(left.get(0));
  }

  private static void refuseHolder(
      String role, NodeAddress node, Scenario scenario, IntFunction<List<String>> chainOf) {
    held(node, arriving(role, scenario.ask()), chainOf).stream().findFirst().ifPresent(vbucket -> {
      throw new IllegalArgumentException("vb:" + vbucket + " shall move to " + role + ", played by " + node.name()
          + ", which holds a replica of it: that would change places with the active, and a script without replicas"
          + " expects none; take another vBucket, names of nodes that the cluster file has not, or a cluster with a"
          + " node that holds no copy of it");
    });
  }

  private static List<Integer> held(NodeAddress node, List<Integer> vbuckets, IntFunction<List<String>> chainOf) {
    return vbuckets.stream().filter(vbucket -> chainOf.apply(vbucket).contains(node.hostAndPort())).toList();
  }

  /** The vBuckets that a script moves to this node of it. */
  private static List<Integer> arriving(String role, Ask ask) {
    if (ask instanceof Ask.OneMove move) {
      return move.to().equals(role) ? List.of(move.vbucket()) : List.of();
    }
    return moved(ask).stream()
        .filter(vbucket -> ask instanceof Ask.Moves moves && role.equals(moves.newOwners().get(vbucket)))
        .toList();
  }

  /** The vBuckets that a script moves. */
  static List<Integer> moved(Ask ask) {
    if (ask instanceof Ask.OneMove move) {
      return List.of(move.vbucket());
    }
    return ask instanceof Ask.Moves moves ? moves.newOwners().keySet().stream().sorted().toList() : List.of();
  }

  private static NodeAddress named(String name, List<NodeAddress> nodes) {
    return nodes.stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
  }

  /** For people. */
  String text() {
    return text(roles);
  }

  private static String text(Map<String, NodeAddress> roles) {
    return roles.entrySet().stream()
        .map(role -> role.getKey() + " = " + role.getValue().name() + " (" + role.getValue().hostAndPort() + ")")
        .collect(Collectors.joining(", "));
  }

  /** All nodes by the names that they have in a run: the script's for those that play, the file's for the others. */
  List<NodeAddress> asNamedInScript() {
    List<NodeAddress> all = new ArrayList<>();
    roles.forEach((name, node) -> all.add(new NodeAddress(name, node.host(), node.port())));
    all.addAll(others);
    return all;
  }
}
