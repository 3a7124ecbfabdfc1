package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.node.subdoc.SubdocException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Operations on parts of a document: their frames. One path, or several in one request. */
final class SubdocCommands {
  private static final int MOST_SPECS = 16;
  private static final int ONLY_EXISTING = 0;

  private SubdocCommands() {}

  static boolean owns(int opcode) {
    return isLookup(opcode) || isMutation(opcode) || opcode == Opcode.SUBDOC_MULTI_LOOKUP
        || opcode == Opcode.SUBDOC_MULTI_MUTATION;
  }

  static boolean isLookup(int opcode) {
    return opcode == Opcode.SUBDOC_GET || opcode == Opcode.SUBDOC_EXISTS || opcode == Opcode.SUBDOC_GET_COUNT;
  }

  static boolean isMutation(int opcode) {
    return opcode >= Opcode.SUBDOC_DICT_ADD && opcode <= Opcode.SUBDOC_COUNTER;
  }

  /**
   * One operation of a request.
   *
   * @param flags see {@link PartialDocument}
   */
  record Spec(int opcode, int flags, String path, byte[] value) {}

  static void perform(KvRequest request) {
    switch (request.frame().opcode()) {
      case Opcode.SUBDOC_MULTI_LOOKUP -> lookup(request, specs(request.frame(), false));
      case Opcode.SUBDOC_MULTI_MUTATION -> {
        ByteBuffer extras = ByteBuffer.wrap(request.frame().extras());
        Optional<Integer> expiry = extras.remaining() >= 4 ? Optional.of(extras.getInt()) : Optional.empty();
        int documentFlags = extras.hasRemaining() ? extras.get() & 0xff : ONLY_EXISTING;
        mutate(request, specs(request.frame(), true), expiry, documentFlags, true);
      }
      default -> single(request);
    }
  }

  /** Extras: 0 path length(2), 2 flags(1), and for mutations perhaps expiry(4) and flags of the document(1). Body: path, value. */
  private static void single(KvRequest request) {
    ByteBuffer extras = ByteBuffer.wrap(request.frame().extras());
    byte[] body = request.frame().value();
    int pathLength = extras.remaining() < 3 ? -1 : extras.getShort() & 0xffff;
    if (pathLength < 0 || pathLength > body.length) {
      throw new SubdocException(Status.EINVAL);
    }
    int flags = extras.get() & 0xff;
    Optional<Integer> expiry = extras.remaining() >= 4 ? Optional.of(extras.getInt()) : Optional.empty();
    int documentFlags = extras.hasRemaining() ? extras.get() & 0xff : ONLY_EXISTING;
    String path = new String(body, 0, pathLength, StandardCharsets.UTF_8);
    byte[] value = Arrays.copyOfRange(body, pathLength, body.length);
    Spec spec = new Spec(request.frame().opcode(), flags, path, value);
    if (isMutation(spec.opcode())) {
      mutate(request, List.of(spec), expiry, documentFlags, false);
    } else if (request.live() == null) {
      request.refuse(Status.KEY_ENOENT);
    } else {
      byte[] found = new PartialDocument(request).look(spec);
      request.peer().send(Frame.response(request.frame(), Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, found)
          .withCas(request.live().cas()), request.vb().id);
    }
  }

  /** Per operation: opcode(1), flags(1), path length(2), in mutations value length(4), path, value. */
  private static List<Spec> specs(Frame frame, boolean mutations) {
    ByteBuffer body = ByteBuffer.wrap(frame.value());
    List<Spec> specs = new ArrayList<>();
    while (body.hasRemaining()) {
      if (body.remaining() < (mutations ? 8 : 4) || specs.size() == MOST_SPECS) {
        throw new SubdocException(specs.size() == MOST_SPECS ? Status.SUBDOC_INVALID_COMBO : Status.EINVAL);
      }
      int opcode = body.get() & 0xff;
      int flags = body.get() & 0xff;
      int pathLength = body.getShort() & 0xffff;
      int valueLength = mutations ? body.getInt() : 0;
      if (valueLength < 0 || pathLength + (long) valueLength > body.remaining()) {
        throw new SubdocException(Status.EINVAL);
      }
      byte[] path = new byte[pathLength];
      body.get(path);
      byte[] value = new byte[valueLength];
      body.get(value);
      specs.add(new Spec(opcode, flags, new String(path, StandardCharsets.UTF_8), value));
    }
    if (specs.isEmpty()) {
      throw new SubdocException(Status.EINVAL);
    }
    return specs;
  }

  /** The answer has per operation status(2), length(4), value. */
  private static void lookup(KvRequest request, List<Spec> specs) {
    if (request.live() == null) {
      request.refuse(Status.KEY_ENOENT);
      return;
    }
    PartialDocument document = new PartialDocument(request);
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    int overall = Status.SUCCESS;
    for (Spec spec : specs) {
      int status = Status.SUCCESS;
      byte[] found = Frame.NOTHING;
      try {
        found = document.look(spec);
      } catch (SubdocException failed) {
        status = failed.status();
        overall = Status.SUBDOC_MULTI_PATH_FAILURE;
      }
      answers.writeBytes(ByteBuffer.allocate(6).putShort((short) status).putInt(found.length).array());
      answers.writeBytes(found);
    }
    request.peer().send(
        Frame.response(request.frame(), overall, Frame.NOTHING, Frame.NOTHING, answers.toByteArray())
            .withCas(request.live().cas()),
        request.vb().id);
  }

  /**
   * All operations or none. The answer to several has, per operation that answers something, index(1), status(2), length(4), value; a
   * failure has index(1), status(2).
   */
  private static void mutate(
      KvRequest request, List<Spec> specs, Optional<Integer> expiry, int documentFlags, boolean several) {
    if (!PartialDocument.mayBegin(request, documentFlags) || request.refusesByCas(request.frame().cas())) {
      return;
    }
    PartialDocument document = PartialDocument.forWriting(request, specs.get(0));
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    for (int index = 0; index < specs.size(); index++) {
      try {
        byte[] answered = document.change(specs.get(index));
        if (answered.length > 0) {
          if (several) {
            answers.writeBytes(ByteBuffer.allocate(7).put((byte) index).putShort((short) Status.SUCCESS)
                .putInt(answered.length).array());
          }
          answers.writeBytes(answered);
        }
      } catch (SubdocException failed) {
        refuse(request, index, failed.status(), several);
        return;
      }
    }
    document.store(expiry, answers.toByteArray());
  }

  private static void refuse(KvRequest request, int index, int status, boolean several) {
    if (!several) {
      request.refuse(status);
      return;
    }
    byte[] which = ByteBuffer.allocate(3).put((byte) index).putShort((short) status).array();
    request.peer().send(Frame.response(request.frame(), Status.SUBDOC_MULTI_PATH_FAILURE, Frame.NOTHING, Frame.NOTHING,
        which), request.vb().id);
  }
}
