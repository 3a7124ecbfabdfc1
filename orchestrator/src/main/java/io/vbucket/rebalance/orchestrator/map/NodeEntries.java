package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The lists of nodes that stand beside the map. Clients find the nodes of a map by place: the first entries of {@code nodesExt} are
 * those of {@code nodes}, and these are the servers of the map, all in the same order. What an entry says of other services is kept, and so
 * are nodes of the cluster that have no place in this map.
 */
final class NodeEntries {
  private static final String EXTENDED = "nodesExt";
  private static final String PLAIN = "nodes";

  private NodeEntries() {}

  /** @param servers {@code host:port} in the order of the map's server list */
  static void arrange(ObjectNode config, List<String> servers) {
    List<JsonNode> extended = new ArrayList<>();
    config.path(EXTENDED).forEach(extended::add);
    Map<String, JsonNode> plain = new LinkedHashMap<>();
    for (JsonNode entry : config.path(PLAIN)) {
      String host = entry.path("hostname").asText("");
      plain.put(hostOf(host) + ":" + entry.path("ports").path("direct").asInt(0), entry);
    }
    ArrayNode newExtended = config.putArray(EXTENDED);
    ArrayNode newPlain = config.putArray(PLAIN);
    for (String server : servers) {
      JsonNode entry = extended.stream().filter(known -> isAt(known, server)).findFirst()
          .orElseGet(() -> extendedEntry(config, server));
      extended.remove(entry);
      newExtended.add(entry);
      JsonNode known = plain.get(server);
      newPlain.add(known == null ? plainEntry(config, server, entry) : known);
    }
    extended.forEach(newExtended::add);
  }

  /** A map names either of a node's two ports, that with TLS or that without. */
  private static boolean isAt(JsonNode entry, String server) {
    JsonNode services = entry.path("services");
    int port = portOf(server);
    return entry.path("hostname").asText("").equals(hostOf(server))
        && (services.path("kv").asInt(0) == port || services.path("kvSSL").asInt(0) == port);
  }

  private static String hostOf(String server) {
    int colon = server.lastIndexOf(':');
    return colon < 0 ? server : server.substring(0, colon);
  }

  private static int portOf(String server) {
    return Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
  }

  private static ObjectNode extendedEntry(ObjectNode config, String server) {
    ObjectNode entry = config.objectNode();
    entry.putObject("services").put("kv", portOf(server));
    return entry.put("hostname", hostOf(server));
  }

  private static ObjectNode plainEntry(ObjectNode config, String server, JsonNode extended) {
    int management = extended.path("services").path("mgmt").asInt(0);
    ObjectNode entry = config.objectNode();
    entry.put("hostname", hostOf(server) + (management == 0 ? "" : ":" + management));
    entry.putObject("ports").put("direct", portOf(server));
    return entry;
  }
}
