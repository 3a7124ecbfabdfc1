package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what a rebalance shall reach. Without any, the vBuckets are spread evenly over the nodes that own some. */
final class TargetOptions {
  @Option(
      names = "--add",
      paramLabel = "NODE",
      split = ",",
      description = "Name of a node that shall own vBuckets from now on; may be repeated.")
  private Set<String> add = Set.of();

  @Option(
      names = "--remove",
      paramLabel = "NODE",
      split = ",",
      description = "Name of a node that shall own none any more; may be repeated.")
  private Set<String> remove = Set.of();

  @Option(
      names = "--fail-over",
      paramLabel = "NODE",
      split = ",",
      description = "Graceful failover, alone: the vBuckets that are active on this node become active where their replicas are,"
          + " and it keeps its copies as replicas; may be repeated.")
  private Set<String> failOver = Set.of();

  @Option(
      names = "--move",
      paramLabel = "VBUCKET=NODE",
      split = ",",
      description = "By hand, alone: just this vBucket, or each of a range such as 0-15=n4, becomes active on NODE; may be repeated."
          + " NODE takes the old active's place in the chain, whose copy is deleted; if it holds a replica, the two change places.")
  private List<String> moves = List.of();

  @Mixin
  private ShareOptions shares;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /**
   * @throws ParameterException when a name is not in the cluster file, or both added and removed, or options do not go together
   */
  RebalanceRequest request(ClusterFile cluster, ClusterOptions options) {
    List<String> names = cluster.nodes().stream().map(NodeAddress::name).toList();
    check("--add", add, names, options);
    check("--remove", remove, names, options);
    check("--fail-over", failOver, names, options);
    Set<String> both = new TreeSet<>(add);
    both.retainAll(remove);
    if (!both.isEmpty()) {
      throw wrong("node " + String.join(", ", both) + " is both to be added and to be removed; say one of them");
    }
    if (!failOver.isEmpty()) {
      if (areShared() || !moves.isEmpty()) {
        throw wrong("--fail-over goes alone: ask for the rest afterwards");
      }
      return RebalanceRequest.failingOver(failOver.toArray(String[]::new));
    }
    if (!moves.isEmpty()) {
      if (areShared()) {
        throw wrong("--move goes alone: it moves these vBuckets and no others, so nothing else is planned;"
            + " ask for the rest afterwards");
      }
      options.refuseWithSeveral(cluster, "--move", true);
      SortedMap<Integer, String> byHand = moves();
      check("--move to", Set.copyOf(byHand.values()), names, options);
      return RebalanceRequest.moving(byHand);
    }
    shares.namedNodes().forEach((option, nodes) -> check(option, nodes, names, options));
    return shares.of(new RebalanceRequest(add, remove), cluster, options);
  }

  private SortedMap<Integer, String> moves() {
    SortedMap<Integer, String> nodes = new TreeMap<>();
    for (String move : moves) {
      int sign = move.indexOf('=');
      String node = move.substring(sign + 1).strip();
      if (sign < 1 || node.isEmpty()) {
        throw wrong("--move " + move + ": expected VBUCKET=NODE, such as 17=n4 or 0-15=n4");
      }
      for (int vbucket : numbers(move.substring(0, sign))) {
        String other = nodes.put(vbucket, node);
        if (other != null && !other.equals(node)) {
          throw wrong(
              "--move: vBucket " + vbucket + " cannot go to " + other + " and to " + node + "; say one of them");
        }
      }
    }
    return nodes;
  }

  private List<Integer> numbers(String text) {
    try {
      return VBucketNumbers.parse("--move", text);
    } catch (IllegalArgumentException wrong) {
      throw wrong(wrong.getMessage());
    }
  }

  /** Whether any of these options was given. */
  boolean areGiven() {
    return areShared() || !failOver.isEmpty() || !moves.isEmpty();
  }

  private boolean areShared() {
    return !add.isEmpty() || !remove.isEmpty() || shares.areGiven();
  }

  private void check(String option, Set<String> given, List<String> names, ClusterOptions options) {
    for (String name : new TreeSet<>(given)) {
      if (!names.contains(name)) {
        throw wrong(option + " " + name + ": no such node in " + options.clusterFile() + ", which has "
            + String.join(", ", names));
      }
    }
  }

  private ParameterException wrong(String what) {
    return new ParameterException(command.commandLine(), what);
  }
}
