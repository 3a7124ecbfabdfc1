package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The report of a rebalance: what the classic implementation reports, in the same places, and more. Times are ISO 8601 in UTC, or
 * {@code false} while unset; {@code timeTaken} and everything called {@code ...Time} that is a number is in milliseconds. Follows from the events
 * alone; one that is made while the rebalance runs says how things stand.
 *
 * @param reportVersion of this format: 1
 * @param rebalanceId the run, as nodes and logs name it
 * @param rebalanceType {@code normal}, {@code node_addition}, {@code node_removal} or {@code swap_rebalance}
 * @param masterNode always empty: the orchestrator is no node of the cluster
 * @param stageInfo one stage, {@code data}
 * @param completionMessage a sentence about the end, empty while it runs
 * @param summary totals
 */
public record RebalanceReport(
    int reportVersion,
    String rebalanceId,
    String rebalanceType,
    int numNodesAdded,
    List<String> nodesAdded,
    int numNodesRemoved,
    List<String> nodesRemoved,
    NodesInfo nodesInfo,
    String masterNode,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant startTime,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant completedTime,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) @JsonDeserialize(
        using = ReportJson.UnsetReader.class) Double timeTaken,
    String completionMessage,
    Map<String, Stage> stageInfo,
    Summary summary) {

  /** What the nodes of the cluster were to the rebalance, by name. */
  public record NodesInfo(
      @JsonProperty("active_nodes") List<String> active,
      @JsonProperty("keep_nodes") List<String> keep,
      @JsonProperty("eject_nodes") List<String> eject,
      @JsonProperty("delta_nodes") List<String> delta,
      @JsonProperty("failed_nodes") List<String> failed) {}

  /**
   * @param totalProgress per cent of the moves that have ended
   * @param perNodeProgress the same per node, 0 to 1
   * @param events always empty; see the buckets' commits and warnings
   * @param details by bucket
   */
  public record Stage(
      double totalProgress,
      Map<String, Double> perNodeProgress,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant startTime,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant completedTime,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) @JsonDeserialize(
          using = ReportJson.UnsetReader.class) Double timeTaken,
      Map<String, Object> subStages,
      List<Object> events,
      Map<String, BucketReport> details) {}

  /**
   * Totals over all buckets; the fields up to {@code seconds} are those of the figures of a run.
   *
   * @param moves that were made, and those of the last plan that were not
   * @param bytes sent to fill copies
   * @param pauseMillis of clients, over all moves that had one
   * @param retryReasons attempts and fillings that failed and were tried again, by reason
   * @param willNotConverge moves that were given up since clients write faster than the copy is filled
   * @param phases how long the moves were in each phase
   */
  public record Summary(
      int moves,
      int moved,
      List<String> unmoved,
      List<String> needOperator,
      int retriedMoves,
      Map<Integer, Integer> attempts,
      List<String> residue,
      boolean stopped,
      double seconds,
      long bytes,
      Pauses pauseMillis,
      Map<FailureReason, Integer> retryReasons,
      int willNotConverge,
      Map<MovePhase, PhaseTimes> phases) {}

  /** Milliseconds. */
  public record Pauses(int count, double p50, double p99, double max, double total) {}

  /** Milliseconds that moves were in a phase. */
  public record PhaseTimes(int count, double total, double p50, double p99, double max) {}

  /** The report of these events, in the order in which they happened. */
  public static RebalanceReport of(List<RebalanceEvent> events) {
    ReportFold fold = new ReportFold();
    events.forEach(fold);
    return fold.report();
  }
}
