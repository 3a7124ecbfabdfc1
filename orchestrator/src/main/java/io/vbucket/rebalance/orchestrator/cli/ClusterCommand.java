package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
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

  final Rebalancer connect(ClusterFile cluster, RebalanceSettings settings) {
    List<String> names = cluster.nodes().stream().map(NodeAddress::name).toList();
    return new Rebalancer(cluster.bucket(), names, settings, surroundings().wiring().create(cluster, settings));
  }

  /** Tells how replication that has begun stands, until {@code end}; then it is ended. What was told last, if anything was. */
  final Optional<ReplicationStatus> keep(Rebalancer rebalancer, CompletableFuture<?> end) throws InterruptedException {
    Optional<ReplicationStatus> last = new ReplicationView(this::say).watch(rebalancer::replication, end);
    await(rebalancer.stopReplicating());
    say("replication has ended: none of its streams is left");
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

  /** Something that is still to be written when a command has done its work. */
  interface LastWriting {
    void write() throws ReportFile.UnwritableException;
  }

  /** Prints the lines and writes the figures; the exit code changes when they cannot be written any more. */
  final int conclude(List<String> lines, Object figures, ReportFile report, int exitCode) {
    return conclude(out(), lines, () -> report.write(figures), exitCode);
  }

  final int conclude(PrintWriter to, List<String> lines, LastWriting writing, int exitCode) {
    lines.forEach(to::println);
    to.flush();
    try {
      writing.write();
      return exitCode;
    } catch (ReportFile.UnwritableException failed) {
      err().println("rebalance: the command has ended, but its figures are not written: " + failed.getMessage());
      return exitCode == ExitCode.COMPLETE ? ExitCode.INCOMPLETE : exitCode;
    }
  }
}
