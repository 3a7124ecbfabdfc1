package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.util.Set;
import java.util.TreeSet;

/** Commands that need no bucket: features, authentication, choice and list of buckets. */
final class SessionCommands {
  private SessionCommands() {}

  /** Does the request, or returns false when it is none of these. */
  static boolean perform(DataNode node, Peer peer, Frame frame) {
    switch (frame.opcode()) {
      case Opcode.HELLO -> {
        Set<Integer> granted = new TreeSet<>(Session.decodeFeatures(frame));
        granted.retainAll(node.settings().version().features());
        peer.grant(granted);
        peer.answer(frame, Session.encodeFeatures(granted));
      }
      case Opcode.SASL_LIST_MECHS, Opcode.SASL_AUTH, Opcode.SASL_STEP -> SaslCommands.perform(node, peer, frame);
      case Opcode.SELECT_BUCKET -> {
        Bucket chosen = node.bucket(frame.keyText());
        if (chosen != null) {
          peer.select(chosen);
        }
        peer.answer(frame, chosen == null ? Status.KEY_ENOENT : Status.SUCCESS);
      }
      case Opcode.NOOP -> peer.answer(frame, Status.SUCCESS);
      case Opcode.VERSION -> peer.answer(frame, node.settings().version().text().getBytes(UTF_8));
      case Opcode.QUIT -> {
        peer.answer(frame, Status.SUCCESS);
        peer.drop("it asked to QUIT");
      }
      // Real nodes know an error map only with XERROR; what their own consumers ask for without it is answered so.
      case Opcode.GET_ERROR_MAP -> {
        if (peer.has(Session.Feature.XERROR)) {
          peer.answer(frame, ErrorMap.json());
        } else {
          peer.answer(frame, Status.KEY_ENOENT);
        }
      }
      case Opcode.LIST_BUCKETS -> peer.answer(frame, String.join(" ", node.bucketNames()).getBytes(UTF_8));
      case Opcode.CREATE_BUCKET -> peer.answer(frame, node.createBucket(frame.keyText(), vbucketsOf(frame)));
      case Opcode.DELETE_BUCKET -> peer.answer(frame, node.deleteBucket(frame.keyText()));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The value is {@code module\0name=value;...}; only {@code max_vbuckets} matters here. */
  private static int vbucketsOf(Frame frame) {
    for (String pair : frame.valueText().split("[\0;]")) {
      if (pair.matches("max_vbuckets=[0-9]{1,4}")) {
        return Math.max(1, Integer.parseInt(pair.substring("max_vbuckets=".length())));
      }
    }
    return 1024;
  }
}
