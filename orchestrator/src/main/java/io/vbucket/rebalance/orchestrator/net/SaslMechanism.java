package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.protocol.Session;

/** One way to authenticate, used once per connection. Its {@code toString} shows no secret. */
public interface SaslMechanism {
  /** As nodes call it. */
  String name();

  /** The message of SASL_AUTH. */
  byte[] first();

  /**
   * The message of the next SASL_STEP. May take as long as the node's iteration count asks for, so not on a thread that serves sockets.
   *
   * @throws IllegalStateException when the mechanism has no further step, or the challenge is none
   */
  byte[] next(byte[] challenge);

  /**
   * Looks at what came with the node's success.
   *
   * @throws IllegalStateException when the node did not prove that it knows the password, too
   */
  void accept(byte[] proof);

  /** Shows the password to the node as it is. */
  record Plain(byte[] first) implements SaslMechanism {
    static final String NAME = "PLAIN";

    static Plain of(Credentials credentials) {
      return new Plain(Session.plain(credentials.user(), credentials.password()));
    }

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public byte[] next(byte[] challenge) {
      throw new IllegalStateException("PLAIN has one step, the node asks for a second");
    }

    @Override
    public void accept(byte[] proof) {
      // PLAIN has no proof: whoever listens knows the password now. TLS is what tells who that is.
    }

    @Override
    public String toString() {
      return NAME;
    }
  }
}
