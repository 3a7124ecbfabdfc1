package io.vbucket.rebalance.orchestrator.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigRevisionTest {
  @Test
  void it_is_that_of_the_configuration_wherever_it_stands_in_it() {
    BucketConfig config = BucketConfig.initial("travel", List.of("a:1"), new int[] {0, 0});
    assertThat(ConfigRevision.of(config.toJson())).isEqualTo(new ConfigRevision(1, 1));
    assertThat(ConfigRevision.of("{\"map\":{\"rev\":9,\"list\":[1,{\"revEpoch\":8}]},\"rev\":7,\"revEpoch\":2}"))
        .isEqualTo(new ConfigRevision(2, 7));
    assertThat(ConfigRevision.of("{\"rev\":7}")).as("before 7.0").isEqualTo(new ConfigRevision(0, 7));
  }

  @ParameterizedTest
  @CsvSource({"2, 1, 1, 9", "1, 9, 1, 8"})
  void the_epoch_counts_before_the_revision(long epoch, long revision, long otherEpoch, long otherRevision) {
    ConfigRevision one = new ConfigRevision(epoch, revision);
    ConfigRevision other = new ConfigRevision(otherEpoch, otherRevision);
    assertThat(one.isNewerThan(other)).isTrue();
    assertThat(other.isNewerThan(one)).isFalse();
    assertThat(one.isNewerThan(one)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "nonsense | no JSON", "[1] | no JSON object", "{} | no rev", "{\"rev\":\"7\"} | no rev", "{\"a\":1 | no JSON",
        "{\"rev\":99999999999999999999} | no JSON"})
  void what_does_not_say_it_is_refused_with_what_is_wrong(String json, String complaint) {
    assertThatThrownBy(() -> ConfigRevision.of(json)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(complaint);
  }
}
