package io.vbucket.rebalance.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void grows_by_its_factor_up_to_its_maximum() {
    Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), 2.0);

    assertThat(backoff.delay(0)).isZero();
    assertThat(backoff.delay(1)).isEqualTo(Duration.ofMillis(50));
    assertThat(backoff.delay(2)).isEqualTo(Duration.ofMillis(100));
    assertThat(backoff.delay(6)).isEqualTo(Duration.ofMillis(1600));
    assertThat(backoff.delay(7)).isEqualTo(Duration.ofSeconds(2));
    assertThat(backoff.delay(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(2));
  }

  @Property
  void never_shrinks_and_never_exceeds_its_maximum(
      @ForAll @IntRange(max = 3_600_000) int initialMillis,
      @ForAll @DoubleRange(min = 1, max = 10) double factor,
      @ForAll @IntRange(min = 1) int failures) {
    Backoff backoff = new Backoff(Duration.ofMillis(initialMillis), Duration.ofHours(1), factor);

    assertThat(backoff.delay(failures)).isBetween(backoff.initial(), backoff.max());
    assertThat(backoff.delay(failures)).isGreaterThanOrEqualTo(backoff.delay(failures - 1));
  }

  @Test
  void refuses_a_maximum_below_its_start() {
    assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(3), Duration.ofSeconds(2), 2.0))
        .isInstanceOf(SettingsException.class)
        .hasMessage("max = 2 s: at least initial, 3 s");
  }
}
