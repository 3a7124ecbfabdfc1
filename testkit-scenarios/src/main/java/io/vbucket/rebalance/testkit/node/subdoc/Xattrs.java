package io.vbucket.rebalance.testkit.node.subdoc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;

/**
 * Extended attributes of a document, as they stand before its body when the datatype says so: 0 length(4) of all pairs, then per pair
 * length(4), name, 0, JSON, 0.
 */
public final class Xattrs {
  private static final JsonMapper JSON = new JsonMapper();
  private static final byte[] NOTHING = new byte[0];

  private final ObjectNode attributes;

  private Xattrs(ObjectNode attributes) {
    this.attributes = attributes;
  }

  public static Xattrs none() {
    return new Xattrs(JSON.createObjectNode());
  }

  /**
   * The attributes before a body.
   *
   * @throws IllegalArgumentException when there are none, in the form they must have
   */
  public static Xattrs of(byte[] value) {
    ByteBuffer pairs = ByteBuffer.wrap(value, 0, bodyOffset(value));
    pairs.getInt();
    Xattrs xattrs = none();
    while (pairs.hasRemaining()) {
      int length = pairs.remaining() < Integer.BYTES ? -1 : pairs.getInt();
      if (length < 2 || length > pairs.remaining()) {
        throw new IllegalArgumentException("a pair of " + length + " bytes, " + pairs.remaining() + " are left");
      }
      byte[] pair = new byte[length];
      pairs.get(pair);
      xattrs.add(pair);
    }
    return xattrs;
  }

  private void add(byte[] pair) {
    int end = 0;
    while (end < pair.length && pair[end] != 0) {
      end++;
    }
    if (end == 0 || end >= pair.length - 1 || pair[pair.length - 1] != 0) {
      throw new IllegalArgumentException("a pair without its zero bytes");
    }
    try {
      JsonNode json = JSON.readTree(pair, end + 1, pair.length - end - 2);
      attributes.set(new String(pair, 0, end, UTF_8), json);
    } catch (IOException notJson) {
      throw new IllegalArgumentException("an attribute that is no JSON", notJson);
    }
  }

  /** Where the body begins in a value with attributes. */
  public static int bodyOffset(byte[] value) {
    int length = value.length < Integer.BYTES ? -1 : ByteBuffer.wrap(value).getInt();
    if (length < 0 || length > value.length - Integer.BYTES) {
      throw new IllegalArgumentException("attributes of " + length + " bytes in a value of " + value.length);
    }
    return Integer.BYTES + length;
  }

  public static byte[] bodyOf(byte[] value) {
    return Arrays.copyOfRange(value, bodyOffset(value), value.length);
  }

  public boolean isEmpty() {
    return attributes.isEmpty();
  }

  /** Those whose name begins with an underscore: they outlive the document. */
  public Xattrs ofSystem() {
    Xattrs kept = none();
    attributes.properties().forEach(attribute -> {
      if (attribute.getKey().startsWith("_")) {
        kept.attributes.set(attribute.getKey(), attribute.getValue());
      }
    });
    return kept;
  }

  /** The attributes as one document whose members they are; what is changed there is changed here. */
  public JsonDocument asDocument() {
    return JsonDocument.of(attributes);
  }

  /** With {@code body} behind them; {@code body} alone when there are none. */
  public byte[] before(byte[] body) {
    if (isEmpty()) {
      return body;
    }
    ByteArrayOutputStream pairs = new ByteArrayOutputStream();
    for (Map.Entry<String, JsonNode> attribute : attributes.properties()) {
      byte[] name = attribute.getKey().getBytes(UTF_8);
      byte[] json = attribute.getValue().toString().getBytes(UTF_8);
      pairs.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(name.length + json.length + 2).array());
      pairs.writeBytes(name);
      pairs.write(0);
      pairs.writeBytes(json);
      pairs.write(0);
    }
    return ByteBuffer.allocate(Integer.BYTES + pairs.size() + body.length).putInt(pairs.size())
        .put(pairs.toByteArray()).put(body).array();
  }

  /** The attributes without a body. */
  public byte[] alone() {
    return before(NOTHING);
  }
}
