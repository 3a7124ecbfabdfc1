package io.vbucket.rebalance.orchestrator.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.NodeAddress;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the JDK says of a certificate is told apart by its text, where it has no exception of its own. */
class TlsTroubleTest {
  private static final NodeAddress NODE = new NodeAddress("n1", "db.example.org", 11207);

  private static String told(Exception cause) {
    SSLHandshakeException failure = new SSLHandshakeException(cause.getMessage());
    failure.initCause(cause);
    assertThat(TlsTrouble.isOne(failure)).isTrue();
    return TlsTrouble.of(NODE, failure).getMessage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock = """
          No subject alternative names matching IP address 127.0.0.1 found | is not for host db.example.org
          No subject alternative DNS name matching db.example.org found. | is not for host db.example.org
          No subject alternative names present                           | is not for host db.example.org
          No name matching db.example.org found                          | is not for host db.example.org
          Extended key usage does not permit use for TLS server authentication | is not made for servers
          KeyUsage does not allow digital signatures                     | is not made for servers
          Something that this program has never heard of                 | is not accepted
          """)
  void a_refused_certificate_is_explained_by_what_was_wrong_with_it(String said, String told) {
    String message = told(new CertificateException(said));

    assertThat(message).contains("n1", "its certificate " + told, "(" + said + ")");
    if (!told.startsWith("is not for host")) {
      assertThat(message).as("nobody shall turn off a check that did not fail").doesNotContain("verify-host");
    }
  }

  @Test
  void a_weak_key_is_not_taken_for_an_unknown_authority() {
    String said = "Algorithm constraints check failed on keysize limits: RSA 512 bit key used";

    assertThat(told(new CertificateException("PKIX path validation failed", new CertPathValidatorException(said))))
        .contains("holds for too weak (" + said + ")", "RSA of 2048 bits").doesNotContain("ca-file");
  }

  @Test
  void an_unknown_authority_is_told_with_what_the_search_ended_with() {
    assertThat(told(new CertificateException(
        "PKIX path validation failed", new CertPathValidatorException("signature check failed"))))
        .contains("issued by nobody who is trusted here (signature check failed)", "ca-file");
  }
}
