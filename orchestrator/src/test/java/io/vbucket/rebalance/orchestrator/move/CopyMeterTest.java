package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class CopyMeterTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  private static Instant at(double seconds) {
    return START.plusMillis(Math.round(seconds * 1000));
  }

  @Test
  void the_first_reading_is_news_then_one_a_second_and_the_last_one_always() {
    CopyMeter meter = CopyMeter.ZERO.estimated(100, 0).read(0, at(0));
    assertThat(meter.isNews()).isTrue();
    meter = meter.estimated(90, 0).read(1_000, at(0.4));
    assertThat(meter.isNews()).isFalse();
    meter = meter.estimated(80, 0).read(2_000, at(1));
    assertThat(meter.isNews()).isTrue();
    meter = meter.estimated(70, 0).read(2_000, at(2.5));
    assertThat(meter.isNews()).as("nothing was sent since").isFalse();
    meter = meter.estimated(0, 0).read(2_500, at(2.6));
    assertThat(meter.isNews()).as("nothing is left").isTrue();
    assertThat(meter.bytes()).isEqualTo(2_500);
  }

  @Test
  void a_new_link_counts_from_zero_and_the_meter_goes_on() {
    CopyMeter meter =
        CopyMeter.ZERO.estimated(100, 0).read(5_000, at(0)).estimated(60, 0).read(300, at(1)).estimated(50, 0)
            .read(900, at(2));

    assertThat(meter.bytes()).isEqualTo(5_900);
    assertThat(meter.itemsLeft()).isEqualTo(50);
  }

  @Test
  void what_was_sent_before_the_first_look_counts_when_the_source_tells_how_many_items_it_has() {
    CopyMeter meter = CopyMeter.ZERO.estimated(3, 50).read(5_000, at(0)).estimated(0, 0).read(6_000, at(1));

    assertThat(meter.items()).isEqualTo(50);
    assertThat(CopyMeter.ZERO.estimated(3, 0).estimated(1, 0).items()).as("the most that was ever left").isEqualTo(3);
  }
}
