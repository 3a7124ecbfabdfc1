package io.vbucket.rebalance.testkit.explore.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the rules say of states. Rules look at machines and at the budget, and each combination is judged once. */
final class Verdicts {
  /** @param rule the first that is broken */
  record Broken(String rule, String how) {}

  private final Network network;
  private final List<Rule> rules;
  private final PairMap[] combinations;
  private final List<Optional<Broken>> verdicts = new ArrayList<>();
  private int combined;

  Verdicts(Network network, List<Rule> rules) {
    this.network = network;
    this.rules = rules;
    this.combinations = new PairMap[network.layout().machines().size()];
    for (int i = 0; i < combinations.length; i++) {
      combinations[i] = new PairMap();
    }
  }

  Optional<Broken> of(int[] state) {
    int so = state[network.width() - 1];
    for (int m = 0; m < combinations.length; m++) {
      if (network.layout().machines().get(m).judged()) {
        int with = combinations[m].get(so, state[m]);
        if (with < 0) {
          with = combined++;
          combinations[m].put(so, state[m], with);
        }
        so = with;
      }
    }
    while (verdicts.size() <= so) {
      verdicts.add(null);
    }
    Optional<Broken> verdict = verdicts.get(so);
    if (verdict == null) {
      verdict = judge(new Snapshot(network, state));
      verdicts.set(so, verdict);
    }
    return verdict;
  }

  private Optional<Broken> judge(Snapshot state) {
    for (Rule rule : rules) {
      Optional<String> how = rule.broken(state);
      if (how.isPresent()) {
        return Optional.of(new Broken(rule.name(), how.get()));
      }
    }
    return Optional.empty();
  }
}
