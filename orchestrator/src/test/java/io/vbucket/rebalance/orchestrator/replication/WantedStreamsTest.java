package io.vbucket.rebalance.orchestrator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WantedStreamsTest {
  private final WantedStreams wanted = new WantedStreams("travel");

  private static Move stream(int vbucket, String active, String replica) {
    return new Move("travel", vbucket, active, replica);
  }

  @Test
  void every_active_streams_to_each_of_its_replicas() {
    wanted.adopt(Map.of(0, List.of("a", "b", "c"), 1, Arrays.asList("b", null, "a"), 2, List.of("c")));

    assertThat(wanted.streams()).containsExactly(stream(0, "a", "b"), stream(0, "a", "c"), stream(1, "b", "a"));
  }

  @Test
  void nobody_streams_without_an_active() {
    wanted.adopt(Map.of(0, Arrays.asList(null, "b")));

    assertThat(wanted.streams()).isEmpty();
  }

  @Test
  void a_vBucket_that_is_lent_streams_nowhere_until_it_comes_back_with_its_new_chain() {
    wanted.adopt(Map.of(0, List.of("a", "b"), 1, List.of("a", "b")));
    wanted.lend(0);
    assertThat(wanted.streams()).containsExactly(stream(1, "a", "b"));

    wanted.giveBack(0, List.of("c", "a"));

    assertThat(wanted.streams()).containsExactly(stream(0, "c", "a"), stream(1, "a", "b"));
  }

  @Test
  void a_map_that_is_adopted_meanwhile_says_nothing_about_what_is_lent() {
    wanted.adopt(Map.of(0, List.of("a", "b")));
    wanted.lend(0);
    wanted.adopt(Map.of(0, List.of("c", "b"), 1, List.of("c", "b")));
    assertThat(wanted.streams()).containsExactly(stream(1, "c", "b"));

    wanted.giveBack(0, List.of());

    assertThat(wanted.streams()).as("nobody knows who is active").containsExactly(stream(1, "c", "b"));
  }
}
