package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order of the lists of nodes that stand beside the map. Clients find the nodes of a map by place: the first entries of {@code nodesExt} are
 * those of {@code nodes}, and these are the servers of the map, all in the same order. What an entry says of other services is kept, and so
 * are nodes of the cluster that have no place in this map.
 */
final class NodeOrder {
  private static final String EXTENDED = "nodesExt";
  private static final String PLAIN = "nodes";

  private NodeOrder() {}

  /** @param servers {@code host:port} in the order of the map's server list; each has an entry in {@code nodesExt} */
  static void arrange(ObjectNode config, List<String> servers) {
    List<JsonNode> extended = new ArrayList<>();
    config.path(EXTENDED).forEach(extended::add);
    ArrayNode newExtended = config.putArray(EXTENDED);
    for (String server : servers) {
      JsonNode entry = extended.stream().filter(known -> NodeEntry.of(known).addresses().contains(server)).findFirst()
          .orElseThrow();
      extended.remove(entry);
      newExtended.add(entry);
    }
    extended.forEach(newExtended::add);
    if (config.has(PLAIN)) {
      arrangePlain(config, servers);
    }
  }

  /** The list of older versions, and of clients that look there first. A configuration that has none gets none. */
  private static void arrangePlain(ObjectNode config, List<String> servers) {
    Map<String, JsonNode> plain = new LinkedHashMap<>();
    for (JsonNode entry : config.path(PLAIN)) {
      String host = entry.path("hostname").asText("");
      plain.put(hostOf(host) + ":" + entry.path("ports").path("direct").asInt(0), entry);
    }
    ArrayNode newPlain = config.putArray(PLAIN);
    for (int place = 0; place < servers.size(); place++) {
      String server = servers.get(place);
      JsonNode known = plain.get(server);
      newPlain.add(known == null ? plainEntry(config, server, config.path(EXTENDED).path(place)) : known);
    }
  }

  private static String hostOf(String server) {
    int colon = server.lastIndexOf(':');
    return colon < 0 ? server : server.substring(0, colon);
  }

  private static int portOf(String server) {
    return Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
  }

  private static ObjectNode plainEntry(ObjectNode config, String server, JsonNode extended) {
    int management = extended.path("services").path("mgmt").asInt(KnownNodes.USUAL_MANAGEMENT_PORT);
    ObjectNode entry = config.objectNode();
    entry.put("hostname", hostOf(server) + ":" + management);
    entry.putObject("ports").put("direct", portOf(server));
    return entry;
  }
}
