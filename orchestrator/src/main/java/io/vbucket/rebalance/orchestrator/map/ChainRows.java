package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Chains as a configuration writes them: a row per vBucket of indexes into the server list, active first, -1 for a hole. */
final class ChainRows {
  static final int HOLE = -1;

  private ChainRows() {}

  /**
   * @param name of the field, for what is said of a wrong one
   * @throws IllegalArgumentException when a row is empty or names a server that is not there
   */
  static int[][] read(JsonNode rows, String name, int servers) {
    int[][] chains = new int[rows.size()][];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      JsonNode row = rows.get(vbucket);
      if (row.isEmpty()) {
        throw new IllegalArgumentException(name + "[" + vbucket + "] is empty, expected the owner's index");
      }
      chains[vbucket] = new int[row.size()];
      for (int position = 0; position < row.size(); position++) {
        int index = row.get(position).asInt(HOLE);
        if (index < HOLE || index >= servers) {
          throw new IllegalArgumentException(
              name + "[" + vbucket + "][" + position + "] = " + index + ": serverList has " + servers + " entries");
        }
        chains[vbucket][position] = index;
      }
    }
    return chains;
  }

  static void put(ObjectNode map, String name, int[][] chains) {
    ArrayNode rows = map.putArray(name);
    for (int[] chain : chains) {
      ArrayNode row = rows.addArray();
      for (int index : chain) {
        row.add(index);
      }
    }
  }

  /** With room for so many replicas: holes at the end where a chain is shorter, nothing beyond. */
  static int[][] fitting(int[][] chains, int numReplicas) {
    int[][] fitting = new int[chains.length][];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      fitting[vbucket] = Arrays.copyOf(chains[vbucket], numReplicas + 1);
      for (int position = chains[vbucket].length; position <= numReplicas; position++) {
        fitting[vbucket][position] = HOLE;
      }
    }
    return fitting;
  }

  /** With some changed; servers that are new are appended to {@code listed}. */
  static int[][] changed(int[][] chains, Map<Integer, ? extends List<String>> newChains, List<String> listed) {
    int[][] changed = chains.clone();
    new TreeMap<>(newChains).forEach((vbucket, chain) -> {
      int[] row = new int[Math.max(chain.size(), chains[vbucket].length)];
      Arrays.fill(row, HOLE);
      for (int position = 0; position < chain.size(); position++) {
        if (chain.get(position) != null) {
          row[position] = indexOf(chain.get(position), listed);
        }
      }
      changed[vbucket] = row;
    });
    return changed;
  }

  /** With the indexes of another list; servers that are not in it, and have a place in a chain, are appended to it. */
  static int[][] moved(int[][] chains, List<String> servers, List<String> listed) {
    int[][] moved = new int[chains.length][];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      moved[vbucket] = chains[vbucket].clone();
      for (int position = 0; position < moved[vbucket].length; position++) {
        int old = moved[vbucket][position];
        if (old >= 0) {
          moved[vbucket][position] = indexOf(servers.get(old), listed);
        }
      }
    }
    return moved;
  }

  private static int indexOf(String server, List<String> listed) {
    if (!listed.contains(server)) {
      listed.add(server);
    }
    return listed.indexOf(server);
  }
}
