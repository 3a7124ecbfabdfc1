package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.protocol.Session;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One way to authenticate, used once per connection. */
interface SaslMechanism {
  String name();

  /** The message of SASL_AUTH. */
  byte[] first();

  /**
   * The message of the next SASL_STEP.
   *
   * @throws IllegalStateException when the mechanism has no further step, or the node's proof is wrong
   */
  byte[] next(byte[] challenge);

  /** The mechanisms that a connection may use, strongest first. */
  interface Choice {
    /** The strongest of these that the node offers. */
    Optional<SaslMechanism> among(Set<String> offered, Credentials credentials);

    List<String> names();
  }

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
    public String toString() {
      return NAME;
    }
  }

  /** PLAIN alone. */
  Choice PLAIN_ONLY = new Choice() {
    @Override
    public Optional<SaslMechanism> among(Set<String> offered, Credentials credentials) {
      return offered.contains(Plain.NAME) ? Optional.of(Plain.of(credentials)) : Optional.empty();
    }

    @Override
    public List<String> names() {
      return List.of(Plain.NAME);
    }
  };
}
