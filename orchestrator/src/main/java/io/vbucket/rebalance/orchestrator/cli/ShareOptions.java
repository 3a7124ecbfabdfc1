package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.orchestrator.PlanTerms;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how vBuckets are to be shared out among nodes. */
final class ShareOptions {
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

  @Option(
      names = "--weight",
      paramLabel = "NODE=NUMBER",
      split = ",",
      description = "Capacity of a node, any number above 0: with 2 it gets twice as many copies as with 1; may be repeated. Default: 1.")
  private Map<String, Double> weights = Map.of();

  @Option(
      names = "--locked",
      paramLabel = "VBUCKET",
      split = ",",
      description = "A vBucket, or a range such as 100-110, whose chain stays as it is; may be repeated.")
  private List<String> locked = List.of();

  @Option(
      names = "--max-partners",
      paramLabel = "N",
      description = "Most nodes that one node replicates to, and receives from; 1 or more. Default: 10.")
  private Integer maxPartners;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides among plans that are equally good: the same map and options with the same seed give the same plan. Default: 1.")
  private Long seed;

  @Option(
      names = "--past-report",
      paramLabel = "FILE",
      description = "Report or events of an earlier rebalance (run --report, run --events), such as the one that took away a node which now"
          + " comes back: the map from before it is taken again where that obeys the rules and needs about as few copies as the best plan;"
          + " may be repeated.")
  private List<Path> pastReports = List.of();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether any of these options was given. */
  boolean areGiven() {
    boolean lists = !(groups.isEmpty() && weights.isEmpty() && locked.isEmpty() && pastReports.isEmpty());
    return lists || replicas != null || maxPartners != null || seed != null;
  }

  /** The nodes that options name, by option. */
  Map<String, Set<String>> namedNodes() {
    return Map.of("--group", groups.keySet(), "--weight", weights.keySet());
  }

  /**
   * @throws ParameterException when a value is out of its range, or a file is no report
   */
  RebalanceRequest of(RebalanceRequest request, ClusterFile cluster, ClusterOptions options) {
    options.refuseWithSeveral(cluster, "--locked", !locked.isEmpty());
    RebalanceRequest shared = request.withGroups(groups).withTerms(terms());
    try {
      return replicas == null ? shared : shared.withReplicas(replicas);
    } catch (IllegalArgumentException wrong) {
      throw wrong("--replicas " + replicas + ": " + wrong.getMessage());
    }
  }

  private PlanTerms terms() {
    try {
      Set<Integer> numbers = new TreeSet<>();
      locked.forEach(text -> numbers.addAll(VBucketNumbers.parse("--locked", text)));
      PlanTerms terms = PlanTerms.USUAL.withWeights(weights).withLocked(numbers)
          .withPastMaps(PastReports.maps("--past-report", pastReports));
      terms = maxPartners == null ? terms : terms.withMaxPartners(maxPartners);
      return seed == null ? terms : terms.withSeed(seed);
    } catch (IllegalArgumentException wrong) {
      throw wrong(wrong.getMessage());
    }
  }

  private ParameterException wrong(String what) {
    return new ParameterException(command.commandLine(), what);
  }
}
