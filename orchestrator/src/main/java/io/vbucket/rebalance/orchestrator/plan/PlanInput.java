package io.vbucket.rebalance.orchestrator.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A plan request as JSON, and a plan as JSON, for planning without a cluster.
 *
 * <p>Request: {@code numVBuckets, numReplicas, groups {node: group}, currentMap [[node or null]] or null, keepNodes} (the final set, added ones
 * included), and optionally {@code addNodes, removeNodes, weights {node: number}, bytes [number], locked [vBucket], maxSlaves, seed,
 * pastMaps [[[node or null]]]}. Plan: {@code chains, copies, copiesBound, takeovers, takeoversBound, seconds, bytes, moves, balance, notes}.
 */
public final class PlanInput {
  private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Set<String> KEYS =
      new TreeSet<>(Set.of("numVBuckets", "numReplicas", "groups", "currentMap", "keepNodes", "addNodes",
          "removeNodes", "weights", "bytes", "locked", "maxSlaves", "seed", "pastMaps"));

  private final JsonNode root;

  private PlanInput(JsonNode root) {
    this.root = root;
  }

  /** @throws PlanException that names the path of what is wrong, and what is allowed there */
  public static PlanRequest read(String json) {
    JsonNode tree;
    try {
      tree = JSON.readTree(json);
    } catch (JsonProcessingException wrong) {
      String where = wrong.getLocation() == null
          ? ""
          : "line " + wrong.getLocation().getLineNr() + ", column "
              + wrong.getLocation().getColumnNr() + ": ";
      throw new PlanException(where + "no JSON: " + wrong.getOriginalMessage());
    }
    if (tree == null || !tree.isObject()) {
      throw new PlanException("$: expected an object with " + KEYS);
    }
    return new PlanInput(tree).request();
  }

  private PlanRequest request() {
    for (Iterator<String> names = root.fieldNames(); names.hasNext();) {
      String name = names.next();
      check(KEYS.contains(name), "$." + name + ": unknown, allowed are " + KEYS);
    }
    int vbuckets = (int) number("numVBuckets", 1, 65_536, -1);
    int replicas = (int) number("numReplicas", 0, 3, -1);
    VBucketMap current = root.path("currentMap").isMissingNode() || root.path("currentMap").isNull()
        ? null
        : map("$.currentMap", root.get("currentMap"), vbuckets, replicas);
    List<String> keep = strings("keepNodes", true);
    List<String> add = strings("addNodes", false);
    List<String> remove = strings("removeNodes", false);
    check(!keep.isEmpty(),
        "$.keepNodes: empty, expected the nodes that shall hold the bucket afterwards, added ones included");
    nodesAgree(current, keep, add, remove, root.hasNonNull("removeNodes"));
    return new PlanRequest(current, vbuckets, replicas, keep, groups(), weights(), bytes(vbuckets), locked(vbuckets),
        (int) number("maxSlaves", 1, 100_000, PlanRequest.DEFAULT_MAX_SLAVES), pastMaps(vbuckets, replicas),
        number("seed", Long.MIN_VALUE, Long.MAX_VALUE, 1));
  }

  /** A node of the current map that is not kept must be told as removed, if any is: it may have been forgotten. */
  private static void nodesAgree(VBucketMap current, List<String> keep, List<String> add, List<String> remove,
      boolean removalsTold) {
    Set<String> kept = new HashSet<>();
    for (int i = 0; i < keep.size(); i++) {
      check(kept.add(keep.get(i)), "$.keepNodes[" + i + "]: node " + keep.get(i) + " is listed twice");
    }
    for (int i = 0; i < add.size(); i++) {
      check(kept.contains(add.get(i)),
          "$.addNodes[" + i + "]: node " + add.get(i) + " is not in keepNodes, which is the final set");
      check(!remove.contains(add.get(i)), "$.addNodes[" + i + "]: node " + add.get(i) + " is in removeNodes too");
    }
    Set<String> there = current == null ? Set.of() : new HashSet<>(current.nodes());
    for (int i = 0; i < remove.size(); i++) {
      check(!kept.contains(remove.get(i)),
          "$.removeNodes[" + i + "]: node " + remove.get(i) + " is in keepNodes, which is the final set");
    }
    for (String node : there) {
      check(!removalsTold || kept.contains(node) || remove.contains(node),
          "$.currentMap: node " + node + " is neither in keepNodes nor in removeNodes; say which");
    }
  }

  private VBucketMap map(String path, JsonNode node, int vbuckets, int replicas) {
    check(node.isArray(), path + ": is " + kind(node) + ", expected null or one chain per vBucket");
    check(node.size() == vbuckets, path + ": has " + node.size() + " chains, numVBuckets says " + vbuckets);
    List<List<String>> chains = new ArrayList<>();
    int longest = 1;
    for (int v = 0; v < node.size(); v++) {
      JsonNode row = node.get(v);
      String at = path + "[" + v + "]";
      check(row.isArray(), at + ": is " + kind(row) + ", expected a chain: an array of node names or null");
      check(row.size() <= 4, at + ": has " + row.size() + " nodes, allowed are at most 4 (an active and 3 replicas)");
      List<String> chain = new ArrayList<>();
      for (int position = 0; position < row.size(); position++) {
        JsonNode cell = row.get(position);
        check(cell.isNull() || cell.isTextual() && !cell.asText().isEmpty(),
            at + "[" + position + "]: is " + kind(cell) + ", expected a node name or null");
        String name = cell.isNull() ? null : cell.asText();
        check(name == null || !chain.contains(name),
            at + "[" + position + "]: node " + name + " is in this chain twice");
        chain.add(name);
      }
      longest = Math.max(longest, chain.size());
      chains.add(chain);
    }
    return VBucketMap.of(Math.max(longest - 1, replicas), chains);
  }

  private Map<String, String> groups() {
    Map<String, String> groups = new HashMap<>();
    members("groups").forEach((node, value) -> {
      if (!value.isNull()) {
        check(value.isTextual(), "$.groups." + node + ": is " + kind(value) + ", expected the name of a group");
        groups.put(node, value.asText());
      }
    });
    return groups;
  }

  private Map<String, Double> weights() {
    Map<String, Double> weights = new HashMap<>();
    members("weights").forEach((node, value) -> {
      check(value.isNumber() && value.asDouble() > 0,
          "$.weights." + node + ": is " + value + ", expected a number above 0");
      weights.put(node, value.asDouble());
    });
    return weights;
  }

  private long[] bytes(int vbuckets) {
    JsonNode array = array("bytes", false);
    if (array == null) {
      return null;
    }
    check(array.size() == vbuckets, "$.bytes: has " + array.size() + " entries, numVBuckets says " + vbuckets);
    long[] bytes = new long[vbuckets];
    for (int v = 0; v < vbuckets; v++) {
      JsonNode value = array.get(v);
      check(value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= 0,
          "$.bytes[" + v + "]: is " + value + ", expected a whole number of bytes, 0 or more");
      bytes[v] = value.asLong();
    }
    return bytes;
  }

  private Set<Integer> locked(int vbuckets) {
    Set<Integer> locked = new LinkedHashSet<>();
    JsonNode array = array("locked", false);
    for (int i = 0; array != null && i < array.size(); i++) {
      JsonNode value = array.get(i);
      check(value.isInt() && value.asInt() >= 0 && value.asInt() < vbuckets,
          "$.locked[" + i + "]: is " + value + ", expected a vBucket, 0 to " + (vbuckets - 1));
      locked.add(value.asInt());
    }
    return locked;
  }

  private List<VBucketMap> pastMaps(int vbuckets, int replicas) {
    List<VBucketMap> maps = new ArrayList<>();
    JsonNode array = array("pastMaps", false);
    for (int i = 0; array != null && i < array.size(); i++) {
      maps.add(map("$.pastMaps[" + i + "]", array.get(i), vbuckets, replicas));
    }
    return maps;
  }

  private List<String> strings(String name, boolean needed) {
    List<String> strings = new ArrayList<>();
    JsonNode array = array(name, needed);
    for (int i = 0; array != null && i < array.size(); i++) {
      JsonNode value = array.get(i);
      check(value.isTextual() && !value.asText().isEmpty(),
          "$." + name + "[" + i + "]: is " + kind(value) + ", expected a node name");
      strings.add(value.asText());
    }
    return strings;
  }

  private JsonNode array(String name, boolean needed) {
    JsonNode array = root.get(name);
    if (array == null || array.isNull()) {
      check(!needed, "$." + name + ": missing, expected an array");
      return null;
    }
    check(array.isArray(), "$." + name + ": is " + kind(array) + ", expected an array");
    return array;
  }

  private Map<String, JsonNode> members(String name) {
    JsonNode object = root.get(name);
    Map<String, JsonNode> members = new HashMap<>();
    if (object != null && !object.isNull()) {
      check(object.isObject(), "$." + name + ": is " + kind(object) + ", expected an object by node name");
      object.fields().forEachRemaining(entry -> members.put(entry.getKey(), entry.getValue()));
    }
    return members;
  }

  private long number(String name, long least, long most, long otherwise) {
    JsonNode value = root.get(name);
    if ((value == null || value.isNull()) && otherwise >= 0) {
      return otherwise;
    }
    check(value != null && !value.isNull(),
        "$." + name + ": missing, expected a whole number, " + least + " to " + most);
    check(value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= least && value.asLong() <= most,
        "$." + name + ": is " + value + ", expected a whole number, " + least + " to " + most);
    return value.asLong();
  }

  private static String kind(JsonNode node) {
    return node.getNodeType() == JsonNodeType.STRING || node.isNumber()
        ? node.toString()
        : "a JSON " + node.getNodeType().name().toLowerCase(
            java.util.Locale.ROOT);
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new PlanException(otherwise);
    }
  }

  /** The plan as a JSON object; {@code chains} is the target map as node names per vBucket, null for a hole. */
  public static ObjectNode write(MapPlan plan) {
    ObjectNode out = JSON.createObjectNode();
    ArrayNode chains = out.putArray("chains");
    for (int v = 0; v < plan.target().numVBuckets(); v++) {
      ArrayNode chain = chains.addArray();
      plan.target().chain(v).forEach(chain::add);
    }
    out.put("copies", plan.copies()).put("copiesBound", plan.copiesBound());
    out.put("takeovers", plan.takeovers()).put("takeoversBound", plan.takeoversBound());
    out.put("seconds", plan.seconds());
    out.put("bytes", plan.bytes());
    out.put("moves", plan.moves().size());
    out.set("balance", JSON.valueToTree(plan.balance()));
    ArrayNode notes = out.putArray("notes");
    plan.notes().forEach(notes::add);
    return out;
  }
}
