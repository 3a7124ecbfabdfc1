package io.vbucket.rebalance.orchestrator.net;

import com.ongres.scram.common.ClientFinalMessage;
import com.ongres.scram.common.ClientFirstMessage;
import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.ServerFinalMessage;
import com.ongres.scram.common.ServerFirstMessage;
import com.ongres.scram.common.exception.ScramParseException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * One SCRAM authentication (RFC 5802, RFC 7677): the node never sees the password, and proves that it knows it. Messages and
 * functions are the library's; what is here is their order.
 */
final class ScramConversation implements SaslMechanism {
  /** A node that asks for more would only keep a processor busy; real ones ask for 4,000 to 15,000. */
  static final int MAX_ITERATIONS = 1_000_000;

  private static final int NONCE_BYTES = 24;
  private static final SecureRandom RANDOM = new SecureRandom();
  /** The library's way to say that there is none. */
  private static final byte[] NO_CHANNEL_BINDING = null;

  /** Derives the salted password, which takes its time. */
  @FunctionalInterface
  interface Salting {
    byte[] salted(byte[] salt, int iterations);
  }

  private final String name;
  private final ScramMechanism mechanism;
  private final Salting salting;
  private final ClientFirstMessage clientFirst;
  private byte[] serverKey;
  private String authMessage;

  /**
   * @param name as nodes call the mechanism
   * @param nonce printable ASCII without commas, never used before
   */
  ScramConversation(String name, ScramMechanism mechanism, String user, String nonce, Salting salting) {
    this.name = name;
    this.mechanism = mechanism;
    this.salting = salting;
    this.clientFirst = new ClientFirstMessage(user, nonce);
  }

  static String freshNonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public byte[] first() {
    return bytes(clientFirst.toString());
  }

  @Override
  public byte[] next(byte[] challenge) {
    if (authMessage != null) {
      throw new IllegalStateException(name + " has two steps, the node asks for a third");
    }
    ServerFirstMessage serverFirst;
    byte[] salt;
    try {
      serverFirst = ServerFirstMessage.parseFrom(text(challenge), clientFirst.getClientNonce());
      salt = Base64.getDecoder().decode(serverFirst.getSalt());
    } catch (ScramParseException | IllegalArgumentException wrong) {
      throw new IllegalStateException(name + ": the node's challenge is none: " + wrong.getMessage(), wrong);
    }
    int iterations = serverFirst.getIterationCount();
    if (iterations > MAX_ITERATIONS) {
      throw new IllegalStateException(
          name + ": the node asks for " + iterations + " iterations, expected at most " + MAX_ITERATIONS);
    }
    byte[] salted = salting.salted(salt, iterations);
    byte[] clientKey = ScramFunctions.clientKey(mechanism, salted);
    serverKey = ScramFunctions.serverKey(mechanism, salted);
    authMessage = ScramFunctions.authMessage(clientFirst, serverFirst, NO_CHANNEL_BINDING);
    byte[] signature =
        ScramFunctions.clientSignature(mechanism, ScramFunctions.storedKey(mechanism, clientKey), authMessage);
    byte[] proof = ScramFunctions.clientProof(clientKey, signature);
    return bytes(new ClientFinalMessage(
        clientFirst.getGs2Header(), NO_CHANNEL_BINDING, serverFirst.getNonce(), proof).toString());
  }

  @Override
  public void accept(byte[] proof) {
    boolean proven = false;
    if (authMessage != null) {
      try {
        ServerFinalMessage last = ServerFinalMessage.parseFrom(text(proof));
        proven = !last.isError()
            && ScramFunctions.verifyServerSignature(mechanism, serverKey, authMessage, last.getVerifier());
      } catch (ScramParseException | IllegalArgumentException noProof) {
        proven = false;
      }
    }
    if (!proven) {
      throw new IllegalStateException(
          name + ": the node let us in without proving that it knows the password: it may be somebody else");
    }
  }

  private static byte[] bytes(String message) {
    return message.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] message) {
    return new String(message, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return name;
  }
}
