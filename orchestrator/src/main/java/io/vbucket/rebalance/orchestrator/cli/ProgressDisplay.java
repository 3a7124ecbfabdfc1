package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.ClusterRebalancer;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.cluster.BucketOutcome;
import io.vbucket.rebalance.orchestrator.cluster.ClusterSummary;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Shows how far a rebalance is: as a bar on a terminal, otherwise as a line every second in which something has changed, and at least every ten
 * seconds. For one rebalance.
 */
public final class ProgressDisplay {
  /** What the progress looks like. */
  interface View extends AutoCloseable {
    /**
     * Which buckets it is about from now on, when there are several.
     *
     * @param othersWait whether there are buckets whose turn is still to come
     */
    void names(String buckets, boolean othersWait);

    void shows(RebalanceProgress progress);

    /** All moves have ended. */
    void ends(RebalanceSummary summary);

    @Override
    void close();
  }

  private static final Duration UNTIL_IT_BEGINS = Duration.ofMillis(50);
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(1);
  private static final Duration BETWEEN_BARS = Duration.ofMillis(200);

  private final View view;
  private final Duration period;

  private ProgressDisplay(View view, Duration period) {
    this.view = view;
    this.period = period;
  }

  /** A bar on {@code terminal}. */
  public static ProgressDisplay bar(PrintStream terminal) {
    return new ProgressDisplay(new ProgressBarView(terminal), BETWEEN_BARS);
  }

  /** A line every second at most, each given to {@code line}, without its end. */
  public static ProgressDisplay lines(Consumer<String> line) {
    return new ProgressDisplay(new ProgressLines(line), BETWEEN_LINES);
  }

  /** Whether standard input and output of this process are a terminal on which a bar can be drawn. */
  public static boolean isTerminal() {
    Console console = System.console();
    String kind = System.getenv("TERM");
    if (console == null || kind == null || kind.equals("dumb")) {
      return false;
    }
    try {
      // From Java 22 on there is a console without a terminal, too, and this method tells them apart.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException olderJava) {
      return true;
    } catch (ReflectiveOperationException broken) {
      return false;
    }
  }

  /**
   * Shows what {@code source} answers until {@code end} is complete, and then returns; what became of {@code end} is for the caller to look at.
   *
   * @param source asked once per period, such as {@code rebalancer::progress}; answers that fail are passed over
   */
  public void watch(
      Supplier<CompletionStage<Optional<RebalanceProgress>>> source, CompletionStage<RebalanceSummary> end)
      throws InterruptedException {
    CompletableFuture<Optional<RebalanceSummary>> ended =
        end.toCompletableFuture().handle((summary, failure) -> Optional.ofNullable(summary));
    try (view) {
      boolean begun = false;
      while (!ended.isDone()) {
        Optional<RebalanceProgress> progress = ask(source, ended);
        progress.ifPresent(view::shows);
        begun |= progress.isPresent();
        pause(begun ? period : UNTIL_IT_BEGINS, ended);
      }
      ended.join().ifPresent(view::ends);
    }
  }

  /** The same for all buckets of a cluster together; when there are several, it says which ones move. */
  public void watch(ClusterRebalancer rebalancer, CompletionStage<ClusterSummary> end) throws InterruptedException {
    CompletionStage<RebalanceSummary> begun = end.thenApply(ProgressDisplay::ofThoseThatBegan);
    if (rebalancer.buckets().size() == 1) {
      watch(rebalancer.buckets().values().iterator().next()::progress, begun);
      return;
    }
    watch(
        () -> rebalancer.progress().thenApply(all -> all.flatMap(progress -> {
          view.names(progress.heading(), !progress.waiting().isEmpty());
          // Between the end of the last move and that of the rebalance there is nothing to tell, as with one bucket.
          return progress.total().filter(total -> total.done() < total.moves());
        })),
        begun.thenApply(summary -> {
          view.names(rebalancer.buckets().size() + " buckets", false);
          return summary;
        }));
  }

  private static RebalanceSummary ofThoseThatBegan(ClusterSummary summary) {
    if (summary.buckets().values().stream().noneMatch(BucketOutcome.Ended.class::isInstance)) {
      throw new CancellationException("no bucket has begun: there is nothing to show");
    }
    return summary.totals();
  }

  /** The answer, unless the end comes first: a rebalance that has just ended may leave the question unanswered. */
  private static Optional<RebalanceProgress> ask(
      Supplier<CompletionStage<Optional<RebalanceProgress>>> source, CompletableFuture<?> ended) {
    CompletableFuture<Optional<RebalanceProgress>> answer =
        source.get().exceptionally(failed -> Optional.empty()).toCompletableFuture();
    CompletableFuture.anyOf(answer, ended).join();
    return answer.isDone() ? answer.join() : Optional.empty();
  }

  private static void pause(Duration time, CompletableFuture<?> ended) throws InterruptedException {
    try {
      ended.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException goesOn) {
      // It has not ended; how it ends is read by the caller.
      return;
    }
  }
}
