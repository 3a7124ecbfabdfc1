package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.PinnedPlan;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.plan.MapPlanner;
import io.vbucket.rebalance.orchestrator.plan.PlanException;
import io.vbucket.rebalance.orchestrator.plan.PlanInput;
import io.vbucket.rebalance.orchestrator.plan.PlanRequest;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what a rebalance would do. */
@Command(name = "plan",
    description = {
      "Prints what run with the same options would do: moves per pair of nodes, copies to build, active vBuckets per node. Changes nothing.",
      "It is refused while a run or 'rebalance replicate' is at work on the nodes: what they change would not be in the plan.",
      "With --input it plans from a file, without any cluster."})
final class PlanCommand extends ClusterCommand {
  @Mixin
  private TargetOptions target;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Write the plan to FILE; 'run --plan FILE' carries it out as it is, as long as nobody has changed the map.")
  private Path save;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = {
        "JSON file to plan from, in place of --cluster: numVBuckets (1 to 65536), numReplicas (0 to 3), groups {node: group},",
        "currentMap [[node or null]] or null for a new bucket, keepNodes (the final set, added ones included), addNodes, removeNodes;",
        "optionally weights {node: number}, bytes [per vBucket], locked [vBucket], maxSlaves (default 10), seed, pastMaps [map]."})
  private Path input;

  @Override
  public Integer call() throws ReportFile.UnwritableException {
    ReportFile report = options.report();
    if (input != null) {
      PlanReport figures = fromFile();
      return conclude(figures.lines(), figures, report, ExitCode.COMPLETE);
    }
    RebalanceSettings settings = options.settings();
    ClusterFile cluster = options.cluster();
    RebalanceRequest request = target.request(cluster, options);
    options.refuseWithSeveral(cluster, "--save", save != null);
    ReportFile plan = save == null ? ReportFile.NONE : ReportFile.at("plan file", save);
    List<PinnedPlan> plans = new ArrayList<>();
    BucketFindings findings = askEach(cluster, settings, (bucket, rebalancer) -> {
      Readiness.Ready ready = await(rebalancer.plan(request));
      plans.add(PlanFile.of(bucket, ready));
      PlanReport figures = figures(cluster, ready);
      return new BucketFindings.Finding(figures.lines(), figures, ExitCode.COMPLETE);
    });
    List<ReportFile.Writing> writings = new ArrayList<>();
    plans.forEach(pinned -> writings.add(() -> plan.write(pinned)));
    writings.add(() -> report.write(findings.figures()));
    return conclude(out(), findings.lines(), writings, findings.exitCode());
  }

  private static PlanReport figures(ClusterFile cluster, Readiness.Ready ready) {
    Map<String, String> names = new HashMap<>();
    cluster.nodes().forEach(node -> names.put(node.hostAndPort(), node.name()));
    List<String> nodes = cluster.nodes().stream().map(NodeAddress::name).toList();
    VBucketMap before = ready.config().toMap(names::get);
    return ready.plan().map(found -> PlanReport.of(nodes, before, found))
        .orElseGet(() -> PlanReport.asked(nodes, before, ready.moves()));
  }

  private PlanReport fromFile() {
    if (options.isOnCluster() || target.areGiven() || save != null) {
      throw options.wrong(
          "--input plans without a cluster; leave out --cluster, --bucket, --settings, --save and the options that say what to reach");
    }
    PlanRequest request = read();
    Set<String> nodes = new LinkedHashSet<>(request.keepNodes());
    nodes.addAll(request.removedNodes());
    return PlanReport.of(new ArrayList<>(nodes), request.current(), MapPlanner.plan(request));
  }

  private PlanRequest read() {
    try (var text = Files.newInputStream(input)) {
      return PlanInput.read(text);
    } catch (NoSuchFileException missing) {
      throw options.wrong("--input " + input + ": no such file");
    } catch (IOException failed) {
      throw options.wrong("--input " + input + ": cannot be read: " + failed);
    } catch (PlanException wrong) {
      String where = "\n  " + String.join("\n  ", Listing.of(wrong.problems(), "mend these first"));
      throw options.wrong("--input " + input + ":" + where);
    }
  }
}
