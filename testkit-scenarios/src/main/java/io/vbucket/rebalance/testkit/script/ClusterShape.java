package io.vbucket.rebalance.testkit.script;

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
 * @param owners owner by vBucket at the beginning
 */
public record ClusterShape(
    List<String> nodes,
    List<String> members,
    int vbuckets,
    int itemsPerVBucket,
    int writers,
    int windowBytes,
    Map<String, String> versions,
    List<String> owners) {
  public ClusterShape {
    nodes = List.copyOf(nodes);
    members = List.copyOf(members);
    versions = Map.copyOf(versions);
    owners = List.copyOf(owners);
  }
}
