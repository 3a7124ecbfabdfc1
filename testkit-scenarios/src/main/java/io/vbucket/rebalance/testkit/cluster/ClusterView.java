package io.vbucket.rebalance.testkit.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The configurations that a cluster manager would write: which nodes there are, with all their ports, and what the bucket can do. */
final class ClusterView {
  private static final JsonMapper JSON = new JsonMapper();

  private ClusterView() {}

  /** The cluster's, without a bucket. */
  static String ofCluster(List<TcpDataNode> nodes) {
    ObjectNode root = JSON.createObjectNode();
    root.put("rev", 1).put("revEpoch", 1);
    list(root, nodes);
    root.putArray("clusterCapabilitiesVer").add(1).add(0);
    root.putObject("clusterCapabilities");
    return root.toString();
  }

  private static void list(ObjectNode root, List<TcpDataNode> nodes) {
    ArrayNode list = root.putArray("nodesExt");
    for (TcpDataNode node : nodes) {
      ObjectNode entry = list.addObject();
      ObjectNode services = entry.putObject("services").put("mgmt", node.managementPort()).put("kv", node.port());
      if (node.tlsPort() != 0) {
        services.put("kvSSL", node.tlsPort());
        ObjectNode external = entry.putObject("alternateAddresses").putObject("external").put("hostname", "localhost");
        external.putObject("ports").put("kv", node.port()).put("kvSSL", node.tlsPort());
      }
      entry.put("hostname", node.host());
    }
  }

  /** A bucket's configuration with all that clients look for in it. */
  static BucketConfig complete(BucketConfig config, List<TcpDataNode> nodes, NodeVersion version) {
    try {
      ObjectNode root = (ObjectNode) JSON.readTree(config.toJson());
      String name = root.path("name").asText();
      root.put("uuid", UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString().replace("-", ""));
      root.put("uri", "/pools/default/buckets/" + name).put("streamingUri", "/pools/default/bs/" + name);
      root.put("bucketCapabilitiesVer", "");
      ArrayNode capabilities = root.putArray("bucketCapabilities");
      capabilities(version).forEach(capabilities::add);
      list(root, nodes);
      root.putArray("nodes");
      return BucketConfig.parse(root.toString()).withServers(config.servers());
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a configuration of our own is no JSON", impossible);
    }
  }

  private static List<String> capabilities(NodeVersion version) {
    List<String> all = new ArrayList<>(List.of("couchapi", "xattr", "dcp", "cbhello", "touch", "nodesExt"));
    if (version.features().contains(Feature.COLLECTIONS)) {
      all.add("collections");
    }
    return all;
  }
}
