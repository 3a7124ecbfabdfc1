package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.List;
import java.util.Map;

/**
 * What one node said.
 *
 * @param config its configuration of the bucket, null when it has none
 * @param states the copies it has, by vBucket
 * @param otherRuns runs of other orchestrators that are at work on it
 * @param sizes of its copies in bytes, by vBucket, as far as it told
 * @param connections DCP connections of rebalances, this one's included
 * @param trouble why it could not be asked, or empty
 */
public record NodeFindings(
    String node,
    BucketConfig config,
    Map<Integer, CopyState> states,
    Map<Integer, Long> sizes,
    List<String> otherRuns,
    List<RunConnection> connections,
    String trouble) {
  public NodeFindings {
    states = Map.copyOf(states);
    sizes = Map.copyOf(sizes);
    otherRuns = List.copyOf(otherRuns);
    connections = List.copyOf(connections);
  }

  /** Of a node that did not tell how large its copies are. */
  public NodeFindings(
      String node,
      BucketConfig config,
      Map<Integer, CopyState> states,
      List<String> otherRuns,
      List<RunConnection> connections,
      String trouble) {
    this(node, config, states, Map.of(), otherRuns, connections, trouble);
  }

  /** Of a node that has no connection of any rebalance, and did not tell how large its copies are. */
  public NodeFindings(
      String node, BucketConfig config, Map<Integer, CopyState> states, List<String> otherRuns, String trouble) {
    this(node, config, states, otherRuns, List.of(), trouble);
  }

  NodeFindings without(String runId) {
    List<RunConnection> others = connections.stream().filter(connection -> !connection.isOf(runId)).toList();
    return new NodeFindings(node, config, states, sizes, otherRuns, others, trouble);
  }

  static NodeFindings troubled(String node, String trouble) {
    return new NodeFindings(node, null, Map.of(), List.of(), List.of(), trouble);
  }
}
