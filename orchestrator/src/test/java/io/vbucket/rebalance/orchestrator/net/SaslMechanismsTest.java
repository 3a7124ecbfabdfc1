package io.vbucket.rebalance.orchestrator.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.Credentials;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SaslMechanismsTest {
  private static final Credentials ADMIN = Credentials.of("admin", "s3cret-word");

  private static Set<String> offered(String names) {
    return new LinkedHashSet<>(java.util.List.of(names.split(" ")));
  }

  @ParameterizedTest
  @CsvSource({
    "PLAIN SCRAM-SHA1 SCRAM-SHA256 SCRAM-SHA512, SCRAM-SHA512",
    "SCRAM-SHA1 SCRAM-SHA256 PLAIN,              SCRAM-SHA256",
    "PLAIN SCRAM-SHA1,                           SCRAM-SHA1",
    "CRAM-MD5 PLAIN,                             PLAIN"})
  void the_strongest_that_is_offered_is_taken(String names, String taken) {
    assertThat(new SaslMechanisms(true).among(offered(names), ADMIN).orElseThrow().name()).isEqualTo(taken);
  }

  @Test
  void PLAIN_is_taken_only_where_it_is_allowed() {
    assertThat(new SaslMechanisms(false).among(offered("PLAIN"), ADMIN)).isEmpty();
    assertThat(new SaslMechanisms(false).among(offered("PLAIN SCRAM-SHA1"), ADMIN)).isPresent();
    assertThat(new SaslMechanisms(true).among(offered("CRAM-MD5"), ADMIN)).isEmpty();
  }

  @Test
  void no_mechanism_shows_the_password() {
    SaslMechanisms mechanisms = new SaslMechanisms(true);
    for (String name : mechanisms.names()) {
      Optional<SaslMechanism> mechanism = mechanisms.among(Set.of(name), ADMIN);
      assertThat(mechanism.orElseThrow().toString()).isEqualTo(mechanism.get().name()).doesNotContain("s3cret-word");
    }
    assertThat(mechanisms.toString()).doesNotContain("s3cret-word");
  }

  @Test
  void a_changed_password_is_used_although_the_old_one_is_remembered() {
    SaslMechanisms mechanisms = new SaslMechanisms(false);
    String[] password = {"old"};
    Credentials rotating = Credentials.of("admin", () -> password[0]);
    Proof old = Proof.of(mechanisms, rotating);
    Proof again = Proof.of(mechanisms, rotating);
    password[0] = "new";
    Proof changed = Proof.of(mechanisms, rotating);
    Proof fresh = Proof.of(new SaslMechanisms(false), Credentials.of("admin", "new"));

    assertThat(old.verified("old")).isTrue();
    assertThat(again.verified("old")).isTrue();
    assertThat(changed.verified("old")).isFalse();
    assertThat(changed.verified("new")).isTrue();
    assertThat(fresh.verified("new")).isTrue();
  }

  /** What a client sent last, and to what. */
  private record Proof(String first, String challenge, String last) {
    static Proof of(SaslMechanisms mechanisms, Credentials credentials) {
      SaslMechanism sha1 = mechanisms.among(Set.of("SCRAM-SHA1"), credentials).orElseThrow();
      String first = new String(sha1.first(), UTF_8);
      String challenge = "r=" + first.substring(first.indexOf(",r=") + 3) + "node,s=QSXCR+Q6sek8bf92,i=64";
      return new Proof(first, challenge, new String(sha1.next(challenge.getBytes(UTF_8)), UTF_8));
    }

    /** Whether the same conversation with this password ends with the same proof. */
    boolean verified(String password) {
      var sha1 = com.ongres.scram.common.ScramMechanism.SCRAM_SHA_1;
      String nonce = first.substring(first.indexOf(",r=") + 3);
      ScramConversation own = new ScramConversation("SCRAM-SHA1", sha1, "admin", nonce,
          (salt, iterations) -> com.ongres.scram.common.ScramFunctions.saltedPassword(
              sha1, com.ongres.scram.common.StringPreparation.NO_PREPARATION, password.toCharArray(), salt,
              iterations));
      return new String(own.next(challenge.getBytes(UTF_8)), UTF_8).equals(last);
    }
  }
}
