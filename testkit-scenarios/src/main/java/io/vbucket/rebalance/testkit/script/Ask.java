package io.vbucket.rebalance.testkit.script;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** These vBuckets shall get other chains: node names, active first and null for a hole. */
  record Chains(Map<Integer, List<String>> newChains) implements Ask {
    public Chains {
      Map<Integer, List<String>> copied = new LinkedHashMap<>();
      newChains.forEach((vbucket, chain) -> copied.put(vbucket, Collections.unmodifiableList(new ArrayList<>(chain))));
      newChains = Collections.unmodifiableMap(copied);
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
