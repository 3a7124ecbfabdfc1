package io.vbucket.rebalance.testkit.explore.search;

import java.util.Optional;

/** What must hold in every state. */
public interface Rule {
  /** Short, such as {@code I1}. */
  String name();

  /** In one sentence. */
  String text();

  /** How the state breaks it, or empty. Looks at no channel. */
  Optional<String> broken(Snapshot state);

  /** How the state breaks it in which nothing is left to happen, or empty. */
  default Optional<String> brokenAtTheEnd(Snapshot state) {
    return Optional.empty();
  }
}
