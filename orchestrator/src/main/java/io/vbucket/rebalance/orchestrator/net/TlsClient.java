package io.vbucket.rebalance.orchestrator.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import io.vbucket.rebalance.config.ClusterSecurity.ClientCertificate;
import io.vbucket.rebalance.config.ClusterSecurity.Tls;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.PasswordSource;
import io.vbucket.rebalance.config.Problem;
import io.vbucket.rebalance.config.SettingsException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** TLS 1.2 and 1.3 towards nodes, by what a cluster file says about it. */
final class TlsClient {
  /** A peer that reads nothing must not hold a socket up that is to be closed. */
  private static final long FAREWELL_MILLIS = 500;

  private final SslContext context;

  private TlsClient(SslContext context) {
    this.context = context;
  }

  /**
   * Reads the files.
   *
   * @throws SettingsException when one of them cannot be used; names the file, and what it must hold
   */
  static TlsClient of(Tls tls) {
    SslContextBuilder builder = SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK)
        .protocols("TLSv1.3", "TLSv1.2")
        .endpointIdentificationAlgorithm(tls.verifyHost() ? "HTTPS" : null);
    tls.caFile().ifPresent(file -> reading(file, "certificates of authorities in PEM form", builder::trustManager));
    tls.client().ifPresent(client -> identify(builder, client));
    try {
      return new TlsClient(builder.build());
    } catch (SSLException unusable) {
      throw new SettingsException(List.of(new Problem(null, "cluster.tls", "", "cannot be used: " + unusable)));
    }
  }

  private static void identify(SslContextBuilder builder, ClientCertificate client) {
    Optional<String> password = client.keyPassword().map(TlsClient::fetch);
    reading(
        client.chain(), "the client certificate in PEM form",
        chain -> reading(
            client.key(), "the private key of " + client.chain() + " as PKCS#8 in PEM form"
                + (password.isPresent() ? ", encrypted with the given password" : ""),
            key -> builder.keyManager(chain, key, password.orElse(null))));
  }

  private static String fetch(PasswordSource source) {
    return source.fetch(System.getenv(), "the client key");
  }

  @FunctionalInterface
  private interface Reader {
    void read(InputStream in);
  }

  private static void reading(Path file, String expected, Reader reader) {
    try (InputStream in = Files.newInputStream(file)) {
      reader.read(in);
    } catch (NoSuchFileException missing) {
      throw unusable(file, "no such file; expected " + expected);
    } catch (SettingsException told) {
      throw told;
    } catch (Exception wrong) {
      throw unusable(file, "expected " + expected + ", but " + wrong.getMessage());
    }
  }

  private static SettingsException unusable(Path file, String what) {
    return new SettingsException(List.of(new Problem(file.toString(), "", "", what)));
  }

  /** Returns when the handshake is done, or why it failed. */
  Future<Channel> prepare(ChannelPipeline pipeline, NodeAddress node, long handshakeTimeoutMillis) {
    SslHandler handler = context.newHandler(pipeline.channel().alloc(), node.host(), node.port());
    handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
    handler.setCloseNotifyFlushTimeoutMillis(FAREWELL_MILLIS);
    pipeline.addLast(handler);
    return handler.handshakeFuture();
  }
}
