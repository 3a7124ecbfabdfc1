package io.vbucket.rebalance.orchestrator.net;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import io.vbucket.rebalance.config.Credentials;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The mechanisms that connections may use, strongest first. Remembers what it took so long to derive from a password: all nodes of a
 * cluster have the same salt for a user, and a rebalance opens many connections. Thread-safe.
 */
public final class SaslMechanisms {
  private static final int REMEMBERED = 64;

  /** A hash as nodes and as the RFCs call it. */
  private enum Hash {
    SHA512("SCRAM-SHA512", ScramMechanism.SCRAM_SHA_512),
    SHA256("SCRAM-SHA256", ScramMechanism.SCRAM_SHA_256),
    SHA1("SCRAM-SHA1", ScramMechanism.SCRAM_SHA_1);

    private final String name;
    private final ScramMechanism scram;

    Hash(String name, ScramMechanism scram) {
      this.name = name;
      this.scram = scram;
    }
  }

  private record Derivation(ScramMechanism mechanism, String password, String salt, int iterations) {
    @Override
    public String toString() {
      return "Derivation[" + mechanism + "]";
    }
  }

  private final boolean plain;
  private final Map<Derivation, byte[]> derived = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Derivation, byte[]> eldest) {
      return size() > REMEMBERED;
    }
  };

  /**
   * @param plain whether the password may be shown to the node, where it offers nothing better
   */
  public SaslMechanisms(boolean plain) {
    this.plain = plain;
  }

  /**
   * The strongest of these that the node offers.
   *
   * @throws io.vbucket.rebalance.config.SettingsException when there is no password
   */
  public Optional<SaslMechanism> among(Set<String> offered, Credentials credentials) {
    for (Hash hash : Hash.values()) {
      if (offered.contains(hash.name)) {
        String password = credentials.password();
        return Optional.of(new ScramConversation(
            hash.name, hash.scram, credentials.user(), ScramConversation.freshNonce(),
            (salt, iterations) -> saltedPassword(hash.scram, password, salt, iterations)));
      }
    }
    return plain && offered.contains(SaslMechanism.Plain.NAME)
        ? Optional.of(SaslMechanism.Plain.of(credentials))
        : Optional.empty();
  }

  /** As nodes call them, strongest first. */
  public List<String> names() {
    List<String> names = new ArrayList<>(Arrays.stream(Hash.values()).map(hash -> hash.name).toList());
    if (plain) {
      names.add(SaslMechanism.Plain.NAME);
    }
    return names;
  }

  boolean allowsPlain() {
    return plain;
  }

  private byte[] saltedPassword(ScramMechanism mechanism, String password, byte[] salt, int iterations) {
    Derivation wanted =
        new Derivation(mechanism, password, java.util.Base64.getEncoder().encodeToString(salt), iterations);
    synchronized (derived) {
      byte[] known = derived.get(wanted);
      if (known != null) {
        return known;
      }
    }
    byte[] fresh = ScramFunctions.saltedPassword(
        mechanism, StringPreparation.NO_PREPARATION, password.toCharArray(), salt, iterations);
    synchronized (derived) {
      derived.put(wanted, fresh);
    }
    return fresh;
  }
}
