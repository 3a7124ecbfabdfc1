package io.vbucket.rebalance.orchestrator.plan;

import java.util.List;

/**
 * One vBucket's chain is to become another one.
 *
 * @param oldChain node names, active first, null for a hole
 * @param newChain the same, as it shall be
 * @param bytes size of one copy of the vBucket in bytes; 0 when unknown
 */
public record VBucketMove(int vbucket, List<String> oldChain, List<String> newChain, long bytes) {
  /** Nodes that must get a copy they do not have. */
  public List<String> built() {
    return newChain.stream().filter(node -> node != null && !oldChain.contains(node)).toList();
  }

  /** Nodes that hold a copy and shall not any more. */
  public List<String> dropped() {
    return oldChain.stream().filter(node -> node != null && !newChain.contains(node)).toList();
  }

  /** Whether another node becomes active. False for a vBucket that has no active: nobody is there to take over from. */
  public boolean isTakeover() {
    return oldChain.get(0) != null && !oldChain.get(0).equals(newChain.get(0));
  }
}
