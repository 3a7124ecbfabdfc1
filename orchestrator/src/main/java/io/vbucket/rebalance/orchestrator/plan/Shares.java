package io.vbucket.rebalance.orchestrator.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How many actives and replicas every node shall hold, as ranges.
 *
 * <p>Actives: floor or ceil of the node's share by weight; which nodes get the ceil is decided by largest remainder, and open among
 * equal remainders. Replicas: a node's share is by weight too, as far as groups and the node's own actives leave room (each vBucket
 * takes one replica per other group first); the total lies between replicas x floor and replicas x ceil of its share per position, from
 * which {@link Positions} makes floor or ceil at each position. Nodes that locked vBuckets fill beyond their share keep what is locked.
 */
final class Shares {
  private static final double TINY = 1e-7;

  final int[] activeLow;
  final int[] activeHigh;
  final int[] replicaLow;
  final int[] replicaHigh;
  /** Replicas by share, not rounded. */
  final double[] replicaShare;

  Shares(PlanSpace space) {
    int n = space.nodes;
    this.activeLow = new int[n];
    this.activeHigh = new int[n];
    this.replicaLow = new int[n];
    this.replicaHigh = new int[n];
    this.replicaShare = new double[n];
    actives(space);
    if (space.replicas > 0) {
      replicas(space, activesByWeight(space));
    }
  }

  private Shares(Shares of) {
    this.activeLow = of.activeLow;
    this.activeHigh = of.activeHigh;
    this.replicaLow = of.replicaLow.clone();
    this.replicaHigh = of.replicaHigh.clone();
    this.replicaShare = of.replicaShare.clone();
  }

  /** Replicas shared by the actives that the groups really have, which floor and ceil leave open; the same where groups are equal. */
  Shares following(PlanSpace space, int[] actives) {
    if (!space.unequalGroups || space.replicas == 0) {
      return this;
    }
    Shares shares = new Shares(this);
    shares.replicas(space, byGroup(space, actives));
    return shares;
  }

  /** Each group's replicas, as many as it has, shared among its own nodes; the same where groups are equal. */
  Shares withinGroups(PlanSpace space, int[] replicas) {
    if (!space.unequalGroups || space.replicas == 0) {
      return this;
    }
    Shares shares = new Shares(this);
    shares.divide(space, byGroup(space, replicas));
    return shares;
  }

  /** The widest ranges that any division of actives and replicas among the groups allows; the same where groups are equal. */
  Shares widest(PlanSpace space) {
    if (!space.unequalGroups || space.replicas == 0) {
      return this;
    }
    double[] least = byGroup(space, activeLow);
    double[] most = byGroup(space, activeHigh);
    double[] fewest = new double[space.groups];
    double[] greatest = new double[space.groups];
    boolean open = space.request.locked().isEmpty();
    double sumLeast = Arrays.stream(least).sum();
    double sumMost = Arrays.stream(most).sum();
    for (int g = 0; g < space.groups; g++) {
      fewest[g] = open ? Math.max(least[g], space.vbuckets - (sumMost - most[g])) : 0;
      greatest[g] = open ? Math.min(most[g], space.vbuckets - (sumLeast - least[g])) : space.vbuckets;
    }
    double[] low = new double[space.groups];
    double[] high = new double[space.groups];
    double[] rest = new double[space.groups];
    groupLimits(space, fewest, low, rest);
    Arrays.fill(rest, 0);
    groupLimits(space, greatest, rest, high);
    Shares lowest = new Shares(this);
    lowest.divide(space, low);
    Shares widest = new Shares(this);
    widest.divide(space, high);
    System.arraycopy(lowest.replicaLow, 0, widest.replicaLow, 0, space.nodes);
    return widest;
  }

  private static double[] byGroup(PlanSpace space, int[] counts) {
    double[] sums = new double[space.groups];
    for (int i = 0; i < space.nodes; i++) {
      sums[space.group[i]] += counts[i];
    }
    return sums;
  }

  private void actives(PlanSpace space) {
    int[] lockedActives = new int[space.nodes];
    int served = space.vbuckets;
    for (int v = 0; v < space.vbuckets; v++) {
      if (space.locked[v] && space.heldActive(v) >= 0) {
        lockedActives[space.heldActive(v)]++;
      }
      served -= space.locked[v] && space.heldActive(v) < 0 ? 1 : 0;
    }
    boolean[] fixed = new boolean[space.nodes];
    boolean again = true;
    while (again) {
      again = false;
      int left = served;
      List<Integer> open = new ArrayList<>();
      double weight = 0;
      for (int i = 0; i < space.nodes; i++) {
        if (fixed[i]) {
          activeLow[i] = lockedActives[i];
          activeHigh[i] = lockedActives[i];
          left -= lockedActives[i];
        } else {
          open.add(i);
          weight += space.weight(i);
        }
      }
      largestRemainder(space, open, left, weight);
      for (int i : open) {
        if (lockedActives[i] > activeHigh[i]) {
          fixed[i] = true;
          again = true;
        }
      }
    }
  }

  private void largestRemainder(PlanSpace space, List<Integer> open, int total, double weight) {
    double[] remainder = new double[space.nodes];
    int left = total;
    for (int i : open) {
      double share = total * (space.weight(i) / weight);
      int floor = (int) Math.floor(share + TINY);
      remainder[i] = Math.max(0, share - floor);
      activeLow[i] = floor;
      activeHigh[i] = floor;
      left -= floor;
    }
    List<Integer> byRemainder = new ArrayList<>(open);
    byRemainder.sort(Comparator.comparingDouble((Integer i) -> -remainder[i]));
    if (left > 0) {
      double last = remainder[byRemainder.get(left - 1)];
      boolean all = left == byRemainder.size() || remainder[byRemainder.get(left)] < last - TINY;
      for (int place = 0; place < byRemainder.size(); place++) {
        int i = byRemainder.get(place);
        if (remainder[i] > last + TINY || all && place < left) {
          activeLow[i]++;
          activeHigh[i]++;
        } else if (Math.abs(remainder[i] - last) <= TINY) {
          activeHigh[i]++;
        }
      }
    }
  }

  private static double[] activesByWeight(PlanSpace space) {
    double[] shares = weights(space);
    double all = 0;
    for (double weight : shares) {
      all += weight;
    }
    for (int g = 0; g < shares.length; g++) {
      shares[g] = space.vbuckets * shares[g] / all;
    }
    return shares;
  }

  private static double[] weights(PlanSpace space) {
    double[] weights = new double[space.groups];
    for (int i = 0; i < space.nodes; i++) {
      weights[space.group[i]] += space.weight(i);
    }
    return weights;
  }

  private void replicas(PlanSpace space, double[] actives) {
    double[] low = new double[space.groups];
    double[] high = new double[space.groups];
    groupLimits(space, actives, low, high);
    divide(space, fill(weights(space), low, high, (double) space.replicas * space.vbuckets - lockedHoles(space)));
  }

  private static int lockedHoles(PlanSpace space) {
    int holes = 0;
    for (int v = 0; v < space.vbuckets; v++) {
      for (int position = 1; space.locked[v] && position <= space.replicas; position++) {
        holes += position >= space.width || space.held[v * space.width + position] == PlanSpace.NONE ? 1 : 0;
      }
    }
    return holes;
  }

  private void divide(PlanSpace space, double[] byGroup) {
    for (int g = 0; g < space.groups; g++) {
      int group = g;
      int[] members = java.util.stream.IntStream.range(0, space.nodes).filter(i -> space.group[i] == group).toArray();
      double[] nodeWeights = Arrays.stream(members).mapToDouble(space::weight).toArray();
      double[] nodeHigh = Arrays.stream(members).mapToDouble(i -> space.vbuckets - activeLow[i]).toArray();
      double[] filled = fill(nodeWeights, new double[members.length], nodeHigh, byGroup[g]);
      for (int m = 0; m < members.length; m++) {
        replicaShare[members[m]] = filled[m];
      }
    }
    int[] lockedReplicas = new int[space.nodes];
    for (int v = 0; v < space.vbuckets; v++) {
      for (int position = 1; space.locked[v] && position < space.width; position++) {
        int node = space.held[v * space.width + position];
        if (node >= 0) {
          lockedReplicas[node]++;
        }
      }
    }
    for (int i = 0; i < space.nodes; i++) {
      double perPosition = replicaShare[i] / space.replicas;
      replicaLow[i] = space.replicas * (int) Math.floor(perPosition + TINY);
      replicaHigh[i] = Math.max(space.replicas * (int) Math.ceil(perPosition - TINY), lockedReplicas[i]);
      replicaHigh[i] = Math.min(replicaHigh[i], space.vbuckets - activeLow[i]);
      replicaLow[i] = Math.min(replicaLow[i], replicaHigh[i]);
    }
  }

  /** Fewest and most replicas that the rules about groups let a group have. */
  private static void groupLimits(PlanSpace space, double[] actives, double[] low, double[] high) {
    for (int g = 0; g < space.groups; g++) {
      for (int from = 0; from < space.groups; from++) {
        low[g] += actives[from] * space.leastIn(from, g);
        high[g] += actives[from] * space.mostIn(from, g);
      }
    }
  }

  /** Shares a total by weight within limits: water finds one level wherever neither bottom nor rim is reached. */
  private static double[] fill(double[] weights, double[] low, double[] high, double total) {
    double from = 0;
    double to = 1;
    while (poured(weights, low, high, to) < total - TINY && to < 1e15) {
      to *= 2;
    }
    for (int step = 0; step < 100; step++) {
      double middle = (from + to) / 2;
      if (poured(weights, low, high, middle) < total) {
        from = middle;
      } else {
        to = middle;
      }
    }
    double level = to;
    double[] filled = new double[weights.length];
    Arrays.setAll(filled, i -> Math.min(high[i], Math.max(low[i], level * weights[i])));
    return filled;
  }

  private static double poured(double[] weights, double[] low, double[] high, double level) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += Math.min(high[i], Math.max(low[i], level * weights[i]));
    }
    return sum;
  }
}
