package io.vbucket.rebalance.orchestrator.net;

import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.NodeAddress;
import java.time.Duration;
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

  /**
   * Puts TLS, where there is TLS, at the end of a pipeline whose socket is yet to be connected.
   *
   * @return done when the TLS handshake is; at once where there is none
   */
  public Future<?> protect(ChannelPipeline pipeline, NodeAddress node, Duration handshakeTimeout) {
    if (tls.isEmpty()) {
      return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
    }
    return tls.get().prepare(pipeline, node, handshakeTimeout.toMillis());
  }

  Optional<TlsClient> tls() {
    return tls;
  }

  SaslMechanisms mechanisms() {
    return mechanisms;
  }
}
