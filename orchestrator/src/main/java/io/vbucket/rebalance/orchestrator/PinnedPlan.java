package io.vbucket.rebalance.orchestrator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A plan that was made before and looked at, and shall be carried out as it is or not at all: it holds for one map only.
 *
 * @param bucket name of the bucket
 * @param epoch of the map for which it was made
 * @param revision of that map; any other is refused
 * @param kept names of the nodes that own vBuckets afterwards
 * @param replicas of each vBucket, when all moves are made
 * @param moves what shall change
 */
public record PinnedPlan(
    String bucket, long epoch, long revision, List<String> kept, int replicas, List<PinnedMove> moves) {

  /**
   * @param before names of the nodes that hold the vBucket, active first; null for a hole
   * @param after the same, as it shall be
   */
  public record PinnedMove(int vbucket, List<String> before, List<String> after) {
    public PinnedMove {
      before = Collections.unmodifiableList(new ArrayList<>(before));
      after = Collections.unmodifiableList(new ArrayList<>(after));
    }
  }

  public PinnedPlan {
    kept = List.copyOf(kept);
    moves = List.copyOf(moves);
  }
}
