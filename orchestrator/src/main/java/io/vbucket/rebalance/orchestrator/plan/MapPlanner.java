package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Current map, nodes and rules in; target map and its cost out. Several maps are made (the current one mended, with different random
 * decisions; the current one with removed nodes renamed to added ones; maps this bucket had before; the map a new bucket would get) and the best is
 * taken: fewest broken rules, then fewest bytes, then fewest takeovers. A known map that costs about the same is preferred, so that
 * removing a node and adding it again leads back.
 */
public final class MapPlanner {
  private static final long SMALL = 250_000;
  /** Nodes x vBuckets from which on a plan that needs at most one copy in so many more than proven is not worth another attempt. */
  private static final long MEDIUM = 65_536;
  private static final int NEAR = 200;

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
    Candidate best = null;
    if (request.current() == null) {
      best = new Candidate(request, mend(space, 0), rules);
    } else {
      best = mended(space, rules, copiesBound, takeoversBound);
      for (Known known : known(request)) {
        Candidate back = new Candidate(request, known.map, rules);
        if (back.isWorthIt(best, known.share)) {
          best = back;
          break;
        }
      }
    }
    return best.plan(space, copiesBound, takeoversBound, (System.nanoTime() - started) / 1e9);
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
    int attempts = (long) space.nodes * space.vbuckets <= SMALL ? 4 : 1;
    int enough = copiesBound + ((long) space.nodes * space.vbuckets < MEDIUM ? 0 : copiesBound / NEAR);
    for (int attempt = 0; attempt < attempts; attempt++) {
      boolean goodEnough = candidates.stream().anyMatch(
          c -> c.broken.isEmpty() && c.copies <= enough && c.takeovers == takeoversBound);
      if (!goodEnough) {
        candidates.add(new Candidate(request, mend(space, attempt), rules));
      }
    }
    return Collections.min(candidates,
        Comparator.comparingInt((Candidate c) -> c.broken.size()).thenComparingLong(c -> c.bytes)
            .thenComparingInt(c -> c.copies).thenComparingInt(c -> c.takeovers));
  }

  /** @param share how much more than the cheapest map this one may cost */
  private record Known(VBucketMap map, double share) {}

  /** Maps that this bucket had, as far as told, and the one that it would have got on these nodes as a new bucket. */
  private static List<Known> known(PlanRequest request) {
    List<Known> known = new ArrayList<>();
    request.pastMaps().stream()
        .filter(map -> map.numVBuckets() == request.numVBuckets() && map.numReplicas() == request.numReplicas())
        .forEach(map -> known.add(new Known(map, 0.3)));
    if (!request.removedNodes().isEmpty() || !request.current().nodes().containsAll(request.keepNodes())) {
      known.add(new Known(mend(new PlanSpace(request.withoutMap(), Map.of()), 0), 0.02));
    }
    return known;
  }

  /** Removed nodes and the added ones that take their places: of the same group if possible, of similar capacity. */
  private static Map<String, String> renames(PlanSpace space) {
    List<Integer> added = new ArrayList<>(space.added());
    Map<String, String> renames = new HashMap<>();
    PlanRequest request = space.request;
    for (boolean sameGroup : new boolean[] {true, false}) {
      for (String removed : request.removedNodes()) {
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
    SplittableRandom random = new SplittableRandom(space.request.seed() * 1_000_003 + attempt);
    Draft draft = new Draft(space);
    new ActivePhase(draft, random).run();
    new PartnerPhase(draft).run();
    new ReplicaPhase(draft, random).run();
    new PairPhase(draft).run();
    new Positions(draft).run();
    int length = space.request.numReplicas() + 1;
    int[] cells = new int[space.vbuckets * length];
    for (int v = 0; v < space.vbuckets; v++) {
      for (int position = 0; position < length; position++) {
        cells[v * length + position] = position == 0
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
      return new MapPlan(map, moves, copies, copiesBound, takeovers, takeoversBound, bytes, BalanceCount.of(space, map),
          notes, seconds);
    }
  }
}
