package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import java.io.InputStream;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What the commands touch besides files and their output; a test puts its own in.
 *
 * @param wiring makes the way to the nodes
 * @param interrupts tells when the user wants to stop
 * @param halt ends the process at once with an exit code
 * @param terminal whether a person watches the output
 * @param input standard input
 */
public record Surroundings(WiringFactory wiring, InterruptSource interrupts, IntConsumer halt, boolean terminal,
    Supplier<InputStream> input) {

  /** Makes the way to the nodes of a cluster. */
  @FunctionalInterface
  public interface WiringFactory {
    Wiring create(ClusterFile cluster, RebalanceSettings settings);
  }

  /** Where interrupts come from. */
  @FunctionalInterface
  public interface InterruptSource {
    /** Calls {@code listener} for every interrupt from now on, until the watch is closed. */
    Watch watch(Runnable listener);
  }

  /** Ends when closed. */
  @FunctionalInterface
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** Sockets, signals, and the terminal of this process. */
  public static Surroundings ofThisProcess() {
    return new Surroundings(
        NettyWiring::new, ProcessSignals::watch, Runtime.getRuntime()::halt, ProgressDisplay.isTerminal(),
        () -> System.in);
  }
}
