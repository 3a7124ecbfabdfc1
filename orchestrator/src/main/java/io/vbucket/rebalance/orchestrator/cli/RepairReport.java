package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a repair did; the field names are those of its JSON and stay as they are.
 *
 * @param dryRun whether it only told
 * @param steps what it did or would do, in order
 * @param failures what nodes did not do
 * @param needOperator vBuckets that somebody must look at
 */
record RepairReport(boolean dryRun, List<String> steps, List<String> failures, List<String> needOperator) {

  static RepairReport of(RebalanceOrchestrator.Repaired repaired, boolean dryRun) {
    return new RepairReport(
        dryRun,
        repaired.plan().steps().stream().map(Object::toString).toList(),
        repaired.failures(),
        repaired.plan().needOperator());
  }

  /** All of it for a person: whoever repairs wants to know every vBucket. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (steps.isEmpty() && needOperator.isEmpty()) {
      lines.add("nothing to repair: nodes and map agree");
      return lines;
    }
    lines.add(String.format(
        Locale.ROOT, "%,d %s%s", steps.size(), steps.size() == 1 ? "step" : "steps",
        dryRun ? ", none of them carried out" : ""));
    steps.forEach(step -> lines.add("  " + step));
    failures.forEach(failure -> lines.add("  failed: " + failure));
    if (!failures.isEmpty()) {
      lines.add("what comes after a failed step was not done; repair again when the nodes are well");
    }
    needOperator.forEach(entry -> lines.add("  needs an operator: " + entry));
    return lines;
  }
}
