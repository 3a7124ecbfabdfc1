package io.vbucket.rebalance.orchestrator.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class ScramConversationTest {
  private static final String SHA1_NONCE = "fyko+d2lbbFgONRv9qkxdawL";
  private static final String SHA1_CHALLENGE =
      "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
  private static final String SHA1_PROOF = "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=";

  private static ScramConversation conversation(ScramMechanism mechanism, String nonce, String password) {
    return new ScramConversation(
        mechanism.getName(), mechanism, "user", nonce,
        (salt, iterations) -> ScramFunctions.saltedPassword(
            mechanism, StringPreparation.NO_PREPARATION, password.toCharArray(), salt, iterations));
  }

  private static ScramConversation sha1() {
    return conversation(ScramMechanism.SCRAM_SHA_1, SHA1_NONCE, "pencil");
  }

  private static String text(byte[] message) {
    return new String(message, UTF_8);
  }

  @Test
  void speaks_the_example_of_RFC_5802_word_for_word() {
    ScramConversation sha1 = sha1();
    assertThat(text(sha1.first())).isEqualTo("n,,n=user,r=" + SHA1_NONCE);
    assertThat(text(sha1.next(SHA1_CHALLENGE.getBytes(UTF_8)))).isEqualTo(
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    sha1.accept(SHA1_PROOF.getBytes(UTF_8));
  }

  @Test
  void speaks_the_example_of_RFC_7677_word_for_word() {
    ScramConversation sha256 = conversation(ScramMechanism.SCRAM_SHA_256, "rOprNGfwEbeRWgbNEkqO", "pencil");
    assertThat(text(sha256.first())).isEqualTo("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    String challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    assertThat(text(sha256.next(challenge.getBytes(UTF_8)))).isEqualTo(
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    sha256.accept("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".getBytes(UTF_8));
  }

  @Test
  void SHA_512_is_computed_as_the_formulas_of_the_RFC_say() throws GeneralSecurityException {
    String first = "n=user,r=abc";
    String challenge = "r=abcdef,s=" + Base64.getEncoder().encodeToString("salt of twenty bytes".getBytes(UTF_8))
        + ",i=4096";
    String last = "c=biws,r=abcdef";
    byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512").generateSecret(
        new PBEKeySpec("pencil".toCharArray(), "salt of twenty bytes".getBytes(UTF_8), 4096, 512)).getEncoded();
    byte[] clientKey = hmac(salted, "Client Key");
    byte[] storedKey = java.security.MessageDigest.getInstance("SHA-512").digest(clientKey);
    String authMessage = first + "," + challenge + "," + last;
    byte[] proof = hmac(storedKey, authMessage);
    for (int i = 0; i < proof.length; i++) {
      proof[i] ^= clientKey[i];
    }
    byte[] signature = hmac(hmac(salted, "Server Key"), authMessage);

    ScramConversation sha512 = conversation(ScramMechanism.SCRAM_SHA_512, "abc", "pencil");
    assertThat(text(sha512.next(challenge.getBytes(UTF_8))))
        .isEqualTo(last + ",p=" + Base64.getEncoder().encodeToString(proof));
    sha512.accept(("v=" + Base64.getEncoder().encodeToString(signature)).getBytes(UTF_8));
  }

  private static byte[] hmac(byte[] key, String message) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA512");
    mac.init(new SecretKeySpec(key, "HmacSHA512"));
    return mac.doFinal(message.getBytes(UTF_8));
  }

  @Test
  void a_node_that_does_not_know_the_password_is_found_out() {
    ScramConversation sha1 = sha1();
    sha1.next(SHA1_CHALLENGE.getBytes(UTF_8));
    assertThatThrownBy(() -> sha1.accept("v=rmF9pqV8S7suAoZWja4dJRkFsKA=".getBytes(UTF_8)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("without proving that it knows the password");
    assertThatThrownBy(() -> sha1.accept("e=other-error".getBytes(UTF_8))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> sha1.accept(new byte[0])).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_node_that_lets_everybody_in_at_once_is_found_out() {
    ScramConversation sha1 = sha1();
    sha1.first();
    assertThatThrownBy(() -> sha1.accept(SHA1_PROOF.getBytes(UTF_8))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_challenge_that_does_not_answer_ours_is_refused() {
    assertThatThrownBy(() -> sha1().next("r=another,s=QSXCR+Q6sek8bf92,i=4096".getBytes(UTF_8)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("challenge");
    assertThatThrownBy(() -> sha1().next("nonsense".getBytes(UTF_8))).isInstanceOf(IllegalStateException.class);
    String endless = SHA1_CHALLENGE.replace("4096", "2000000000");
    assertThatThrownBy(() -> sha1().next(endless.getBytes(UTF_8)))
        .hasMessageContaining("2000000000 iterations, expected at most 1000000");
  }

  @Test
  void there_is_no_third_step() {
    ScramConversation sha1 = sha1();
    sha1.next(SHA1_CHALLENGE.getBytes(UTF_8));
    assertThatThrownBy(() -> sha1.next(SHA1_CHALLENGE.getBytes(UTF_8))).hasMessageContaining("third");
  }

  @Test
  void a_name_with_the_separators_of_the_protocol_is_quoted() {
    ScramConversation odd = new ScramConversation(
        "SCRAM-SHA1", ScramMechanism.SCRAM_SHA_1, "a,b=c", "nonce", (salt, iterations) -> new byte[20]);
    assertThat(text(odd.first())).isEqualTo("n,,n=a=2Cb=3Dc,r=nonce");
  }
}
