package io.vbucket.rebalance.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReportSourceTest {
  private final History history = History.ofMany(5);

  private String lines() {
    return history.events.stream().map(EventLines::line).collect(Collectors.joining("\n", "", "\n"));
  }

  private static ReportSource.Loaded read(String text) throws IOException {
    return ReportSource.read("file", new BufferedReader(new StringReader(text)));
  }

  @Test
  void events_give_the_report_that_was_made_when_they_happened() throws IOException {
    assertThat(read(lines()).report()).isEqualTo(history.report());
  }

  @Test
  void a_report_reads_back_as_it_was_in_one_line_or_many() throws IOException {
    RebalanceReport report = history.report();

    assertThat(read(ReportJson.mapper().writeValueAsString(report)).report()).isEqualTo(report);
    assertThat(read(ReportJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(report)).report())
        .isEqualTo(report);
  }

  @Test
  void a_last_line_that_was_cut_off_is_left_out_with_a_warning() throws IOException {
    String text = lines();
    ReportSource.Loaded loaded = read(text.substring(0, text.length() - 30));

    assertThat(loaded.warnings()).singleElement().asString().contains("file:" + history.events.size());
    assertThat(loaded.report().completedTime()).isNull();
    assertThat(loaded.report().summary().moved()).isEqualTo(5);
  }

  @Test
  void what_is_neither_is_refused_with_place_and_mistake() {
    assertThatThrownBy(() -> read("")).hasMessage("file is empty: expected a report or events");
    assertThatThrownBy(() -> read("{\"moves\": 3}\n")).hasMessageContaining("neither a report").hasMessageContaining(
        "reportVersion");
    assertThatThrownBy(() -> read("{\n\"reportVersion\": x}\n")).isInstanceOf(ReportSource.NoReportException.class)
        .hasMessageStartingWith("file:2: ");
    assertThatThrownBy(() -> read(lines().replaceFirst("\n", "\nnonsense\n")))
        .isInstanceOf(ReportSource.NoReportException.class).hasMessageStartingWith("file:2: no event: ");
  }
}
