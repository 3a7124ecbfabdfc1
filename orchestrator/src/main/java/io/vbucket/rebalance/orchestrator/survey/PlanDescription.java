package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.PlannedRebalance.PlannedMove;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Tells a plan in the words of events: nodes by name, chains before and after. Pure. */
public final class PlanDescription {
  private PlanDescription() {}

  /**
   * @param names of all nodes of the cluster, in its order
   * @param serverOf {@code host:port} of a node, as the map lists it
   */
  public static PlannedRebalance of(
      String runId, Readiness.Ready plan, List<String> names, UnaryOperator<String> serverOf) {
    Map<String, String> nameOf = new HashMap<>();
    names.forEach(name -> nameOf.put(serverOf.apply(name), name));
    BucketConfig config = plan.config();
    List<String> owners = config.servers().stream().map(nameOf::get).toList();
    List<List<String>> chains = new ArrayList<>();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      // With holes, which the lists of a stream refuse.
      List<String> chain = new ArrayList<>(config.chain(vbucket));
      chain.replaceAll(nameOf::get);
      chains.add(chain);
    }
    List<PlannedMove> moves = plan.moves().stream()
        .map(move -> new PlannedMove(move.vbucket(), move.before(), move.after()))
        .toList();
    return new PlannedRebalance(
        runId,
        names,
        plan.kept(),
        plan.kept().stream().filter(name -> !owners.contains(name)).toList(),
        owners.stream().filter(name -> !plan.kept().contains(name)).toList(),
        chains,
        moves);
  }
}
