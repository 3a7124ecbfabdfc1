package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Tells how kept replication stands, in a line whenever that has changed; looks every second. */
final class ReplicationView {
  private final Supplier<CompletionStage<Optional<ReplicationStatus>>> source;
  private final Consumer<String> line;
  private Optional<ReplicationStatus> told = Optional.empty();

  /**
   * @param source such as {@code rebalancer::replication}; an answer that fails is passed over
   * @param line is given each line, without its end
   */
  ReplicationView(Supplier<CompletionStage<Optional<ReplicationStatus>>> source, Consumer<String> line) {
    this.source = source;
    this.line = line;
  }

  /** Returns when {@code end} is complete. */
  static void watch(Collection<ReplicationView> views, CompletableFuture<?> end) throws InterruptedException {
    while (!end.isDone()) {
      views.forEach(ReplicationView::look);
      pause(end);
    }
  }

  private void look() {
    Optional<ReplicationStatus> now =
        source.get().exceptionally(failed -> Optional.empty()).toCompletableFuture().join();
    if (now.isPresent() && !now.equals(told)) {
      told = now;
      tell(now.get());
    }
  }

  /** What was told last. */
  Optional<ReplicationStatus> told() {
    return told;
  }

  static String text(ReplicationStatus status) {
    return String.format(
        Locale.ROOT, "replication: %,d of %,d streams run%s", status.running(), status.wanted(),
        status.lent() == 0 ? "" : String.format(Locale.ROOT, ", %,d vBuckets are being moved", status.lent()));
  }

  private void tell(ReplicationStatus status) {
    line.accept(text(status));
    Listing.of(status.troubles(), "the log has all").forEach(trouble -> line.accept("  " + trouble));
  }

  private static void pause(CompletableFuture<?> end) throws InterruptedException {
    try {
      end.get(1, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException goesOn) {
      // How it ends is for whoever made it.
      return;
    }
  }
}
