package io.vbucket.rebalance.orchestrator.cli;

import java.util.ArrayList;
import java.util.List;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * SIGINT and SIGTERM of this process. A shutdown hook would not do: the JVM runs hooks once and is deaf to a second Ctrl-C meanwhile, and
 * the exit code would no longer be ours.
 */
final class ProcessSignals {
  private static final List<String> NAMES = List.of("INT", "TERM");

  private ProcessSignals() {}

  static Surroundings.Watch watch(Runnable listener) {
    List<Runnable> restore = new ArrayList<>();
    for (String name : NAMES) {
      Signal signal = new Signal(name);
      try {
        SignalHandler before = Signal.handle(signal, received -> listener.run());
        restore.add(() -> Signal.handle(signal, before));
      } catch (IllegalArgumentException reserved) {
        // The JVM was started with -Xrs: the signal ends the process, as whoever did so wants.
        continue;
      }
    }
    return () -> restore.forEach(Runnable::run);
  }
}
