package io.vbucket.rebalance.testkit.script;

import com.typesafe.config.Config;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One scenario, ready to run: its script has no mistakes, and its matrix is resolved.
 *
 * @param place where it was read
 * @param name one sentence that says what must hold
 * @param matrix this scenario's choice by name of the matrix' row; empty without a matrix
 * @param covers races and invariants of the catalogue, such as T3 and I5
 * @param pending why it is not run yet, or empty
 * @param stages names of the stages on which it makes sense
 * @param cluster the nodes and what they hold at the beginning
 * @param settings what it changes in {@code reference.conf}, below {@code rebalance}
 * @param ask what is asked of the orchestrator
 * @param steps what goes wrong and when
 * @param expect what must be seen, besides the invariants
 * @param explore bounds of a search through all orders of events, if the script gives them
 */
public record Scenario(
    Place place,
    String name,
    Map<String, String> matrix,
    List<String> covers,
    String pending,
    Set<String> stages,
    ClusterShape cluster,
    Config settings,
    Ask ask,
    List<Step> steps,
    Expectations expect,
    Optional<Explore> explore) {

  /**
   * @param place where it stands
   * @param depth longest path
   * @param states most distinct states
   * @param faults how often each that is named may happen
   */
  public record Explore(Place place, int depth, long states, Map<Fault, Integer> faults) {
    public Explore {
      faults = Map.copyOf(faults);
    }
  }

  public boolean isPending() {
    return !pending.isEmpty();
  }

  /** The name with the matrix' choice. */
  public String title() {
    return matrix.isEmpty() ? name : name + " " + matrix;
  }
}
