package io.vbucket.rebalance.orchestrator.repair;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.survey.NodeFindings;
import io.vbucket.rebalance.orchestrator.survey.Survey;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What it takes to make nodes and map agree after a run was killed, and what only an operator can decide. Pure.
 *
 * <p>The rules rest on what a takeover does (source dead first, destination active afterwards, I1): where nobody is active and the owner is
 * dead, nobody ever took over, so the owner has all writes; where exactly one node is active, its writes are the newest ones. It must only
 * be carried out when no connection of the killed run is open any more, since a node may still act on what it had received (T19, T27).
 *
 * @param steps in the order in which they must be done: states first, then the map, deletions last (I3)
 * @param needOperator vBuckets that are left alone, each with the reason and what can be done
 */
public record RepairPlan(List<RepairStep> steps, List<String> needOperator) {
  public RepairPlan {
    steps = List.copyOf(steps);
    needOperator = List.copyOf(needOperator);
  }

  /** Promotes nothing. */
  public static RepairPlan of(BucketConfig config, Survey.Findings findings, Map<String, String> serversByName) {
    return of(config, findings, serversByName, Map.of());
  }

  /**
   * @param config the newest map that a node has
   * @param serversByName {@code host:port} of every node of the cluster, by name
   * @param promotions the node whose copy shall become active, by vBucket, where no copy is
   */
  public static RepairPlan of(BucketConfig config, Survey.Findings findings, Map<String, String> serversByName,
      Map<Integer, String> promotions) {
    Planner planner = new Planner(promotions);
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      planner.plan(vbucket, chain(config, vbucket, serversByName), states(vbucket, findings));
    }
    List<RepairStep> steps = new ArrayList<>(planner.states);
    steps.addAll(planner.map);
    steps.addAll(planner.removals);
    return new RepairPlan(steps, planner.operator);
  }

  /**
   * vBuckets that nobody serves and no takeover left so, with the nodes that have a copy that may be promoted: those of the chain before
   * others.
   */
  public static SortedMap<Integer, List<String>> orphans(
      BucketConfig config, Survey.Findings findings, Map<String, String> serversByName) {
    SortedMap<Integer, List<String>> orphans = new TreeMap<>();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      List<String> chain = chain(config, vbucket, serversByName);
      Map<String, CopyState> copies = states(vbucket, findings);
      boolean takeoverLeftIt = chain.get(0) != null && copies.get(chain.get(0)) == CopyState.DEAD;
      List<String> holders = new ArrayList<>(chain);
      copies.keySet().stream().filter(node -> !holders.contains(node)).forEach(holders::add);
      holders.removeIf(node -> node == null || copies.get(node) != CopyState.REPLICA
          && copies.get(node) != CopyState.PENDING);
      if (!copies.containsValue(CopyState.ACTIVE) && !takeoverLeftIt && !holders.isEmpty()) {
        orphans.put(vbucket, holders);
      }
    }
    return orphans;
  }

  private static List<String> chain(BucketConfig config, int vbucket, Map<String, String> serversByName) {
    Map<String, String> names = new LinkedHashMap<>();
    serversByName.forEach((name, server) -> names.put(server, name));
    List<String> chain = new ArrayList<>();
    config.chain(vbucket).forEach(server -> chain.add(server == null ? null : names.get(server)));
    return chain;
  }

  public boolean isEmpty() {
    return steps.isEmpty() && needOperator.isEmpty();
  }

  private static Map<String, CopyState> states(int vbucket, Survey.Findings findings) {
    Map<String, CopyState> states = new TreeMap<>();
    for (NodeFindings found : findings.byNode().values()) {
      CopyState state = found.states().get(vbucket);
      if (state != null) {
        states.put(found.node(), state);
      }
    }
    return states;
  }

  /** Collects what is to be done, vBucket by vBucket. */
  private static final class Planner {
    private final List<RepairStep> states = new ArrayList<>();
    private final List<RepairStep> map = new ArrayList<>();
    private final List<RepairStep> removals = new ArrayList<>();
    private final List<String> operator = new ArrayList<>();
    private final Map<Integer, String> promotions;

    Planner(Map<Integer, String> promotions) {
      this.promotions = promotions;
    }

    void plan(int vbucket, List<String> chain, Map<String, CopyState> copies) {
      String owner = chain.get(0);
      List<String> actives =
          copies.entrySet().stream().filter(copy -> copy.getValue() == CopyState.ACTIVE).map(Map.Entry::getKey)
              .toList();
      if (actives.size() > 1) {
        operator.add(
            "vb:" + vbucket + " is active on " + actives + ": writes may differ; decide which one is right, make the"
                + " others dead, then repair again");
      } else if (actives.isEmpty() && promotions.containsKey(vbucket)) {
        promote(vbucket, chain, copies, promotions.get(vbucket));
      } else if (actives.isEmpty() && owner == null && copies.isEmpty()) {
        // A vBucket that nobody owns and nobody serves: as the map says.
        tidy(vbucket, chain, copies);
      } else if (actives.isEmpty() && copies.get(owner) == CopyState.DEAD) {
        states.add(new RepairStep.Reactivate(vbucket, owner));
        tidy(vbucket, chain, copies);
      } else if (actives.isEmpty()) {
        CopyState state = copies.getOrDefault(owner, CopyState.ABSENT);
        operator.add("vb:" + vbucket + " is active nowhere and " + state + " on its owner " + owner + "; copies: "
            + copies + ": no takeover leaves it so; make the copy active that you trust, or have the most advanced one"
            + " promoted (--promote)");
      } else if (actives.get(0).equals(owner)) {
        tidy(vbucket, chain, copies);
      } else {
        List<String> adopted = adopted(chain, actives.get(0));
        map.add(new RepairStep.Adopt(vbucket, adopted));
        tidy(vbucket, adopted, copies);
      }
    }

    /** The others keep their places as far as they have copies. */
    private void promote(int vbucket, List<String> chain, Map<String, CopyState> copies, String node) {
      List<String> promoted = new ArrayList<>();
      promoted.add(node);
      chain.stream().skip(1).forEach(other -> promoted.add(other == null || other.equals(node)
          || !copies.containsKey(other) ? null : other));
      states.add(new RepairStep.Promote(vbucket, node));
      map.add(new RepairStep.Adopt(vbucket, promoted));
      Map<String, CopyState> others = new TreeMap<>(copies);
      others.remove(node);
      tidy(vbucket, promoted, others);
    }

    /** The active node takes the owner's place; where it was a replica, the old owner takes its place. */
    private static List<String> adopted(List<String> chain, String active) {
      List<String> adopted = new ArrayList<>(chain);
      int place = chain.indexOf(active);
      if (place > 0) {
        adopted.set(place, chain.get(0));
      }
      adopted.set(0, active);
      return adopted;
    }

    /** What is not active is a replica where the chain says so, and nothing elsewhere. */
    private void tidy(int vbucket, List<String> chain, Map<String, CopyState> copies) {
      copies.forEach((node, state) -> {
        int place = chain.indexOf(node);
        if (place < 0 && state != CopyState.ACTIVE) {
          removals.add(new RepairStep.Remove(vbucket, node));
        } else if (place > 0 && state != CopyState.REPLICA) {
          states.add(new RepairStep.Demote(vbucket, node));
        }
      });
    }
  }
}
