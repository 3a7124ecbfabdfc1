package io.vbucket.rebalance.orchestrator.replication;

import java.util.List;

/**
 * How replication stands.
 *
 * @param wanted streams that shall run
 * @param running streams that run
 * @param lent vBuckets that are being moved, whose streams their movers have
 * @param troubles why streams do not run, in words
 */
public record ReplicationStatus(int wanted, int running, int lent, List<String> troubles) {
  public ReplicationStatus {
    troubles = List.copyOf(troubles);
  }

  /** Whether everything that shall run does. */
  public boolean isComplete() {
    return running == wanted;
  }
}
