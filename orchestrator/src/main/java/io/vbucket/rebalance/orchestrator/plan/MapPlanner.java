package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Current map, nodes and rules in; target map and its cost out. Several maps are made (the current one mended, with different random
 * decisions; the current one with removed nodes renamed to added ones; maps this bucket had before; the map a new bucket would get) and the best is
 * taken: fewest broken rules, then fewest bytes, then fewest takeovers. A known map that costs about the same is preferred, so that
 * removing a node and adding it again leads back.
 *
 * <p>Where groups differ in size or weight, not every node can have the same number of replicas and partners. Then this holds:
 * <ul>
 * <li>Replicas per position are balanced within 1 (by weight: floor or ceil of the share) among the nodes of each group. How many a group gets
 * follows from where the actives are and from the groups that each chain has to reach; what is open is shared evenly over all nodes.
 * <li>No node replicates to or receives from more than {@code max-slaves} others (or replicas, if that is more), unless more pairs must lead to the
 * nodes there than that: from g nodes with r replicas at least g x r. So with groups of 1 and 30 nodes and one replica, the one node receives from all 30.
 * <li>A node has fewer partners only if no replica can be handed to one more without harm to the rules above.
 * </ul>
 */
public final class MapPlanner {
  private static final long SMALL = 250_000;
  private static final long TINY = 100;
  /** From this attempt on, prices that are the same differ by chance. */
  private static final int ALIKE = 4;
  /** Nodes x vBuckets from which on a plan that needs at most one copy in so many more than proven is not worth another attempt. */
  private static final long MEDIUM = 65_536;
  private static final int NEAR = 200;
  private static final long FAR = 2;

  private MapPlanner() {}

  /**
   * @throws PlanException for a request that cannot be planned
   */
  public static MapPlan plan(PlanRequest request) {
    long started = System.nanoTime();
    PlanSpace space = new PlanSpace(request, Map.of());
    PlanRules rules = new PlanRules(space);
    int copiesBound = LowerBounds.copies(space);
    int takeoversBound = LowerBounds.takeovers(space);
    Candidate best = swapped(space, rules);
    if (best == null && request.current() == null) {
      best = fewestBroken(space, rules, new Candidate(request, mend(space, 0), rules));
    } else if (best == null) {
      best = mended(space, rules, copiesBound, takeoversBound);
      for (Known known : known(request)) {
        Candidate back = new Candidate(request, known.map, rules);
        if (back.isWorthIt(best, known.share) || back.leadsBack(best, known)) {
          best = back;
          break;
        }
      }
    }
    return best.plan(space, copiesBound, takeoversBound, (System.nanoTime() - started) / 1e9);
  }

  /** As many nodes come as go, and each takes one's place: nothing can be cheaper. Null when it is no such swap, or a rule would be broken. */
  private static Candidate swapped(PlanSpace space, PlanRules rules) {
    VBucketMap current = space.request.current();
    if (current == null || current.numReplicas() != space.request.numReplicas()
        || space.request.removedNodes().isEmpty()) {
      return null;
    }
    Map<String, String> renames = renames(space);
    if (renames.size() != space.request.removedNodes().size() || renames.size() != space.added().size()) {
      return null;
    }
    int length = current.numReplicas() + 1;
    int[] cells = new int[current.numVBuckets() * length];
    Arrays.setAll(cells, cell -> current.index(cell / length, cell % length));
    List<String> names = current.nodes().stream().map(node -> renames.getOrDefault(node, node)).toList();
    Candidate swap = new Candidate(space.request, VBucketMap.ofIndexes(names, current.numReplicas(), cells), rules);
    return swap.broken.isEmpty() ? swap : null;
  }

  private static Candidate mended(PlanSpace space, PlanRules rules, int copiesBound, int takeoversBound) {
    PlanRequest request = space.request;
    List<Candidate> candidates = new ArrayList<>();
    if (request.current().numReplicas() == request.numReplicas()) {
      candidates.add(new Candidate(request, request.current(), rules));
    }
    Map<String, String> renames = renames(space);
    if (!renames.isEmpty()) {
      candidates.add(new Candidate(request, mend(new PlanSpace(request, renames), 0), rules));
    }
    int attempts = attempts(space);
    boolean medium = (long) space.nodes * space.vbuckets >= MEDIUM;
    int near = medium ? copiesBound / NEAR : 0;
    int enough = near + (space.unequalGroups ? LowerBounds.copies(space, space.shares) : copiesBound);
    for (int attempt = 0; attempt < attempts; attempt++) {
      boolean goodEnough = candidates.stream().anyMatch(
          c -> c.broken.isEmpty() && c.copies <= enough && c.takeovers == takeoversBound);
      // What costs many times the bound does so for its partners, which chance changes little.
      boolean hopeless = attempt > 0 && medium && candidates.get(candidates.size() - 1).copies > FAR * copiesBound;
      if (!goodEnough && !hopeless) {
        candidates.add(new Candidate(request, mend(space, attempt), rules));
      }
    }
    return fewestBroken(space, rules,
        Collections.min(candidates,
            Comparator.comparingInt((Candidate c) -> c.broken.size()).thenComparingLong(c -> c.bytes)
                .thenComparingInt(c -> c.copies).thenComparingInt(c -> c.takeovers)));
  }

  private static int attempts(PlanSpace space) {
    long cells = (long) space.nodes * space.vbuckets;
    return cells > SMALL ? 1 : cells < TINY ? 16 : space.unequalGroups ? 2 : 4;
  }

  /** Flows decide about more at once than chains of single steps: what these leave broken, those may mend. */
  private static Candidate fewestBroken(PlanSpace space, PlanRules rules, Candidate best) {
    if (best.broken.isEmpty() || space.unequalGroups || space.replicas == 0) {
      return best;
    }
    Candidate other = new Candidate(space.request, mend(space, 0, true), rules);
    return other.broken.size() < best.broken.size() ? other : best;
  }

  /**
   * @param share how much more than the cheapest map this one may cost
   * @param elsewhere or: how many copies and takeovers it may need on nodes that were there, as a part of those that added ones need,
   * @param past whether the bucket had it; otherwise it may cost a tenth more than the cheapest map at most
   */
  private record Known(VBucketMap map, double share, double elsewhere, boolean past) {}

  /** Maps that this bucket had, as far as told, and the one that it would have got on these nodes as a new bucket. */
  private static List<Known> known(PlanRequest request) {
    List<Known> known = new ArrayList<>();
    request.pastMaps().stream()
        .filter(map -> map.numVBuckets() == request.numVBuckets() && map.numReplicas() == request.numReplicas())
        .forEach(map -> known.add(new Known(map, 0.3, 1, true)));
    if (!request.removedNodes().isEmpty() || !request.current().nodes().containsAll(request.keepNodes())) {
      known.add(new Known(mend(new PlanSpace(request.withoutMap(), Map.of()), 0), 0.02,
          request.numReplicas() == 0 ? -1 : 0.1, false));
    }
    return known;
  }

  /** Removed nodes and the added ones that take their places, by name: of the same group if possible, of similar capacity. */
  private static Map<String, String> renames(PlanSpace space) {
    List<Integer> added = new ArrayList<>(space.added());
    Map<String, String> renames = new HashMap<>();
    PlanRequest request = space.request;
    for (boolean sameGroup : new boolean[] {true, false}) {
      for (String removed : new TreeSet<>(request.removedNodes())) {
        String group = request.groups().get(removed);
        double weight = request.weights().getOrDefault(removed, 1.0);
        if (!renames.containsKey(removed)) {
          added.stream()
              .filter(i -> !sameGroup || group == null || group.equals(request.groups().get(space.names[i])))
              .min(Comparator.comparingDouble((Integer i) -> Math.abs(space.weight(i) - weight))
                  .thenComparingInt(i -> i))
              .ifPresent(i -> {
                renames.put(removed, space.names[i]);
                added.remove(i);
              });
        }
      }
    }
    return renames;
  }

  private static VBucketMap mend(PlanSpace space, int attempt) {
    return mend(space, attempt, space.unequalGroups);
  }

  private static VBucketMap mend(PlanSpace space, int attempt, boolean flows) {
    SplittableRandom random = new SplittableRandom(space.request.seed() * 1_000_003 + attempt);
    Draft draft = new Draft(space);
    draft.chance = attempt < ALIKE ? 0 : attempt;
    new ActivePhase(draft, random).run();
    if (flows && space.replicas > 0) {
      new ReplicaFlows(draft).run();
    } else {
      new PartnerPhase(draft).run();
      new ReplicaPhase(draft, random).run();
    }
    new PairPhase(draft).run();
    if (space.unequalGroups && !space.weighted()) {
      new SparePartners(draft).run();
    }
    new Positions(draft).run();
    int length = space.request.numReplicas() + 1;
    int[] cells = new int[space.vbuckets * length];
    for (int v = 0; v < space.vbuckets; v++) {
      for (int position = 0; position < length; position++) {
        cells[v * length + position] = space.locked[v]
            ? position < space.width ? space.held[v * space.width + position] : PlanSpace.NONE
            : position == 0
                ? draft.active[v]
                : position <= space.replicas ? draft.replica(v, position - 1) : PlanSpace.NONE;
      }
    }
    return VBucketMap.ofIndexes(List.of(space.names), space.request.numReplicas(), cells);
  }

  private static final class Candidate {
    final PlanRequest request;
    final VBucketMap map;
    final List<String> broken;
    final List<Move> moves = new ArrayList<>();
    int copies;
    int takeovers;
    long bytes;

    Candidate(PlanRequest request, VBucketMap map, PlanRules rules) {
      this.request = request;
      this.map = map;
      this.broken = rules.broken(map);
      VBucketMap current = request.current();
      long[] sizes = request.bytes();
      if (current != null) {
        for (int v : current.diff(map)) {
          long size = sizes == null ? 0 : sizes[v];
          Move move = new Move("", v, current.chain(v), map.chain(v), size);
          moves.add(move);
          boolean empty = move.before().stream().allMatch(node -> node == null);
          int built = empty ? 0 : move.built().size();
          copies += built;
          bytes += built * size;
          takeovers += move.isTakeover() ? 1 : 0;
        }
      }
    }

    /**
     * Whether to go back to this known map. It may cost {@code share} more than the cheapest: a node that leaves may have held the greater of
     * two unequal shares, and would get the smaller when it comes back.
     */
    boolean isWorthIt(Candidate cheapest, double share) {
      return broken.size() <= cheapest.broken.size() && copies <= (1 + share) * cheapest.copies
          && bytes <= (1 + share) * cheapest.bytes
          && takeovers <= (1 + share) * cheapest.takeovers;
    }

    /**
     * Whether this known map is where the bucket was before nodes left that come back now: what it needs, it needs on those nodes. They get no more than
     * their share there, so it cannot cost much more than the cheapest, whatever the share of that.
     */
    boolean leadsBack(Candidate cheapest, Known known) {
      Set<String> there = new HashSet<>(request.current().nodes());
      long onAdded = 0;
      long onOthers = 0;
      long takenByAdded = 0;
      for (Move move : moves) {
        for (String node : move.built()) {
          onOthers += there.contains(node) ? 1 : 0;
          onAdded += there.contains(node) ? 0 : 1;
        }
        takenByAdded += move.isTakeover() && !there.contains(move.after().get(0)) ? 1 : 0;
      }
      return broken.size() <= cheapest.broken.size() && onAdded > 0 && onOthers <= known.elsewhere * onAdded
          && takeovers - takenByAdded <= known.elsewhere * takenByAdded
          && (known.past || copies <= 1.1 * cheapest.copies && bytes <= 1.1 * cheapest.bytes
              && takeovers <= 1.1 * cheapest.takeovers);
    }

    MapPlan plan(PlanSpace space, int copiesBound, int takeoversBound, double seconds) {
      List<String> notes = new ArrayList<>(broken.size() > 20 ? broken.subList(0, 20) : broken);
      if (broken.size() > 20) {
        notes.add("and " + (broken.size() - 20) + " more");
      }
      if (space.replicas < request.numReplicas()) {
        notes.add(
            request.numReplicas() + " replicas need " + (request.numReplicas() + 1) + " nodes, there are " + space.nodes
                + ": chains keep holes at the end");
      }
      crowded(space).ifPresent(now -> notes.add(
          "a node replicates to, or receives from, up to " + now + " others as it is, and " + space.partners
              + " are allowed: copies beyond what is needed at least are built for that; --max-partners " + now
              + " (maxSlaves in an input) lets them stay"));
      // The bounds are proven for maps that keep every rule; where locked vBuckets do not let any, fewer may do.
      int leastCopies = broken.isEmpty() ? copiesBound : Math.min(copies, copiesBound);
      int leastTakeovers = broken.isEmpty() ? takeoversBound : Math.min(takeovers, takeoversBound);
      return new MapPlan(map, moves, copies, leastCopies, takeovers, leastTakeovers, bytes,
          BalanceCount.of(space, map), notes, seconds);
    }

    /** How many partners a node has in the current map, if that is more than it may have and costs copies. */
    private Optional<Integer> crowded(PlanSpace space) {
      VBucketMap current = request.current();
      if (current == null || current.numReplicas() < space.replicas || copies <= LowerBounds.copies(space)) {
        return Optional.empty();
      }
      MapPlan.Balance now = BalanceCount.of(space, current);
      int most = Math.max(now.partnersMax(), now.receivedMax());
      return most > space.partners ? Optional.of(most) : Optional.empty();
    }
  }
}
