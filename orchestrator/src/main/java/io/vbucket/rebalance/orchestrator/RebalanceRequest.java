package io.vbucket.rebalance.orchestrator;

import java.util.Set;
import java.util.TreeSet;

/**
 * What a rebalance shall reach: every vBucket of the bucket on one of the nodes that own some now, with those of {@code add} and without
 * those of {@code remove}, in even shares.
 *
 * @param add names of nodes that shall own vBuckets from now on
 * @param remove names of nodes that shall own none any more
 */
public record RebalanceRequest(Set<String> add, Set<String> remove) {
  public RebalanceRequest {
    add = java.util.Collections.unmodifiableSet(new TreeSet<>(add));
    remove = java.util.Collections.unmodifiableSet(new TreeSet<>(remove));
  }

  public static RebalanceRequest adding(String... names) {
    return new RebalanceRequest(Set.of(names), Set.of());
  }

  public static RebalanceRequest removing(String... names) {
    return new RebalanceRequest(Set.of(), Set.of(names));
  }
}
