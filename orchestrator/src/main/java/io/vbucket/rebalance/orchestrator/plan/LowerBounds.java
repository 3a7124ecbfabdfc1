package io.vbucket.rebalance.orchestrator.plan;

/**
 * What any plan must at least cost.
 *
 * <p>Proof for copies. In a map that keeps the rules node i holds between low(i) and high(i) copies (actives and replicas together, see
 * {@link Shares#widest}), and all together hold T = vBuckets x (replicas + 1). Let e(i) be what i holds beyond low(i); the e(i) add up to
 * E = T - sum of low. If i holds h(i) copies now, at most min(h, low + e) of them are kept, which is at most min(h, low) + min(max(h - low, 0),
 * e); and e(i) is at most high - low. So all nodes together keep at most
 * K = sum of min(h, low) + min(E, sum of min(max(h - low, 0), high - low)), and T - K copies are new. Besides, a vBucket with fewer
 * holders among the kept nodes than its new chain has places needs the difference in new copies. The greater of the two counts. Partners
 * (max-slaves) and groups only make it harder, so the bound holds with them too.
 *
 * <p>Takeovers: the same argument with the actives alone.
 */
final class LowerBounds {
  private LowerBounds() {}

  static int copies(PlanSpace space) {
    return copies(space, space.shares.widest(space));
  }

  /** The same for these shares: an estimate rather than a bound where groups are unequal, for then other shares are right as well. */
  static int copies(PlanSpace space, Shares shares) {
    int[] held = new int[space.nodes];
    int places = 0;
    int missing = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      if (space.empty[v]) {
        continue;
      }
      int holders = 0;
      for (int cell = v * space.width; cell < (v + 1) * space.width; cell++) {
        if (space.held[cell] != PlanSpace.NONE) {
          held[space.held[cell]]++;
          holders++;
        }
      }
      int wanted = space.locked[v] ? holders : space.replicas + 1;
      places += wanted;
      missing += Math.max(0, wanted - holders);
    }
    int[] low = new int[space.nodes];
    int[] high = new int[space.nodes];
    int total = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      total += space.replicas + 1;
    }
    for (int i = 0; i < space.nodes; i++) {
      low[i] = shares.activeLow[i] + shares.replicaLow[i];
      high[i] = shares.activeHigh[i] + shares.replicaHigh[i];
    }
    return Math.max(missing, places - kept(held, low, high, total));
  }

  static int takeovers(PlanSpace space) {
    int[] held = new int[space.nodes];
    int there = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      there += space.hasActive[v] ? 1 : 0;
      if (space.heldActive(v) != PlanSpace.NONE) {
        held[space.heldActive(v)]++;
      }
    }
    return there - kept(held, space.shares.activeLow, space.shares.activeHigh, space.vbuckets);
  }

  private static int kept(int[] held, int[] low, int[] high, int total) {
    int sure = 0;
    int beyond = 0;
    int extra = total;
    for (int i = 0; i < held.length; i++) {
      sure += Math.min(held[i], low[i]);
      beyond += Math.min(Math.max(held[i] - low[i], 0), high[i] - low[i]);
      extra -= low[i];
    }
    return sure + Math.max(0, Math.min(extra, beyond));
  }
}
