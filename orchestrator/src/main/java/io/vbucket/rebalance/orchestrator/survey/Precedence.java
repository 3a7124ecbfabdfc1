package io.vbucket.rebalance.orchestrator.survey;

import java.util.List;

/**
 * Which of several runs goes on that were started in the same instant, so that each sees the others on the nodes: the one whose name comes first
 * waits for the others to give up, and they do so at once.
 *
 * <p>This decides who waits, never who may act: a run changes something only after it could be seen on all nodes, then read all of them, and saw
 * nobody else. Of two runs at least one sees the other, so a run that is at work already, and saw nobody, is waited for in vain.
 */
public final class Precedence {
  private Precedence() {}

  /**
   * Whether the others that are seen will give up if they see this run, too.
   *
   * @param runId the name by which the others see it
   */
  public static boolean isFirst(String runId, Survey.Findings findings) {
    List<String> others = findings.byNode().values().stream().flatMap(found -> found.otherRuns().stream()).toList();
    boolean allTold = findings.byNode().values().stream().allMatch(found -> found.trouble().isEmpty());
    return allTold && !others.isEmpty() && others.stream().allMatch(other -> runId.compareTo(other) < 0);
  }
}
