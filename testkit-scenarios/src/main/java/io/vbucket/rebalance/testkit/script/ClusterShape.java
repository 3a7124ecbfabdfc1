package io.vbucket.rebalance.testkit.script;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A small cluster.
 *
 * @param nodes names
 * @param members of these, the nodes that own vBuckets at the beginning
 * @param vbuckets 1 to 1024
 * @param itemsPerVBucket documents that are there before anything is asked, 0 to 100000
 * @param writers clients that write all the time, 0 to 64
 * @param windowBytes DCP flow-control window that consumers ask for
 * @param versions version by node: whose behaviour it shows
 * @param chains names of the nodes that hold a vBucket at the beginning, active first and null for a hole, by vBucket; all equally long, 1 to 4
 * @param keepsReplicating whether the orchestrator keeps every replica filled from its active, before, during and after what is asked
 */
public record ClusterShape(
    List<String> nodes,
    List<String> members,
    int vbuckets,
    int itemsPerVBucket,
    int writers,
    int windowBytes,
    Map<String, String> versions,
    List<List<String>> chains,
    boolean keepsReplicating) {
  public ClusterShape {
    nodes = List.copyOf(nodes);
    members = List.copyOf(members);
    versions = Map.copyOf(versions);
    chains = chains.stream().map(chain -> Collections.unmodifiableList(new ArrayList<>(chain))).toList();
  }

  /**
   * Without replicas.
   *
   * @param owners owner by vBucket at the beginning
   */
  public static ClusterShape withoutReplicas(
      List<String> nodes, List<String> members, int itemsPerVBucket, int writers, int windowBytes,
      Map<String, String> versions, List<String> owners) {
    return new ClusterShape(
        nodes, members, owners.size(), itemsPerVBucket, writers, windowBytes, versions,
        owners.stream().map(List::of).toList(), false);
  }

  /** Owner of a vBucket at the beginning. */
  public String owner(int vbucket) {
    return chains.get(vbucket).get(0);
  }

  /** Replicas of every vBucket, holes among them. */
  public int replicas() {
    return chains.get(0).size() - 1;
  }
}
