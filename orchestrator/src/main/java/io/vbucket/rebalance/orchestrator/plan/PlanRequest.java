package io.vbucket.rebalance.orchestrator.plan;

import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is to be planned. Made by {@link #forNewBucket} or {@link #from}, changed by the {@code with...} methods.
 *
 * @param current the map as it is, or null for a new bucket
 * @param numVBuckets 1 to 65,536
 * @param numReplicas 0 to 3
 * @param keepNodes the nodes that shall hold the bucket afterwards, added ones included; at least one
 * @param groups server group by node; a node without one makes up a group of its own
 * @param weights capacity by node, above 0; 1 where not told
 * @param bytes size in bytes of one copy by vBucket, or null when all count alike
 * @param locked vBuckets whose chain must stay as it is
 * @param maxSlaves most nodes that one node replicates to, and receives from; 1 or more
 * @param pastMaps maps that this bucket had: one of them is taken when it obeys the rules and is as cheap as what would be planned
 * @param seed decides among equals; the same request with the same seed gives the same map
 */
public record PlanRequest(VBucketMap current, int numVBuckets, int numReplicas, List<String> keepNodes,
    Map<String, String> groups,
    Map<String, Double> weights, long[] bytes, Set<Integer> locked, int maxSlaves, List<VBucketMap> pastMaps,
    long seed) {
  public static final int DEFAULT_MAX_SLAVES = 10;
  public static final long DEFAULT_SEED = 1;

  /** @throws PlanException when a value is out of its range, or names a node or vBucket that does not exist */
  public PlanRequest {
    keepNodes = List.copyOf(keepNodes);
    groups = Map.copyOf(groups);
    weights = Map.copyOf(weights);
    bytes = bytes == null ? null : bytes.clone();
    locked = Set.copyOf(locked);
    pastMaps = List.copyOf(pastMaps);
    check(numVBuckets >= 1 && numVBuckets <= 65_536, "numVBuckets is " + numVBuckets + ", allowed are 1 to 65536");
    check(numReplicas >= 0 && numReplicas <= 3, "numReplicas is " + numReplicas + ", allowed are 0 to 3");
    check(maxSlaves >= 1, "maxSlaves is " + maxSlaves + ", allowed is 1 or more");
    check(!keepNodes.isEmpty(), "no node is left to hold the bucket; keep or add at least one");
    Set<String> kept = new HashSet<>();
    for (String node : keepNodes) {
      check(kept.add(node), "node " + node + " is listed twice among the nodes to keep");
    }
    check(current == null || current.numVBuckets() == numVBuckets,
        "the current map has " + (current == null ? 0 : current.numVBuckets()) + " vBuckets, the request "
            + numVBuckets);
    check(bytes == null || bytes.length == numVBuckets,
        "bytes are told for " + (bytes == null ? 0 : bytes.length) + " vBuckets, there are " + numVBuckets);
    for (int vbucket = 0; bytes != null && vbucket < numVBuckets; vbucket++) {
      check(bytes[vbucket] >= 0, "bytes of vBucket " + vbucket + " are " + bytes[vbucket] + ", allowed is 0 or more");
    }
    weights.forEach((node, weight) -> check(weight > 0 && !weight.isInfinite(),
        "weight of node " + node + " is " + weight
            + ", allowed is any number above 0; remove a node that shall hold nothing"));
    for (int vbucket : locked) {
      check(vbucket >= 0 && vbucket < numVBuckets,
          "locked vBucket " + vbucket + " does not exist, there are " + numVBuckets);
      check(current != null, "vBucket " + vbucket + " is locked, but there is no current map to keep its chain from");
      for (String node : current.chain(vbucket)) {
        check(node == null || kept.contains(node), "vBucket " + vbucket + " is locked and has a copy on node " + node
            + ", which is to be removed; unlock the vBucket or keep the node");
      }
    }
  }

  /** For a bucket that has no map yet. */
  public static PlanRequest forNewBucket(int numVBuckets, int numReplicas, List<String> nodes) {
    return new PlanRequest(null, numVBuckets, numReplicas, nodes, Map.of(), Map.of(), null, Set.of(),
        DEFAULT_MAX_SLAVES, List.of(), DEFAULT_SEED);
  }

  /** For a bucket with this map, whose nodes all stay. */
  public static PlanRequest from(VBucketMap current) {
    return new PlanRequest(current, current.numVBuckets(), current.numReplicas(), current.nodes(), Map.of(), Map.of(),
        null, Set.of(),
        DEFAULT_MAX_SLAVES, List.of(), DEFAULT_SEED);
  }

  /**
   * Other nodes to keep: those there are, without {@code remove}, with {@code add}.
   *
   * @throws PlanException for a node that is to be removed and is not there, or is to be added and is there, or both
   */
  public PlanRequest change(List<String> add, List<String> remove) {
    Set<String> nodes = new LinkedHashSet<>(keepNodes);
    for (String node : remove) {
      check(!add.contains(node), "node " + node + " is to be added and to be removed");
      check(nodes.remove(node), "node " + node + " is to be removed, but is not one of " + keepNodes);
    }
    for (String node : add) {
      check(nodes.add(node), "node " + node + " is to be added, but is there already");
    }
    return withKeepNodes(new ArrayList<>(nodes));
  }

  public PlanRequest withKeepNodes(List<String> nodes) {
    return new PlanRequest(current, numVBuckets, numReplicas, nodes, groups, weights, bytes, locked, maxSlaves,
        pastMaps, seed);
  }

  public PlanRequest withReplicas(int replicas) {
    return new PlanRequest(current, numVBuckets, replicas, keepNodes, groups, weights, bytes, locked, maxSlaves,
        pastMaps, seed);
  }

  public PlanRequest withGroups(Map<String, String> byNode) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, byNode, weights, bytes, locked, maxSlaves,
        pastMaps, seed);
  }

  public PlanRequest withWeights(Map<String, Double> byNode) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, groups, byNode, bytes, locked, maxSlaves,
        pastMaps, seed);
  }

  public PlanRequest withBytes(long[] byVBucket) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, groups, weights, byVBucket, locked, maxSlaves,
        pastMaps, seed);
  }

  public PlanRequest withLocked(Set<Integer> vbuckets) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, groups, weights, bytes, vbuckets, maxSlaves,
        pastMaps, seed);
  }

  public PlanRequest withMaxSlaves(int most) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, groups, weights, bytes, locked, most, pastMaps,
        seed);
  }

  public PlanRequest withPastMaps(List<VBucketMap> maps) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, groups, weights, bytes, locked, maxSlaves,
        maps, seed);
  }

  public PlanRequest withSeed(long other) {
    return new PlanRequest(current, numVBuckets, numReplicas, keepNodes, groups, weights, bytes, locked, maxSlaves,
        pastMaps, other);
  }

  /** The same nodes and rules for a bucket that has no map yet. */
  PlanRequest withoutMap() {
    return new PlanRequest(null, numVBuckets, numReplicas, keepNodes, groups, weights, null, Set.of(), maxSlaves,
        List.of(), seed);
  }

  @Override
  public long[] bytes() {
    return bytes == null ? null : bytes.clone();
  }

  /** Nodes of the current map that are not kept. */
  public Set<String> removedNodes() {
    Set<String> removed = new LinkedHashSet<>();
    if (current != null) {
      Map<String, Boolean> kept = new HashMap<>();
      keepNodes.forEach(node -> kept.put(node, true));
      current.nodes().stream().filter(node -> !kept.containsKey(node)).forEach(removed::add);
    }
    return removed;
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new PlanException(otherwise);
    }
  }
}
