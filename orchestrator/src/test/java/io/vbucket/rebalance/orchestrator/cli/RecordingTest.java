package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.report.EventLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir
  Path folder;

  private Program program;
  private MemoryCluster cluster;

  @BeforeEach
  void fourNodes() throws IOException {
    cluster = new MemoryCluster(4, 3, 12);
    program = new Program(folder, cluster);
  }

  private Program.Result addFourth(Object... more) throws IOException {
    List<Object> options = new ArrayList<>(List.of("--add", "n4", "--quiet", "--settings", program.settings("")));
    options.addAll(List.of(more));
    return program.on("run", options.toArray());
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private static List<RebalanceEvent> events(Path file) throws IOException {
    List<RebalanceEvent> events = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      events.add(EventLines.parse(line));
    }
    return events;
  }

  @Test
  void a_run_writes_its_events_from_the_plan_to_the_end() throws IOException {
    cluster.retry(9, 2);

    Program.Result result = addFourth("--events", file("events.jsonl"));

    assertThat(result.exitCode()).as(result.err()).isZero();
    List<RebalanceEvent> events = events(file("events.jsonl"));
    assertThat(events.get(0)).isInstanceOfSatisfying(RebalanceEvent.RebalancePlanned.class, planned -> {
      assertThat(planned.plan().added()).containsExactly("n4");
      assertThat(planned.plan().chains()).hasSize(12).startsWith(List.of("n1"), List.of("n2"));
      assertThat(planned.plan().moves()).hasSize(3).allMatch(move -> move.chainAfter().equals(List.of("n4")));
    });
    assertThat(events).last().isInstanceOf(RebalanceEvent.RebalanceEnded.class);
    assertThat(events).filteredOn(event -> event instanceof RebalanceEvent.AttemptFailed).hasSize(2);
    assertThat(events).filteredOn(event -> event instanceof RebalanceEvent.SourceGoesDead).hasSize(3);
    assertThat(events)
        .filteredOn(event -> event instanceof RebalanceEvent.CopyProgressed copied
            && copied.bytes() == MemoryCluster.BYTES_PER_COPY)
        .hasSizeGreaterThanOrEqualTo(3);
  }

  @Test
  void the_report_and_the_page_are_those_of_the_events() throws IOException {
    Program.Result result = addFourth(
        "--events", file("events.jsonl"), "--report", file("report.json"), "--html", file("report.html"));
    Program.Result again = program.execute(
        "report", file("events.jsonl"), "--json", file("again.json"), "--html", file("again.html"));
    Program.Result fromReport = program.execute("report", file("report.json"), "--html", file("third.html"));

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.out()).isEqualTo(RebalanceCliTest.lines("3 of 3 moves"));
    assertThat(fromReport.exitCode()).as(fromReport.err()).isZero();
    assertThat(file("again.json")).hasSameTextualContentAs(file("report.json"));
    assertThat(file("again.html")).hasSameTextualContentAs(file("report.html"));
    assertThat(file("third.html")).hasSameTextualContentAs(file("report.html"));
    JsonNode report = new ObjectMapper().readTree(file("report.json").toFile());
    assertThat(report.at("/summary/moved").asInt()).isEqualTo(3);
    assertThat(report.at("/summary/bytes").asLong()).isEqualTo(3 * MemoryCluster.BYTES_PER_COPY);
    assertThat(report.at("/stageInfo/data/details/travel/map/nodes/3/activesAfter").asInt()).isEqualTo(3);
  }

  @Test
  void a_move_that_clients_outrun_is_undone_with_that_reason_and_reported_while_the_others_go_on() throws IOException {
    cluster.outrun(10);
    Path settings = program.settings("rebalance.move.convergence-window = 20 ms\n");

    Program.Result result = program.on("run", "--add", "n4", "--quiet", "--settings", settings, "--report",
        file("report.json"), "--events", file("events.jsonl"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("moves      2 of 3", "travel/10 n2->n4: WILL_NOT_CONVERGE",
        "items/s are written");
    assertThat(events(file("events.jsonl")))
        .filteredOn(event -> event instanceof RebalanceEvent.WillNotConverge).singleElement()
        .isInstanceOfSatisfying(RebalanceEvent.WillNotConverge.class, told -> {
          assertThat(told.vbucket()).isEqualTo(10);
          assertThat(told.node()).isEqualTo("n4");
          assertThat(told.drainedPerSecond()).isLessThan(told.writtenPerSecond()).isPositive();
        });
    assertThat(events(file("events.jsonl")))
        .filteredOn(event -> event instanceof RebalanceEvent.AttemptFailed failed && failed.again()).isEmpty();
    JsonNode report = new ObjectMapper().readTree(file("report.json").toFile());
    assertThat(report.at("/summary/willNotConverge").asInt()).isEqualTo(1);
    assertThat(report.at("/stageInfo/data/details/travel/vbucketLevelInfo/vbucketInfo/1/willNotConverge/node").asText())
        .isEqualTo("n4");
    assertThat(program.on("verify").exitCode()).as("what was given up was undone").isZero();
  }

  @Test
  void events_on_standard_output_have_it_for_themselves() throws IOException {
    Program.Result result = addFourth("--events", "-");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out().lines()).allMatch(line -> line.startsWith("{\"event\":"));
    assertThat(result.err()).contains("moves      3 of 3");
  }

  @Test
  void a_place_that_cannot_be_written_is_refused_before_anything_is_changed() throws IOException {
    for (String option : List.of("--events", "--report", "--html")) {
      Program.Result result = addFourth(option, file("nowhere").resolve("file"));

      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("nowhere", "no such directory");
    }
    assertThat(cluster.actives()).containsEntry("n4", 0);
  }

  @Test
  void a_disk_that_is_full_is_told_and_does_not_end_the_rebalance() throws IOException {
    assumeTrue(Files.isWritable(FULL), "no /dev/full on this system");
    for (String option : List.of("--events", "--report", "--html")) {
      cluster = new MemoryCluster(4, 3, 12);
      program = new Program(folder, cluster);

      Program.Result result = addFourth(option, FULL);

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.out()).startsWith("moves      3 of 3");
      assertThat(result.err()).contains("/dev/full", "No space left on device");
      assertThat(cluster.actives()).containsEntry("n4", 3);
    }
  }

  @Test
  void what_cannot_be_written_does_not_keep_the_rest_from_it_and_each_is_told_by_its_kind() throws IOException {
    assumeTrue(Files.isWritable(FULL), "no /dev/full on this system");

    Program.Result result =
        addFourth("--json", FULL, "--report", FULL, "--html", file("page.html"), "--events", file("events.jsonl"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("not written: figures file /dev/full", "not written: report file /dev/full");
    assertThat(file("page.html")).content().contains("</html>");
    assertThat(addFourth("--report", file("report.json"), "--html", FULL).err())
        .contains("not written: page file /dev/full");
    assertThat(file("report.json")).content().contains("reportVersion");
    assertThat(program.execute("report", file("events.jsonl"), "--json", FULL, "--html", file("again.html")))
        .satisfies(again -> {
          assertThat(again.exitCode()).isEqualTo(1);
          assertThat(again.err()).contains("not written: report file /dev/full");
        });
    assertThat(file("again.html")).hasSameTextualContentAs(file("page.html"));
  }

  @Test
  void standard_output_that_is_full_is_told_and_changes_the_exit_code_of_every_command() throws IOException {
    program.outIsFull = true;
    for (Program.Result result : List.of(
        addFourth("--json", program.json()), program.on("plan", "--add", "n4"), program.on("verify"))) {
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("not written: standard output: it is full or closed");
    }
    assertThat(program.figures().at("/moved").asInt()).isEqualTo(3);
  }

  @Test
  void a_run_that_is_refused_leaves_the_files_of_the_last_one_alone() throws IOException {
    Files.writeString(file("events.jsonl"), "old");
    Files.writeString(file("report.html"), "old");
    cluster.otherRun("n1");

    assertThat(addFourth("--events", file("events.jsonl"), "--html", file("report.html")).exitCode()).isEqualTo(3);

    assertThat(file("events.jsonl")).hasContent("old");
    assertThat(file("report.html")).hasContent("old");
  }

  @Test
  void report_says_what_is_wrong_with_its_input() throws IOException {
    Files.writeString(file("figures.json"), "{ \"moves\": 3 }");

    assertThat(program.execute("report", file("figures.json"), "--html", file("out.html")))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(2);
          assertThat(result.err()).contains("figures.json: neither a report", "reportVersion", "--events");
        });
    assertThat(program.execute("report", file("missing"), "--html", file("out.html")).err())
        .contains("missing: no such file");
    assertThat(program.execute("report", file("figures.json")).err()).contains("--html or --json");
    assertThat(program.execute("report", file("figures.json"), "--html", file("no").resolve("out.html")).err())
        .contains("no such directory");
    assertThat(file("out.html")).doesNotExist();
  }
}
