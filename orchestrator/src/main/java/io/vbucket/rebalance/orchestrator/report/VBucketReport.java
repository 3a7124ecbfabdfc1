package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One vBucket's move. The fields up to {@code replicationInfo} are those of the classic report.
 *
 * @param beforeChain names of the nodes that held it, active first; null for a hole
 * @param afterChain the same, as it was planned
 * @param size bytes that were sent to fill its copies
 * @param move from its start to its end
 * @param backfill from the first filling of a copy to the end of the last
 * @param takeover from the start of the first attempt to the end of the last
 * @param persistence the last wait until what was sent is on the destination's disk
 * @param replicationInfo items by the node that gets a copy
 * @param outcome what became of the move
 * @param reason why it did not move, null otherwise
 * @param detail more about that, or empty
 * @param residue what could not be cleaned up, or empty
 * @param phases in their order; each but the last ends where the next begins
 * @param attempts takeovers that were begun
 * @param failures attempts and fillings that failed, in their order
 * @param pauseMillis how long clients of this vBucket waited, over all attempts
 * @param willNotConverge the verdict that waiting would not help, or null
 * @param run by which it was planned, 1 for the first; a vBucket that a later run moves again has an entry for each
 */
public record VBucketReport(
    int id,
    List<String> beforeChain,
    List<String> afterChain,
    long size,
    Span move,
    Span backfill,
    Span takeover,
    Span persistence,
    Map<String, Items> replicationInfo,
    Outcome outcome,
    FailureReason reason,
    String detail,
    String residue,
    List<Phase> phases,
    List<Attempt> attempts,
    List<Failure> failures,
    double pauseMillis,
    Verdict willNotConverge,
    int run) {

  /** What became of a move. */
  public enum Outcome {
    NOT_BEGUN,
    RUNNING,
    MOVED,
    UNMOVED,
    NEEDS_OPERATOR
  }

  /**
   * Items of a copy, as the source said.
   *
   * @param inDocsTotal documents of the source, as it counted them last; for a node that had the copy before, the most that it lacked; 0 when
   *     the source told neither
   * @param inDocsLeft the last estimate; 0 once the move is made
   * @param bytes that were sent to this node
   */
  public record Items(String node, long inDocsTotal, long inDocsLeft, long bytes) {}

  /**
   * @param attempt the takeover attempt that it belongs to, 0 before the first
   */
  public record Phase(
      MovePhase phase,
      int attempt,
      Instant startTime,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant completedTime,
      double timeTaken) {}

  /**
   * One takeover attempt.
   *
   * @param sourceDeadTime when the source was allowed to go dead, false when it did not come to that
   * @param destinationActiveTime when the destination said that it is active
   * @param pauseMillis from the one to the other; for a failed attempt until it was settled with the source active again
   */
  public record Attempt(
      int attempt,
      Instant startTime,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant completedTime,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant sourceDeadTime,
      @JsonSerialize(nullsUsing = ReportJson.UnsetWriter.class) Instant destinationActiveTime,
      double pauseMillis) {}

  /**
   * @param attempt 0 when the copy could not be filled
   * @param again whether it was tried again, by this run or by a later one
   */
  public record Failure(Instant time, int attempt, FailureReason reason, String detail, boolean again) {
    Failure andTriedAgain() {
      return new Failure(time, attempt, reason, detail, true);
    }
  }

  /** Clients wrote faster than the copy was filled. */
  public record Verdict(
      Instant time, String node, double drainedPerSecond, double writtenPerSecond, double windowSeconds,
      long itemsLeft) {}
}
