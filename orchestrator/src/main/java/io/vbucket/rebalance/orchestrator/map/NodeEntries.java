package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.databind.JsonNode;
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

  static List<NodeEntry> of(ObjectNode root) {
    List<NodeEntry> entries = new ArrayList<>();
    root.path("nodesExt").forEach(node -> entries.add(NodeEntry.of(node)));
    return entries;
  }

  /** The entry of a server, by any of its addresses. */
  static Optional<NodeEntry> at(ObjectNode root, String address) {
    return of(root).stream().filter(entry -> entry.addresses().contains(address)).findFirst();
  }

  static List<String> dataNodes(ObjectNode root, boolean tls, String reachedAt) {
    List<NodeEntry> entries = of(root).stream().filter(NodeEntry::servesData).toList();
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
   */
  static void update(ObjectNode root, List<String> listed, List<String> left) {
    ArrayNode before = root.get("nodesExt") instanceof ArrayNode known ? known : root.putArray("nodesExt");
    ArrayNode after = JsonNodeFactory.instance.arrayNode();
    for (JsonNode node : before) {
      if (left.stream().noneMatch(NodeEntry.of(node).addresses()::contains)) {
        after.add(node);
      } else if (withoutData((ObjectNode) node)) {
        after.add(node);
      }
    }
    for (String server : listed) {
      if (at(root, server).isEmpty()) {
        int colon = server.lastIndexOf(':');
        ObjectNode entry = after.addObject();
        entry.putObject("services").put("kv", Integer.parseInt(server.substring(colon + 1)));
        entry.put("hostname", host(server));
      }
    }
    root.set("nodesExt", after);
  }

  /** Whether anything is left of a node that serves no data any more. */
  private static boolean withoutData(ObjectNode entry) {
    if (!(entry.get("services") instanceof ObjectNode services)) {
      return false;
    }
    services.remove(DATA_SERVICES);
    return !services.isEmpty();
  }

  /** Name or address of a server's {@code host:port}, an IPv6 address without brackets. */
  static String host(String server) {
    String host = server.substring(0, server.lastIndexOf(':'));
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
