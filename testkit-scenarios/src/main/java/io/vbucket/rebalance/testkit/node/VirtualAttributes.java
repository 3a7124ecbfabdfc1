package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.subdoc.JsonDocument;

/** Attributes that no document has and every document shows: what the node knows of it. */
final class VirtualAttributes {
  static final String PREFIX = "$document";
  private static final JsonMapper JSON = new JsonMapper();

  private VirtualAttributes() {}

  /** The document {@code {"$document": {...}}} of a live document. */
  static JsonDocument of(KvRequest request) {
    Item live = request.live();
    ObjectNode root = JSON.createObjectNode();
    ObjectNode shown = root.putObject(PREFIX);
    shown.put("CAS", hex(live.cas()));
    shown.put("vbucket_uuid", hex(request.vb().uuid()));
    shown.put("seqno", hex(live.seqno()));
    shown.put("revid", Long.toUnsignedString(live.revision()));
    shown.put("exptime", Integer.toUnsignedLong(live.expiry()));
    shown.put("value_bytes", KvRequest.body(live).length);
    shown.put("deleted", false);
    shown.put("flags", Integer.toUnsignedLong(live.flags()));
    ArrayNode datatype = shown.putArray("datatype");
    if ((live.datatype() & Frame.DATATYPE_JSON) != 0) {
      datatype.add("json");
    }
    if ((live.datatype() & Datatypes.XATTR) != 0) {
      datatype.add("xattr");
    }
    if (datatype.isEmpty()) {
      datatype.add("raw");
    }
    return JsonDocument.parse(root.toString().getBytes(UTF_8));
  }

  private static String hex(long number) {
    return String.format("0x%016x", number);
  }
}
