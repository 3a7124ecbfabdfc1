package io.vbucket.rebalance.orchestrator.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How many replicas each pair of nodes carries where groups are unequal: every chain is full and as wide as it can be, every node's total is
 * in its range, every pair is used, and as many replicas stay as can. Any such numbers can be made chains: the replicas of one active, group
 * after group and node after node, dealt to its vBuckets in turn, are never twice on one node of a vBucket.
 *
 * <p>Where the pairs cannot carry what the ranges ask for, others are searched for: any pair may carry, at a price per replica that falls with what the
 * pair carried in the last round and rises with every round in which one of its two nodes has too many partners. So what few pairs can carry
 * ends up on few pairs. Then pairs are added again as long as both nodes have room.
 */
final class LoadFlow {
  private static final long WIDE = 1_000_000_000L * PlanSpace.COPY;
  private static final long RANGE = 10_000_000L * PlanSpace.COPY;
  private static final double CROWD = 50_000.0 * PlanSpace.COPY;
  private static final long PAIR = 500L * PlanSpace.COPY;
  private static final long UNEVEN = PlanSpace.COPY / 100;
  private static final int ROUNDS = 40;
  /** How much what could stay on a pair counts as if it were carried there. */
  private static final int KNOWN = 2;
  private static final int STUCK = 12;
  /** Partners too many that may be taken away one by one. */
  private static final int FEW = 6;
  /** Tries without success. */
  private static final int TRIES = 60;
  /** Partners too many count less than this. */
  private static final long RIGHT = 10_000_000;
  /** What a partner beyond {@link PlanSpace#receivableAtMost} counts. */
  private static final long FAR_TOO_MANY = 1000;

  private final Draft draft;
  private final PlanSpace space;
  private final int n;
  private final int groups;
  /** Replicas that could stay, by active node and replica node. */
  private final int[] stay;
  private final int[] free;
  private final int[] fixed;
  private int[] load;
  /** What each pair carried when it last carried anything. */
  private int[] last;
  private int round;
  /** What is to be repaired, the pair that is to carry nothing, and how many partners each node had; givers first. */
  private int[] base;
  private int taken;
  private int[] room;
  /** How many may replicate to each node: a little more when nothing else is found. */
  private int[] most;
  /** What a pair more costs each node, the givers first. */
  private double[] crowd;

  LoadFlow(Draft draft) {
    this.draft = draft;
    this.space = draft.space;
    this.n = space.nodes;
    this.groups = space.groups;
    this.stay = new int[n * n];
    this.free = new int[n];
    this.fixed = draft.totals.clone();
  }

  /** @return by active node and replica node, locked chains not counted */
  int[] run() {
    count();
    flow();
    if (wrong(false) > 0) {
      load = search();
    }
    int used = 0;
    while (used() > used) {
      used = used();
      adopt();
      flow();
    }
    return load;
  }

  private int used() {
    return (int) Arrays.stream(load).filter(carried -> carried > 0).count();
  }

  private int[] search() {
    crowd = new double[2 * n];
    last = new int[n * n];
    Arrays.fill(crowd, 1);
    Arrays.setAll(last, cell -> Math.max(1, free[cell / n]));
    int[] best = load;
    long least = Long.MAX_VALUE;
    long sure = 0;
    int stuck = 0;
    int rounds = space.isLarge() ? ROUNDS / 5 : ROUNDS;
    most = space.receivable;
    for (round = 0; round < rounds && least > sure && stuck < STUCK; round++) {
      flow();
      long wrong = wrong(true);
      // With every pair allowed, chains and totals are as right as they can be: only locked ones keep them from being so.
      sure = round == 0 ? wrong - wrong % RIGHT : sure;
      stuck = wrong < least ? 0 : stuck + 1;
      if (wrong < least) {
        least = wrong;
        best = load;
      }
      for (int cell = 0; cell < n * n; cell++) {
        last[cell] = load[cell] > 0 ? load[cell] : last[cell];
      }
    }
    last = null;
    base = best;
    if (least > sure && least % FAR_TOO_MANY <= FEW) {
      least = repair(least, sure);
    }
    if (least > sure + FAR_TOO_MANY - 1) {
      // Whole givers do not make equal loads.
      most = space.receivableAtMost;
      repair(least, sure + FAR_TOO_MANY - 1);
    }
    best = base;
    base = null;
    return best;
  }

  /**
   * Takes the lightest pairs of nodes with too many partners away, one at a time: what they carried goes to other pairs in use and to new ones
   * between nodes that have room, unless that makes other nodes wrong instead.
   */
  private long repair(long wrongBefore, long sure) {
    long least = wrongBefore;
    room = partners(base);
    int[] cells = overfull();
    for (int i = 0, tries = 0; i < cells.length && least > sure && tries < TRIES; i++) {
      taken = cells[i];
      tries++;
      flow();
      long wrong = wrong(false);
      if (wrong <= least) {
        // What is no better may lead on, so it is taken too, but does not begin from the start again.
        i = wrong < least ? -1 : i;
        tries = wrong < least ? 0 : tries;
        least = wrong;
        base = load;
        room = partners(base);
        cells = overfull();
      }
    }
    return least;
  }

  private int[] partners(int[] carried) {
    int[] partners = new int[2 * n];
    for (int cell = 0; cell < n * n; cell++) {
      int used = carried[cell] > 0 || draft.load[cell] > 0 ? 1 : 0;
      partners[cell / n] += used;
      partners[n + cell % n] += used;
    }
    return partners;
  }

  /** Pairs of nodes with too many partners, the lightest first. */
  private int[] overfull() {
    return IntStream.range(0, n * n).filter(cell -> base[cell] > 0 && draft.load[cell] == 0
        && (room[cell / n] > space.givable[cell / n] || room[n + cell % n] > most[cell % n])).boxed()
        .sorted(Comparator.comparingInt(cell -> base[cell])).mapToInt(cell -> cell).toArray();
  }

  /** Whether a pair may carry while one is taken away: those in use, and those whose nodes have room. */
  private boolean mayCarry(int q, int p) {
    return base[q * n + p] > 0 || room[q] < space.givable[q] && room[n + p] < most[p] && space.isNear(q, p);
  }

  private void count() {
    for (int v = 0; v < space.vbuckets; v++) {
      int q = draft.active[v];
      if (q == PlanSpace.NONE || space.locked[v]) {
        continue;
      }
      free[q]++;
      for (int cell = v * space.width; cell < (v + 1) * space.width; cell++) {
        int p = space.held[cell];
        if (p != PlanSpace.NONE && !space.empty[v] && space.pairAllowed(q, p)) {
          stay[q * n + p]++;
        }
      }
    }
  }

  private void flow() {
    int end = 1 + 2 * n + n * groups;
    Flow flow = new Flow(end + 1);
    int[] firstArc = new int[n * n];
    int[] lastArc = new int[n * n];
    for (int q = 0; q < n; q++) {
      flow.arc(0, 1 + q, space.replicas * free[q], 0);
      for (int g = 0; g < groups; g++) {
        int must = Math.min(space.leastIn(space.group[q], g), 1);
        int most = space.group[q] == g ? space.inOwnGroup(g) : space.mostIn(space.group[q], g);
        flow.arc(1 + q, group(q, g), must * free[q], -WIDE);
        flow.arc(1 + q, group(q, g), (most - must) * free[q], 0);
      }
    }
    for (int q = 0; q < n; q++) {
      for (int p = 0; p < n; p++) {
        int cell = q * n + p;
        firstArc[cell] = -1;
        if (free[q] > 0 && space.pairAllowed(q, p)
            && (base != null
                ? mayCarry(q, p)
                : draft.hasPair(q, p) || last != null && (stay[cell] > 0 || space.isNear(q, p)))) {
          int[] range = carry(flow, q, p);
          firstArc[cell] = range[0];
          lastArc[cell] = range[1];
        }
      }
    }
    for (int p = 0; p < n; p++) {
      int low = Math.max(0, draft.shares.replicaLow[p] - fixed[p]);
      int high = Math.max(low, draft.shares.replicaHigh[p] - fixed[p]);
      flow.arc(taker(p), end, low, -RANGE);
      // While partners are short, a node with more than its share would need more of them.
      int share = Math.max(low, Math.min(high, (int) Math.ceil(draft.shares.replicaShare[p]) - fixed[p]));
      flow.arc(taker(p), end, share - low, 0);
      flow.arc(taker(p), end, high - share, last == null ? 0 : (long) CROWD);
      flow.arc(taker(p), end, space.vbuckets, RANGE);
    }
    flow.run();
    load = new int[n * n];
    for (int cell = 0; cell < n * n; cell++) {
      for (int arc = firstArc[cell]; arc >= 0 && arc <= lastArc[cell]; arc += 2) {
        load[cell] += flow.carried(arc);
      }
    }
  }

  /** Arcs whose price rises: the first replica uses the pair, then those that stay, then new ones, the more the dearer. */
  private int[] carry(Flow flow, int q, int p) {
    int from = group(q, space.group[p]);
    int cell = q * n + p;
    boolean fixedPair = draft.load[cell] > 0;
    long each = last == null && base == null || fixedPair ? 0 : price(q, p);
    int kept = Math.min(stay[cell], free[q]);
    int first =
        flow.arc(from, taker(p), 1, each - (last == null && base == null ? PAIR : 0) - (kept > 0 ? PlanSpace.COPY : 0));
    int end = first;
    if (kept > 1) {
      end = flow.arc(from, taker(p), kept - 1, each - PlanSpace.COPY);
    }
    int carried = Math.max(1, kept);
    int ideal = Math.max(1, space.replicas * free[q] / Math.max(1, draft.out[q]));
    for (int step = 1; last == null && step <= 3; step++) {
      int more = Math.min(free[q], (step + 1) * ideal / 2) - carried;
      if (more > 0) {
        end = flow.arc(from, taker(p), more, each + step * UNEVEN);
        carried += more;
      }
    }
    if (free[q] > carried) {
      end = flow.arc(from, taker(p), free[q] - carried, each + 5 * UNEVEN);
    }
    return new int[] {first, end};
  }

  /** Rounds after the first few differ by a little chance: nodes that are all alike would all change places together for ever. */
  private long price(int q, int p) {
    int cell = q * n + p;
    if (base != null) {
      return cell == taken ? (long) CROWD : base[cell] > 0 ? 0 : (long) CROWD / Math.max(1, free[q]);
    }
    double chance = round < 4 ? 1 : 1 + ((cell * 31 + round) * 0x9E3779B9 >>> 28) / 32.0;
    return coarse((long) (chance * CROWD * (crowd[q] + crowd[n + p]) / (last[cell] + KNOWN * stay[cell])));
  }

  /** Three binary digits: the fewer prices there are, the sooner the flow is found. */
  private static long coarse(long price) {
    return price & Long.highestOneBit(price) / 4 * 7;
  }

  /**
   * How much is wrong with {@code load}, chains before totals before partners; 0 when nothing is.
   *
   * @param learn makes partners dearer for nodes that have too many, cheaper for others
   */
  private long wrong(boolean learn) {
    long missing = 0;
    long range = 0;
    long crowded = 0;
    int[] total = fixed.clone();
    int[] partners = new int[2 * n];
    for (int q = 0; q < n; q++) {
      int[] inGroup = new int[groups];
      int sum = 0;
      for (int p = 0; p < n; p++) {
        int carried = load[q * n + p];
        inGroup[space.group[p]] += carried;
        total[p] += carried;
        sum += carried;
        int used = carried > 0 || draft.load[q * n + p] > 0 ? 1 : 0;
        partners[q] += used;
        partners[n + p] += used;
      }
      missing += space.replicas * free[q] - sum;
      for (int g = 0; g < groups; g++) {
        missing += Math.max(0, Math.min(1, space.leastIn(space.group[q], g)) * free[q] - inGroup[g]);
      }
    }
    for (int i = 0; i < 2 * n; i++) {
      int few = i < n ? space.givable[i] : space.receivable[i - n];
      int many = i < n ? space.givable[i] : space.receivableAtMost[i - n];
      crowded += Math.max(0, partners[i] - few) + FAR_TOO_MANY * Math.max(0, partners[i] - many);
      if (learn) {
        crowd[i] = Math.max(0.05, crowd[i] + (round < 12 ? 0.3 : 0.1) * Math.max(-1, partners[i] - few));
      }
    }
    for (int p = 0; p < n; p++) {
      range += Math.max(0, draft.shares.replicaLow[p] - total[p]);
      range += Math.max(0, total[p] - draft.shares.replicaHigh[p]);
    }
    return (missing * RIGHT + range) * RIGHT + crowded;
  }

  /** The pairs are those that carry something, then as many others as have room. */
  private void adopt() {
    boolean[] before = draft.pair.clone();
    for (int cell = 0; cell < n * n; cell++) {
      if (load[cell] > 0) {
        draft.addPair(cell / n, cell % n);
      } else if (draft.load[cell] == 0) {
        draft.dropPair(cell / n, cell % n);
      }
    }
    for (boolean known : new boolean[] {true, false}) {
      for (int cell = 0; cell < n * n; cell++) {
        int q = cell / n;
        int p = cell % n;
        if (before[cell] == known && space.pairAllowed(q, p) && draft.out[q] < space.givable[q]
            && draft.in[p] < space.receivable[p]) {
          draft.addPair(q, p);
        }
      }
    }
  }

  private int group(int q, int g) {
    return 1 + n + q * groups + g;
  }

  private int taker(int p) {
    return 1 + n + n * groups + p;
  }
}
