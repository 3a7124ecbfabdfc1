package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.testkit.explore.search.Search;
import java.util.ArrayList;
import java.util.List;

/**
 * The figures of one or more searches; the field names are those of the JSON.
 *
 * @param statesPerSecond of one core's time
 * @param depth steps of the longest of all shortest paths
 * @param complete whether all states were visited, and all paths seen to end
 * @param seconds that it took
 * @param coreSeconds of these, how long it had a core
 */
public record ExploreReport(
    long distinctStates, long statesPerSecond, int depth, boolean complete, List<Violation> violations, double seconds,
    double coreSeconds) {
  /**
   * @param steps of the schedule
   * @param schedule its steps, one line each
   */
  public record Violation(String invariant, String text, int steps, List<String> schedule) {}

  public ExploreReport {
    violations = List.copyOf(violations);
  }

  public static ExploreReport of(List<Search.Found> searches) {
    long states = searches.stream().mapToLong(Search.Found::distinctStates).sum();
    double coreSeconds = searches.stream().mapToDouble(Search.Found::coreSeconds).sum();
    List<Violation> violations = new ArrayList<>();
    searches.forEach(found -> found.violations().forEach(path -> violations.add(new Violation(
        path.violated(), path.text(), path.steps().size(),
        path.steps().stream().map(step -> step.key()).toList()))));
    return new ExploreReport(
        states,
        Math.round(states / Math.max(coreSeconds, 1e-3)),
        searches.stream().mapToInt(Search.Found::depth).max().orElse(0),
        searches.stream().allMatch(Search.Found::complete),
        violations,
        searches.stream().mapToDouble(Search.Found::seconds).sum(),
        coreSeconds);
  }
}
