package io.vbucket.rebalance.orchestrator.plan;

import java.util.stream.IntStream;

/**
 * Partners and replicas where groups differ in size or weight. What a node can hold then hangs on how many actives are in the other groups, and
 * chains of small steps from the current map get stuck; so the numbers are decided first, by flows: which pairs ({@link PairFlow}), how many
 * replicas on each ({@link LoadFlow}), of which vBuckets ({@link ChainFlow}).
 */
final class ReplicaFlows {
  private final Draft draft;

  ReplicaFlows(Draft draft) {
    this.draft = draft;
  }

  void run() {
    PlanSpace space = draft.space;
    draft.shares = space.shares.following(space, draft.actives);
    if (space.anyPartner) {
      new PartnerPhase(draft).run();
    } else {
      new PairFlow(draft).run();
    }
    draft.keepLocked();
    int[] load = new LoadFlow(draft).run();
    new ChainFlow(draft, load).run();
    if (space.request.current() != null) {
      new ReplicaChains(draft, IntStream.range(0, space.vbuckets).toArray()).cheapen();
    }
    draft.shares = space.shares.withinGroups(space, draft.totals);
  }
}
