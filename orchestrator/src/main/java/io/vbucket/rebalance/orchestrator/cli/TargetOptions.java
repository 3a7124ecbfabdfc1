package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
      names = "--replicas",
      paramLabel = "N",
      description = "Replicas that every vBucket shall have, 0 to 3. Default: as many as the bucket has.")
  private Integer replicas;

  @Option(
      names = "--group",
      paramLabel = "NODE=GROUP",
      split = ",",
      description = "Server group of a node; may be repeated. A vBucket's copies are spread over groups; a node without one is a group of its"
          + " own.")
  private Map<String, String> groups = Map.of();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /**
   * @throws ParameterException when a name is not in the cluster file, or both added and removed
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
      if (!(add.isEmpty() && remove.isEmpty())) {
        throw wrong("--fail-over goes alone: add or remove nodes afterwards");
      }
      return RebalanceRequest.failingOver(failOver.toArray(String[]::new));
    }
    check("--group", groups.keySet(), names, options);
    try {
      RebalanceRequest request = new RebalanceRequest(add, remove).withGroups(groups);
      return replicas == null ? request : request.withReplicas(replicas);
    } catch (IllegalArgumentException wrong) {
      throw wrong("--replicas " + replicas + ": " + wrong.getMessage());
    }
  }

  boolean areGiven() {
    return !(add.isEmpty() && remove.isEmpty() && failOver.isEmpty() && replicas == null);
  }

  boolean isEmpty() {
    return add.isEmpty() && remove.isEmpty() && failOver.isEmpty();
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
