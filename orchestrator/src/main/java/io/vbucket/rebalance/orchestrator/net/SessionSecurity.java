package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.ClusterSecurity;
import java.util.Optional;

/** How connections are protected: TLS or not, and the mechanisms by which they may authenticate. Shared by all connections of a cluster. */
public final class SessionSecurity {
  private final Optional<TlsClient> tls;
  private final SaslMechanisms mechanisms;

  private SessionSecurity(Optional<TlsClient> tls, SaslMechanisms mechanisms) {
    this.tls = tls;
    this.mechanisms = mechanisms;
  }

  /**
   * Reads the files that a cluster names.
   *
   * @throws io.vbucket.rebalance.config.SettingsException when one of them cannot be used
   */
  public static SessionSecurity of(ClusterSecurity security) {
    return new SessionSecurity(security.tls().map(TlsClient::of), new SaslMechanisms(security.allowsPlain()));
  }

  Optional<TlsClient> tls() {
    return tls;
  }

  SaslMechanisms mechanisms() {
    return mechanisms;
  }
}
