package io.vbucket.rebalance.orchestrator.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FlowBudgetTest {
  /** Limits by node or by {@code source->destination}. */
  static FlowBudget.Rates rates(Map<String, Long> limits) {
    return new FlowBudget.Rates() {
      @Override
      public long ofNode(String node) {
        return limits.getOrDefault(node, UNLIMITED);
      }

      @Override
      public long ofLink(String source, String destination) {
        return limits.getOrDefault(source + "->" + destination, UNLIMITED);
      }
    };
  }

  private long now;

  private void pass(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private FlowBudget budget(Map<String, Long> limits) {
    return new FlowBudget(rates(limits), () -> now);
  }

  @Test
  void oneSecondsRateIsThereAtOnceAndTheRestComesWithTime() {
    FlowBudget.Draw link = budget(Map.of("a->b", 1000L)).of("a", "b");
    assertThat(link.grant(5000)).isEqualTo(1000);
    assertThat(link.grant(5000)).isZero();
    pass(250);
    assertThat(link.grant(5000)).isEqualTo(250);
    pass(3_600_000);
    assertThat(link.grant(5000)).as("an hour of rest saves up one second").isEqualTo(1000);
  }

  @Test
  void whatANodeSendsAndWhatItReceivesIsCountedApart() {
    FlowBudget budget = budget(Map.of("b", 1000L));
    FlowBudget.Draw into = budget.of("a", "b");
    FlowBudget.Draw outOf = budget.of("b", "c");
    FlowBudget.Draw past = budget.of("a", "c");
    assertThat(into.grant(1000)).isEqualTo(1000);
    assertThat(outOf.grant(1000)).isEqualTo(1000);
    assertThat(past.grant(1_000_000)).isEqualTo(1_000_000);
    assertThat(into.grant(1)).isZero();
    assertThat(outOf.grant(1)).isZero();
  }

  @Test
  void linksThatWaitForTheSameNodeAllGetSomethingWhoeverAsksFirst() {
    FlowBudget budget = budget(Map.of("a", 10_000L));
    Map<FlowBudget.Draw, Long> given = new HashMap<>();
    FlowBudget.Draw[] links = {budget.of("a", "b"), budget.of("a", "c"), budget.of("a", "d")};
    for (int tick = 0; tick < 1000; tick++) {
      for (FlowBudget.Draw link : links) {
        given.merge(link, link.grant(1_000_000), Long::sum);
      }
      pass(100);
    }
    long all = given.values().stream().mapToLong(Long::longValue).sum();
    assertThat(all).isBetween(1_000_000L, 1_010_000L);
    assertThat(given.values()).allSatisfy(bytes -> assertThat(bytes).isGreaterThan(all / 10));
  }

  @Test
  void aLinkThatLeavesGivesItsShareBack() {
    FlowBudget budget = budget(Map.of("a", 1000L));
    FlowBudget.Draw gone = budget.of("a", "b");
    FlowBudget.Draw stays = budget.of("a", "c");
    gone.grant(5000);
    gone.leave();
    pass(1000);
    assertThat(stays.grant(5000)).isEqualTo(1000);
  }

  @Test
  void theLowestLimitStillLetsBytesThroughHoweverManyWait() {
    FlowBudget budget = budget(Map.of("a", 1L));
    FlowBudget.Draw first = budget.of("a", "b");
    FlowBudget.Draw second = budget.of("a", "c");
    long given = 0;
    for (int turn = 0; turn < 100; turn++) {
      given += first.grant(1000) + second.grant(1000);
      pass(1000);
    }
    assertThat(given).isEqualTo(100);
  }

  @Test
  void whatCouldNotWaitIsMadeUpForAfterwards() {
    FlowBudget.Draw link = budget(Map.of("b", 1000L)).of("a", "b");
    link.charge(3000);
    pass(2000);
    assertThat(link.grant(1)).isZero();
    pass(500);
    assertThat(link.grant(5000)).isEqualTo(500);
  }

  @Test
  void aChangedLimitHoldsFromThenOn() {
    FlowBudget budget = budget(Map.of("a", 1000L));
    FlowBudget.Draw link = budget.of("a", "b");
    link.grant(1000);
    budget.change(rates(Map.of("a", 50_000L)));
    pass(100);
    assertThat(link.grant(1_000_000)).isEqualTo(5000);
    budget.change(rates(Map.of()));
    assertThat(link.isLimited()).isFalse();
    assertThat(link.grant(1_000_000)).isEqualTo(1_000_000);
  }

  @Test
  void aClockThatIsSetBackGivesNothing() {
    FlowBudget.Draw link = budget(Map.of("a", 1000L)).of("a", "b");
    link.grant(1000);
    pass(-5000);
    assertThat(link.grant(1000)).isZero();
    pass(500);
    assertThat(link.grant(1000)).isEqualTo(500);
  }
}
