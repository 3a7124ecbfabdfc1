package io.vbucket.rebalance.orchestrator;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import java.util.List;
import java.util.Set;

/**
 * The map as a run leaves it: without the nodes that left, when all moves are made, and saying no more where vBuckets are going. Pure.
 *
 * @param config never older than the one that the moves left
 * @param isNews whether nodes have to be told
 * @param nodesLeave whether a node that clients use now is not in it
 */
record LastMap(BucketConfig config, boolean isNews, boolean nodesLeave) {
  /**
   * @param left by the moves
   * @param complete whether all moves are made
   * @param servers {@code host:port} of the nodes that shall be left then
   * @param replicas how many each vBucket shall have then
   */
  static LastMap of(BucketConfig left, boolean complete, List<String> servers, int replicas) {
    boolean asItShallBe = Set.copyOf(servers).equals(Set.copyOf(left.servers())) && replicas == left.numReplicas();
    if (complete && !asItShallBe) {
      BucketConfig last = left.withServers(servers).withReplicas(replicas);
      return new LastMap(last, true, !last.servers().containsAll(left.servers()));
    }
    return left.hasForward() ? new LastMap(left.withoutForward(), true, false) : new LastMap(left, false, false);
  }
}
