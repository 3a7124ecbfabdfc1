package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.ongres.scram.common.ClientFirstMessage;
import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.ServerFinalMessage;
import com.ongres.scram.common.ServerFirstMessage;
import com.ongres.scram.common.StringPreparation;
import com.ongres.scram.common.exception.ScramParseException;
import io.vbucket.rebalance.protocol.FrameFormatException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A node's side of one SCRAM authentication (RFC 5802, RFC 7677). */
final class ScramServer {
  /** As nodes call the mechanisms, strongest first. */
  private static final Map<String, ScramMechanism> MECHANISMS = Map.of(
      "SCRAM-SHA512", ScramMechanism.SCRAM_SHA_512,
      "SCRAM-SHA256", ScramMechanism.SCRAM_SHA_256,
      "SCRAM-SHA1", ScramMechanism.SCRAM_SHA_1);
  /** Real nodes ask for thousands, so that stolen keys are of little use; nobody steals these, and tests open many connections. */
  private static final int ITERATIONS = 64;
  private static final int SALT_BYTES = 20;
  /** All nodes of a cluster know a user by the same keys; so do ours, and derive them once. */
  private static final Map<KnownUser, byte[]> SALTED_PASSWORDS = new ConcurrentHashMap<>();

  private record KnownUser(ScramMechanism mechanism, String user, String password) {
    /** Nobody steals an embedded node's users: the same salt each time keeps runs alike. */
    byte[] salt() {
      byte[] digest = ScramFunctions.hash(ScramMechanism.SCRAM_SHA_512, user.getBytes(UTF_8));
      return Arrays.copyOf(digest, SALT_BYTES);
    }

    byte[] saltedPassword() {
      return SALTED_PASSWORDS.computeIfAbsent(
          this, known -> ScramFunctions.saltedPassword(
              known.mechanism, StringPreparation.NO_PREPARATION, known.password.toCharArray(), known.salt(),
              ITERATIONS));
    }

    @Override
    public String toString() {
      return "KnownUser[" + user + "]";
    }
  }

  private final KnownUser known;
  private final ClientFirstMessage clientFirst;
  private final ServerFirstMessage serverFirst;

  private ScramServer(KnownUser known, ClientFirstMessage clientFirst, ServerFirstMessage serverFirst) {
    this.known = known;
    this.clientFirst = clientFirst;
    this.serverFirst = serverFirst;
  }

  static boolean knows(String mechanism) {
    return MECHANISMS.containsKey(mechanism);
  }

  /**
   * Begins with the client's first message.
   *
   * @param nonce the node's part of it, printable ASCII without commas
   * @throws FrameFormatException when the message is none
   */
  static ScramServer begin(String mechanism, NodeSettings settings, byte[] message, String nonce) {
    ClientFirstMessage first;
    try {
      first = ClientFirstMessage.parseFrom(new String(message, UTF_8));
    } catch (ScramParseException | IllegalArgumentException wrong) {
      throw new FrameFormatException("SASL_AUTH " + mechanism + ": " + wrong.getMessage());
    }
    // A user that does not exist is told from a wrong password by nobody.
    String password = first.getUsername().equals(settings.user()) ? settings.password() : "\0" + nonce;
    KnownUser known = new KnownUser(MECHANISMS.get(mechanism), first.getUsername(), password);
    String salt = Base64.getEncoder().encodeToString(known.salt());
    return new ScramServer(known, first, new ServerFirstMessage(first.getClientNonce(), nonce, salt, ITERATIONS));
  }

  /** The answer to the first message. */
  byte[] challenge() {
    return serverFirst.toString().getBytes(UTF_8);
  }

  /** The node's own proof when the client's last message proves that it knows the password; otherwise empty. */
  Optional<byte[]> finish(byte[] message) {
    String[] attributes = new String(message, UTF_8).split(",");
    boolean whole = attributes.length == 3
        && attributes[0].equals("c=" + Base64.getEncoder().encodeToString("n,,".getBytes(UTF_8)))
        && attributes[1].equals("r=" + serverFirst.getNonce())
        && attributes[2].startsWith("p=");
    if (!whole || known.password().startsWith("\0")) {
      return Optional.empty();
    }
    byte[] proof;
    try {
      proof = Base64.getDecoder().decode(attributes[2].substring(2));
    } catch (IllegalArgumentException noBase64) {
      return Optional.empty();
    }
    byte[] salted = known.saltedPassword();
    ScramMechanism mechanism = known.mechanism();
    byte[] storedKey = ScramFunctions.storedKey(mechanism, ScramFunctions.clientKey(mechanism, salted));
    String authMessage = ScramFunctions.authMessage(clientFirst, serverFirst, null);
    if (proof.length != storedKey.length
        || !ScramFunctions.verifyClientProof(mechanism, proof, storedKey, authMessage)) {
      return Optional.empty();
    }
    byte[] signature =
        ScramFunctions.serverSignature(mechanism, ScramFunctions.serverKey(mechanism, salted), authMessage);
    return Optional.of(new ServerFinalMessage(signature).toString().getBytes(UTF_8));
  }
}
