package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
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
    List<Object> options = new ArrayList<>(
        List.of("--add", "n4", "--json", program.json(), "--settings",
            program.settings("rebalance.takeover.max-attempts = 3\n")));
    options.addAll(List.of(more));
    return program.on("run", options.toArray());
  }

  @Test
  void a_complete_rebalance_ends_with_0_and_a_summary() throws IOException {
    Program.Result result = addFourth();

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(cluster.actives()).isEqualTo(Map.of("n1", 3, "n2", 3, "n3", 3, "n4", 3));
    assertThat(result.out().lines()).hasSize(3);
    assertThat(result.out()).startsWith("moves      3 of 3 in ").contains("retried    0", "attempts   3 with 1");
    assertThat(program.listeners()).as("interrupts that are still listened to").isZero();
  }

  @Test
  void the_figures_have_the_documented_fields() throws IOException {
    cluster.retry(9, 2);

    assertThat(addFourth().exitCode()).isZero();

    JsonNode figures = program.figures();
    assertThat(figures.fieldNames()).toIterable().containsExactly(
        "moves", "moved", "unmoved", "needOperator", "retriedMoves", "attempts", "residue", "stopped", "nodesRead",
        "seconds");
    assertThat(figures.at("/moves").asInt()).isEqualTo(3);
    assertThat(figures.at("/moved").asInt()).isEqualTo(3);
    assertThat(figures.at("/unmoved").isArray()).isTrue();
    assertThat(figures.at("/needOperator").isArray()).isTrue();
    assertThat(figures.at("/residue").isArray()).isTrue();
    assertThat(figures.at("/retriedMoves").asInt()).isEqualTo(1);
    assertThat(figures.at("/attempts").toString()).isEqualTo("{\"1\":2,\"3\":1}");
    assertThat(figures.at("/stopped").isBoolean()).isTrue();
    assertThat(figures.at("/seconds").isDouble()).isTrue();
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("cluster.conf", "figures.json", "password", "settings.conf");
    }
  }

  @Test
  void without_a_terminal_progress_comes_in_lines_on_standard_error() throws IOException {
    Program.Result result = addFourth();

    assertThat(result.err().lines()).allMatch(line -> line.matches("\\d+ of 3 moves ended.*"));
    assertThat(result.err().lines()).last().asString().matches("3 of 3 moves ended after \\d+ s");
    assertThat(result.err()).doesNotContain("\r", "\u001b");
  }

  @Test
  void a_move_that_waits_long_is_explained_on_request() throws IOException {
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    program.whenErr(text -> {
      if (text.contains("n1 sends what is left")) {
        cluster.release();
      }
    });

    Program.Result result = addFourth("--explain-after", "1 ms", "--quiet");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err().lines()).filteredOn(line -> line.contains("n1 sends what is left"))
        .first().asString().matches(
            "vb:9 of travel, TAKEOVER attempt 1 of 3: waits [0-9.]+ s of 120 s until n1 sends what is left and asks for pending "
                + "\\(wanted: nothing is left, now: 0 bytes sent at the last look\\)");
  }

  @Test
  void quiet_leaves_only_the_summary() throws IOException {
    Program.Result result = addFourth("--quiet");

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).startsWith("moves      3 of 3");
  }

  @Test
  void a_move_that_is_given_up_makes_it_1_and_is_told_with_its_reason() throws IOException {
    cluster.takeover(10, MemoryCluster.Takeover.REFUSED);
    cluster.retry(11, 99);

    Program.Result result = addFourth();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("moves      1 of 3", "unmoved    2", "travel/10 n2->n4: ADD_STREAM_REFUSED",
        "travel/11 n3->n4: CONSUMER_ASKED");
    assertThat(program.figures().at("/unmoved")).hasSize(2);
    assertThat(program.figures().at("/retriedMoves").asInt()).as("vb:11, though in vain").isEqualTo(1);
    assertThat(program.figures().at("/stopped").asBoolean()).isFalse();
    assertThat(program.on("verify").exitCode()).as("what was given up was undone").isZero();
  }

  @Test
  void a_vbucket_for_the_operator_makes_it_1() throws IOException {
    cluster.takeover(10, MemoryCluster.Takeover.TWO_ACTIVES);

    Program.Result result = addFourth();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("operator   1", "travel/10 n2->n4: source and destination are both active");
    assertThat(program.figures().at("/needOperator")).hasSize(1);
  }

  @Test
  void nodes_leave() {
    assertThat(program.on("run", "--remove", "n1", "--remove", "n2").exitCode()).isZero();
    assertThat(cluster.actives()).isEqualTo(Map.of("n1", 0, "n2", 0, "n3", 12, "n4", 0));
  }

  @Test
  void nothing_to_do_is_done_at_once() throws IOException {
    Program.Result result = program.on("run", "--json", program.json());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(lines("nothing to move: all is as it was asked for"));
    assertThat(result.err()).as("progress").isEmpty();
    assertThat(program.figures().at("/moves").asInt(-1)).isZero();
  }

  @Test
  void states_that_contradict_the_map_are_refused() throws IOException {
    cluster.copy("n4", 0, CopyState.ACTIVE);

    Program.Result result = addFourth();

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).isEqualTo(
        lines(
            "rebalance: vb:0 is ACTIVE on n4, but the map says n1 owns it",
            "rebalance: 'rebalance repair' makes good what a killed run left; 'rebalance repair --dry-run' tells how"));
    assertThat(program.json()).doesNotExist();
  }

  @Test
  void an_interrupt_stops_gracefully_and_reports_what_was_done() throws IOException {
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.whenHeld(program::interrupt);

    Program.Result result = addFourth("--grace", "1 ms");

    assertThat(result.exitCode()).isEqualTo(130);
    assertThat(result.err()).contains("rebalance: stopping; takeovers that have begun may finish for 1 ms");
    assertThat(result.out()).contains("travel/9 n1->n4: CANCELLED, stopped by the operator",
        "stopped before all moves were made");
    assertThat(program.figures().at("/stopped").asBoolean()).isTrue();
    assertThat(program.figures().at("/moves").asInt()).isEqualTo(3);
    assertThat(program.halted).isEmpty();
    assertThat(program.on("verify").exitCode()).as("what was interrupted was undone").isZero();
  }

  @Test
  void a_second_interrupt_ends_at_once() throws IOException {
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.whenHeld(() -> {
      program.interrupt();
      program.interrupt();
    });

    Program.Result result = addFourth("--grace", "1 h");

    assertThat(program.halted).containsExactly(130);
    assertThat(result.err()).contains("ended at once; 'rebalance repair'");
  }

  @Test
  void a_report_that_can_no_longer_be_written_makes_it_1() throws IOException {
    Path place = Files.createDirectory(folder.resolve("reports"));
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.whenHeld(() -> {
      place.toFile().delete();
      cluster.release();
    });

    Program.Result result = program.on("run", "--add", "n4", "--json", place.resolve("figures.json"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).startsWith("moves      3 of 3");
    assertThat(result.err()).contains("the command has ended, but something is not written: figures file",
        "no such directory");
  }
}
