package io.vbucket.rebalance.testkit.demo;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.testkit.cluster.CopyCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The figures of a demo; the field names are those of its JSON.
 *
 * @param moves planned moves
 * @param unmoved of these, the ones that were not made
 * @param retriedMoves moves that took more than one attempt
 * @param attempts number of moves by the number of attempts they took
 * @param lost acknowledged operations that the nodes do not know, and reads that contradicted one
 * @param seconds duration of the rebalance
 * @param peakHeapMiB most memory that the heap held, in MiB
 * @param copies what was found when every copy was read
 * @param buckets the same of each bucket by its name, where there are several; then the figures above are the sums over all buckets
 */
public record DemoReport(
    int moves,
    int unmoved,
    int retriedMoves,
    SortedMap<Integer, Integer> attempts,
    Operations operations,
    long lost,
    PauseMillis pauseMillis,
    double seconds,
    long peakHeapMiB,
    Copies copies,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, DemoReport> buckets) {

  /**
   * All copies of all vBuckets, compared with their actives item by item; all 0 where they were not read.
   *
   * @param read copies that were read, actives included
   * @param differing copies that are not what the map says, or not the same as their active
   */
  public record Copies(int read, long items, int differing) {
    static Copies of(CopyCheck.Result result) {
      return result == null
          ? new Copies(0, 0, 0)
          : new Copies(result.copies(), result.items(), result.differences().size());
    }
  }

  /** Operations of the clients while the rebalance ran. */
  public record Operations(long done, long failed) {}

  /** How long clients saw a vBucket unserved, in milliseconds, over all takeovers. */
  public record PauseMillis(double p50, double p99, double max) {
    static PauseMillis of(Histogram micros) {
      return new PauseMillis(
          micros.getValueAtPercentile(50) / 1000.0,
          micros.getValueAtPercentile(99) / 1000.0,
          micros.getMaxValue() / 1000.0);
    }
  }

  static DemoReport of(
      int moves, RebalanceSummary summary, Operations operations, long lost, Histogram pausesMicros, long peakHeapMiB,
      Copies copies) {
    return new DemoReport(
        moves,
        moves - summary.moved(),
        summary.retried(),
        summary.attempts(),
        operations,
        lost,
        PauseMillis.of(pausesMicros),
        summary.duration().toMillis() / 1000.0,
        peakHeapMiB,
        copies,
        Map.of());
  }

  /**
   * The sums over several buckets.
   *
   * @param pausesMicros of all of them
   */
  static DemoReport ofAll(Map<String, DemoReport> buckets, Histogram pausesMicros, Duration duration) {
    Collection<DemoReport> all = buckets.values();
    SortedMap<Integer, Integer> attempts = new TreeMap<>();
    all.forEach(one -> one.attempts().forEach((number, count) -> attempts.merge(number, count, Integer::sum)));
    return new DemoReport(
        all.stream().mapToInt(DemoReport::moves).sum(),
        all.stream().mapToInt(DemoReport::unmoved).sum(),
        all.stream().mapToInt(DemoReport::retriedMoves).sum(),
        attempts,
        new Operations(
            all.stream().mapToLong(one -> one.operations().done()).sum(),
            all.stream().mapToLong(one -> one.operations().failed()).sum()),
        all.stream().mapToLong(DemoReport::lost).sum(),
        PauseMillis.of(pausesMicros),
        duration.toMillis() / 1000.0,
        all.stream().mapToLong(DemoReport::peakHeapMiB).max().orElse(0),
        new Copies(
            all.stream().mapToInt(one -> one.copies().read()).sum(),
            all.stream().mapToLong(one -> one.copies().items()).sum(),
            all.stream().mapToInt(one -> one.copies().differing()).sum()),
        buckets);
  }

  /** Whether nothing was lost, left unmoved or refused to a client. */
  public boolean isGood() {
    return lost == 0 && unmoved == 0 && operations.failed() == 0 && copies.differing() == 0;
  }

  /** The figures as lines for a person. */
  public List<String> lines() {
    StringBuilder histogram = new StringBuilder();
    attempts.forEach((attempt, count) -> histogram
        .append(histogram.isEmpty() ? "" : ", ").append(count).append(" with ").append(attempt));
    List<String> lines = new ArrayList<>(List.of(
        String.format("moves        %,d, of which %,d retried; unmoved %,d", moves, retriedMoves, unmoved),
        "attempts     " + histogram,
        String.format("operations   %,d done, %,d failed", operations.done(), operations.failed()),
        String.format("lost         %,d", lost),
        String.format(
            "pause        p50 %.1f ms, p99 %.1f ms, max %.1f ms per takeover, as clients see it",
            pauseMillis.p50(), pauseMillis.p99(), pauseMillis.max()),
        String.format("rebalance    %.1f s, peak heap %,d MiB", seconds, peakHeapMiB)));
    if (copies.read() > 0) {
      lines.add(String.format(
          "copies       %,d compared item by item, %,d items; differing %,d", copies.read(), copies.items(),
          copies.differing()));
    }
    buckets.forEach((bucket, one) -> lines.add(String.format(
        "%-12s %,d moves in %.1f s, %,d retried, unmoved %,d; lost %,d; %,d copies, differing %,d", bucket, one.moves(),
        one.seconds(), one.retriedMoves(), one.unmoved(), one.lost(), one.copies().read(), one.copies().differing())));
    return lines;
  }
}
