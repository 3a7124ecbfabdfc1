package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.LimitChange.Limit;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LiveLimitsTest {
  private static final RebalanceSettings SETTINGS = RebalanceSettings.load();

  @Test
  void without_changes_the_settings_are_true() {
    assertThat(LiveLimits.NONE.over(SETTINGS.move())).isEqualTo(MoveLimits.of(SETTINGS.move()));
    assertThat(LiveLimits.NONE.batchDelay(SETTINGS.map())).isEqualTo(SETTINGS.map().batchDelay());
  }

  @Test
  void of_each_limit_the_last_change_counts_and_that_of_a_node_beside_that_of_all() {
    LiveLimits live = LiveLimits.NONE
        .and(new LimitChange(Limit.MOVES_PER_NODE, Optional.of("n3"), 7))
        .and(new LimitChange(Limit.MOVES_PER_NODE, 2))
        .and(new LimitChange(Limit.MOVES_PER_NODE, 5))
        .and(new LimitChange(Limit.MAX_CONCURRENT, 3))
        .and(new LimitChange(Limit.MAP_BATCH_DELAY, 250));

    MoveLimits limits = live.over(SETTINGS.move());
    assertThat(limits.movesPerNode().of("n3")).isEqualTo(7);
    assertThat(limits.movesPerNode().of("n1")).isEqualTo(5);
    assertThat(limits.maxConcurrent()).isEqualTo(3);
    assertThat(limits.backfillsPerNode()).isEqualTo(MoveLimits.of(SETTINGS.move()).backfillsPerNode());
    assertThat(live.batchDelay(SETTINGS.map())).isEqualTo(Duration.ofMillis(250));
    assertThat(live.changes()).hasSize(4);
  }
}
