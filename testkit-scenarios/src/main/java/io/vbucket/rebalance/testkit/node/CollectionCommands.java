package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;
import java.util.Set;

/** Collections by name: there is one scope with one collection, the default ones, and nobody can make others. */
final class CollectionCommands {
  static final String MANIFEST =
      "{\"uid\":\"0\",\"scopes\":[{\"name\":\"_default\",\"uid\":\"0\",\"collections\":[{\"name\":\"_default\",\"uid\":\"0\"}]}]}";
  /** Either part may be left out. */
  private static final Set<String> DEFAULT_COLLECTION = Set.of("_default._default", "._default", "_default.", ".");

  private CollectionCommands() {}

  /** Does the request, or returns false when it is none of these, or not known to a connection without collections. */
  static boolean perform(Peer peer, Frame frame) {
    if (!peer.has(Feature.COLLECTIONS)) {
      return false;
    }
    switch (frame.opcode()) {
      case Opcode.COLLECTIONS_GET_MANIFEST -> {
        Frame answer =
            Frame.response(frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, MANIFEST.getBytes(UTF_8));
        peer.send(peer.has(Feature.JSON) ? answer.withDatatype(Frame.DATATYPE_JSON) : answer, -1);
      }
      case Opcode.COLLECTIONS_GET_ID -> identify(peer, frame);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The path is the value, on older clients the key. Extras of the answer: 0 uid of the manifest(8), 8 id(4). */
  private static void identify(Peer peer, Frame frame) {
    String path = frame.value().length > 0 ? frame.valueText() : frame.keyText();
    if (DEFAULT_COLLECTION.contains(path)) {
      byte[] extras = ByteBuffer.allocate(12).putLong(0).putInt(0).array();
      peer.send(Frame.response(frame, Status.SUCCESS, extras, Frame.NOTHING, Frame.NOTHING), -1);
    } else {
      peer.answer(frame, Status.UNKNOWN_COLLECTION);
    }
  }
}
