package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.cli.ProgressDisplay;
import io.vbucket.rebalance.orchestrator.cli.Recording;
import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import io.vbucket.rebalance.orchestrator.cli.ReportOptions;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.testkit.demo.Demo;
import io.vbucket.rebalance.testkit.demo.DemoOptions;
import io.vbucket.rebalance.testkit.demo.DemoReport;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows a rebalance under load. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts embedded nodes, loads documents, lets clients write, read and delete, and rebalances meanwhile.",
      "Some destinations ask for their takeover to be retried. At the end every document is read back."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:everything moved, no operation failed, nothing lost",
      "1:something is lost, unmoved or failed, or could not be written",
      "2:wrong usage or settings, or a file that cannot be written"
    })
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--nodes",
      defaultValue = "4",
      description = "Nodes of the cluster, the one that joins included. Default: ${DEFAULT-VALUE}.")
  private int nodes;

  @Option(names = "--remove",
      description = "Node that leaves, e.g. n1; may be repeated. Without --swap no node joins then.")
  private Set<String> remove = new LinkedHashSet<>();

  @Option(names = "--swap", description = "The last node joins and n1 leaves.")
  private boolean swap;

  @Option(
      names = "--replicas",
      defaultValue = "0",
      description = "Replicas of each vBucket, 0 to 3; at the end each is compared with its active, item by item."
          + " Default: ${DEFAULT-VALUE}.")
  private int replicas;

  @Option(
      names = "--groups",
      defaultValue = "1",
      description = "Server groups to which the nodes belong in turn; replicas are spread over them. Default: ${DEFAULT-VALUE}.")
  private int groups;

  @Option(
      names = "--buckets",
      defaultValue = "1",
      description = "Buckets, 1 to 16, all alike, each with its own documents and clients; at the end every copy of each is read."
          + " Default: ${DEFAULT-VALUE}.")
  private int buckets;

  @Option(
      names = "--in-parallel",
      paramLabel = "N",
      description = "Buckets that are rebalanced at the same time, 1 to 16. Default: all of them.")
  private Integer inParallel;

  @Option(names = "--vbuckets", defaultValue = "1024",
      description = "vBuckets of each bucket. Default: ${DEFAULT-VALUE}.")
  private int vbuckets;

  @Option(names = "--items", defaultValue = "100000",
      description = "Documents to load into each bucket. Default: ${DEFAULT-VALUE}.")
  private int items;

  @Option(
      names = "--value-bytes",
      defaultValue = "256",
      description = "Size of each document, in bytes. Default: ${DEFAULT-VALUE}.")
  private int valueBytes;

  @Option(
      names = "--retry-share",
      defaultValue = "0.3",
      description = "Share of takeovers, 0 to 1, whose destination asks for retries. Default: ${DEFAULT-VALUE}.")
  private double retryShare;

  @Option(
      names = "--retries",
      defaultValue = "2",
      description = "How often such a destination asks at most. Default: ${DEFAULT-VALUE}.")
  private int retries;

  @Option(names = "--writers", defaultValue = "4", description = "Clients that write. Default: ${DEFAULT-VALUE}.")
  private int writers;

  @Option(names = "--readers", defaultValue = "2", description = "Clients that read. Default: ${DEFAULT-VALUE}.")
  private int readers;

  @Option(names = "--deleters", defaultValue = "1",
      description = "Clients that delete and write. Default: ${DEFAULT-VALUE}.")
  private int deleters;

  @Option(
      names = "--version-of-nodes",
      defaultValue = "7.6",
      converter = NodeVersionConverter.class,
      description = "Whose behaviour the nodes show: 5.0, 6.0, 6.6 or 7.6. Default: ${DEFAULT-VALUE}.")
  private NodeVersion version;

  @Option(names = "--seed", defaultValue = "1", description = "Seed of everything random. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--settings", description = "HOCON file with settings of the orchestrator.")
  private Path settingsFile;

  @Option(names = "--json", description = "Writes the figures to this file as well.")
  private Path json;

  @CommandLine.Mixin
  private ReportOptions reports;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    DemoOptions options;
    RebalanceSettings settings;
    try {
      options = options();
      settings = settingsFile == null ? RebalanceSettings.load() : RebalanceSettings.load(settingsFile);
    } catch (IllegalArgumentException wrong) {
      spec.commandLine().getErr().println(wrong.getMessage());
      return 2;
    }
    PrintStream out = reports.takesStandardOutput() ? System.err : System.out;
    try (Recording recording = reports.open(spec.commandLine().getOut())) {
      ReportFile file = json == null ? ReportFile.NONE : ReportFile.at("figures file", json);
      DemoReport report = new Demo(options, settings, new Shown(out, recording)).run();
      report.lines().forEach(out::println);
      return written(file, report, recording) && report.isGood() ? 0 : 1;
    } catch (ReportFile.UnwritableException unwritable) {
      spec.commandLine().getErr().println(unwritable.getMessage());
      return 2;
    } catch (RebalanceRefusedException refused) {
      refused.reasons().forEach(spec.commandLine().getErr()::println);
      return 1;
    }
  }

  /** What was done is told anyway when a disk has become full meanwhile. */
  private boolean written(ReportFile file, DemoReport report, Recording recording) {
    List<ReportFile.Writing> writings = new ArrayList<>(recording.writings());
    writings.add(0, () -> file.write(report));
    List<String> failures = ReportFile.writeAll(writings);
    failures.forEach(
        failure -> spec.commandLine().getErr().println("the demo has ended, but not all is written: " + failure));
    return failures.isEmpty();
  }

  private DemoOptions options() {
    Set<String> leaving = new LinkedHashSet<>(remove);
    if (swap) {
      leaving.add("n1");
    }
    Set<String> joining = remove.isEmpty() || swap ? Set.of("n" + nodes) : Set.of();
    return new DemoOptions(
        nodes,
        joining,
        leaving,
        replicas,
        groups,
        buckets,
        inParallel == null ? buckets : inParallel,
        vbuckets,
        items,
        valueBytes,
        retryShare,
        retries,
        seed,
        version,
        new Workload.Clients(writers, readers, deleters));
  }

  private static final class Shown implements Demo.Watcher {
    private final PrintStream out;
    private final Recording recording;

    Shown(PrintStream out, Recording recording) {
      this.out = out;
      this.recording = recording;
    }

    @Override
    public void hears(RebalanceEvent event) {
      recording.accept(event);
    }

    @Override
    public void says(String line) {
      out.println(line);
    }

    @Override
    public void watches(ClusterRebalancer rebalancer, CompletionStage<ClusterSummary> end) throws InterruptedException {
      ProgressDisplay display =
          ProgressDisplay.isTerminal() ? ProgressDisplay.bar(out) : ProgressDisplay.lines(this::says);
      display.watch(rebalancer, end);
    }
  }
}
