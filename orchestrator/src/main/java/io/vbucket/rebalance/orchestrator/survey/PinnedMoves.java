package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.PinnedPlan;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.map.ConfigRevision;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Whether a plan that was made before still fits, and its moves. Pure. */
final class PinnedMoves {
  private final PinnedPlan plan;

  PinnedMoves(PinnedPlan plan) {
    this.plan = plan;
  }

  /** Why it cannot be carried out on this map; empty when it can. */
  List<String> obstacles(String bucket, BucketConfig config, Set<String> known) {
    List<String> reasons = new ArrayList<>();
    ConfigRevision planned = new ConfigRevision(plan.epoch(), plan.revision());
    ConfigRevision present = new ConfigRevision(config.epoch(), config.revision());
    if (!plan.bucket().equals(bucket)) {
      reasons.add("the plan is for bucket " + plan.bucket() + ", not for " + bucket);
    } else if (!planned.equals(present)) {
      reasons.add("the plan was made for " + planned + " of the map, but the nodes have " + present
          + ": somebody has changed the map since; plan anew");
    }
    Set<String> unknown = new TreeSet<>(plan.kept());
    plan.moves().forEach(move -> move.after().stream().filter(node -> node != null).forEach(unknown::add));
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      reasons.add("the plan names " + String.join(", ", unknown) + ", which the cluster file does not list; it lists "
          + String.join(", ", known));
    }
    return reasons;
  }

  /**
   * The moves.
   *
   * @param held the chains as the nodes have them
   * @param reasons takes why not, when a chain is not what the plan begins from
   */
  List<Move> moves(VBucketMap held, List<String> reasons) {
    List<Move> moves = new ArrayList<>();
    for (PinnedPlan.PinnedMove move : plan.moves()) {
      boolean exists = move.vbucket() >= 0 && move.vbucket() < held.numVBuckets();
      List<String> before = exists ? held.chain(move.vbucket()) : null;
      if (!move.before().equals(before)) {
        reasons.add("the plan moves vb:" + move.vbucket() + " from " + move.before() + ", but its chain is "
            + (exists ? before : "not in the map") + ": plan anew");
      } else {
        moves.add(new Move(plan.bucket(), move.vbucket(), move.before(), move.after(), 0));
      }
    }
    return moves;
  }
}
