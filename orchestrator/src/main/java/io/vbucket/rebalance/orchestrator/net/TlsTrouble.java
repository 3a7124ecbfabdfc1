package io.vbucket.rebalance.orchestrator.net;

import io.netty.handler.ssl.NotSslRecordException;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure.Kind;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** What an exception of the TLS layer means, and what the operator can do about it. */
final class TlsTrouble {
  private TlsTrouble() {}

  static boolean isOne(Throwable failure) {
    return has(failure, SSLException.class) || has(failure, CertificateException.class);
  }

  static ConnectionFailure of(NodeAddress node, Throwable failure) {
    return new ConnectionFailure(Kind.TLS, node, explained(node, failure), failure);
  }

  private static String explained(NodeAddress node, Throwable failure) {
    if (has(failure, NotSslRecordException.class)) {
      return "does not speak TLS on this port; give the port of its TLS listener (11207 as a rule), or take tls out of"
          + " the cluster file";
    }
    if (has(failure, CertificateExpiredException.class)) {
      return "its certificate, or one of an issuer, has expired (" + deepest(failure)
          + "); renew it on the node, or look at"
          + " the clock of this machine";
    }
    if (has(failure, CertificateNotYetValidException.class)) {
      return "its certificate, or one of an issuer, is not valid yet (" + deepest(failure)
          + "); look at the clock of this"
          + " machine";
    }
    String deepest = deepest(failure);
    String reason = deepest.toLowerCase(Locale.ROOT);
    if (reason.contains("algorithm constraints")) {
      return "its certificate, or one of an issuer, uses a key or a signature that this JVM holds for too weak ("
          + deepest
          + "); issue a new one on the node, with RSA of 2048 bits or more or an elliptic curve, and SHA-256 or better";
    }
    if (reason.contains("key usage") || reason.contains("keyusage")) {
      return "its certificate is not made for servers (" + deepest
          + "); issue one for the node whose key usage has digital"
          + " signature, and whose extended key usage, if it has any, has serverAuth";
    }
    if (has(failure, CertPathBuilderException.class) || has(failure, CertPathValidatorException.class)) {
      return "its certificate was issued by nobody who is trusted here (" + deepest + "); name the certificate of its"
          + " authority as ca-file in tls of the cluster file";
    }
    if (has(failure, CertificateException.class) && isAboutNames(reason)) {
      return "its certificate is not for host " + node.host() + " (" + deepest + "); reach it by a name that stands in"
          + " the certificate, or issue one with this name as subject alternative name; verify-host = false in tls turns"
          + " the check off";
    }
    if (has(failure, CertificateException.class)) {
      return "its certificate is not accepted (" + deepest
          + "); look at it with openssl x509 -text, and issue a new one";
    }
    if (reason.contains("certificate_required") || reason.contains("bad_certificate")) {
      return "wants a certificate of this program, or does not accept the one it got (" + deepest
          + "); give client-certificate and client-key in tls of the cluster file";
    }
    return "no TLS connection: " + deepest + "; look which versions and ciphers of TLS the node offers, and whether it"
        + " trusts the client certificate";
  }

  /** The JDK has no exception of its own for a certificate of another host. */
  private static boolean isAboutNames(String reason) {
    return reason.contains("subject alternative") || reason.contains("no name matching");
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> kind) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static String deepest(Throwable failure) {
    Throwable deepest = failure;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return String.valueOf(deepest.getMessage());
  }
}
