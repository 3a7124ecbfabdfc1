package io.vbucket.rebalance.orchestrator.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.Side;
import org.junit.jupiter.api.Test;

class OldConnectionsTest {
  @Test
  void only_the_first_try_that_fails_after_a_loss_is_news() {
    OldConnections first = OldConnections.LIVING.nextRound();
    assertThat(first.failed()).isFalse();

    OldConnections second = first.after(Side.CONSUMER, false).nextRound();
    assertThat(second.failed()).isTrue();
    assertThat(second.after(Side.CONSUMER, true).failed()).as("of the other side, too").isTrue();
    assertThat(OldConnections.LIVING.nextRound().after(Side.PRODUCER, true).failed()).as("another loss").isFalse();
  }

  @Test
  void a_round_tries_just_the_sides_that_are_not_known_to_be_gone() {
    OldConnections second = OldConnections.LIVING.nextRound().after(Side.CONSUMER, true).after(Side.PRODUCER, false)
        .nextRound();

    assertThat(second.open()).isEqualTo(1);
    assertThat(second.isGone(Side.CONSUMER)).isTrue();
    assertThat(second.after(Side.PRODUCER, true).areGone()).isTrue();
  }
}
