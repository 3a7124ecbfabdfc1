package io.vbucket.rebalance.orchestrator.plan;

/**
 * Evens out what the pairs of partners carry, without a copy more: a replica that must be built anyway is built on another partner of its active
 * instead. Where the totals of the two nodes have no room for that, a replica of another active goes the other way. Pairs only become
 * more even (the sum of the squares of their loads falls with each step, so it ends), no pair is emptied, actives and totals stay in range.
 */
final class PairPhase {
  private static final int NONE = PlanSpace.NONE;

  private final Draft draft;
  private final PlanSpace space;
  private final NodeLists members;

  PairPhase(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.members = new NodeLists(space.nodes, space.vbuckets);
  }

  void run() {
    if (space.replicas == 0) {
      return;
    }
    for (int v = 0; v < space.vbuckets; v++) {
      for (int slot = 0; slot < space.replicas; slot++) {
        if (draft.replica(v, slot) != NONE) {
          members.add(draft.replica(v, slot), v);
        }
      }
    }
    boolean more = true;
    while (more) {
      more = false;
      for (int v = 0; v < space.vbuckets; v++) {
        for (int slot = 0; slot < space.replicas && !space.locked[v]; slot++) {
          more |= even(v, slot);
        }
      }
    }
  }

  private boolean even(int v, int slot) {
    int from = draft.replica(v, slot);
    int q = draft.active[v];
    if (from == NONE || load(q, from) < 2) {
      return false;
    }
    for (int place = 0; place < draft.out[q]; place++) {
      int to = draft.taker(q, place);
      if (load(q, from) - load(q, to) > 1 && isFree(v, from, to) && draft.allows(v, slot, to)
          && carryOut(v, from, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean carryOut(int v, int from, int to) {
    if (draft.totals[from] > draft.shares.replicaLow[from] && draft.totals[to] < draft.shares.replicaHigh[to]) {
      shift(v, from, to);
      return true;
    }
    for (int m = 0; m < members.size(to); m++) {
      int other = members.get(to, m);
      int q = draft.active[other];
      if (q != draft.active[v] && q != from && !space.locked[other] && draft.hasPair(q, from) && load(q, to) > 1
          && load(q, to) > load(q, from) && isFree(other, to, from)
          && draft.allows(other, draft.slotOf(other, to), from)) {
        shift(v, from, to);
        shift(other, to, from);
        return true;
      }
    }
    return false;
  }

  private boolean isFree(int v, int from, int to) {
    return space.cost(v, to) <= space.cost(v, from);
  }

  private int load(int from, int to) {
    return draft.load[from * space.nodes + to];
  }

  private void shift(int v, int from, int to) {
    draft.setReplica(v, draft.slotOf(v, from), to);
    members.remove(from, v);
    members.add(to, v);
  }
}
