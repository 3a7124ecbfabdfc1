package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A command that works on a cluster. */
abstract sealed class ClusterCommand implements Callable<Integer>
    permits RunCommand, PlanCommand, VerifyCommand,
    RepairCommand, ReplicateCommand {
  @Mixin
  private Conventions conventions;

  @Mixin
  final ClusterOptions options = new ClusterOptions();

  @ParentCommand
  private RebalanceCli program;

  @Spec
  private CommandSpec spec;

  final Surroundings surroundings() {
    return program.surroundings();
  }

  final CommandLine commandLine() {
    return spec.commandLine();
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  final ClusterRebalancer connect(ClusterFile cluster, RebalanceSettings settings) {
    List<String> names = cluster.nodes().stream().map(NodeAddress::name).toList();
    return new ClusterRebalancer(
        cluster.buckets(), names, settings,
        bucket -> surroundings().wiring().create(cluster.forBucket(bucket), settings));
  }

  /** What a command asks of one bucket. */
  interface Question {
    BucketFindings.Finding ask(String bucket, Rebalancer rebalancer);
  }

  /**
   * Asks every bucket in turn; one that refuses does not keep the others from being asked.
   *
   * @throws RebalanceRefusedException when the only bucket refuses
   */
  final BucketFindings askEach(ClusterFile cluster, RebalanceSettings settings, Question question) {
    BucketFindings findings = new BucketFindings();
    try (ClusterRebalancer all = connect(cluster, settings)) {
      all.buckets().forEach((bucket, rebalancer) -> {
        try {
          findings.add(bucket, question.ask(bucket, rebalancer));
        } catch (RebalanceRefusedException refused) {
          if (all.buckets().size() == 1) {
            throw refused;
          }
          sayRefused(bucket, refused.reasons());
          findings.refused(bucket, refused.reasons());
        }
      });
    }
    return findings;
  }

  final void sayRefused(String bucket, List<String> reasons) {
    Listing.of(reasons, "run verify to see all").forEach(reason -> say("rebalance: " + bucket + ": " + reason));
  }

  /**
   * Lets replication begin in every bucket; one that refuses does not keep the others from it.
   *
   * @param refusal is told of those that refuse
   * @return the buckets in which it has begun
   * @throws RebalanceRefusedException when the only bucket refuses
   */
  final Map<String, Rebalancer> keepReplicating(ClusterRebalancer all, BiConsumer<String, List<String>> refusal) {
    Map<String, Rebalancer> kept = new LinkedHashMap<>();
    all.buckets().forEach((bucket, rebalancer) -> {
      try {
        await(rebalancer.keepReplicating());
        kept.put(bucket, rebalancer);
      } catch (RebalanceRefusedException refused) {
        if (all.buckets().size() == 1) {
          throw refused;
        }
        sayRefused(bucket, refused.reasons());
        refusal.accept(bucket, refused.reasons());
      }
    });
    return kept;
  }

  /**
   * Tells how replication that has begun stands, until {@code end}; then it is ended. What was told of each bucket last, if anything was.
   */
  final Map<String, ReplicationStatus> keep(Map<String, Rebalancer> rebalancers, CompletableFuture<?> end)
      throws InterruptedException {
    Map<String, ReplicationView> views = new LinkedHashMap<>();
    rebalancers.forEach((bucket, rebalancer) -> views.put(bucket, new ReplicationView(
        rebalancer::replication, line -> say(rebalancers.size() == 1 ? line : bucket + ": " + line))));
    ReplicationView.watch(views.values(), end);
    rebalancers.values().forEach(rebalancer -> await(rebalancer.stopReplicating()));
    say("replication has ended: none of its streams is left");
    Map<String, ReplicationStatus> last = new LinkedHashMap<>();
    views.forEach((bucket, view) -> view.told().ifPresent(status -> last.put(bucket, status)));
    return last;
  }

  /** A line for the person who watches, now. */
  final void say(String line) {
    err().println(line);
    err().flush();
  }

  /** The answer, or what was thrown in place of one. */
  static <T> T await(CompletionStage<T> answer) {
    try {
      return answer.toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException known ? known : failed;
    }
  }

  /** Prints the lines and writes the figures; the exit code changes when they cannot be written any more. */
  final int conclude(List<String> lines, Object figures, ReportFile report, int exitCode) {
    return conclude(out(), lines, List.of(() -> report.write(figures)), exitCode);
  }

  /** The same for all that is to be written; what fails does not keep the rest from being written. */
  final int conclude(PrintWriter to, List<String> lines, List<ReportFile.Writing> writings, int exitCode) {
    lines.forEach(to::println);
    to.flush();
    List<String> failures = new ArrayList<>(ReportFile.writeAll(writings));
    if (to.checkError()) {
      failures.add("standard output: it is full or closed");
    }
    failures.forEach(
        failure -> err().println("rebalance: the command has ended, but something is not written: " + failure));
    return exitCode == ExitCode.COMPLETE && !failures.isEmpty() ? ExitCode.INCOMPLETE : exitCode;
  }
}
