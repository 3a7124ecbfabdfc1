package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.testkit.explore.search.Network;
import io.vbucket.rebalance.testkit.explore.search.Path;
import io.vbucket.rebalance.testkit.explore.search.Paths;
import io.vbucket.rebalance.testkit.explore.search.Rule;
import io.vbucket.rebalance.testkit.explore.search.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * A trace gone through again with the rules as they are now.
 *
 * @param path as far as it could be followed, with what was violated at its end, or empty
 * @param lost why it could not be followed to its end, or empty
 */
public record Replay(Path path, Optional<String> lost) {
  public static Replay of(Trace trace) {
    Network network = trace.exploration().network(trace.variantRead());
    Paths.Followed followed = Paths.follow(network, trace.steps());
    if (followed.breach().isPresent()) {
      return new Replay(
          new Path(followed.breach().get().invariant(), followed.breach().get().text(), followed.steps()),
          Optional.empty());
    }
    List<Rule> rules = trace.variantRead() == Variant.NAIVE ? Invariant.OF_NODES : Invariant.ALL;
    for (Rule rule : rules) {
      Optional<String> broken = brokenBy(followed, network, rule);
      if (broken.isPresent()) {
        return new Replay(new Path(rule.name(), broken.get(), followed.steps()), followed.lost());
      }
    }
    return new Replay(new Path("", "", followed.steps()), followed.lost());
  }

  private static Optional<String> brokenBy(Paths.Followed followed, Network network, Rule rule) {
    Snapshot last = followed.last();
    Optional<String> broken = rule.broken(last);
    if (broken.isPresent() || followed.lost().isPresent() || !Paths.isOver(network, followed)) {
      return broken;
    }
    return rule == Invariant.I7 && !Invariant.isOver(last)
        ? Optional.of("nothing is left to happen, and the move has not ended")
        : rule.brokenAtTheEnd(last);
  }

  /** Whether something was violated. */
  public boolean isViolated() {
    return !path.violated().isEmpty();
  }
}
