package io.vbucket.rebalance.testkit.node.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.testkit.node.DataNode;
import java.util.List;
import java.util.Optional;

/** What a node shows over HTTP; all of it follows from the configurations that the node was given. */
final class ManagementPages {
  private static final JsonMapper JSON = new JsonMapper();

  private final DataNode node;

  ManagementPages(DataNode node) {
    this.node = node;
  }

  /** The JSON at a path, split at its slashes; empty when there is no such page. */
  Optional<String> page(List<String> path) {
    if (path.equals(List.of("pools"))) {
      return Optional.of(pools());
    }
    if (path.size() < 2 || !path.get(0).equals("pools") || !path.get(1).equals("default")) {
      return Optional.empty();
    }
    List<String> rest = path.subList(2, path.size());
    return switch (rest.size()) {
      case 0 -> Optional.of(pool());
      case 1 -> switch (rest.get(0)) {
        case "nodeServices" -> text(node.configOfCluster());
        case "buckets" -> Optional.of(buckets());
        default -> Optional.empty();
      };
      case 2 -> switch (rest.get(0)) {
        case "b" -> text(node.config(rest.get(1)));
        case "buckets" -> bucket(rest.get(1)).map(JsonNode::toString);
        default -> Optional.empty();
      };
      case 3 -> rest.get(0).equals("buckets") && rest.get(2).equals("scopes") && node.bucketNames().contains(
          rest.get(1)) ? Optional.of(node.manifest()) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Optional<String> text(String json) {
    return json.isEmpty() ? Optional.empty() : Optional.of(json);
  }

  private String pools() {
    ObjectNode root = JSON.createObjectNode();
    root.put("isAdminCreds", true).put("implementationVersion", version());
    ObjectNode pool = root.putArray("pools").addObject();
    pool.put("name", "default").put("uri", "/pools/default").put("streamingUri", "/poolsStreaming/default");
    return root.toString();
  }

  private String version() {
    return node.settings().version().text() + "-0000-enterprise";
  }

  private String pool() {
    ObjectNode root = JSON.createObjectNode();
    root.put("name", "default").put("rebalanceStatus", "none").put("balanced", true);
    root.putObject("buckets").put("uri", "/pools/default/buckets");
    ArrayNode nodes = root.putArray("nodes");
    for (JsonNode entry : read(node.configOfCluster()).path("nodesExt")) {
      JsonNode services = entry.path("services");
      String host = entry.path("hostname").asText();
      ObjectNode shown = nodes.addObject();
      shown.put("hostname", host + ":" + services.path("mgmt").asInt());
      describe(shown);
      shown.putObject("ports").put("direct", services.path("kv").asInt());
    }
    return root.toString();
  }

  /** The node does not watch others: an entry of a configuration stands for a node that serves. */
  private void describe(ObjectNode entry) {
    entry.put("status", "healthy").put("clusterMembership", "active").put("version", version());
    entry.putArray("services").add("kv");
  }

  private String buckets() {
    ArrayNode all = JSON.createArrayNode();
    node.bucketNames().stream().sorted().forEach(name -> bucket(name).ifPresent(all::add));
    return all.toString();
  }

  private Optional<ObjectNode> bucket(String name) {
    JsonNode config = read(node.config(name));
    if (!(config instanceof ObjectNode object)) {
      return Optional.empty();
    }
    object.put("bucketType", "membase").put("authType", "sasl").put("storageBackend", "couchstore");
    config.path("nodes").forEach(entry -> describe((ObjectNode) entry));
    object.put("replicaNumber", config.path("vBucketServerMap").path("numReplicas").asInt());
    return Optional.of(object);
  }

  private static JsonNode read(String json) {
    try {
      return json.isEmpty() ? JSON.missingNode() : JSON.readTree(json);
    } catch (JsonProcessingException notJson) {
      return JSON.missingNode();
    }
  }
}
