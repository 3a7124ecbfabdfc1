package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Decides who is active: those who are, as far as their share allows; nodes that lack many take theirs by {@link ActiveIntake}; the rest
 * goes by cheapest chains of hand-overs ({@link ActiveChains}).
 *
 * <p>A new node chooses its partners here too, by the vBuckets it takes: replicas of a vBucket can stay if their nodes become its
 * partners, so it takes vBuckets whose replicas together lie on just as many nodes as it may have partners. (Taken at random, nearly
 * every replica of every vBucket it takes would have to move to one of its partners.)
 */
final class ActivePhase {
  private static final int NONE = PlanSpace.NONE;
  /** Prices that may be looked at to find the best chain one at a time; beyond, needy nodes take directly and chains go in batches. */
  private static final long EXACT = 3_000_000;

  private final Draft draft;
  private final PlanSpace space;
  private final SplittableRandom random;
  private final HomePrice price;
  /**
   * vBuckets in the order in which they are looked at. Random where chains differ, or plans would favour the same ones every time; without
   * replicas one is as good as another, and the first ones stay where they are.
   */
  private final int[] order;
  private final boolean[] source;
  private final boolean[] target;
  private boolean homeless;

  ActivePhase(Draft draft, SplittableRandom random) {
    this.draft = draft;
    this.space = draft.space;
    this.random = random;
    this.price = new HomePrice(draft);
    this.source = new boolean[space.nodes];
    this.target = new boolean[space.nodes];
    this.order = new int[space.vbuckets];
    if (space.width == 1) {
      Arrays.setAll(order, v -> space.vbuckets - 1 - v);
      return;
    }
    Arrays.setAll(order, v -> v);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  }

  void run() {
    for (int v = 0; v < space.vbuckets; v++) {
      draft.setActive(v, space.heldActive(v));
    }
    if (space.request.current() == null) {
      takeTurns();
      return;
    }
    pairsInUse();
    long lack = 0;
    for (int i = 0; i < space.nodes; i++) {
      lack += Math.max(0, space.shares.activeLow[i] - draft.actives[i]);
      lack += Math.max(0, draft.actives[i] - space.shares.activeHigh[i]);
    }
    boolean exact = (lack + limbo()) * space.vbuckets * (needy() + space.width) <= EXACT;
    if (!exact) {
      new ActiveIntake(draft, price, order, random).run();
    }
    ActiveChains chains = new ActiveChains(draft, price, order, exact);
    boolean found = true;
    boolean more = true;
    while (more) {
      more = needs();
      // Where chains end, nothing is cheaper than any node; in exact mode each change may open the way for another chain.
      found = more && (found || exact) && chains.go(homeless, source, target);
      more = more && (found || anyHandOver());
    }
  }

  private int needy() {
    int needy = 0;
    for (int i = 0; i < space.nodes; i++) {
      needy += draft.actives[i] < space.shares.activeLow[i] ? 1 : 0;
    }
    return needy == 0 ? space.nodes : needy;
  }

  private int limbo() {
    int limbo = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      limbo += draft.active[v] == NONE && !space.locked[v] ? 1 : 0;
    }
    return limbo;
  }

  /** For a new bucket: in turn, or, where no replicas are to be spread, each node a row of vBuckets. */
  private void takeTurns() {
    int node = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      int looked = 0;
      while (looked++ < space.nodes && draft.actives[node] >= space.shares.activeLow[node]) {
        node = (node + 1) % space.nodes;
      }
      looked = 0;
      while (looked++ < space.nodes && draft.actives[node] >= space.shares.activeHigh[node]) {
        node = (node + 1) % space.nodes;
      }
      draft.setActive(v, node);
      node = space.replicas == 0 ? node : (node + 1) % space.nodes;
    }
  }

  /** A node that replicates to more nodes than allowed keeps those with most vBuckets; what is dropped here may come back later. */
  private void pairsInUse() {
    int n = space.nodes;
    int[] value = new int[n * n];
    for (int v = 0; v < space.vbuckets; v++) {
      for (int cell = v * space.width + 1; cell < (v + 1) * space.width; cell++) {
        if (draft.active[v] != NONE && space.held[cell] != NONE
            && space.pairAllowed(draft.active[v], space.held[cell])) {
          draft.addPair(draft.active[v], space.held[cell]);
          value[draft.active[v] * n + space.held[cell]]++;
        }
      }
    }
    for (int q = 0; q < n; q++) {
      while (draft.out[q] > space.partners) {
        int worst = draft.taker(q, 0);
        for (int place = 1; place < draft.out[q]; place++) {
          int p = draft.taker(q, place);
          worst = value[q * n + p] < value[q * n + worst] ? p : worst;
        }
        draft.dropPair(q, worst);
      }
    }
  }

  /** @return whether somebody has too much or too little */
  private boolean needs() {
    homeless = limbo() > 0;
    boolean over = false;
    boolean under = false;
    for (int i = 0; i < space.nodes; i++) {
      over |= draft.actives[i] > space.shares.activeHigh[i];
      under |= draft.actives[i] < space.shares.activeLow[i];
    }
    for (int i = 0; i < space.nodes; i++) {
      int count = draft.actives[i];
      source[i] = !homeless && (over ? count > space.shares.activeHigh[i] : count > space.shares.activeLow[i]);
      target[i] = under ? count < space.shares.activeLow[i] : count < space.shares.activeHigh[i];
    }
    return homeless || over || under;
  }

  /** Where no chain leads: the cheapest of a sample for the neediest node. */
  private boolean anyHandOver() {
    int to = -1;
    for (int i = 0; i < space.nodes; i++) {
      if (target[i] && (to < 0 || need(i) > need(to))) {
        to = i;
      }
    }
    int best = -1;
    long least = Long.MAX_VALUE;
    int looked = 0;
    int start = random.nextInt(space.vbuckets);
    for (int i = 0; i < space.vbuckets && looked < 256 && to >= 0; i++) {
      int v = order[(start + i) % space.vbuckets];
      int from = draft.active[v];
      if (space.locked[v] || (homeless ? from != NONE : from == NONE || !source[from])) {
        continue;
      }
      looked++;
      long price = this.price.of(v, to) - (from == NONE ? 0 : this.price.of(v, from));
      if (price < least) {
        least = price;
        best = v;
      }
    }
    if (best >= 0) {
      ActiveIntake.give(draft, best, to);
    }
    return best >= 0;
  }

  private int need(int i) {
    return space.shares.activeHigh[i] - draft.actives[i];
  }
}
