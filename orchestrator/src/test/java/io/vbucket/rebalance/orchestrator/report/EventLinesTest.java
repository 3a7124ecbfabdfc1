package io.vbucket.rebalance.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventLinesTest {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00.123456Z");
  private static final String B = "travel";

  /** One of each kind at least; outcomes, too. */
  private static final List<RebalanceEvent> ALL = List.of(
      new RebalanceEvent.RebalancePlanned(AT, B, new PlannedRebalance(
          "run-1", List.of("n1", "n2"), List.of("n2"), List.of("n2"), List.of("n1"),
          List.of(Arrays.asList("n1", null)),
          List.of(new PlannedRebalance.PlannedMove(0, Arrays.asList("n1", null), Arrays.asList("n2", null))))),
      new RebalanceEvent.RebalanceStarted(AT, B, 1),
      new RebalanceEvent.MoveStarted(AT, B, 0, "n1", "n2"),
      new RebalanceEvent.PhaseEntered(AT, B, 0, MovePhase.BACKFILL),
      new RebalanceEvent.CopyProgressed(AT, B, 0, "n2", 100, 4096, 250),
      new RebalanceEvent.AttemptStarted(AT, B, 0, 1),
      new RebalanceEvent.SourceGoesDead(AT, B, 0, 1),
      new RebalanceEvent.DestinationActive(AT, B, 0, 1),
      new RebalanceEvent.AttemptFailed(AT, B, 0, 1, FailureReason.CONSUMER_ASKED, "the \"consumer\" asked\n", true),
      new RebalanceEvent.WillNotConverge(AT, B, 0, "n2", 10.5, 20, Duration.ofSeconds(60), 5000),
      new RebalanceEvent.MapCommitted(AT, B, 7, 1),
      new RebalanceEvent.MoveEnded(AT, B, 0, "n1", "n2", new MoveOutcome.Moved(2, "")),
      new RebalanceEvent.MoveEnded(AT, B, 0, "n1", "n2",
          new MoveOutcome.Unmoved(1, FailureReason.CANCELLED, "stopped", "left")),
      new RebalanceEvent.MoveEnded(AT, B, 0, "n1", "n2", new MoveOutcome.NeedsOperator(1, "two actives")),
      new RebalanceEvent.PauseBegun(AT, B, PauseMode.PARK),
      new RebalanceEvent.Paused(AT, B, PauseMode.ABORT, 2, List.of("a copy")),
      new RebalanceEvent.Resumed(AT, B),
      new RebalanceEvent.MoveHeld(AT, B, 7),
      new RebalanceEvent.MoveSetBack(AT, B, 7, "n1", "n2", ""),
      new RebalanceEvent.MoveCancelled(AT, B, 7),
      new RebalanceEvent.LimitChanged(
          AT, B, new LimitChange(LimitChange.Limit.MOVES_PER_NODE, Optional.of("n2"), 7)),
      new RebalanceEvent.LimitChanged(AT, B, new LimitChange(LimitChange.Limit.MAX_CONCURRENT, 300)),
      new RebalanceEvent.LimitChanged(AT, B,
          LimitChange.parse(LimitChange.Limit.URGENT_SHARE, Optional.empty(), "0.5")),
      new RebalanceEvent.StopBegun(AT, B, Duration.ofSeconds(10), "by the operator"),
      new RebalanceEvent.Warned(AT, B, "something"),
      new RebalanceEvent.RetryPlanned(AT, B, 2, Duration.ofSeconds(5), "two moves are unmoved"),
      new RebalanceEvent.RetryGivenUp(AT, B, "the budget is used up"),
      new RebalanceEvent.RebalanceEnded(AT, B, new RebalanceSummary(
          1, List.of("a"), List.of("b"), 1, new TreeMap<>(java.util.Map.of(2, 1)), List.of("c"), false,
          Duration.ofMillis(1500))));

  @Test
  void every_kind_of_event_is_one_line_and_reads_back_as_it_was() throws IOException {
    assertThat(ALL.stream().map(Object::getClass).distinct())
        .as("kinds that are tried")
        .containsExactlyInAnyOrder(RebalanceEvent.class.getPermittedSubclasses());
    for (RebalanceEvent event : ALL) {
      String line = EventLines.line(event);
      assertThat(line).doesNotContain("\n", "\r");
      assertThat(EventLines.parse(line)).isEqualTo(event);
    }
  }

  @Test
  void the_lines_have_the_documented_fields() {
    assertThat(Stream.of(0, 2, 3, 4, 8, 9, 11, 12, 15, 20, 21, 22, 23, 25, 27).map(i -> EventLines.line(ALL.get(i))))
        .containsExactly(
            "{\"event\":\"rebalance-planned\",\"at\":\"2026-01-31T12:00:00.123456Z\",\"bucket\":\"travel\",\"plan\":{\"runId\":\"run-1\","
                + "\"nodes\":[\"n1\",\"n2\"],\"kept\":[\"n2\"],\"added\":[\"n2\"],\"removed\":[\"n1\"],\"chains\":[[\"n1\",null]],"
                + "\"moves\":[{\"vbucket\":0,\"chainBefore\":[\"n1\",null],\"chainAfter\":[\"n2\",null]}]}}",
            line("move-started", "\"vbucket\":0,\"source\":\"n1\",\"destination\":\"n2\""),
            line("phase-entered", "\"vbucket\":0,\"phase\":\"BACKFILL\""),
            line("copy-progressed", "\"vbucket\":0,\"node\":\"n2\",\"itemsLeft\":100,\"bytes\":4096,\"items\":250"),
            line("attempt-failed", "\"vbucket\":0,\"attempt\":1,\"reason\":\"CONSUMER_ASKED\","
                + "\"detail\":\"the \\\"consumer\\\" asked\\n\",\"again\":true"),
            line("will-not-converge",
                "\"vbucket\":0,\"node\":\"n2\",\"drainedPerSecond\":10.5,\"writtenPerSecond\":20.0,"
                    + "\"windowSeconds\":60.0,\"itemsLeft\":5000"),
            line("move-ended", "\"vbucket\":0,\"source\":\"n1\",\"destination\":\"n2\","
                + "\"outcome\":{\"result\":\"moved\",\"attempts\":2,\"residue\":\"\"}"),
            line("move-ended", "\"vbucket\":0,\"source\":\"n1\",\"destination\":\"n2\","
                + "\"outcome\":{\"result\":\"unmoved\",\"attempts\":1,\"reason\":\"CANCELLED\",\"detail\":\"stopped\","
                + "\"residue\":\"left\"}"),
            line("paused", "\"mode\":\"ABORT\",\"held\":2,\"residue\":[\"a copy\"]"),
            line("limit-changed", "\"change\":{\"limit\":\"MOVES_PER_NODE\",\"node\":\"n2\",\"value\":7}"),
            line("limit-changed", "\"change\":{\"limit\":\"MAX_CONCURRENT\",\"node\":null,\"value\":300}"),
            line("limit-changed", "\"change\":{\"limit\":\"URGENT_SHARE\",\"node\":null,\"value\":0.5}"),
            line("stop-begun", "\"graceSeconds\":10.0,\"why\":\"by the operator\""),
            line("retry-planned", "\"attempt\":2,\"pauseSeconds\":5.0,\"why\":\"two moves are unmoved\""),
            line("rebalance-ended",
                "\"summary\":{\"moved\":1,\"unmoved\":[\"a\"],\"needOperator\":[\"b\"],\"retriedMoves\":1,"
                    + "\"attempts\":{\"2\":1},\"residue\":[\"c\"],\"stopped\":false,\"seconds\":1.5,\"nodesRead\":0}"));
  }

  private static String line(String kind, String fields) {
    return "{\"event\":\"" + kind + "\",\"at\":\"2026-01-31T12:00:00.123456Z\",\"bucket\":\"travel\"," + fields + "}";
  }

  @Test
  void what_a_newer_version_adds_is_passed_over_and_what_is_no_event_is_told() throws IOException {
    assertThat(EventLines.parse(line("warned", "\"what\":\"w\",\"later\":1")))
        .isEqualTo(new RebalanceEvent.Warned(AT, B, "w"));
    assertThatThrownBy(() -> EventLines.parse("{\"event\":\"moved-to-mars\"}"))
        .isInstanceOf(IOException.class)
        .hasMessage("no event: unknown event 'moved-to-mars'; a newer version may have written it");
    assertThatThrownBy(() -> EventLines.parse("{\"at\":\"2026-01-31T12:00:00Z\"}"))
        .hasMessage("no event: the field event, which says of what kind it is, is missing");
    assertThatThrownBy(() -> EventLines.parse(line("warned", "\"what\":{}")))
        .hasMessageStartingWith("no event: ").message().doesNotContain("java.", "io.vbucket");
    assertThatThrownBy(() -> EventLines.parse(line("warned", "").replace("2026-01-31T12", "noon").replace(",}", "}")))
        .isInstanceOf(IOException.class).hasMessageContaining("expected a time");
  }

  @Test
  void each_line_is_out_before_the_next_event() throws IOException {
    StringBuilder flushed = new StringBuilder();
    StringWriter buffer = new StringWriter() {
      @Override
      public void flush() {
        flushed.append(getBuffer());
        getBuffer().setLength(0);
      }
    };
    try (EventLines lines = new EventLines(buffer)) {
      lines.accept(ALL.get(1));
      assertThat(flushed.toString()).isEqualTo(EventLines.line(ALL.get(1)) + "\n");
      lines.accept(ALL.get(2));
      assertThat(flushed.toString().lines()).hasSize(2);
      assertThat(lines.written()).isEqualTo(2);
      assertThat(lines.failure()).isNull();
    }
  }

  @Test
  void a_full_disk_ends_the_lines_and_not_the_rebalance() throws IOException {
    Writer failing = new Writer() {
      @Override
      public void write(char[] text, int from, int length) throws IOException {
        throw new IOException("No space left on device");
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    try (EventLines lines = new EventLines(failing)) {
      lines.accept(ALL.get(1));
      lines.accept(ALL.get(2));
      assertThat(lines.written()).isZero();
      assertThat(lines.failure()).hasMessage("No space left on device");
    }
  }
}
