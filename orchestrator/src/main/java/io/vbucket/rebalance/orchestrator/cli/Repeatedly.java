package io.vbucket.rebalance.orchestrator.cli;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Asks the same question again and again, on a thread of its own that keeps no program alive. */
final class Repeatedly {
  private Repeatedly() {}

  /**
   * @param thread name of the thread
   * @param period pause between a question and the next, and before the first
   * @param source is asked; an answer that fails is passed over
   * @param answered is told the answers, on the thread
   * @return ends it when closed
   */
  static <T> Surroundings.Watch ask(
      String thread, Duration period, Supplier<CompletionStage<T>> source, Consumer<T> answered) {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
      Thread named = new Thread(work, thread);
      named.setDaemon(true);
      return named;
    });
    clock.scheduleWithFixedDelay(
        () -> source.get().thenAcceptAsync(answered, clock), period.toMillis(), period.toMillis(),
        TimeUnit.MILLISECONDS);
    return clock::shutdownNow;
  }
}
