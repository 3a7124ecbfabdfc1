package io.vbucket.rebalance.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import org.junit.jupiter.api.Test;

class LimitSharesTest {
  private static final MoveSettings WHOLE = RebalanceSettings.load(ConfigFactory.parseString(
      "rebalance.move { max-concurrent = 32, backfills-per-node = 4, moves-per-node = 64, takeovers-per-node = 4,"
          + " bytes-per-second-per-node = 12 MiB }"))
      .move();

  @Test
  void the_last_bucket_gets_all_that_the_others_had() {
    assertThat(LimitShares.changes(WHOLE, 4, 1)).extracting(LimitChange::toString).containsExactly(
        "max-concurrent = 32", "moves-per-node = 64", "backfills-per-node = 4", "takeovers-per-node = 4",
        "bytes-per-second-per-node = 12582912");
  }

  @Test
  void what_does_not_grow_is_not_changed() {
    assertThat(LimitShares.changes(WHOLE, 2, 2)).isEmpty();
    assertThat(LimitShares.changes(WHOLE, 4, 3)).extracting(LimitChange::toString)
        .as("of 4 backfills, one each of three as of four").containsExactly(
            "max-concurrent = 10", "moves-per-node = 21", "bytes-per-second-per-node = 4194304");
  }

  @Test
  void a_bucket_that_shares_with_nobody_has_nothing_to_change() {
    assertThat(LimitShares.changes(RebalanceSettings.defaults().move(), 1, 1)).isEmpty();
  }
}
