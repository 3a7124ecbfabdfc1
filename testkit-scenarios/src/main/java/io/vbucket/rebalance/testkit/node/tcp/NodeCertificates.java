package io.vbucket.rebalance.testkit.node.tcp;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** An authority made up for one run, and the certificates that it issues to nodes and clients. */
public final class NodeCertificates {
  private static final Duration LIFE = Duration.ofDays(30);

  private final X509Bundle authority;

  private NodeCertificates(X509Bundle authority) {
    this.authority = authority;
  }

  /** A new authority. */
  public static NodeCertificates create() {
    return new NodeCertificates(made(() -> template("CN=authority of embedded nodes")
        .setIsCertificateAuthority(true)
        .setKeyUsage(
            true, CertificateBuilder.KeyUsage.keyCertSign, CertificateBuilder.KeyUsage.cRLSign,
            CertificateBuilder.KeyUsage.digitalSignature)
        .buildSelfSigned()));
  }

  private static CertificateBuilder template(String subject) {
    return new CertificateBuilder()
        .ecp256()
        .subject(subject)
        .notBefore(Instant.now().minus(Duration.ofDays(1)))
        .notAfter(Instant.now().plus(LIFE));
  }

  @FunctionalInterface
  private interface Making {
    X509Bundle make() throws Exception;
  }

  private static X509Bundle made(Making making) {
    try {
      return making.make();
    } catch (Exception impossible) {
      throw new IllegalStateException("no certificate could be made", impossible);
    }
  }

  /** The authority's certificate as clients name it in their {@code ca-file}. */
  public void writeAuthority(Path file) throws IOException {
    Files.writeString(file, authority.getCertificatePEM());
  }

  /** TLS of a node that is reached on loopback, by address and as {@code localhost}. */
  public SslContext forLoopback() {
    return forHosts(List.of("127.0.0.1", "::1"), List.of("localhost"));
  }

  /** TLS of a node whose certificate names these hosts. */
  public SslContext forHosts(List<String> addresses, List<String> names) {
    CertificateBuilder builder = template("CN=embedded node").addExtendedKeyUsageServerAuth();
    addresses.forEach(builder::addSanIpAddress);
    names.forEach(builder::addSanDnsName);
    return context(made(() -> builder.buildIssuedBy(authority)), false);
  }

  /** TLS of a node on loopback that lets in only clients with a certificate of this authority. */
  public SslContext askingForCertificates() {
    return context(made(() -> template("CN=embedded node")
        .addExtendedKeyUsageServerAuth().addSanIpAddress("127.0.0.1").buildIssuedBy(authority)), true);
  }

  /** TLS of a node on loopback whose certificate is one of a client. */
  public SslContext forClientsOnly() {
    return context(made(() -> template("CN=embedded node")
        .addExtendedKeyUsageClientAuth().addSanIpAddress("127.0.0.1").buildIssuedBy(authority)), false);
  }

  /** TLS of a node on loopback whose certificate expired yesterday. */
  public SslContext expired() {
    return context(made(() -> template("CN=embedded node")
        .notBefore(Instant.now().minus(LIFE))
        .notAfter(Instant.now().minus(Duration.ofDays(1)))
        .addExtendedKeyUsageServerAuth().addSanIpAddress("127.0.0.1").buildIssuedBy(authority)), false);
  }

  /** Writes a client's certificate chain and its private key. */
  public void writeClient(String name, Path chain, Path key) throws IOException {
    X509Bundle client =
        made(() -> template("CN=" + name).addExtendedKeyUsageClientAuth().buildIssuedBy(authority));
    Files.writeString(chain, client.getCertificatePathPEM());
    Files.writeString(key, client.getPrivateKeyPEM());
  }

  private SslContext context(X509Bundle node, boolean asking) {
    try {
      return SslContextBuilder.forServer(node.getKeyPair().getPrivate(), node.getCertificatePath())
          .sslProvider(SslProvider.JDK)
          .trustManager(authority.getCertificate())
          .clientAuth(asking ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
          .build();
    } catch (IOException impossible) {
      throw new IllegalStateException("no TLS with " + node.getCertificate().getSubjectX500Principal(), impossible);
    }
  }
}
