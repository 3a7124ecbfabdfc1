package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * One node of {@code nodesExt}: the addresses at which its data service is reached.
 *
 * @param hostname as the nodes among themselves know it, an IPv6 address without brackets; {@code $HOST} where it is not said
 * @param plainPort of {@code kv}, 0 for none
 * @param tlsPort of {@code kvSSL}, 0 for none
 * @param external {@code alternateAddresses.external}: how it is reached from outside of its network; null for none
 */
record NodeEntry(String hostname, int plainPort, int tlsPort, NodeEntry external) {

  static NodeEntry of(JsonNode node) {
    NodeEntry internal = of(node.path("hostname").asText(NodeEntries.HOST), node.path("services"), null);
    JsonNode outside = node.path("alternateAddresses").path("external");
    if (!outside.has("hostname")) {
      return internal;
    }
    // Without ports of its own the outside uses those of the inside.
    NodeEntry external = outside.has("ports")
        ? of(outside.path("hostname").asText(), outside.path("ports"), null)
        : new NodeEntry(outside.path("hostname").asText(), internal.plainPort, internal.tlsPort, null);
    return new NodeEntry(internal.hostname, internal.plainPort, internal.tlsPort, external);
  }

  private static NodeEntry of(String hostname, JsonNode ports, NodeEntry external) {
    return new NodeEntry(hostname, ports.path("kv").asInt(0), ports.path("kvSSL").asInt(0), external);
  }

  NodeEntry withoutExternal() {
    return new NodeEntry(hostname, plainPort, tlsPort, null);
  }

  boolean servesData() {
    return plainPort != 0 || tlsPort != 0;
  }

  /** As {@code serverList} calls the node: by its port without TLS, also where all connections use TLS. */
  String listed() {
    return address(hostname, plainPort != 0 ? plainPort : tlsPort);
  }

  /** Every {@code host:port} at which the data service is reached. */
  Set<String> addresses() {
    Set<String> addresses = new LinkedHashSet<>();
    for (int port : new int[] {plainPort, tlsPort}) {
      if (port != 0) {
        addresses.add(address(hostname, port));
      }
    }
    if (external != null) {
      addresses.addAll(external.addresses());
    }
    return addresses;
  }

  static String address(String host, int port) {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
