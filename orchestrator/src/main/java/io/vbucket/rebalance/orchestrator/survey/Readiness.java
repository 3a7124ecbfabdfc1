package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.bucket.EvenSplit;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What follows from a survey: a plan, or every reason why there is none. Pure. */
public final class Readiness {
  private final String bucket;
  private final Map<String, String> serversByName;

  /**
   * @param serversByName {@code host:port} of every node that the cluster knows, by name, in the cluster's order
   */
  public Readiness(String bucket, Map<String, String> serversByName) {
    this.bucket = bucket;
    this.serversByName = new LinkedHashMap<>(serversByName);
  }

  public sealed interface Verdict {}

  /**
   * @param kept names of the nodes that stay or come, in the cluster's order
   */
  public record Ready(BucketConfig config, List<String> kept, List<Move> moves) implements Verdict {}

  public record NotReady(List<String> reasons) implements Verdict {}

  /** A plan for {@code request}, or why not. */
  public Verdict plan(RebalanceRequest request, Survey.Findings findings) {
    List<String> reasons = new ArrayList<>(unknownNodes(request));
    findings.byNode().values().stream()
        .filter(found -> !found.trouble().isEmpty())
        .forEach(found -> reasons.add(found.trouble()));
    BucketConfig config = newest(findings);
    if (config == null && reasons.isEmpty()) {
      reasons.add("no node has a map for bucket " + bucket + ": is it created, and are these its nodes?");
    }
    findings.byNode().values().stream()
        .filter(found -> !found.otherRuns().isEmpty())
        .forEach(
            found -> reasons.add("another rebalance of " + bucket + " is at work on node " + found.node() + " (run "
                + String.join(", ", found.otherRuns()) + "): wait for its end or stop it"));
    if (!reasons.isEmpty()) {
      return new NotReady(reasons);
    }
    Map<String, String> namesByServer = new LinkedHashMap<>();
    serversByName.forEach((name, server) -> namesByServer.put(server, name));
    for (String server : config.servers()) {
      if (!namesByServer.containsKey(server)) {
        reasons.add("the map names node " + server + ", which the cluster file does not list: add it there");
      }
    }
    if (config.numReplicas() > 0) {
      reasons.add("bucket " + bucket + " has replicas, whose chains this version cannot move yet: nothing was changed");
    }
    if (reasons.isEmpty()) {
      reasons.addAll(differences(config, findings));
    }
    if (!reasons.isEmpty()) {
      return new NotReady(reasons);
    }
    List<String> kept = serversByName.keySet().stream()
        .filter(name -> config.servers().contains(serversByName.get(name))
            || request.add().contains(name)
            || request.moves().containsValue(name))
        .filter(name -> !request.remove().contains(name))
        .toList();
    if (kept.isEmpty()) {
      return new NotReady(List.of("no node would be left: all are to be removed"));
    }
    List<String> owners = new ArrayList<>();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      String owner = config.owner(vbucket);
      owners.add(owner == null ? null : namesByServer.get(owner));
    }
    if (request.moves().isEmpty()) {
      return new Ready(config, kept, EvenSplit.plan(bucket, owners, kept));
    }
    List<Move> moves = asked(request, owners, reasons);
    return reasons.isEmpty() ? new Ready(config, kept, moves) : new NotReady(reasons);
  }

  private List<Move> asked(RebalanceRequest request, List<String> owners, List<String> reasons) {
    List<Move> moves = new ArrayList<>();
    request.moves().forEach((vbucket, destination) -> {
      if (vbucket < 0 || vbucket >= owners.size()) {
        reasons.add("vb:" + vbucket + " is not in bucket " + bucket + ", which has " + owners.size() + " vBuckets");
      } else if (owners.get(vbucket) == null) {
        reasons.add("vb:" + vbucket + " has no owner in the map, so there is nothing to move");
      } else if (!owners.get(vbucket).equals(destination)) {
        moves.add(new Move(bucket, vbucket, owners.get(vbucket), destination));
      }
    });
    return moves;
  }

  private List<String> unknownNodes(RebalanceRequest request) {
    TreeSet<String> unknown = new TreeSet<>(request.add());
    unknown.addAll(request.remove());
    unknown.addAll(request.moves().values());
    unknown.removeAll(serversByName.keySet());
    return unknown.stream()
        .map(name -> "node " + name + " is not in the cluster file, which lists " + serversByName.keySet())
        .toList();
  }

  /** The newest configuration that any node has, or null. */
  public static BucketConfig newest(Survey.Findings findings) {
    return findings.byNode().values().stream()
        .map(NodeFindings::config)
        .filter(java.util.Objects::nonNull)
        .max(BucketConfig::compareTo)
        .orElse(null);
  }

  /** Where the nodes' states contradict the map: a vBucket must be active on its owner and nowhere else. */
  public List<String> differences(BucketConfig config, Survey.Findings findings) {
    List<String> differences = new ArrayList<>();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      String owner = config.owner(vbucket);
      for (NodeFindings found : findings.byNode().values()) {
        CopyState state = found.states().getOrDefault(vbucket, CopyState.ABSENT);
        boolean owns = serversByName.get(found.node()).equals(owner);
        if (owns && state != CopyState.ACTIVE) {
          differences.add("vb:" + vbucket + " is " + state + " on its owner " + found.node() + ", expected ACTIVE");
        } else if (!owns && state == CopyState.ACTIVE) {
          differences.add("vb:" + vbucket + " is ACTIVE on " + found.node() + ", but the map says "
              + (owner == null ? "nobody" : owner) + " owns it");
        }
      }
    }
    return differences;
  }

  /** Copies that serve nothing: what an earlier move may have left. Only for buckets without replicas. */
  public List<String> residue(BucketConfig config, Survey.Findings findings) {
    List<String> residue = new ArrayList<>();
    findings.byNode().values().forEach(found -> found.states().forEach((vbucket, state) -> {
      boolean owns = vbucket < config.numVBuckets() && serversByName.get(found.node()).equals(config.owner(vbucket));
      if (!owns && state != CopyState.ACTIVE) {
        residue.add("vb:" + vbucket + " has a " + state + " copy on " + found.node());
      }
    }));
    java.util.Collections.sort(residue);
    return residue;
  }
}
