package io.vbucket.rebalance.testkit.script.parse;

import io.vbucket.rebalance.testkit.explore.search.Budget;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.script.Scenario;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code explore { depth, states, retries, refusals, early-ends, rollbacks, cuts, silences, writes, impatience, cancels }}: bounds of the search, and how
 * often each fault may happen. A fault that is not named happens as often as the script's lines make it happen.
 */
final class ExploreParser {
  private static final int DEFAULT_DEPTH = 1_000;
  private static final int DEFAULT_STATES = 50_000_000;

  private ExploreParser() {}

  static Optional<Scenario.Explore> parse(Entries script) {
    List<String> keys = new ArrayList<>(List.of("depth", "states"));
    for (Fault fault : Fault.values()) {
      keys.add(fault.word());
    }
    return script.inner("explore", keys).map(explore -> {
      Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
      for (Fault fault : Fault.values()) {
        explore.number(fault.word(), 0, Budget.MOST).ifPresent(often -> faults.put(fault, often));
      }
      return new Scenario.Explore(
          script.mistakes.place(script.value("explore")),
          explore.number("depth", 1, 1_000_000).orElse(DEFAULT_DEPTH),
          explore.number("states", 1, Integer.MAX_VALUE).orElse(DEFAULT_STATES),
          faults);
    });
  }
}
