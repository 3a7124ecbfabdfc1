package io.vbucket.rebalance.orchestrator.cluster;

import io.vbucket.rebalance.orchestrator.bucket.Forecast;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How far several buckets are.
 *
 * @param waiting whose turn is still to come, in order
 * @param running how far those are whose moves are under way, or have ended just now
 * @param beginning whose nodes are being looked at, before any move
 * @param ended what came of the others
 * @param elapsed since the start of the first
 */
public record ClusterProgress(
    List<String> waiting, Map<String, RebalanceProgress> running, List<String> beginning,
    Map<String, BucketOutcome> ended, Duration elapsed) {

  /** Which buckets move now, and how many still wait: {@code a, b; 2 buckets wait}. */
  public String heading() {
    String now = Stream.concat(running.keySet().stream(), beginning.stream()).collect(Collectors.joining(", "));
    return now + (waiting.isEmpty()
        ? ""
        : (now.isEmpty() ? "" : "; ") + waiting.size() + (waiting.size() == 1 ? " bucket waits" : " buckets wait"));
  }

  /**
   * All buckets that have begun, as one: moves are summed, bytes are those of the buckets that move now, and the time to go is that of the
   * slowest, once nothing waits. Empty before the first has planned its moves.
   */
  public Optional<RebalanceProgress> total() {
    if (running.isEmpty() && ended.values().stream().noneMatch(BucketOutcome.Ended.class::isInstance)) {
      return Optional.empty();
    }
    int moves = 0;
    int done = 0;
    int failed = 0;
    int retries = 0;
    long bytes = 0;
    long expected = 0;
    boolean expectedOfAll = true;
    Map<MovePhase, Integer> phases = new EnumMap<>(MovePhase.class);
    for (BucketOutcome outcome : ended.values()) {
      if (outcome instanceof BucketOutcome.Ended over) {
        RebalanceSummary summary = over.summary();
        int unmoved = summary.unmoved().size() + summary.needOperator().size();
        moves += summary.moved() + unmoved;
        done += summary.moved() + unmoved;
        failed += unmoved;
        retries += summary.attempts().entrySet().stream()
            .mapToInt(entry -> Math.max(0, entry.getKey() - 1) * entry.getValue()).sum();
      }
    }
    for (RebalanceProgress bucket : running.values()) {
      moves += bucket.moves();
      done += bucket.done();
      failed += bucket.failed();
      retries += bucket.retries();
      bytes += bucket.bytes();
      expected += bucket.bytesExpected();
      expectedOfAll &= bucket.bytesExpected() > 0;
      bucket.running().forEach((phase, count) -> phases.merge(phase, count, Integer::sum));
    }
    return Optional.of(new RebalanceProgress(
        moves, done, failed, phases, retries, elapsed, bytes, expectedOfAll ? expected : 0, slowest(),
        !running.isEmpty() && running.values().stream().allMatch(RebalanceProgress::paused)));
  }

  /** Of the buckets that still have moves to make; it says whose it is. */
  private Optional<Forecast> slowest() {
    Map<String, RebalanceProgress> open = new LinkedHashMap<>(running);
    open.values().removeIf(bucket -> bucket.done() >= bucket.moves());
    boolean allKnown = waiting.isEmpty() && beginning.isEmpty()
        && open.values().stream().allMatch(bucket -> bucket.forecast().isPresent());
    return allKnown
        ? open.entrySet().stream()
            .map(bucket -> bucket.getValue().forecast().get().ofBucket(bucket.getKey()))
            .max(Comparator.comparing(Forecast::left))
        : Optional.empty();
  }
}
