package io.vbucket.rebalance.testkit.node.subdoc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.protocol.Status;
import java.io.IOException;
import java.util.Optional;

/** A JSON document whose parts are read and changed. */
public final class JsonDocument {
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
      .build();

  /** What is done at a path. */
  public enum Operation {
    DICT_ADD,
    DICT_UPSERT,
    DELETE,
    REPLACE,
    ARRAY_PUSH_LAST,
    ARRAY_PUSH_FIRST,
    ARRAY_INSERT,
    ARRAY_ADD_UNIQUE,
    COUNTER
  }

  private JsonNode root;

  private JsonDocument(JsonNode root) {
    this.root = root;
  }

  /** @throws SubdocException with SUBDOC_DOC_NOTJSON */
  public static JsonDocument parse(byte[] json) {
    return new JsonDocument(read(json, Status.SUBDOC_DOC_NOTJSON));
  }

  static JsonDocument of(ObjectNode root) {
    return new JsonDocument(root);
  }

  /** An empty object, or an empty array where the first path that is written needs one. */
  public static JsonDocument emptyFor(String firstPath, Operation first) {
    boolean array = firstPath.startsWith("[") || firstPath.isEmpty() && first != Operation.DICT_UPSERT;
    return new JsonDocument(array ? JSON.createArrayNode() : JSON.createObjectNode());
  }

  /** Whether these bytes are one JSON value. */
  public static boolean isJson(byte[] bytes) {
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() == null) {
        return false;
      }
      int depth = 0;
      do {
        JsonToken token = parser.currentToken();
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      } while (depth > 0 && parser.nextToken() != null);
      return depth == 0 && parser.nextToken() == null;
    } catch (IOException notJson) {
      return false;
    }
  }

  private static JsonNode read(byte[] json, int otherwise) {
    try {
      JsonNode node = JSON.readTree(json);
      if (node != null && !node.isMissingNode()) {
        return node;
      }
    } catch (IOException notJson) {
      throw new SubdocException(otherwise);
    }
    throw new SubdocException(otherwise);
  }

  public byte[] toBytes() {
    return root.toString().getBytes(UTF_8);
  }

  /** @throws SubdocException with SUBDOC_PATH_ENOENT or SUBDOC_PATH_MISMATCH */
  public byte[] get(String path) {
    return find(JsonPath.parse(path)).toString().getBytes(UTF_8);
  }

  /** Checks that the path exists, as {@link #get} does. */
  public void expect(String path) {
    find(JsonPath.parse(path));
  }

  /** How many members or elements are there; SUBDOC_PATH_MISMATCH for what has none. */
  public byte[] count(String path) {
    JsonNode node = find(JsonPath.parse(path));
    if (!node.isContainerNode()) {
      throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
    }
    return Integer.toString(node.size()).getBytes(UTF_8);
  }

  private JsonNode find(JsonPath path) {
    JsonNode node = root;
    for (JsonPath.Step step : path.steps()) {
      node = child(node, step);
      if (node == null) {
        throw new SubdocException(Status.SUBDOC_PATH_ENOENT);
      }
    }
    return node;
  }

  /** The child, or null when there is none. */
  private static JsonNode child(JsonNode parent, JsonPath.Step step) {
    if (step.isName() ? !parent.isObject() : !parent.isArray()) {
      throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
    }
    return step.isName() ? parent.get(step.name()) : parent.get(indexIn(parent, step));
  }

  private static int indexIn(JsonNode array, JsonPath.Step step) {
    return step.index() == JsonPath.LAST ? array.size() - 1 : step.index();
  }

  /**
   * Changes what is at a path.
   *
   * @param value JSON; several values with commas between them where an array takes them; the difference for a counter
   * @param createParents objects that are missing on the way are made
   * @return what the operation answers, if it does
   * @throws SubdocException when it cannot be done; then nothing has changed but perhaps empty objects on the way
   */
  public Optional<byte[]> apply(Operation operation, String pathText, byte[] value, boolean createParents) {
    JsonPath path = JsonPath.parse(pathText);
    switch (operation) {
      case DICT_ADD, DICT_UPSERT -> putMember(operation, path, value, createParents);
      case DELETE -> remove(path);
      case REPLACE -> replace(path, read(value, Status.SUBDOC_VALUE_CANTINSERT));
      case ARRAY_INSERT -> insert(path, value);
      case COUNTER -> {
        return Optional.of(count(path, value, createParents));
      }
      default -> push(operation, path, value, createParents);
    }
    return Optional.empty();
  }

  private void putMember(Operation operation, JsonPath path, byte[] value, boolean createParents) {
    if (path.isRoot() || !path.last().isName()) {
      throw new SubdocException(Status.SUBDOC_PATH_EINVAL);
    }
    JsonNode node = read(value, Status.SUBDOC_VALUE_CANTINSERT);
    JsonNode parent = parentOf(path, createParents);
    if (!(parent instanceof ObjectNode object)) {
      throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
    }
    if (operation == Operation.DICT_ADD && object.has(path.last().name())) {
      throw new SubdocException(Status.SUBDOC_PATH_EEXISTS);
    }
    object.set(path.last().name(), node);
  }

  private JsonNode parentOf(JsonPath path, boolean create) {
    JsonNode node = root;
    for (JsonPath.Step step : path.steps().subList(0, path.steps().size() - 1)) {
      JsonNode next = child(node, step);
      if (next == null && create && step.isName()) {
        next = ((ObjectNode) node).putObject(step.name());
      }
      if (next == null) {
        throw new SubdocException(Status.SUBDOC_PATH_ENOENT);
      }
      node = next;
    }
    return node;
  }

  private void remove(JsonPath path) {
    if (path.isRoot()) {
      throw new SubdocException(Status.SUBDOC_PATH_EINVAL);
    }
    find(path);
    JsonNode parent = parentOf(path, false);
    if (parent instanceof ObjectNode object) {
      object.remove(path.last().name());
    } else {
      ((ArrayNode) parent).remove(indexIn(parent, path.last()));
    }
  }

  private void replace(JsonPath path, JsonNode value) {
    if (path.isRoot()) {
      root = value;
      return;
    }
    find(path);
    JsonNode parent = parentOf(path, false);
    if (parent instanceof ObjectNode object) {
      object.set(path.last().name(), value);
    } else {
      ((ArrayNode) parent).set(indexIn(parent, path.last()), value);
    }
  }

  private void insert(JsonPath path, byte[] values) {
    if (path.isRoot() || path.last().isName() || path.last().index() == JsonPath.LAST) {
      throw new SubdocException(Status.SUBDOC_PATH_EINVAL);
    }
    if (!(parentOf(path, false) instanceof ArrayNode array)) {
      throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
    }
    int at = path.last().index();
    if (at > array.size()) {
      throw new SubdocException(Status.SUBDOC_PATH_ENOENT);
    }
    for (JsonNode value : several(values)) {
      array.insert(at++, value);
    }
  }

  private static ArrayNode several(byte[] values) {
    JsonNode read = read(('[' + new String(values, UTF_8) + ']').getBytes(UTF_8), Status.SUBDOC_VALUE_CANTINSERT);
    if (read.isEmpty()) {
      throw new SubdocException(Status.SUBDOC_VALUE_CANTINSERT);
    }
    return (ArrayNode) read;
  }

  private void push(Operation operation, JsonPath path, byte[] values, boolean createParents) {
    ArrayNode added = several(values);
    ArrayNode array = arrayAt(path, createParents);
    if (operation == Operation.ARRAY_ADD_UNIQUE) {
      addUnique(array, added);
    } else if (operation == Operation.ARRAY_PUSH_LAST) {
      array.addAll(added);
    } else {
      int at = 0;
      for (JsonNode value : added) {
        array.insert(at++, value);
      }
    }
  }

  private static void addUnique(ArrayNode array, ArrayNode added) {
    if (added.size() != 1 || added.get(0).isContainerNode()) {
      throw new SubdocException(Status.SUBDOC_VALUE_CANTINSERT);
    }
    for (JsonNode element : array) {
      if (element.isContainerNode()) {
        throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
      }
      if (element.equals(added.get(0))) {
        throw new SubdocException(Status.SUBDOC_PATH_EEXISTS);
      }
    }
    array.add(added.get(0));
  }

  private ArrayNode arrayAt(JsonPath path, boolean create) {
    JsonNode node;
    if (path.isRoot()) {
      node = root;
    } else {
      JsonNode parent = parentOf(path, create);
      node = child(parent, path.last());
      if (node == null && create && path.last().isName()) {
        node = ((ObjectNode) parent).putArray(path.last().name());
      }
    }
    if (node == null) {
      throw new SubdocException(Status.SUBDOC_PATH_ENOENT);
    }
    if (!(node instanceof ArrayNode array)) {
      throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
    }
    return array;
  }

  private byte[] count(JsonPath path, byte[] delta, boolean createParents) {
    long by = difference(delta);
    if (path.isRoot()) {
      throw new SubdocException(Status.SUBDOC_PATH_EINVAL);
    }
    JsonNode parent = parentOf(path, createParents);
    JsonNode old = child(parent, path.last());
    if (old == null && !path.last().isName()) {
      throw new SubdocException(Status.SUBDOC_PATH_ENOENT);
    }
    if (old != null && !old.isIntegralNumber()) {
      throw new SubdocException(Status.SUBDOC_PATH_MISMATCH);
    }
    if (old != null && !old.canConvertToLong()) {
      throw new SubdocException(Status.SUBDOC_NUM_ERANGE);
    }
    long sum;
    try {
      sum = Math.addExact(old == null ? 0 : old.longValue(), by);
    } catch (ArithmeticException tooLarge) {
      throw new SubdocException(Status.SUBDOC_VALUE_CANTINSERT);
    }
    if (parent instanceof ObjectNode object) {
      object.set(path.last().name(), LongNode.valueOf(sum));
    } else {
      ((ArrayNode) parent).set(indexIn(parent, path.last()), LongNode.valueOf(sum));
    }
    return Long.toString(sum).getBytes(UTF_8);
  }

  private static long difference(byte[] delta) {
    try {
      long by = Long.parseLong(new String(delta, UTF_8));
      if (by != 0) {
        return by;
      }
    } catch (NumberFormatException noNumber) {
      throw new SubdocException(Status.SUBDOC_DELTA_EINVAL);
    }
    throw new SubdocException(Status.SUBDOC_DELTA_EINVAL);
  }
}
