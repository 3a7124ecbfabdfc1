package io.vbucket.rebalance.orchestrator.move;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One vBucket's chain is to become another one. The same type from the plan to the commit.
 *
 * @param bucket name of the bucket; empty in a plan that was made without one
 * @param vbucket 0 or more
 * @param before names of the nodes that hold it, active first; null for a hole
 * @param after the same, as it shall be
 * @param bytes size of one copy of the vBucket in bytes; 0 when unknown
 */
public record Move(String bucket, int vbucket, List<String> before, List<String> after, long bytes) {
  /** @throws IllegalArgumentException for an empty chain, or one that names a node twice */
  public Move {
    before = checked(vbucket, before);
    after = checked(vbucket, after);
  }

  /** Of a vBucket that has no replica and gets none. */
  public Move(String bucket, int vbucket, String source, String destination) {
    this(bucket, vbucket, Collections.singletonList(source), Collections.singletonList(destination), 0);
  }

  private static List<String> checked(int vbucket, List<String> chain) {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("the chain of vb:" + vbucket + " is empty, expected its active first");
    }
    Set<String> seen = new HashSet<>();
    for (String node : chain) {
      if (node != null && !seen.add(node)) {
        throw new IllegalArgumentException("the chain " + chain + " of vb:" + vbucket + " names " + node + " twice");
      }
    }
    return Collections.unmodifiableList(new ArrayList<>(chain));
  }

  /** The active of the old chain, null when it has none. */
  public String source() {
    return before.get(0);
  }

  /** The active of the new chain. */
  public String destination() {
    return after.get(0);
  }

  /** Whether another node becomes active. False for a vBucket that has no active: nobody is there to take over from. */
  public boolean isTakeover() {
    return source() != null && !source().equals(destination());
  }

  /** Nodes that must get a copy they do not have, in the order of the new chain. */
  public List<String> built() {
    return after.stream().filter(node -> node != null && !before.contains(node)).toList();
  }

  /** Nodes that hold a copy and shall not any more. */
  public List<String> dropped() {
    return before.stream().filter(node -> node != null && !after.contains(node)).toList();
  }

  /** Nodes that get their copy from the old active: the new chain without it. None when there is no old active. */
  public List<String> targets() {
    return source() == null
        ? List.of()
        : after.stream().filter(node -> node != null && !node.equals(source())).toList();
  }

  /** Nodes that hold a copy before or afterwards, those of the old chain first. */
  public List<String> nodes() {
    List<String> nodes = new ArrayList<>();
    before.stream().filter(node -> node != null).forEach(nodes::add);
    nodes.addAll(built());
    return List.copyOf(nodes);
  }

  /** The part of this move that one stream makes: from the old active to {@code node}. */
  public Move streamTo(String node) {
    return new Move(bucket, vbucket, source(), node);
  }

  /** This move as one of a bucket. */
  public Move in(String name) {
    return new Move(name, vbucket, before, after, bytes);
  }

  /** This move, with the size of one copy in bytes. */
  public Move sized(long size) {
    return new Move(bucket, vbucket, before, after, size);
  }

  @Override
  public String toString() {
    String chains = before.size() == 1 && after.size() == 1 ? source() + "->" + destination() : before + "->" + after;
    return bucket + "/" + vbucket + " " + chains;
  }
}
