package io.vbucket.rebalance.orchestrator.cluster;

import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts together what buckets say of their progress, and remembers what each said last: one whose moves have all ended says nothing more while its
 * last map is written, and its moves must not vanish from the sum meanwhile. Thread-safe.
 */
public final class ProgressMemory {
  private final Map<String, RebalanceProgress> last = new HashMap<>();

  /** Another rebalance begins. */
  public synchronized void forget() {
    last.clear();
  }

  /**
   * @param answers of buckets that run; empty for one that moves nothing now, and missing for one that did not answer
   */
  public synchronized ClusterProgress of(
      List<String> waiting, List<String> running, Map<String, BucketOutcome> ended, Duration elapsed,
      Map<String, Optional<RebalanceProgress>> answers) {
    Map<String, RebalanceProgress> moving = new LinkedHashMap<>();
    List<String> beginning = new ArrayList<>();
    for (String bucket : running) {
      Optional<RebalanceProgress> answer = answers.get(bucket);
      if (answer != null && answer.isPresent()) {
        last.put(bucket, answer.get());
      }
      RebalanceProgress known = last.get(bucket);
      if (known == null) {
        beginning.add(bucket);
      } else {
        moving.put(bucket, answer != null && answer.isEmpty() ? allEnded(known) : known);
      }
    }
    return new ClusterProgress(waiting, moving, beginning, ended, elapsed);
  }

  private static RebalanceProgress allEnded(RebalanceProgress known) {
    return new RebalanceProgress(
        known.moves(), known.moves(), known.failed(), Map.of(), known.retries(), known.elapsed(), known.bytes(),
        known.bytesExpected(), Optional.empty());
  }
}
