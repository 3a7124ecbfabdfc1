package io.vbucket.rebalance.testkit.cli;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import io.vbucket.rebalance.testkit.bench.MovesBench;
import io.vbucket.rebalance.testkit.bench.PlanTable;
import io.vbucket.rebalance.testkit.bench.RelayBench;
import io.vbucket.rebalance.testkit.bench.TakeoverRate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Measures. Each figure is a ratio to a baseline of the same run, or says on what it was taken. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures the relay, takeovers and moves against embedded nodes on loopback, and the planner.")
final class BenchCommand implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "what shall be measured: relay, moves or plan?");
  }

  /** The figures of {@code bench relay}; the field names are those of its JSON. */
  record RelayFigures(List<RelayBench.Row> rows, double emptyTakeoversPerSecond) {}

  @Command(
      name = "relay",
      mixinStandardHelpOptions = true,
      description = {
        "Measures the link's relay against a plain copy, and takeovers per second.",
        "The relay's throughput is taken without and with TLS on its sockets, in turn with that of a plain copy between the same two"
            + " sockets with 64 KiB buffers; takeovers are those of empty vBuckets through one link, one at a time."
      })
  int relay(
      @Option(names = "--rounds", defaultValue = "7",
          description = "Rounds of each. Default: ${DEFAULT-VALUE}.") int rounds,
      @Option(names = "--round-mib", defaultValue = "256",
          description = "MiB per round. Default: ${DEFAULT-VALUE}.") int roundMiB,
      @Option(names = "--takeovers", defaultValue = "1000",
          description = "Takeovers. Default: ${DEFAULT-VALUE}.") int takeovers,
      @Option(names = "--without-tls", description = "Leaves out the rows whose link uses TLS.") boolean withoutTls,
      @Option(names = "--json", description = "Writes the figures to this file as well.") Path json)
      throws IOException {
    atLeastOne("--rounds", rounds);
    atLeastOne("--round-mib", roundMiB);
    atLeastOne("--takeovers", takeovers);
    RebalanceSettings settings = RebalanceSettings.load();
    ReportFile file = Figures.at(json);
    RelayBench.Result result =
        RelayBench.run(new RelayBench.Options(
            List.of(256, 4 * 1024, 64 * 1024), rounds, roundMiB, !withoutTls, settings.link()));
    System.out.println(result.render());
    double rate = TakeoverRate.measure(takeovers, settings);
    System.out.printf("empty takeovers through one link, one at a time: %.0f per second%n", rate);
    return Figures.conclude(spec.commandLine(), 0, () -> file.write(new RelayFigures(result.rows(), rate)));
  }

  @Command(
      name = "moves",
      mixinStandardHelpOptions = true,
      description = "Whole moves of empty vBuckets per second, 64 at a time, from three nodes to a fourth.")
  int moves(
      @Option(names = "--vbuckets", defaultValue = "4096",
          description = "vBuckets. Default: ${DEFAULT-VALUE}.") int vbuckets,
      @Option(names = "--json", description = "Writes the figures to this file as well.") Path json)
      throws IOException {
    atLeastOne("--vbuckets", vbuckets);
    RebalanceSettings settings = RebalanceSettings.load(
        ConfigFactory.parseString(
            "rebalance.move { max-concurrent = 64, backfills-per-node = 64, backfill-poll-interval = 5 ms }"));
    ReportFile file = Figures.at(json);
    MovesBench.Result result = MovesBench.run(vbuckets, settings);
    System.out.printf(
        "%d moves, %.0f per second; pause p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
        result.moves(), result.movesPerSecond(), result.pauseMillis().p50(), result.pauseMillis().p99(),
        result.pauseMillis().max());
    return Figures.conclude(spec.commandLine(), 0, () -> file.write(result));
  }

  /** The figures of {@code bench plan}; the field names are those of its JSON. */
  record PlanFigures(List<PlanTable.Row> rows) {}

  @Command(
      name = "plan",
      mixinStandardHelpOptions = true,
      description = {
        "Plans 20 stated topologies on one thread. Takes about a minute.",
        "Tells copies and takeovers against what is proven to be needed at least, balance, and the median planning time after a"
            + " warm-up."
      })
  int plan(
      @Option(names = "--json", description = "Writes the figures to this file as well.") Path json)
      throws IOException {
    ReportFile file = Figures.at(json);
    List<PlanTable.Row> rows = PlanTable.run();
    System.out.println(PlanTable.text(rows));
    return Figures.conclude(spec.commandLine(), 0, () -> file.write(new PlanFigures(rows)));
  }

  private void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new ParameterException(spec.commandLine(), option + " = " + value + ": expected at least 1");
    }
  }
}
