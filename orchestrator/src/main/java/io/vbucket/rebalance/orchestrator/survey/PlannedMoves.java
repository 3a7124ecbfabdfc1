package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.PlanTerms;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.plan.MapPlan;
import io.vbucket.rebalance.orchestrator.plan.MapPlanner;
import io.vbucket.rebalance.orchestrator.plan.PlanException;
import io.vbucket.rebalance.orchestrator.plan.PlanRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The moves that a request needs. Pure.
 *
 * @param map the chains as the nodes have them, by node name
 * @param kept names of the nodes that stay or come
 * @param pastMaps that the bucket had, besides those that the request tells, which are tried first
 * @param sizes of vBuckets in bytes, as far as their owners told
 */
record PlannedMoves(
    String bucket, VBucketMap map, List<String> kept, RebalanceRequest request, List<VBucketMap> pastMaps,
    Map<Integer, Long> sizes) {
  /** Mean size in bytes from which on vBuckets are told apart by their sizes. */
  private static final long LARGE = 1 << 20;

  /**
   * Even shares for all kept nodes; empty when the request names its moves itself.
   *
   * @param replicas of each vBucket afterwards
   * @throws PlanException when the request cannot be planned
   */
  Optional<MapPlan> plan(int replicas) {
    if (request.pinned().isPresent() || !request.failOver().isEmpty() || !request.moves().isEmpty()) {
      return Optional.empty();
    }
    PlanTerms terms = request.terms();
    Set<Integer> left = new HashSet<>(terms.locked());
    for (int vbucket = 0; vbucket < map.numVBuckets(); vbucket++) {
      if (map.numReplicas() == 0 && map.active(vbucket) == null) {
        // Nobody has a copy: there is nothing to move, and an empty one must not pass for it.
        left.add(vbucket);
      }
    }
    PlanRequest planned = PlanRequest.from(map).withReplicas(replicas).withKeepNodes(kept)
        .withGroups(request.groups()).withLocked(left).withWeights(terms.weights())
        .withMaxSlaves(terms.maxPartners().orElse(PlanRequest.DEFAULT_MAX_SLAVES))
        .withSeed(terms.seed().orElse(PlanRequest.DEFAULT_SEED))
        .withPastMaps(allPastMaps());
    return Optional.of(noted(MapPlanner.plan(sizesMatter() ? planned.withBytes(estimates()) : planned)));
  }

  /** Whoever told a past map hears what came of it. */
  private MapPlan noted(MapPlan plan) {
    List<VBucketMap> told = request.terms().pastMaps().getOrDefault(bucket, List.of());
    if (told.isEmpty()) {
      return plan;
    }
    return plan.withNote(told.contains(plan.target())
        ? "the chains become those of a past map again"
        : "no past map is taken again: each that was told breaks a rule on these nodes, or costs more than this plan");
  }

  private List<VBucketMap> allPastMaps() {
    return Stream.concat(request.terms().pastMaps().getOrDefault(bucket, List.of()).stream(), pastMaps.stream())
        .toList();
  }

  /**
   * Whether to choose by size what is copied. Copying vBuckets of less takes no longer than their takeovers do, and a plan should not hinge on
   * a few documents.
   */
  private boolean sizesMatter() {
    return mean() >= LARGE;
  }

  /** Of the sizes that are known; 0 when none is. */
  private long mean() {
    return Math.round(sizes.values().stream().mapToLong(Long::longValue).average().orElse(0));
  }

  /** Where an owner did not tell, the mean of those that did. */
  private long[] estimates() {
    long mean = mean();
    long[] bytes = new long[map.numVBuckets()];
    Arrays.setAll(bytes, vbucket -> sizes.getOrDefault(vbucket, mean));
    return bytes;
  }

  /** The moves of a plan, as moves of this bucket. */
  List<Move> of(MapPlan plan) {
    return plan.moves().stream().map(move -> sized(move.in(bucket))).toList();
  }

  /**
   * The moves of a request that names them itself.
   *
   * @param reasons takes why it cannot be done
   */
  List<Move> asked(List<String> reasons) {
    List<Move> moves;
    if (request.pinned().isPresent()) {
      moves = new PinnedMoves(request.pinned().get()).moves(map, reasons);
    } else if (request.failOver().isEmpty()) {
      moves = byHand(reasons);
    } else {
      moves = new FailoverMoves(bucket, map, request.failOver()).moves(reasons);
    }
    return moves.stream().map(this::sized).toList();
  }

  /** A plan that was made by size has estimates where sizes are unknown: they stay. */
  private Move sized(Move move) {
    return move.sized(sizes.getOrDefault(move.vbucket(), move.bytes()));
  }

  /** Just the moves that were asked for, in which each new owner takes the place of the old one. */
  private List<Move> byHand(List<String> reasons) {
    List<Move> moves = new ArrayList<>();
    request.moves().forEach((vbucket, destination) -> {
      if (vbucket < 0 || vbucket >= map.numVBuckets()) {
        reasons.add("vb:" + vbucket + " is not in bucket " + bucket + ", which has " + map.numVBuckets() + " vBuckets");
      } else if (map.active(vbucket) == null) {
        reasons.add("vb:" + vbucket + " has no owner in the map, so there is nothing to move");
      } else if (!map.active(vbucket).equals(destination)) {
        moves.add(new Move(bucket, vbucket, map.chain(vbucket), exchanged(map.chain(vbucket), destination), 0));
      }
    });
    return moves;
  }

  /** A new owner that is a replica changes places with the old one. */
  private static List<String> exchanged(List<String> chain, String destination) {
    List<String> after = new ArrayList<>(chain);
    int position = after.indexOf(destination);
    if (position > 0) {
      after.set(position, chain.get(0));
    }
    after.set(0, destination);
    return after;
  }
}
