package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a configuration says about nodes beside the map itself: {@code nodesExt}, and {@code nodes} of older versions. */
final class NodeEntries {
  /** What a node calls itself when nobody told it its name: the host under which it was reached. */
  static final String HOST = "$HOST";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> DATA_SERVICES = Set.of("kv", "kvSSL", "capi", "capiSSL");

  private NodeEntries() {}

  /**
   * Makes a configuration that one node told about itself one that any node may tell: {@code $HOST} and a missing host name become the host
   * under which that node was reached, and nobody is {@code thisNode}.
   *
   * @param host name or address, an IPv6 address without brackets
   */
  static void makeAbsolute(ObjectNode root, String host) {
    String inUrl = host.indexOf(':') < 0 ? host : "[" + host + "]";
    if (root.path("vBucketServerMap").get("serverList") instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        list.set(i, JsonNodeFactory.instance.textNode(list.get(i).asText().replace(HOST, inUrl)));
      }
    }
    for (JsonNode node : root.path("nodesExt")) {
      if (node instanceof ObjectNode entry) {
        entry.remove("thisNode");
        String named = entry.path("hostname").asText(HOST);
        entry.put("hostname", named.replace(HOST, host));
      }
    }
    for (JsonNode node : root.path("nodes")) {
      if (node instanceof ObjectNode entry) {
        entry.remove("thisNode");
        for (String field : List.of("hostname", "couchApiBase", "couchApiBaseHTTPS")) {
          if (entry.has(field)) {
            entry.put(field, entry.get(field).asText().replace(HOST, inUrl));
          }
        }
      }
    }
  }

  /** What a configuration of any kind says of nodes that serve data; nothing where it cannot be read. */
  static List<ObjectNode> told(String json, String host) {
    List<ObjectNode> entries = new ArrayList<>();
    try {
      if (JSON.readTree(json) instanceof ObjectNode root) {
        makeAbsolute(root, host);
        root.path("nodesExt").forEach(node -> {
          if (node instanceof ObjectNode entry && NodeEntry.of(entry).servesData()) {
            entries.add(entry);
          }
        });
      }
    } catch (JsonProcessingException unreadable) {
      return List.of();
    }
    return entries;
  }

  static List<NodeEntry> of(ObjectNode root) {
    List<NodeEntry> entries = new ArrayList<>();
    root.path("nodesExt").forEach(node -> entries.add(NodeEntry.of(node)));
    return entries;
  }

  /** The entry of a server, by any of its addresses. */
  static Optional<NodeEntry> at(ObjectNode root, String address) {
    return of(root).stream().filter(entry -> entry.addresses().contains(address)).findFirst();
  }

  static List<String> dataNodes(List<NodeEntry> nodes, boolean tls, String reachedAt) {
    List<NodeEntry> entries = nodes.stream().filter(NodeEntry::servesData).toList();
    boolean outside = entries.stream()
        .anyMatch(entry -> entry.external() != null && entry.external().addresses().contains(reachedAt)
            && !entry.withoutExternal().addresses().contains(reachedAt));
    List<String> found = new ArrayList<>();
    for (NodeEntry entry : entries) {
      NodeEntry side = outside && entry.external() != null ? entry.external() : entry;
      int port = tls ? side.tlsPort() : side.plainPort();
      if (port != 0) {
        found.add(NodeEntry.address(side.hostname(), port));
      }
    }
    return found;
  }

  /**
   * Adds entries for servers that have none, and takes the data service from the entries of those that left. All else stays as it
   * is; {@link NodeOrder} puts them into the order of the map.
   *
   * @param listed all servers as {@code serverList} calls them
   * @param left servers that were listed before and are no more
   * @param known what is said elsewhere of servers that have no entry
   */
  static void update(ObjectNode root, List<String> listed, List<String> left, KnownNodes known) {
    ArrayNode before = root.get("nodesExt") instanceof ArrayNode entries ? entries : root.putArray("nodesExt");
    List<ObjectNode> added =
        listed.stream().filter(server -> at(root, server).isEmpty()).map(known::entry).toList();
    ArrayNode after = JsonNodeFactory.instance.arrayNode();
    for (JsonNode node : before) {
      boolean hasLeft = left.stream().anyMatch(NodeEntry.of(node).addresses()::contains);
      // A node that comes back takes the place of what was left of it.
      boolean comesBack =
          !NodeEntry.of(node).servesData() && added.stream().anyMatch(entry -> KnownNodes.same(entry, node));
      if (!comesBack && (!hasLeft || withoutData((ObjectNode) node))) {
        after.add(node);
      }
    }
    added.forEach(after::add);
    root.set("nodesExt", after);
  }

  /** Whether anything is left of a node that serves no data any more. */
  private static boolean withoutData(ObjectNode entry) {
    if (!(entry.get("services") instanceof ObjectNode services)) {
      return false;
    }
    services.remove(DATA_SERVICES);
    if (entry.path("alternateAddresses").path("external").get("ports") instanceof ObjectNode outside) {
      outside.remove(DATA_SERVICES);
    }
    return !services.isEmpty();
  }

  /** Name or address of a server's {@code host:port}, an IPv6 address without brackets. */
  static String host(String server) {
    String host = server.substring(0, server.lastIndexOf(':'));
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
