package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What happened to one bucket. The fields up to {@code timeTaken} are those of the classic report.
 *
 * @param compactionInfo always empty: no views are compacted here
 * @param perNodeInboundDataSize bytes that each node got
 * @param replicationInfo items by node
 * @param rebalanceMethod always {@code dcp}
 * @param commits each revision of the map that was told to the nodes
 * @param warnings what the operator should know though nothing failed
 * @param interventions what operators asked for while it ran, and what came of it: pauses, limits, cancelled moves, a stop
 * @param map where the copies were and are
 */
public record BucketReport(
    Map<String, Object> compactionInfo,
    Map<String, Long> perNodeInboundDataSize,
    Levels vbucketLevelInfo,
    Map<String, NodeItems> replicationInfo,
    @JsonProperty("rebalance_method") String rebalanceMethod,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant startTime,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant completedTime,
    @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) @JsonDeserialize(
        using = ReportJson.UnsetReader.class) Double timeTaken,
    List<Commit> commits,
    List<Warning> warnings,
    List<Warning> interventions,
    Placement map) {

  /** Times over all moves, and each move. */
  public record Levels(
      Times move, Times backfill, Times takeover, Times persistence, List<VBucketReport> vbucketInfo) {}

  /**
   * @param averageTime milliseconds
   * @param totalTime milliseconds
   * @param totalCount moves of which this was measured; for {@code move} all planned ones
   * @param remainingCount moves that have not ended
   */
  public record Times(double averageTime, double totalTime, int totalCount, int remainingCount) {}

  /** Items that a node had to get and to send. */
  public record NodeItems(long inDocsTotal, long inDocsLeft, long outDocsTotal, long outDocsLeft) {}

  /** A revision of the map with the moves that it made final. */
  public record Commit(Instant time, long revision, int moves) {}

  /** In words. */
  public record Warning(Instant time, String what) {}

  /**
   * Where the copies are.
   *
   * @param nodes in the cluster's order
   * @param before chain of each vBucket before the rebalance
   * @param after chain of each vBucket now: of what was moved the new one, of all else the old one
   * @param transfers moves of actives from node to node
   */
  public record Placement(
      List<NodePlace> nodes, List<List<String>> before, List<List<String>> after, List<Transfer> transfers) {}

  /**
   * @param role {@code stays}, {@code joins}, {@code leaves} or, of nodes that have no part, {@code unused}
   */
  public record NodePlace(
      String node, String role, int activesBefore, int activesAfter, int replicasBefore, int replicasAfter) {}

  /**
   * @param planned moves from the one node to the other
   * @param moved of these, the ones that are complete
   * @param bytes sent for them
   */
  public record Transfer(String source, String destination, int planned, int moved, long bytes) {}
}
