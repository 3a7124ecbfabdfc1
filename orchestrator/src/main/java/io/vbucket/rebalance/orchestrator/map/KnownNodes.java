package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of nodes from elsewhere than the bucket's configuration: how it lists a server that is called otherwise here, and what the
 * cluster says of nodes that have no place in it yet.
 *
 * @param listedNames how the configuration lists a server, by what it is called here
 * @param elsewhere entries of {@code nodesExt} of other configurations
 * @param tlsOnly addresses of TLS ports of which nobody says what other ports the node has
 */
record KnownNodes(Map<String, String> listedNames, List<ObjectNode> elsewhere, Set<String> tlsOnly) {
  static final KnownNodes NONE = new KnownNodes(Map.of(), List.of(), Set.of());
  static final int USUAL_MANAGEMENT_PORT = 8091;
  private static final int USUAL_MANAGEMENT_TLS_PORT = 18091;

  KnownNodes {
    listedNames = Map.copyOf(listedNames);
    elsewhere = List.copyOf(elsewhere);
    tlsOnly = Set.copyOf(tlsOnly);
  }

  KnownNodes withNames(Map<String, String> names, Set<String> unknownByTls) {
    return new KnownNodes(names, elsewhere, unknownByTls);
  }

  KnownNodes withEntries(List<ObjectNode> entries) {
    return new KnownNodes(listedNames, entries, tlsOnly);
  }

  String listed(String server) {
    return listedNames.getOrDefault(server, server);
  }

  /** What is said of a node that serves data and is not in the bucket's configuration, by any of its addresses. */
  Optional<ObjectNode> at(String address) {
    return elsewhere.stream().filter(entry -> NodeEntry.of(entry).addresses().contains(address)).findFirst();
  }

  /**
   * The entry of a node that gets its first place in the map. Where nobody said anything of it, the usual management port is
   * supposed: Couchbase's clients take no configuration in which a node has none.
   *
   * @param server as the server list calls it
   */
  ObjectNode entry(String server) {
    return at(server).map(ObjectNode::deepCopy).orElseGet(() -> {
      ObjectNode entry = JsonNodeFactory.instance.objectNode();
      int port = Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
      ObjectNode services = entry.putObject("services");
      if (tlsOnly.contains(server)) {
        services.put("mgmtSSL", USUAL_MANAGEMENT_TLS_PORT).put("kvSSL", port);
      } else {
        services.put("mgmt", USUAL_MANAGEMENT_PORT).put("kv", port);
      }
      entry.put("hostname", NodeEntries.host(server));
      return entry;
    });
  }

  /** Whether two entries are of the same node: on one host, and with the same management port. */
  static boolean same(JsonNode one, JsonNode other) {
    return hostname(one).equals(hostname(other))
        && (samePort(one, other, "mgmt") || samePort(one, other, "mgmtSSL"));
  }

  private static String hostname(JsonNode entry) {
    return entry.path("hostname").asText(NodeEntries.HOST);
  }

  private static boolean samePort(JsonNode one, JsonNode other, String service) {
    int port = one.path("services").path(service).asInt(0);
    return port != 0 && port == other.path("services").path(service).asInt(0);
  }
}
