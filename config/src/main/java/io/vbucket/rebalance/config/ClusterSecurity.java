package io.vbucket.rebalance.config;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How the connections to a cluster's nodes are protected.
 *
 * @param tls present when every connection uses TLS
 * @param plainWithoutTls whether the password may be sent readable, by mechanism PLAIN, over connections without TLS
 */
public record ClusterSecurity(Optional<Tls> tls, boolean plainWithoutTls) {
  /** No TLS, and no password that can be read on the wire: nodes must offer SCRAM. */
  public static final ClusterSecurity SCRAM_ONLY = new ClusterSecurity(Optional.empty(), false);

  public ClusterSecurity {
    Objects.requireNonNull(tls, "tls");
  }

  public static ClusterSecurity with(Tls tls) {
    return new ClusterSecurity(Optional.of(tls), false);
  }

  /** Whether mechanism PLAIN may be used: only where nobody on the way can read it, or where it was allowed. */
  public boolean allowsPlain() {
    return tls.isPresent() || plainWithoutTls;
  }

  /**
   * TLS as all connections use it. Files are PEM.
   *
   * @param caFile certificates of the authorities that are trusted; empty: those that the JVM trusts
   * @param client the certificate by which the orchestrator shows who it is; empty for none
   * @param verifyHost whether a node's certificate must name the host under which the node was reached
   */
  public record Tls(Optional<Path> caFile, Optional<ClientCertificate> client, boolean verifyHost) {
    public Tls {
      Objects.requireNonNull(caFile, "caFile");
      Objects.requireNonNull(client, "client");
    }

    /** Trusts this file's authorities and checks host names. */
    public static Tls trusting(Path caFile) {
      return new Tls(Optional.of(caFile), Optional.empty(), true);
    }
  }

  /**
   * @param chain the certificate, followed by those of its issuers
   * @param key the private key in PKCS#8 form
   * @param keyPassword where the key's password comes from; empty when the key is not encrypted
   */
  public record ClientCertificate(Path chain, Path key, Optional<PasswordSource> keyPassword) {
    public ClientCertificate {
      Objects.requireNonNull(chain, "chain");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(keyPassword, "keyPassword");
    }
  }
}
