package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads chains: {@code { 0 = [a, b, none] }}, the active first and {@code none} for a hole. A chain that is shorter than the replicas ask for gets
 * holes at its end.
 */
final class ChainParser {
  static final String HOLE = "none";

  private final Mistakes mistakes;
  private final List<String> nodes;
  private final int vbuckets;
  private final int replicas;

  /**
   * @param nodes names that a chain may have
   * @param replicas of every vBucket
   */
  ChainParser(Mistakes mistakes, List<String> nodes, int vbuckets, int replicas) {
    this.mistakes = mistakes;
    this.nodes = nodes;
    this.vbuckets = vbuckets;
    this.replicas = replicas;
  }

  /** The chains that are right, by vBucket; null for a hole. */
  Map<Integer, List<String>> chains(String key, ConfigValue value) {
    Map<Integer, List<String>> chains = new TreeMap<>();
    if (!(value instanceof ConfigObject byVBucket) || byVBucket.isEmpty()) {
      mistakes.add(value, key + " = " + Entries.shown(value) + ": expected " + key + " { 0 = [a, b], 1 = [b, " + HOLE
          + "] }, the active first and " + HOLE + " for a hole");
      return chains;
    }
    new TreeMap<>(byVBucket).forEach((name, chain) -> {
      int vbucket = name.matches("\\d{1,4}") ? Integer.parseInt(name) : -1;
      if (vbucket < 0 || vbucket >= vbuckets) {
        mistakes.add(chain, key + ": vbucket " + name + ": expected 0 to " + (vbuckets - 1));
      } else if (!(chain instanceof ConfigList copies) || copies.isEmpty()) {
        mistakes.add(chain, key + ": vbucket " + name + " = " + Entries.shown(chain)
            + ": expected the nodes of its copies, the active first, such as [a, b]");
      } else {
        List<String> named = new ArrayList<>();
        if (chain(key, vbucket, copies, named)) {
          chains.put(vbucket, named);
        }
      }
    });
    return chains;
  }

  private boolean chain(String key, int vbucket, ConfigList copies, List<String> named) {
    String what = key + ": vbucket " + vbucket;
    if (copies.size() > replicas + 1) {
      mistakes.add(copies, what + " has " + copies.size() + " copies, expected at most " + (replicas + 1)
          + ", since cluster has replicas = " + replicas);
      return false;
    }
    for (ConfigValue copy : copies) {
      String node = String.valueOf(copy.unwrapped());
      if (node.equals(HOLE) && !named.isEmpty()) {
        named.add(null);
      } else if (node.equals(HOLE)) {
        mistakes.add(copy, what + " has no active: expected a node in the first place");
        return false;
      } else if (!nodes.contains(node)) {
        mistakes.add(copy, "no node " + node + "; " + Words.hint(node, nodes));
        return false;
      } else if (named.contains(node)) {
        mistakes.add(copy, what + " names " + node + " twice: a node holds one copy of a vBucket");
        return false;
      } else {
        named.add(node);
      }
    }
    while (named.size() < replicas + 1) {
      named.add(null);
    }
    return true;
  }
}
