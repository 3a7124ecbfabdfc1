package io.vbucket.rebalance.orchestrator.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.orchestrator.json.JsonMistake;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A plan request as JSON, for planning without a cluster: {@code numVBuckets, numReplicas, groups {node: group}, currentMap [[node or null]]
 * or null, keepNodes} (the final set, added ones included), and optionally {@code addNodes, removeNodes, weights {node: number}, bytes
 * [number], locked [vBucket], maxSlaves, seed, pastMaps [[[node or null]]]}. All mistakes are told at once, each with its path.
 */
public final class PlanInput {
  private static final ObjectMapper JSON = new ObjectMapper()
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
  private static final Set<String> KEYS =
      new TreeSet<>(Set.of("numVBuckets", "numReplicas", "groups", "currentMap", "keepNodes", "addNodes",
          "removeNodes", "weights", "bytes", "locked", "maxSlaves", "seed", "pastMaps"));
  private static final int LONGEST_CHAIN = 4;

  private final JsonNode root;
  private final List<String> problems = new ArrayList<>();

  private PlanInput(JsonNode root) {
    this.root = root;
  }

  /** @throws PlanException that names the path of all that is wrong, and what is allowed there */
  public static PlanRequest read(String json) {
    try {
      return read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException never) {
      throw new IllegalStateException("reading from memory failed", never);
    }
  }

  /**
   * @param json in UTF-8; read to its end, not closed
   * @throws IOException when it cannot be read
   * @throws PlanException that names the path of all that is wrong, and what is allowed there
   */
  public static PlanRequest read(InputStream json) throws IOException {
    JsonNode tree;
    try {
      tree = JSON.readTree(json);
    } catch (JsonProcessingException wrong) {
      String place = JsonMistake.place(wrong);
      throw new PlanException((place.isEmpty() ? "" : place + ": ") + "no JSON: " + JsonMistake.what(wrong));
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
    int vbuckets = (int) number("numVBuckets", 1, 65_536, null);
    int replicas = (int) number("numReplicas", 0, 3, null);
    // A map of another length than a number that is wrong itself would be a mistake too many.
    boolean sized = problems.isEmpty();
    VBucketMap current =
        isAbsent("currentMap") ? null : map("$.currentMap", root.get("currentMap"), vbuckets, replicas);
    List<String> keep = strings("keepNodes", true);
    List<String> add = strings("addNodes", false);
    List<String> remove = strings("removeNodes", false);
    nodesAgree(current, keep, add, remove);
    Set<String> known = new HashSet<>(keep);
    known.addAll(remove);
    if (current != null) {
      known.addAll(current.nodes());
    }
    Map<String, String> groups = groups(known);
    Map<String, Double> weights = weights(known);
    long[] bytes = sized ? bytes(vbuckets) : null;
    Set<Integer> locked = sized ? locked(vbuckets) : Set.of();
    int maxSlaves = (int) number("maxSlaves", 1, 100_000, (long) PlanRequest.DEFAULT_MAX_SLAVES);
    List<VBucketMap> past = sized ? pastMaps(vbuckets, replicas) : List.of();
    long seed = number("seed", Long.MIN_VALUE, Long.MAX_VALUE, 1L);
    if (!problems.isEmpty()) {
      throw new PlanException(problems);
    }
    return new PlanRequest(current, vbuckets, replicas, keep, groups, weights, bytes, locked, maxSlaves, past, seed);
  }

  /** A node of the current map that is not kept must be told as removed, if any is: it may have been forgotten. */
  private void nodesAgree(VBucketMap current, List<String> keep, List<String> add, List<String> remove) {
    check(!keep.isEmpty() || isAbsent("keepNodes"),
        "$.keepNodes: empty, expected the nodes that shall hold the bucket afterwards, added ones included");
    Set<String> kept = new HashSet<>();
    for (int i = 0; i < keep.size(); i++) {
      check(kept.add(keep.get(i)), "$.keepNodes[" + i + "]: node " + keep.get(i) + " is listed twice");
    }
    for (int i = 0; i < add.size(); i++) {
      check(kept.contains(add.get(i)),
          "$.addNodes[" + i + "]: node " + add.get(i) + " is not in keepNodes, which is the final set");
      check(!remove.contains(add.get(i)), "$.addNodes[" + i + "]: node " + add.get(i) + " is in removeNodes too");
    }
    for (int i = 0; i < remove.size(); i++) {
      check(!kept.contains(remove.get(i)),
          "$.removeNodes[" + i + "]: node " + remove.get(i) + " is in keepNodes, which is the final set");
    }
    Set<String> there = current == null ? Set.of() : new TreeSet<>(current.nodes());
    for (String node : there) {
      check(isAbsent("removeNodes") || kept.contains(node) || remove.contains(node),
          "$.currentMap: node " + node + " is neither in keepNodes nor in removeNodes; say which");
    }
  }

  /** The map, or null when it is wrong. */
  private VBucketMap map(String path, JsonNode node, int vbuckets, int replicas) {
    int before = problems.size();
    if (!check(node.isArray(), path + ": is " + kind(node) + ", expected null or one chain per vBucket")) {
      return null;
    }
    check(node.size() == vbuckets || vbuckets < 1,
        path + ": has " + node.size() + " chains, numVBuckets says " + vbuckets);
    List<List<String>> chains = new ArrayList<>(node.size());
    int longest = 1;
    for (int v = 0; v < node.size(); v++) {
      List<String> chain = chain(path + "[" + v + "]", node.get(v));
      longest = Math.max(longest, chain.size());
      chains.add(chain);
    }
    return problems.size() > before ? null : VBucketMap.of(Math.max(longest - 1, replicas), chains);
  }

  private List<String> chain(String path, JsonNode row) {
    List<String> chain = new ArrayList<>(LONGEST_CHAIN);
    boolean right =
        check(row.isArray(), path + ": is " + kind(row) + ", expected a chain: an array of node names or null")
            && check(row.size() <= LONGEST_CHAIN,
                path + ": has " + row.size() + " nodes, allowed are at most 4 (an active and 3 replicas)");
    for (int position = 0; right && position < row.size(); position++) {
      JsonNode cell = row.get(position);
      check(cell.isNull() || cell.isTextual() && !cell.asText().isEmpty(),
          path + "[" + position + "]: is " + kind(cell) + ", expected a node name or null");
      String name = cell.isTextual() ? cell.asText() : null;
      check(name == null || !chain.contains(name),
          path + "[" + position + "]: node " + name + " is in this chain twice");
      chain.add(name);
    }
    return chain;
  }

  private Map<String, String> groups(Set<String> known) {
    Map<String, String> groups = new HashMap<>();
    members("groups", known).forEach((node, value) -> {
      if (!value.isNull() && check(value.isTextual(),
          "$.groups." + node + ": is " + kind(value) + ", expected the name of a group")) {
        groups.put(node, value.asText());
      }
    });
    return groups;
  }

  private Map<String, Double> weights(Set<String> known) {
    Map<String, Double> weights = new HashMap<>();
    members("weights", known).forEach((node, value) -> {
      if (check(value.isNumber() && value.asDouble() > 0 && !Double.isInfinite(value.asDouble()),
          "$.weights." + node + ": is " + kind(value) + ", expected a number above 0")) {
        weights.put(node, value.asDouble());
      }
    });
    return weights;
  }

  private long[] bytes(int vbuckets) {
    JsonNode array = array("bytes", false);
    if (array == null || !check(array.size() == vbuckets,
        "$.bytes: has " + array.size() + " entries, numVBuckets says " + vbuckets)) {
      return null;
    }
    long[] bytes = new long[vbuckets];
    for (int v = 0; v < vbuckets; v++) {
      JsonNode value = array.get(v);
      check(value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= 0,
          "$.bytes[" + v + "]: is " + kind(value) + ", expected a whole number of bytes, 0 or more");
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
          "$.locked[" + i + "]: is " + kind(value) + ", expected a vBucket, 0 to " + (vbuckets - 1));
      locked.add(value.asInt());
    }
    return locked;
  }

  private List<VBucketMap> pastMaps(int vbuckets, int replicas) {
    List<VBucketMap> maps = new ArrayList<>();
    JsonNode array = array("pastMaps", false);
    for (int i = 0; array != null && i < array.size(); i++) {
      VBucketMap map = map("$.pastMaps[" + i + "]", array.get(i), vbuckets, replicas);
      if (map != null) {
        maps.add(map);
      }
    }
    return maps;
  }

  private List<String> strings(String name, boolean needed) {
    List<String> strings = new ArrayList<>();
    JsonNode array = array(name, needed);
    for (int i = 0; array != null && i < array.size(); i++) {
      JsonNode value = array.get(i);
      if (check(value.isTextual() && !value.asText().isEmpty(),
          "$." + name + "[" + i + "]: is " + kind(value) + ", expected a node name")) {
        strings.add(value.asText());
      }
    }
    return strings;
  }

  private JsonNode array(String name, boolean needed) {
    if (isAbsent(name)) {
      check(!needed, "$." + name + ": missing, expected an array");
      return null;
    }
    JsonNode array = root.get(name);
    return check(array.isArray(), "$." + name + ": is " + kind(array) + ", expected an array") ? array : null;
  }

  private Map<String, JsonNode> members(String name, Set<String> known) {
    JsonNode object = root.get(name);
    Map<String, JsonNode> members = new HashMap<>();
    if (!isAbsent(name)
        && check(object.isObject(), "$." + name + ": is " + kind(object) + ", expected an object by node name")) {
      object.fields().forEachRemaining(entry -> {
        if (check(known.contains(entry.getKey()), "$." + name + "." + entry.getKey()
            + ": no such node in keepNodes, removeNodes or currentMap")) {
          members.put(entry.getKey(), entry.getValue());
        }
      });
    }
    return members;
  }

  /** @param otherwise when it is not told; null when it must be */
  private long number(String name, long least, long most, Long otherwise) {
    String expected = "expected a whole number, " + least + " to " + most;
    if (isAbsent(name)) {
      check(otherwise != null, "$." + name + ": missing, " + expected);
      return otherwise == null ? -1 : otherwise;
    }
    JsonNode value = root.get(name);
    boolean right = check(value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= least
        && value.asLong() <= most, "$." + name + ": is " + kind(value) + ", " + expected);
    return right ? value.asLong() : -1;
  }

  private boolean isAbsent(String name) {
    return root.path(name).isMissingNode() || root.path(name).isNull();
  }

  private static String kind(JsonNode node) {
    return node.isValueNode() && !node.isNull()
        ? node.toString()
        : "a JSON " + node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  private boolean check(boolean holds, String otherwise) {
    if (!holds) {
      problems.add(otherwise);
    }
    return holds;
  }
}
