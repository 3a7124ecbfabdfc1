package io.vbucket.rebalance.testkit.script;

import java.util.Map;
import java.util.Set;

/** What is asked of the orchestrator at the beginning. */
public sealed interface Ask {
  /** One vBucket shall change its owner. */
  record OneMove(int vbucket, String from, String to) implements Ask {}

  /** These vBuckets shall get other owners. */
  record Moves(Map<Integer, String> newOwners) implements Ask {
    public Moves {
      newOwners = Map.copyOf(newOwners);
    }
  }

  /** Nodes shall come and go; vBuckets are spread evenly. */
  record Rebalance(Set<String> add, Set<String> remove) implements Ask {
    public Rebalance {
      add = Set.copyOf(add);
      remove = Set.copyOf(remove);
    }
  }
}
