package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {
  private static String sent(String agent) {
    return Session.Hello.of(new Session.Hello(1, agent, Set.of()).toFrame()).agent();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 249, 250})
  void an_agent_that_nodes_keep_is_sent_whole(int length) {
    assertThat(sent("a".repeat(length))).isEqualTo("a".repeat(length));
  }

  @ParameterizedTest
  @ValueSource(ints = {251, 1_000})
  void a_longer_agent_is_cut_at_250_bytes(int length) {
    assertThat(sent("a".repeat(length))).isEqualTo("a".repeat(250));
  }

  @Test
  void a_cut_agent_ends_with_a_whole_character() {
    String agent = "a".repeat(249) + "\u00e9 and more";

    assertThat(sent(agent)).isEqualTo("a".repeat(249));
    assertThat(sent("a".repeat(248) + "\u00e9 and more").getBytes(UTF_8)).hasSize(250);
  }
}
