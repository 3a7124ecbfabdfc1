package io.vbucket.rebalance.orchestrator.map;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which nodes hold which vBucket: one chain per vBucket, {@code [active, replica 1, ..., replica numReplicas]}, with null for a hole.
 * Immutable. Nodes are told by name; inside, a chain is a row of indexes, so that 65,536 vBuckets on 1,000 nodes are a few hundred KiB.
 */
public final class VBucketMap {
  private static final int HOLE = -1;

  private final List<String> nodes;
  private final Map<String, Integer> indexes;
  private final int numVBuckets;
  private final int chainLength;
  private final int[] cells;

  private VBucketMap(List<String> nodes, int numVBuckets, int chainLength, int[] cells) {
    this.nodes = List.copyOf(nodes);
    this.numVBuckets = numVBuckets;
    this.chainLength = chainLength;
    this.cells = cells;
    this.indexes = new HashMap<>();
    for (int i = 0; i < this.nodes.size(); i++) {
      if (indexes.put(this.nodes.get(i), i) != null) {
        throw new IllegalArgumentException("node " + this.nodes.get(i) + " is listed twice");
      }
    }
  }

  /**
   * @param numReplicas 0 to 3; chains that are shorter are filled with holes
   * @param chains node names by vBucket, null for a hole
   * @throws IllegalArgumentException for a chain that is too long or names a node twice
   */
  public static VBucketMap of(int numReplicas, List<? extends List<String>> chains) {
    Map<String, Integer> seen = new HashMap<>();
    List<String> nodes = new ArrayList<>();
    int length = numReplicas + 1;
    int[] cells = new int[chains.size() * length];
    Arrays.fill(cells, HOLE);
    for (int vbucket = 0; vbucket < chains.size(); vbucket++) {
      List<String> chain = chains.get(vbucket);
      if (chain.size() > length) {
        throw new IllegalArgumentException(
            "vBucket " + vbucket + " has a chain of " + chain.size() + " nodes, " + numReplicas + " replicas allow "
                + length);
      }
      for (int position = 0; position < chain.size(); position++) {
        String node = chain.get(position);
        if (node != null) {
          Integer index = seen.get(node);
          if (index == null) {
            index = nodes.size();
            seen.put(node, index);
            nodes.add(node);
          }
          cells[vbucket * length + position] = index;
        }
      }
    }
    return ofIndexes(nodes, numReplicas, cells);
  }

  /**
   * @param nodes names; a cell is an index into them
   * @param cells chain after chain, each of {@code numReplicas + 1} cells, negative for a hole; copied
   * @throws IllegalArgumentException for an index without a node, or a node twice in a chain
   */
  public static VBucketMap ofIndexes(List<String> nodes, int numReplicas, int[] cells) {
    int length = numReplicas + 1;
    int[] copy = cells.clone();
    for (int cell = 0; cell < copy.length; cell++) {
      copy[cell] = Math.max(HOLE, copy[cell]);
      if (copy[cell] >= nodes.size()) {
        throw new IllegalArgumentException(
            "vBucket " + cell / length + " names node " + copy[cell] + ", there are " + nodes.size() + " nodes");
      }
      for (int before = cell - cell % length; before < cell; before++) {
        if (copy[cell] != HOLE && copy[before] == copy[cell]) {
          throw new IllegalArgumentException(
              "vBucket " + cell / length + " names node " + nodes.get(copy[cell]) + " twice");
        }
      }
    }
    return new VBucketMap(nodes, copy.length / length, length, copy);
  }

  public int numVBuckets() {
    return numVBuckets;
  }

  public int numReplicas() {
    return chainLength - 1;
  }

  /** All nodes that have a place in this map's list, also those that hold nothing any more. */
  public List<String> nodes() {
    return nodes;
  }

  /** The node that serves this vBucket, or null. */
  public String active(int vbucket) {
    return node(vbucket, 0);
  }

  /** The node at this place of the chain, 0 being the active, or null for a hole. */
  public String node(int vbucket, int position) {
    int index = cells[vbucket * chainLength + position];
    return index == HOLE ? null : nodes.get(index);
  }

  /** Index into {@link #nodes()}, or -1 for a hole. */
  public int index(int vbucket, int position) {
    return cells[vbucket * chainLength + position];
  }

  /** The chain with null for holes; {@code numReplicas + 1} long. */
  public List<String> chain(int vbucket) {
    String[] chain = new String[chainLength];
    for (int position = 0; position < chainLength; position++) {
      chain[position] = node(vbucket, position);
    }
    return Collections.unmodifiableList(Arrays.asList(chain));
  }

  /** Whether this node holds a copy, active or replica. */
  public boolean holds(int vbucket, String node) {
    Integer index = indexes.get(node);
    if (index == null) {
      return false;
    }
    for (int position = 0; position < chainLength; position++) {
      if (cells[vbucket * chainLength + position] == index) {
        return true;
      }
    }
    return false;
  }

  /** How many chains have this node at this position. */
  public int count(String node, int position) {
    Integer index = indexes.get(node);
    int count = 0;
    for (int cell = position; index != null && cell < cells.length; cell += chainLength) {
      if (cells[cell] == index) {
        count++;
      }
    }
    return count;
  }

  /**
   * This map with another chain for one vBucket; nodes that are new to the map are added.
   *
   * @throws IllegalArgumentException for a chain that is too long or names a node twice
   */
  public VBucketMap with(int vbucket, List<String> chain) {
    return with(Map.of(vbucket, chain));
  }

  /** This map with other chains for some vBuckets. */
  public VBucketMap with(Map<Integer, ? extends List<String>> chains) {
    Set<String> all = new LinkedHashSet<>(nodes);
    chains.values().forEach(chain -> chain.stream().filter(node -> node != null).forEach(all::add));
    List<String> listed = List.copyOf(all);
    Map<String, Integer> places = new HashMap<>(indexes);
    for (int i = nodes.size(); i < listed.size(); i++) {
      places.put(listed.get(i), i);
    }
    int[] changed = cells.clone();
    chains.forEach((vbucket, chain) -> {
      if (vbucket < 0 || vbucket >= numVBuckets || chain.size() > chainLength) {
        throw new IllegalArgumentException("vBucket " + vbucket + " " + chain + " does not fit a map of " + numVBuckets
            + " vBuckets with " + numReplicas() + " replicas");
      }
      for (int position = 0; position < chainLength; position++) {
        String node = position < chain.size() ? chain.get(position) : null;
        changed[vbucket * chainLength + position] = node == null ? HOLE : places.get(node);
      }
    });
    return ofIndexes(listed, numReplicas(), changed);
  }

  /** The vBuckets whose chain is another one in {@code target}, in ascending order; a difference in trailing holes is none. */
  public List<Integer> diff(VBucketMap target) {
    if (target.numVBuckets != numVBuckets) {
      throw new IllegalArgumentException(
          "maps of " + numVBuckets + " and " + target.numVBuckets + " vBuckets have no difference");
    }
    List<Integer> changed = new ArrayList<>();
    int longest = Math.max(chainLength, target.chainLength);
    for (int vbucket = 0; vbucket < numVBuckets; vbucket++) {
      for (int position = 0; position < longest; position++) {
        String before = position < chainLength ? node(vbucket, position) : null;
        String after = position < target.chainLength ? target.node(vbucket, position) : null;
        if (before == null ? after != null : !before.equals(after)) {
          changed.add(vbucket);
          break;
        }
      }
    }
    return List.copyOf(changed);
  }

  /** Equal when every chain names the same nodes; what else is listed does not matter. */
  @Override
  public boolean equals(Object other) {
    return other instanceof VBucketMap that && numVBuckets == that.numVBuckets && chainLength == that.chainLength
        && diff(that).isEmpty();
  }

  @Override
  public int hashCode() {
    int hash = numVBuckets;
    for (int vbucket = 0; vbucket < numVBuckets; vbucket++) {
      hash = 31 * hash + chain(vbucket).hashCode();
    }
    return hash;
  }

  @Override
  public String toString() {
    return numVBuckets + " vBuckets with " + numReplicas() + " replicas on " + nodes.size() + " nodes";
  }
}
