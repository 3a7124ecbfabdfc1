package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.protocol.Status;

/** What statuses mean to a client that does not know them: the answer to GET_ERROR_MAP. */
final class ErrorMap {
  private static final byte[] JSON = build();

  private ErrorMap() {}

  static byte[] json() {
    return JSON.clone();
  }

  private static byte[] build() {
    ObjectNode root = JsonMapper.builder().build().createObjectNode();
    root.put("version", 2).put("revision", 1);
    ObjectNode errors = root.putObject("errors");
    add(errors, Status.SUCCESS, "success");
    add(errors, Status.KEY_ENOENT, "item-only");
    add(errors, Status.KEY_EEXISTS, "item-only");
    add(errors, Status.E2BIG, "item-only", "invalid-input");
    add(errors, Status.EINVAL, "internal", "invalid-input");
    add(errors, Status.NOT_STORED, "item-only");
    add(errors, Status.DELTA_BADVAL, "item-only", "invalid-input");
    add(errors, Status.NOT_MY_VBUCKET, "fetch-config", "invalid-input");
    add(errors, Status.NO_BUCKET, "conn-state-invalidated");
    add(errors, Status.LOCKED, "item-locked", "item-only", "retry-now");
    add(errors, Status.NOT_LOCKED, "item-only");
    add(errors, Status.AUTH_STALE, "conn-state-invalidated", "auth");
    add(errors, Status.AUTH_ERROR, "conn-state-invalidated", "auth");
    add(errors, Status.ERANGE, "invalid-input");
    add(errors, Status.EACCESS, "support");
    add(errors, Status.UNKNOWN_COMMAND, "support");
    add(errors, Status.ENOMEM, "temp", "retry-later");
    add(errors, Status.NOT_SUPPORTED, "support");
    add(errors, Status.EINTERNAL, "internal", "conn-state-invalidated");
    add(errors, Status.EBUSY, "temp", "retry-later");
    add(errors, Status.ETMPFAIL, "temp", "retry-later");
    add(errors, Status.UNKNOWN_COLLECTION, "item-only");
    for (int status : new int[] {Status.SUBDOC_PATH_ENOENT, Status.SUBDOC_PATH_MISMATCH, Status.SUBDOC_PATH_EINVAL,
      Status.SUBDOC_PATH_E2BIG, Status.SUBDOC_VALUE_CANTINSERT, Status.SUBDOC_DOC_NOTJSON, Status.SUBDOC_NUM_ERANGE,
      Status.SUBDOC_DELTA_EINVAL, Status.SUBDOC_PATH_EEXISTS, Status.SUBDOC_INVALID_COMBO,
      Status.SUBDOC_MULTI_PATH_FAILURE, Status.SUBDOC_XATTR_UNKNOWN_MACRO, Status.SUBDOC_XATTR_CANT_MODIFY_VATTR}) {
      add(errors, status, "subdoc", "item-only");
    }
    return root.toString().getBytes(UTF_8);
  }

  private static void add(ObjectNode errors, int status, String... attributes) {
    ObjectNode entry = errors.putObject(Integer.toHexString(status));
    entry.put("name", Status.nameOf(status)).put("desc",
        Status.nameOf(status).toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
    ArrayNode attrs = entry.putArray("attrs");
    for (String attribute : attributes) {
      attrs.add(attribute);
    }
  }
}
