package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.subdoc.JsonDocument;
import io.vbucket.rebalance.testkit.node.subdoc.JsonDocument.Operation;
import io.vbucket.rebalance.testkit.node.subdoc.SubdocException;
import io.vbucket.rebalance.testkit.node.subdoc.Xattrs;
import java.util.Optional;

/** A document while the operations of one request read or change parts of its body and of its extended attributes. */
final class PartialDocument {
  /** Flags of one operation. */
  static final int CREATE_PARENTS = 0x01;
  static final int IN_ATTRIBUTES = 0x04;
  private static final int EXPAND_MACROS = 0x10;
  /** Flags of the whole request. */
  private static final int CREATE = 0x01;
  private static final int CREATE_ONLY = 0x02;

  private final KvRequest request;
  private final Xattrs attributes;
  /** Parsed when an operation needs it: a document may have attributes and a body that is no JSON. */
  private JsonDocument body;
  private byte[] wholeBody;
  private boolean deletes;

  PartialDocument(KvRequest request) {
    this.request = request;
    Item live = request.live();
    boolean has = live != null && (live.datatype() & Datatypes.XATTR) != 0;
    this.attributes = has ? Xattrs.of(live.value()) : Xattrs.none();
    this.wholeBody = live == null ? null : KvRequest.body(live);
  }

  /** Whether a mutation may begin by what is there and what the client wants; it is refused otherwise. */
  static boolean mayBegin(KvRequest request, int documentFlags) {
    boolean create = (documentFlags & (CREATE | CREATE_ONLY)) != 0;
    if ((documentFlags & ~(CREATE | CREATE_ONLY)) != 0) {
      request.refuse(Status.NOT_SUPPORTED);
      return false;
    }
    if (request.live() == null ? !create : (documentFlags & CREATE_ONLY) != 0) {
      request.refuse(request.live() == null ? Status.KEY_ENOENT : Status.KEY_EEXISTS);
      return false;
    }
    return true;
  }

  /** @param first tells what a document that is not there yet begins as */
  static PartialDocument forWriting(KvRequest request, SubdocCommands.Spec first) {
    PartialDocument document = new PartialDocument(request);
    if (request.live() == null) {
      boolean inBody = (first.flags() & IN_ATTRIBUTES) == 0 && SubdocCommands.isMutation(first.opcode());
      document.body = inBody
          ? JsonDocument.emptyFor(first.path(), operation(first.opcode()))
          : JsonDocument.emptyFor("", Operation.DICT_UPSERT);
    }
    return document;
  }

  private static Operation operation(int opcode) {
    return switch (opcode) {
      case Opcode.SUBDOC_DICT_ADD -> Operation.DICT_ADD;
      case Opcode.SUBDOC_DICT_UPSERT -> Operation.DICT_UPSERT;
      case Opcode.SUBDOC_DELETE -> Operation.DELETE;
      case Opcode.SUBDOC_REPLACE -> Operation.REPLACE;
      case Opcode.SUBDOC_ARRAY_PUSH_LAST -> Operation.ARRAY_PUSH_LAST;
      case Opcode.SUBDOC_ARRAY_PUSH_FIRST -> Operation.ARRAY_PUSH_FIRST;
      case Opcode.SUBDOC_ARRAY_INSERT -> Operation.ARRAY_INSERT;
      case Opcode.SUBDOC_ARRAY_ADD_UNIQUE -> Operation.ARRAY_ADD_UNIQUE;
      case Opcode.SUBDOC_COUNTER -> Operation.COUNTER;
      default -> throw new SubdocException(Status.SUBDOC_INVALID_COMBO);
    };
  }

  private JsonDocument part(SubdocCommands.Spec spec) {
    if ((spec.flags() & IN_ATTRIBUTES) != 0) {
      return attributes.asDocument();
    }
    if (body == null) {
      body = JsonDocument.parse(wholeBody);
    }
    return body;
  }

  /** What an operation that changes nothing finds. */
  byte[] look(SubdocCommands.Spec spec) {
    if (spec.opcode() == Opcode.GET && spec.path().isEmpty()) {
      return wholeBody;
    }
    boolean virtual = (spec.flags() & IN_ATTRIBUTES) != 0 && spec.path().startsWith(VirtualAttributes.PREFIX);
    JsonDocument part = virtual ? VirtualAttributes.of(request) : part(spec);
    return switch (spec.opcode()) {
      case Opcode.SUBDOC_GET -> part.get(spec.path());
      case Opcode.SUBDOC_GET_COUNT -> part.count(spec.path());
      case Opcode.SUBDOC_EXISTS -> {
        part.expect(spec.path());
        yield Frame.NOTHING;
      }
      default -> throw new SubdocException(Status.SUBDOC_INVALID_COMBO);
    };
  }

  /** Carries out one operation; what it answers, or nothing. */
  byte[] change(SubdocCommands.Spec spec) {
    if (spec.path().isEmpty() && (spec.opcode() == Opcode.SET || spec.opcode() == Opcode.ADD)) {
      wholeBody = spec.value();
      body = null;
      return Frame.NOTHING;
    }
    if (spec.path().isEmpty() && spec.opcode() == Opcode.DELETE) {
      deletes = true;
      return Frame.NOTHING;
    }
    if ((spec.flags() & EXPAND_MACROS) != 0) {
      throw new SubdocException(Status.SUBDOC_XATTR_UNKNOWN_MACRO);
    }
    if ((spec.flags() & IN_ATTRIBUTES) != 0 && spec.path().startsWith(VirtualAttributes.PREFIX)) {
      throw new SubdocException(Status.SUBDOC_XATTR_CANT_MODIFY_VATTR);
    }
    return part(spec)
        .apply(operation(spec.opcode()), spec.path(), spec.value(), (spec.flags() & CREATE_PARENTS) != 0)
        .orElse(Frame.NOTHING);
  }

  /** Stores what came of it. Without an expiry of the request the document's own is gone, as on real nodes. */
  void store(Optional<Integer> expiry, byte[] answered) {
    Item live = request.live();
    if (deletes) {
      Xattrs kept = attributes.ofSystem();
      request.change(request.next(kept.alone(), 0, 0, kept.isEmpty() ? 0 : Datatypes.XATTR, true), Status.SUCCESS,
          answered);
      return;
    }
    byte[] newBody = body == null ? wholeBody : body.toBytes();
    byte[] value = attributes.before(newBody);
    if (!request.hasRoomFor(value.length)) {
      return;
    }
    int datatype = (JsonDocument.isJson(newBody) ? Frame.DATATYPE_JSON : 0)
        | (attributes.isEmpty() ? 0 : Datatypes.XATTR);
    request.change(request.next(value, live == null ? 0 : live.flags(), request.expiry(expiry.orElse(0)), datatype,
        false), Status.SUCCESS, answered);
  }
}
