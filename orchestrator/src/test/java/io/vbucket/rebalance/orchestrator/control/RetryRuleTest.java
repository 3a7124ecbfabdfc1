package io.vbucket.rebalance.orchestrator.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.Backoff;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.config.RetrySettings;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RetryRuleTest {
  private static final RetrySettings THREE =
      new RetrySettings(3, new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(1), 2));

  private static RebalanceSummary summary(int moved, List<String> unmoved, List<String> operator, boolean stopped) {
    return new RebalanceSummary(
        moved, unmoved, operator, 1, new TreeMap<>(Map.of(1, moved)), List.of(), stopped, Duration.ofSeconds(5));
  }

  @Test
  void nothingIsTriedAgainUnlessTheSettingsSaySo() {
    RetryRule rule =
        RetryRule.of(RebalanceSettings.defaults().retry()).ended(summary(1, List.of("vb:2"), List.of(), false));
    assertThat(rule.pause()).isEmpty();
  }

  @Test
  void whatDidNotSucceedIsTriedAgainAfterPausesThatGrowUntilTheRunsAreUsedUp() {
    RetryRule rule = RetryRule.of(THREE).ended(summary(1, List.of("vb:2"), List.of(), false));
    assertThat(rule.pause()).contains(Duration.ofSeconds(10));
    rule = rule.refused();
    assertThat(rule.pause()).contains(Duration.ofSeconds(20));
    rule = rule.ended(summary(0, List.of("vb:2"), List.of(), false));
    assertThat(rule.pause()).isEmpty();
  }

  @Test
  void aStopOrAVBucketForTheOperatorIsTheLastWord() {
    assertThat(RetryRule.of(THREE).ended(summary(1, List.of("vb:2"), List.of(), true)).pause()).isEmpty();
    assertThat(RetryRule.of(THREE).ended(summary(1, List.of("vb:2"), List.of("vb:3"), false)).pause()).isEmpty();
    assertThat(RetryRule.of(THREE).ended(summary(2, List.of(), List.of(), false)).pause()).isEmpty();
  }

  @Test
  void theSumHasWhatAllRunsMovedAndWhatTheLastOneLeft() {
    RebalanceSummary sum = RetryRule.of(THREE)
        .ended(summary(3, List.of("vb:1", "vb:2"), List.of(), false))
        .ended(summary(1, List.of("vb:2"), List.of(), false))
        .sum();
    assertThat(sum.moved()).isEqualTo(4);
    assertThat(sum.unmoved()).containsExactly("vb:2");
    assertThat(sum.attempts()).isEqualTo(Map.of(1, 4));
    assertThat(sum.duration()).isEqualTo(Duration.ofSeconds(10));
  }
}
