package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The configuration of a bucket in Couchbase's JSON form: {@code rev}, {@code revEpoch}, {@code vBucketServerMap} with its server list,
 * chains and fast-forward chains, {@code nodesExt}. Immutable; what is not understood is kept as it came. The newer of two configurations
 * is the one with the greater (epoch, revision).
 *
 * <p>A server is called as the JSON lists it, or as {@link #knownAs} says; the JSON that is written keeps its own names.
 */
public final class BucketConfig implements Comparable<BucketConfig> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MAP = "vBucketServerMap";
  private static final String FORWARD = "vBucketMapForward";

  private final ObjectNode root;
  private final List<String> servers;
  private final int[][] chains;
  private final KnownNodes known;

  private BucketConfig(ObjectNode root, List<String> servers, int[][] chains, KnownNodes known) {
    this.root = root;
    this.servers = servers;
    this.chains = chains;
    this.known = known;
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
    ObjectNode map = root.putObject(MAP);
    map.put("hashAlgorithm", "CRC").put("numReplicas", numReplicas);
    return new BucketConfig(root, List.of(), new int[0][], KnownNodes.NONE).with(servers, chains, 1);
  }

  /**
   * Reads a file that holds a configuration and nothing else.
   *
   * @throws IOException when the file cannot be read
   * @throws IllegalArgumentException when it is no configuration; the message names the file and what is wrong
   */
  public static BucketConfig read(Path file) throws IOException {
    try {
      return parse(Files.readString(file));
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException(file + ": " + wrong.getMessage(), wrong);
    }
  }

  /**
   * A configuration as a node told it.
   *
   * @param host under which the node was reached, an IPv6 address without brackets; stands wherever the node says {@code $HOST}
   * @throws IllegalArgumentException when the text is no configuration; the message names what is wrong
   */
  public static BucketConfig parse(String json, String host) {
    ObjectNode root = tree(json);
    NodeEntries.makeAbsolute(root, host);
    return of(root);
  }

  /**
   * @throws IllegalArgumentException when the text is no configuration; the message names what is wrong
   */
  public static BucketConfig parse(String json) {
    return of(tree(json));
  }

  private static ObjectNode tree(String json) {
    try {
      JsonNode tree = JSON.readTree(json);
      if (tree instanceof ObjectNode root && root.get(MAP) instanceof ObjectNode) {
        return root;
      }
      throw new IllegalArgumentException("bucket configuration has no " + MAP);
    } catch (JsonProcessingException wrong) {
      throw new IllegalArgumentException("bucket configuration is no JSON: " + wrong.getOriginalMessage());
    }
  }

  private static BucketConfig of(ObjectNode root) {
    JsonNode map = root.get(MAP);
    List<String> servers = new ArrayList<>();
    map.path("serverList").forEach(server -> servers.add(server.asText()));
    int[][] chains = ChainRows.read(map.path("vBucketMap"), "vBucketMap", servers.size());
    if (chains.length == 0) {
      throw new IllegalArgumentException("vBucketMap is empty");
    }
    ChainRows.read(map.path(FORWARD), FORWARD, servers.size());
    return new BucketConfig(root, List.copyOf(servers), chains, KnownNodes.NONE);
  }

  /**
   * The same configuration, and what the cluster says of nodes that are not in it: a node that is added gets its entry of there, with the
   * ports that clients want to know. Entries that cannot be read are passed over.
   *
   * @param clusterConfigs what nodes told of the cluster as a whole, by the host under which each was reached
   */
  public BucketConfig withNodesOf(Map<String, String> clusterConfigs) {
    List<ObjectNode> elsewhere = new ArrayList<>();
    clusterConfigs.forEach((host, json) -> elsewhere.addAll(NodeEntries.told(json, host)));
    return new BucketConfig(root, servers, chains, known.withEntries(elsewhere));
  }

  /**
   * The same configuration with servers called as somebody else knows them: by their address with TLS, or from outside of their network. A
   * server that is at none of these addresses keeps its name.
   *
   * @param addresses {@code host:port}
   * @param tls whether these are the addresses of TLS ports; a node that nobody knows otherwise is then written as one that has no other
   */
  public BucketConfig knownAs(Collection<String> addresses, boolean tls) {
    List<String> called = new ArrayList<>();
    Map<String, String> listed = new HashMap<>();
    List<NodeEntry> entries = NodeEntries.of(root);
    root.get(MAP).path("serverList").forEach(node -> {
      String server = node.asText();
      String name = entries.stream()
          .filter(entry -> entry.addresses().contains(server))
          .findFirst()
          .flatMap(entry -> addresses.stream().filter(entry.addresses()::contains).findFirst())
          .orElse(server);
      called.add(name);
      listed.put(name, server);
    });
    Set<String> unknown = new HashSet<>();
    // Nodes that hold no data of the bucket yet.
    for (String address : addresses) {
      if (!listed.containsKey(address)) {
        NodeEntries.at(root, address)
            .filter(NodeEntry::servesData)
            .or(() -> known.at(address).map(NodeEntry::of))
            .ifPresentOrElse(entry -> listed.put(address, entry.listed()), () -> unknown.add(address));
      }
    }
    return new BucketConfig(root, List.copyOf(called), chains, known.withNames(listed, tls ? unknown : Set.of()));
  }

  /**
   * Where all data nodes of the cluster are reached, those without data of this bucket among them: {@code host:port}, in the
   * configuration's order.
   *
   * @param tls whether their TLS ports are wanted
   * @param reachedAt an address of one of them; when it is an alternate address, so are the others'
   */
  public List<String> dataNodes(boolean tls, String reachedAt) {
    List<NodeEntry> entries = new ArrayList<>(NodeEntries.of(root));
    known.elsewhere().stream()
        .map(NodeEntry::of)
        .filter(entry -> entries.stream().noneMatch(listed -> listed.addresses().contains(entry.listed())))
        .forEach(entries::add);
    return NodeEntries.dataNodes(entries, tls, reachedAt);
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
    int most = root.path(MAP).path("numReplicas").asInt(0);
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
    ((ObjectNode) next.get(MAP)).put("numReplicas", numReplicas);
    return new BucketConfig(next, servers, chains, known)
        .with(servers, ChainRows.fitting(chains, numReplicas), revision());
  }

  /**
   * The next revision, in which these vBuckets have new chains; servers that are not listed yet are added. A chain that is shorter than the
   * one it takes the place of gets holes at its end: all chains of a map are of one length.
   *
   * @param newChains {@code host:port}, active first and null for a hole, by vBucket
   */
  public BucketConfig withChains(Map<Integer, ? extends List<String>> newChains) {
    List<String> listed = new ArrayList<>(servers);
    return with(listed, ChainRows.changed(chains, newChains, listed), revision() + 1);
  }

  /**
   * The next revision, which tells clients where vBuckets are going: a client that finds a vBucket gone may look there first. What the
   * configuration said about that before is replaced.
   *
   * @param newChains as for {@link #withChains}, of the vBuckets that are to move
   */
  public BucketConfig withForward(Map<Integer, ? extends List<String>> newChains) {
    List<String> listed = new ArrayList<>(servers);
    int[][] target = ChainRows.changed(chains, newChains, listed);
    BucketConfig next = with(listed, chains, revision() + 1);
    ChainRows.put((ObjectNode) next.root.get(MAP), FORWARD, target);
    return next;
  }

  /** Whether it says where vBuckets are going. */
  public boolean hasForward() {
    return root.path(MAP).has(FORWARD);
  }

  /** Where a vBucket is going: {@code host:port}, active first, null for a hole; its present chain when it stays or nothing is said. */
  public List<String> forwardChain(int vbucket) {
    JsonNode row = root.path(MAP).path(FORWARD).path(vbucket);
    if (row.isMissingNode()) {
      return chain(vbucket);
    }
    List<String> chain = new ArrayList<>();
    row.forEach(index -> chain.add(index.asInt() < 0 ? null : servers.get(index.asInt())));
    return Collections.unmodifiableList(chain);
  }

  /** The next revision, when nothing is going anywhere any more. */
  public BucketConfig withoutForward() {
    BucketConfig next = with(servers, chains, revision() + 1);
    ((ObjectNode) next.root.get(MAP)).remove(FORWARD);
    return next;
  }

  /**
   * The next revision, without the servers that own nothing and are not in {@code kept}; those of {@code kept} are added. The rebalance is
   * over then: it says no more where vBuckets are going.
   */
  public BucketConfig withServers(List<String> kept) {
    List<String> listed = new ArrayList<>(kept);
    int[][] moved = ChainRows.moved(chains, servers, listed);
    BucketConfig next = with(listed, moved, revision() + 1);
    ((ObjectNode) next.root.get(MAP)).remove(FORWARD);
    return next;
  }

  private BucketConfig with(List<String> newServers, int[][] newChains, long newRevision) {
    ObjectNode next = root.deepCopy();
    next.put("rev", newRevision);
    ObjectNode map = (ObjectNode) next.get(MAP);
    List<String> listed = newServers.stream().map(known::listed).toList();
    List<String> left = servers.stream().filter(server -> !newServers.contains(server)).map(known::listed).toList();
    ArrayNode list = map.putArray("serverList");
    listed.forEach(list::add);
    ChainRows.put(map, "vBucketMap", newChains);
    NodeEntries.update(next, listed, left, known);
    NodeOrder.arrange(next, listed);
    return new BucketConfig(next, List.copyOf(newServers), newChains, known);
  }

  public String toJson() {
    return root.toString();
  }

  @Override
  public int compareTo(BucketConfig other) {
    return new ConfigRevision(epoch(), revision()).compareTo(new ConfigRevision(other.epoch(), other.revision()));
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
