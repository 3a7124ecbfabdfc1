package io.vbucket.rebalance.orchestrator.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorMapTest {
  private static final String MAP =
      """
      {"version": 2, "revision": 4, "errors": {
        "7":  {"name": "NOT_MY_VBUCKET", "desc": "told otherwise here", "attrs": ["fetch-config"]},
        "8f": {"name": "BUCKET_PAUSED", "desc": "the bucket\\nis paused", "attrs": ["retry-later"]},
        "x":  {"name": "NO_NUMBER"}}}
      """;

  @Test
  void explains_statuses_that_have_no_documented_name() {
    ErrorMap map = ErrorMap.parse(MAP);
    assertThat(map.describe(0x8f)).isEqualTo("0x8f (BUCKET_PAUSED: the bucket is paused)");
    assertThat(map.describe(Status.NOT_MY_VBUCKET)).isEqualTo("NOT_MY_VBUCKET");
    assertThat(map.describe(0x99)).isEqualTo("0x99");
    assertThat(map.textOf(Status.NOT_MY_VBUCKET)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no JSON", "[]", "{}", "{\"errors\": 7}"})
  void a_map_that_is_none_explains_nothing(String json) {
    assertThat(ErrorMap.parse(json).describe(0x8f)).isEqualTo("0x8f");
  }
}
