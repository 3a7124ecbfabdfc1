package io.vbucket.rebalance.orchestrator.repair;

import java.util.List;

/** One thing that a repair does about one vBucket. */
public sealed interface RepairStep {
  int vbucket();

  /** The owner in the map went dead and nobody took over: it becomes active again. It has every write that was acknowledged. */
  record Reactivate(int vbucket, String node) implements RepairStep {
    @Override
    public String toString() {
      return "vb:" + vbucket + " is made active again on " + node + ", its owner in the map; nobody took over";
    }
  }

  /** No copy is active, and an operator asked for it: the most advanced one becomes active. What only others had is lost. */
  record Promote(int vbucket, String node) implements RepairStep {
    @Override
    public String toString() {
      return "vb:" + vbucket + " is made active on " + node + ", whose copy is the most advanced";
    }
  }

  /**
   * A takeover was completed and never written into the map: the map is made to say what is true.
   *
   * @param chain names of the nodes that hold the vBucket, the one that is active first, null for a hole
   */
  record Adopt(int vbucket, List<String> chain) implements RepairStep {
    public Adopt {
      chain = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(chain));
    }

    @Override
    public String toString() {
      return "vb:" + vbucket + " gets the chain " + chain + " in the map; " + chain.get(0) + " is active";
    }
  }

  /** A copy that is in the chain, and is dead or pending, becomes the replica that the map says it is. */
  record Demote(int vbucket, String node) implements RepairStep {
    @Override
    public String toString() {
      return "vb:" + vbucket + " becomes a replica on " + node + ", as the map says";
    }
  }

  /** A copy that serves nothing is deleted. Done after the map was written. */
  record Remove(int vbucket, String node) implements RepairStep {
    @Override
    public String toString() {
      return "vb:" + vbucket + " loses its copy on " + node + ", which is not in its chain";
    }
  }
}
