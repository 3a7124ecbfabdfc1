package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.util.Arrays;
import java.util.Optional;

/** How a connection shows who is on it. */
final class SaslCommands {
  private static final String PLAIN = "PLAIN";

  private SaslCommands() {}

  static void perform(DataNode node, Peer peer, Frame frame) {
    switch (frame.opcode()) {
      case Opcode.SASL_LIST_MECHS ->
          peer.answer(frame, String.join(" ", node.settings().mechanisms()).getBytes(UTF_8));
      case Opcode.SASL_AUTH -> begin(node, peer, frame);
      default -> proceed(peer, frame);
    }
  }

  private static void begin(DataNode node, Peer peer, Frame frame) {
    String mechanism = frame.keyText();
    peer.authenticatedAs(false, null);
    peer.scram(null);
    if (!node.settings().mechanisms().contains(mechanism)) {
      peer.answer(frame, Status.AUTH_ERROR);
    } else if (mechanism.equals(PLAIN)) {
      byte[] expected = Session.plain(node.settings().user(), node.settings().password());
      end(peer, frame, Arrays.equals(withoutAuthorization(frame.value()), expected)
          ? Optional.of(Frame.NOTHING)
          : Optional.empty());
    } else {
      ScramServer scram = ScramServer.begin(mechanism, node.settings(), frame.value(), peer.nonce());
      peer.scram(scram);
      peer.send(
          Frame.response(frame, Status.AUTH_CONTINUE, Frame.NOTHING, Frame.NOTHING, scram.challenge()), -1);
    }
  }

  private static void proceed(Peer peer, Frame frame) {
    ScramServer scram = peer.scram();
    peer.scram(null);
    end(peer, frame, scram == null ? Optional.empty() : scram.finish(frame.value()));
  }

  private static void end(Peer peer, Frame frame, Optional<byte[]> proof) {
    peer.authenticatedAs(proof.isPresent(), null);
    if (proof.isPresent()) {
      peer.answer(frame, proof.get());
    } else {
      peer.answer(frame, Status.AUTH_ERROR);
    }
  }

  /** PLAIN's message without the identity to act as, which nodes ignore. */
  private static byte[] withoutAuthorization(byte[] message) {
    int start = 0;
    while (start < message.length && message[start] != 0) {
      start++;
    }
    return Arrays.copyOfRange(message, start, message.length);
  }
}
