package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The configuration of a bucket in Couchbase's JSON form: {@code rev}, {@code revEpoch}, {@code vBucketServerMap} with its server list and
 * chains. Immutable; what is not understood is kept as it came. The newer of two configurations is the one with the greater
 * (epoch, revision).
 */
public final class BucketConfig implements Comparable<BucketConfig> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int HOLE = -1;

  private final ObjectNode root;
  private final List<String> servers;
  private final int[][] chains;

  private BucketConfig(ObjectNode root, List<String> servers, int[][] chains) {
    this.root = root;
    this.servers = servers;
    this.chains = chains;
  }

  /**
   * A first configuration for a bucket that has none.
   *
   * @param servers {@code host:port} of each node
   * @param owners index of the owner in {@code servers}, per vBucket
   */
  public static BucketConfig initial(String bucket, List<String> servers, int[] owners) {
    int[][] chains = new int[owners.length][];
    for (int vbucket = 0; vbucket < owners.length; vbucket++) {
      chains[vbucket] = new int[] {owners[vbucket]};
    }
    return initial(bucket, servers, 0, chains);
  }

  /**
   * A first configuration for a bucket that has none.
   *
   * @param servers {@code host:port} of each node
   * @param chains indexes into {@code servers}, active first and -1 for a hole, per vBucket; each {@code numReplicas + 1} long
   */
  public static BucketConfig initial(String bucket, List<String> servers, int numReplicas, int[][] chains) {
    ObjectNode root = JSON.createObjectNode();
    root.put("rev", 1).put("revEpoch", 1).put("name", bucket).put("nodeLocator", "vbucket");
    ObjectNode map = root.putObject("vBucketServerMap");
    map.put("hashAlgorithm", "CRC").put("numReplicas", numReplicas);
    return new BucketConfig(root, List.of(), new int[0][]).with(servers, chains, 1);
  }

  /**
   * @throws IllegalArgumentException when the text is no configuration; the message names what is wrong
   */
  public static BucketConfig parse(String json) {
    JsonNode tree;
    try {
      tree = JSON.readTree(json);
    } catch (JsonProcessingException wrong) {
      throw new IllegalArgumentException("bucket configuration is no JSON: " + wrong.getOriginalMessage());
    }
    if (!(tree instanceof ObjectNode root) || !(root.get("vBucketServerMap") instanceof ObjectNode map)) {
      throw new IllegalArgumentException("bucket configuration has no vBucketServerMap");
    }
    List<String> servers = new ArrayList<>();
    map.path("serverList").forEach(server -> servers.add(server.asText()));
    JsonNode rows = map.path("vBucketMap");
    int[][] chains = new int[rows.size()][];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      JsonNode row = rows.get(vbucket);
      chains[vbucket] = new int[row.size()];
      for (int position = 0; position < row.size(); position++) {
        int index = row.get(position).asInt(-1);
        if (index < -1 || index >= servers.size()) {
          throw new IllegalArgumentException(
              "vBucketMap[" + vbucket + "][" + position + "] = " + index + ": serverList has " + servers.size()
                  + " entries");
        }
        chains[vbucket][position] = index;
      }
      if (row.isEmpty()) {
        throw new IllegalArgumentException("vBucketMap[" + vbucket + "] is empty, expected the owner's index");
      }
    }
    if (chains.length == 0) {
      throw new IllegalArgumentException("vBucketMap is empty");
    }
    return new BucketConfig(root, List.copyOf(servers), chains);
  }

  public long epoch() {
    return root.path("revEpoch").asLong(0);
  }

  public long revision() {
    return root.path("rev").asLong(0);
  }

  public int numVBuckets() {
    return chains.length;
  }

  /** {@code host:port} of each node that has a place in the map. */
  public List<String> servers() {
    return servers;
  }

  /** {@code host:port} of the owner, or null for a vBucket that has none. */
  public String owner(int vbucket) {
    int index = chains[vbucket][0];
    return index < 0 ? null : servers.get(index);
  }

  /** {@code host:port} of the nodes that hold this vBucket, active first, null for a hole. */
  public List<String> chain(int vbucket) {
    List<String> chain = new ArrayList<>();
    for (int index : chains[vbucket]) {
      chain.add(index < 0 ? null : servers.get(index));
    }
    return Collections.unmodifiableList(chain);
  }

  /** How many replicas a vBucket has, or should have: what the bucket was made with, or what the longest chain has room for. */
  public int numReplicas() {
    int most = root.path("vBucketServerMap").path("numReplicas").asInt(0);
    for (int[] chain : chains) {
      most = Math.max(most, chain.length - 1);
    }
    return most;
  }

  /**
   * The chains as a map of node names.
   *
   * @param nameOf the name of a node by its {@code host:port}
   */
  public VBucketMap toMap(UnaryOperator<String> nameOf) {
    List<List<String>> named = new ArrayList<>();
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      List<String> chain = new ArrayList<>();
      chain(vbucket).forEach(server -> chain.add(server == null ? null : nameOf.apply(server)));
      named.add(chain);
    }
    return VBucketMap.of(numReplicas(), named);
  }

  /**
   * The same revision for a bucket with so many replicas: chains get holes at their end, or lose what does not fit. It is not written by
   * itself; whoever writes the next revision writes this, too.
   */
  public BucketConfig withReplicas(int numReplicas) {
    ObjectNode next = root.deepCopy();
    ((ObjectNode) next.get("vBucketServerMap")).put("numReplicas", numReplicas);
    int[][] fitting = new int[chains.length][];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      fitting[vbucket] = Arrays.copyOf(chains[vbucket], numReplicas + 1);
      for (int position = chains[vbucket].length; position <= numReplicas; position++) {
        fitting[vbucket][position] = HOLE;
      }
    }
    return new BucketConfig(next, servers, chains).with(servers, fitting, revision());
  }

  /**
   * The next revision, in which these vBuckets have new chains; servers that are not listed yet are added. A chain that is shorter than the
   * one it takes the place of gets holes at its end: all chains of a map are of one length.
   *
   * @param newChains {@code host:port}, active first and null for a hole, by vBucket
   */
  public BucketConfig withChains(Map<Integer, ? extends List<String>> newChains) {
    List<String> listed = new ArrayList<>(servers);
    int[][] changed = chains.clone();
    new TreeMap<>(newChains).forEach((vbucket, chain) -> {
      int[] row = new int[Math.max(chain.size(), chains[vbucket].length)];
      Arrays.fill(row, HOLE);
      for (int position = 0; position < chain.size(); position++) {
        String server = chain.get(position);
        if (server != null) {
          if (!listed.contains(server)) {
            listed.add(server);
          }
          row[position] = listed.indexOf(server);
        }
      }
      changed[vbucket] = row;
    });
    return with(listed, changed, revision() + 1);
  }

  /** The next revision, without the servers that own nothing and are not in {@code kept}; those of {@code kept} are added. */
  public BucketConfig withServers(List<String> kept) {
    List<String> listed = new ArrayList<>(kept);
    int[][] changed = new int[chains.length][];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      changed[vbucket] = chains[vbucket].clone();
      for (int position = 0; position < changed[vbucket].length; position++) {
        int old = changed[vbucket][position];
        if (old >= 0) {
          String server = servers.get(old);
          if (!listed.contains(server)) {
            listed.add(server);
          }
          changed[vbucket][position] = listed.indexOf(server);
        }
      }
    }
    return with(listed, changed, revision() + 1);
  }

  private BucketConfig with(List<String> newServers, int[][] newChains, long newRevision) {
    ObjectNode next = root.deepCopy();
    next.put("rev", newRevision);
    ObjectNode map = (ObjectNode) next.get("vBucketServerMap");
    ArrayNode list = map.putArray("serverList");
    newServers.forEach(list::add);
    ArrayNode rows = map.putArray("vBucketMap");
    for (int[] chain : newChains) {
      ArrayNode row = rows.addArray();
      for (int index : chain) {
        row.add(index);
      }
    }
    NodeEntries.arrange(next, newServers);
    return new BucketConfig(next, List.copyOf(newServers), newChains);
  }

  public String toJson() {
    return root.toString();
  }

  @Override
  public int compareTo(BucketConfig other) {
    int byEpoch = Long.compare(epoch(), other.epoch());
    return byEpoch != 0 ? byEpoch : Long.compare(revision(), other.revision());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BucketConfig that && toJson().equals(that.toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return "configuration " + epoch() + "." + revision() + " with " + numVBuckets() + " vBuckets on " + servers;
  }
}
