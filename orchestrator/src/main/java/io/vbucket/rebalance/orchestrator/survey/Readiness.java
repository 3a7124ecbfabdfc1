package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.PinnedPlan;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.plan.MapPlan;
import io.vbucket.rebalance.orchestrator.plan.PlanException;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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
   * @param config the map as it is, with room for as many replicas as there are before or afterwards
   * @param kept names of the nodes that stay or come, in the cluster's order
   * @param replicas of each vBucket, when all moves are made
   * @param plan where the moves come from, empty when they were asked for one by one
   */
  public record Ready(BucketConfig config, List<String> kept, int replicas, List<Move> moves, Optional<MapPlan> plan)
      implements Verdict {}

  public record NotReady(List<String> reasons) implements Verdict {}

  /**
   * A plan for {@code request}, or why not.
   *
   * @param pastMaps that the bucket had, besides those that the request tells
   */
  public Verdict plan(RebalanceRequest request, List<VBucketMap> pastMaps, Survey.Findings findings) {
    List<String> reasons = new ArrayList<>(unknownNodes(request));
    reasons.addAll(obstacles(findings));
    BucketConfig config = newest(findings);
    if (!reasons.isEmpty()) {
      return new NotReady(reasons);
    }
    Map<String, String> namesByServer = namesByServer();
    reasons.addAll(differences(config, findings));
    if (!reasons.isEmpty()) {
      reasons.add("'rebalance repair' makes good what a killed run left; 'rebalance repair --dry-run' tells how");
      return new NotReady(reasons);
    }
    request.pinned().ifPresent(
        plan -> reasons.addAll(new PinnedMoves(plan).obstacles(bucket, config, serversByName.keySet())));
    if (!reasons.isEmpty()) {
      return new NotReady(reasons);
    }
    List<String> kept = request.pinned().map(PinnedPlan::kept).orElse(serversByName.keySet().stream()
        .filter(name -> config.servers().contains(serversByName.get(name))
            || request.add().contains(name)
            || request.moves().containsValue(name))
        .filter(name -> !request.remove().contains(name))
        .toList());
    if (kept.isEmpty()) {
      return new NotReady(List.of("no node would be left: all are to be removed"));
    }
    int replicas = request.pinned().map(PinnedPlan::replicas).orElse(request.replicas().orElse(config.numReplicas()));
    BucketConfig wide = config.withReplicas(Math.max(replicas, config.numReplicas()));
    VBucketMap held = held(wide.toMap(namesByServer::get), findings);
    PlannedMoves planned = new PlannedMoves(bucket, held, kept, request, pastMaps, sizes(held, findings));
    try {
      Optional<MapPlan> plan = planned.plan(replicas);
      List<Move> moves = plan.isPresent() ? planned.of(plan.get()) : planned.asked(reasons);
      reasons.addAll(leftovers(config, findings, moves));
      return reasons.isEmpty() ? new Ready(wide, kept, replicas, moves, plan) : new NotReady(reasons);
    } catch (PlanException impossible) {
      return new NotReady(List.of(impossible.getMessage()));
    }
  }

  /**
   * What a rebalance that is over has left, and this one would neither use nor replace: connections that may still carry something, and
   * copies that nobody would miss. Whoever rebalances over it hides it.
   */
  private List<String> leftovers(BucketConfig config, Survey.Findings findings, List<Move> moves) {
    Set<String> replaced = new HashSet<>();
    moves.forEach(move -> move.after().forEach(node -> replaced.add(move.vbucket() + " " + node)));
    List<String> left = new ArrayList<>();
    findings.byNode().values().forEach(found -> {
      found.connections().forEach(connection -> left.add("node " + found.node() + " still has " + connection.text()));
      found.states().forEach((vbucket, state) -> {
        boolean inChain =
            vbucket < config.numVBuckets() && config.chain(vbucket).contains(serversByName.get(found.node()));
        if (!inChain && state != CopyState.ACTIVE && !replaced.contains(vbucket + " " + found.node())) {
          left.add("vb:" + vbucket + " has a " + state + " copy on " + found.node());
        }
      });
    });
    if (left.isEmpty()) {
      return List.of();
    }
    Collections.sort(left);
    String more = left.size() > 1 ? " and " + (left.size() - 1) + " more" : "";
    return List.of("an earlier rebalance has left something: " + left.get(0) + more
        + "; 'rebalance verify' lists all, 'rebalance repair' clears it away");
  }

  /** Why nothing at all can be done with these nodes; empty when something can. */
  public List<String> obstacles(Survey.Findings findings) {
    List<String> reasons = blindness(findings);
    reasons.addAll(otherRuns(findings));
    return reasons;
  }

  /** Why the nodes cannot even be compared with the map; empty when they can. */
  public List<String> blindness(Survey.Findings findings) {
    List<String> reasons = new ArrayList<>();
    findings.byNode().values().stream()
        .filter(found -> !found.trouble().isEmpty())
        .forEach(found -> reasons.add(found.trouble()));
    BucketConfig config = newest(findings);
    if (config == null && reasons.isEmpty()) {
      reasons.add("no node has a map for bucket " + bucket + ": is it created, and are these its nodes?");
    }
    if (config != null) {
      config.servers().stream()
          .filter(server -> !serversByName.containsValue(server))
          .forEach(server -> reasons.add("the map names node " + server + ", which the cluster file does not list: "
              + sameNodeOtherwise(server, config)
                  .map(listed -> "node " + listed + " is listed as " + serversByName.get(listed)
                      + "; if that is the same node, write its address as the map has it, otherwise add " + server)
                  .orElse(
                      "add it there with the host and the port that the map has, or write its address as the map has it,"
                          + " if it is listed under another")));
    }
    return reasons;
  }

  /** The node that is listed with the port of {@code server} and with an address that the map does not have: probably the same. */
  private Optional<String> sameNodeOtherwise(String server, BucketConfig config) {
    String port = server.substring(server.lastIndexOf(':'));
    return serversByName.entrySet().stream()
        .filter(listed -> listed.getValue().endsWith(port) && !config.servers().contains(listed.getValue()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** {@code host:port} of every node that the cluster knows, by name, in the cluster's order. */
  public Map<String, String> serversByName() {
    return Collections.unmodifiableMap(serversByName);
  }

  private Map<String, String> namesByServer() {
    Map<String, String> names = new LinkedHashMap<>();
    serversByName.forEach((name, server) -> names.put(server, name));
    return names;
  }

  /** The map as far as it is true: a replica that its node does not have is a hole, and is built anew wherever it shall be. */
  private static VBucketMap held(VBucketMap map, Survey.Findings findings) {
    Map<Integer, List<String>> changed = new HashMap<>();
    for (int vbucket = 0; map.numReplicas() > 0 && vbucket < map.numVBuckets(); vbucket++) {
      List<String> chain = new ArrayList<>(map.chain(vbucket));
      for (int position = 1; position < chain.size(); position++) {
        NodeFindings found = chain.get(position) == null ? null : findings.byNode().get(chain.get(position));
        if (found != null && found.states().get(vbucket) != CopyState.REPLICA) {
          chain.set(position, null);
        }
      }
      if (!chain.equals(map.chain(vbucket))) {
        changed.put(vbucket, chain);
      }
    }
    return changed.isEmpty() ? map : map.with(changed);
  }

  /** Of vBuckets, as their owners told; the copies of one vBucket are as large as each other, or will be. */
  private static Map<Integer, Long> sizes(VBucketMap map, Survey.Findings findings) {
    Map<Integer, Long> sizes = new HashMap<>();
    for (int vbucket = 0; vbucket < map.numVBuckets(); vbucket++) {
      NodeFindings owner = findings.byNode().get(String.valueOf(map.active(vbucket)));
      if (owner != null && owner.sizes().containsKey(vbucket)) {
        sizes.put(vbucket, owner.sizes().get(vbucket));
      }
    }
    return sizes;
  }

  /** Why nothing may be changed where other orchestrators are at work: a line for each of their runs. */
  public List<String> otherRuns(Survey.Findings findings) {
    return runsAtWork(findings).entrySet().stream()
        .map(run -> "another rebalance, or 'rebalance replicate', of " + bucket + " is at work on "
            + String.join(", ", run.getValue()) + " (run " + run.getKey()
            + "), or was started in the same instant and goes first: stop it or wait for its end, then start this one again;"
            + " to rebalance while replication is kept use 'run --keep-replicating'")
        .toList();
  }

  /** What somebody who only looks should know of other orchestrators: a line for each of their runs. */
  public List<String> atWork(Survey.Findings findings) {
    return runsAtWork(findings).entrySet().stream()
        .map(run -> "run " + run.getKey() + " is at work on " + String.join(", ", run.getValue())
            + " (a rebalance or replicate): what follows may be its")
        .toList();
  }

  /** The nodes on which each run of another orchestrator is at work, by run. */
  private static SortedMap<String, List<String>> runsAtWork(Survey.Findings findings) {
    SortedMap<String, List<String>> nodes = new TreeMap<>();
    findings.byNode().values().forEach(found -> found.otherRuns()
        .forEach(run -> nodes.computeIfAbsent(run, first -> new ArrayList<>()).add(found.node())));
    return nodes;
  }

  private List<String> unknownNodes(RebalanceRequest request) {
    TreeSet<String> unknown = new TreeSet<>(request.add());
    unknown.addAll(request.remove());
    unknown.addAll(request.moves().values());
    unknown.addAll(request.failOver());
    unknown.addAll(request.groups().keySet());
    unknown.addAll(request.terms().weights().keySet());
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

  /** Where the nodes' states contradict the map so that nothing may be moved: a vBucket must be active on its owner and nowhere else. */
  public List<String> differences(BucketConfig config, Survey.Findings findings) {
    List<String> differences = new ArrayList<>();
    Map<String, String> namesByServer = namesByServer();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      String owner = config.owner(vbucket);
      for (NodeFindings found : findings.byNode().values()) {
        CopyState state = found.states().getOrDefault(vbucket, CopyState.ABSENT);
        boolean owns = serversByName.get(found.node()).equals(owner);
        if (owns && state != CopyState.ACTIVE) {
          differences.add("vb:" + vbucket + " is " + state + " on its owner " + found.node() + ", expected ACTIVE");
        } else if (!owns && state == CopyState.ACTIVE) {
          differences.add("vb:" + vbucket + " is ACTIVE on " + found.node() + ", but the map says "
              + (owner == null ? "nobody" : namesByServer.getOrDefault(owner, owner)) + " owns it");
        }
      }
    }
    return differences;
  }

  /** Replicas of the map that their nodes do not have as such. The next rebalance builds them. */
  public List<String> missingReplicas(BucketConfig config, Survey.Findings findings) {
    List<String> missing = new ArrayList<>();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      List<String> chain = config.chain(vbucket);
      for (NodeFindings found : findings.byNode().values()) {
        CopyState state = found.states().getOrDefault(vbucket, CopyState.ABSENT);
        int position = chain.indexOf(serversByName.get(found.node()));
        if (position > 0 && state != CopyState.REPLICA && state != CopyState.ACTIVE) {
          missing.add("vb:" + vbucket + " is " + state + " on " + found.node() + ", expected REPLICA");
        }
      }
    }
    return missing;
  }

  /** What earlier rebalances have left: copies that serve nothing, their streams and connections. */
  public List<String> residue(BucketConfig config, Survey.Findings findings) {
    return ResidueCheck.of(config, findings, serversByName).lines();
  }

  /** What the run has left once its links are closed. */
  public ResidueCheck residueAfter(BucketConfig config, Survey.Findings findings, String runId) {
    return ResidueCheck.afterRun(config, findings, serversByName, runId);
  }
}
