package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Nodes that lack actives take them, one node after the other, directly from nodes that have more than their share and from vBuckets
 * without an active. A node looks first at what its partners hold: those vBuckets' replicas can stay.
 */
final class ActiveIntake {
  private static final int NONE = PlanSpace.NONE;
  /** A node above its share must give anyway: worth a copy and a takeover, for it would cost one elsewhere. */
  private static final long SURPLUS = PlanSpace.COPY + HomePrice.TAKEOVER;
  private static final int SAMPLE = 512;
  private static final long INDEX_BITS = 20;

  private final Draft draft;
  private final PlanSpace space;
  private final HomePrice price;
  private final int[] order;
  private final SplittableRandom random;
  private final int[] seen;
  private int round;
  private long[] candidates = new long[1024];
  private int count;

  ActiveIntake(Draft draft, HomePrice price, int[] order, SplittableRandom random) {
    this.draft = draft;
    this.space = draft.space;
    this.price = price;
    this.order = order;
    this.random = random;
    this.seen = new int[space.vbuckets];
  }

  void run() {
    for (int x = 0; x < space.nodes; x++) {
      boolean more = true;
      while (more && draft.actives[x] < space.shares.activeLow[x]) {
        more = take(x);
      }
    }
  }

  /** Takes in the order of prices until the prices change, which they do with the partners. */
  private boolean take(int x) {
    list(x);
    int partners = draft.out[x];
    int pace = price.pace(x);
    // A node that has still to choose partners rarely takes more than a few before prices change: no need to sort them all.
    boolean few = price.open(x) > 0;
    if (!few) {
      Arrays.sort(candidates, 0, count);
    }
    boolean any = false;
    for (int i = 0; i < count && draft.actives[x] < space.shares.activeLow[x]; i++) {
      if (few) {
        leastTo(i);
      }
      int v = (int) (candidates[i] & ((1L << INDEX_BITS) - 1));
      if (mayLeave(v)) {
        give(draft, v, x);
        any = true;
        if (draft.out[x] != partners || price.pace(x) != pace) {
          return true;
        }
      }
    }
    return any;
  }

  private void list(int x) {
    round++;
    count = 0;
    if (space.anyPartner) {
      for (int v : order) {
        offer(v, x);
      }
    } else {
      for (int place = 0; place < draft.out[x]; place++) {
        int p = draft.taker(x, place);
        for (int i = 0; i < space.holdings(p); i++) {
          offer(space.holding(p, i), x);
        }
      }
      int start = random.nextInt(space.vbuckets);
      for (int i = 0, offered = count; i < space.vbuckets && count < offered + SAMPLE; i++) {
        offer(order[(start + i) % space.vbuckets], x);
      }
    }
  }

  private void leastTo(int place) {
    int least = place;
    for (int i = place + 1; i < count; i++) {
      least = candidates[i] < candidates[least] ? i : least;
    }
    long swap = candidates[place];
    candidates[place] = candidates[least];
    candidates[least] = swap;
  }

  /** Prices and vBuckets are sorted as one number. */
  private void offer(int v, int x) {
    if (seen[v] == round || !mayLeave(v)) {
      return;
    }
    seen[v] = round;
    int from = draft.active[v];
    long delta = price.of(v, x) - (from == NONE ? space.copyCost[v] : price.of(v, from));
    if (from == NONE || draft.actives[from] > space.shares.activeHigh[from]) {
      delta -= SURPLUS;
    }
    if (count == candidates.length) {
      candidates = Arrays.copyOf(candidates, 2 * count);
    }
    candidates[count++] = (delta << INDEX_BITS) + v;
  }

  private boolean mayLeave(int v) {
    int from = draft.active[v];
    return !space.locked[v] && (from == NONE || draft.actives[from] > space.shares.activeLow[from]);
  }

  /** The new active's partners come from the vBucket's holders, as long as it may choose any. */
  static void give(Draft draft, int v, int to) {
    PlanSpace space = draft.space;
    draft.setActive(v, to);
    int open = Math.max(0, space.partnersOf(to) - draft.out[to]);
    for (int cell = v * space.width; cell < (v + 1) * space.width; cell++) {
      int node = space.held[cell];
      if (node != NONE && open > 0 && space.pairAllowed(to, node) && !draft.hasPair(to, node)) {
        draft.addPair(to, node);
        open--;
      }
    }
  }
}
