package io.vbucket.rebalance.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.testkit.node.NodeVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class NodeVersionConverterTest {
  private final NodeVersionConverter converter = new NodeVersionConverter();

  @ParameterizedTest
  @EnumSource(NodeVersion.class)
  void a_version_is_known_whole_and_by_its_first_two_numbers(NodeVersion version) {
    assertThat(converter.convert(version.text())).isEqualTo(version);
    assertThat(converter.convert(version.text().substring(0, 3))).isEqualTo(version);
  }

  @Test
  void another_version_is_refused_with_those_that_there_are() {
    assertThatThrownBy(() -> converter.convert("6.5")).isInstanceOf(CommandLine.TypeConversionException.class)
        .hasMessage("version 6.5: expected 5.0, 6.0, 6.6 or 7.6");
  }
}
