package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTest {
  @TempDir
  Path folder;

  private Program program;
  private MemoryCluster cluster;

  @BeforeEach
  void fourNodes() throws IOException {
    cluster = new MemoryCluster(4, 3, 12);
    program = new Program(folder, cluster);
  }

  /** The first takeover waits until the lines have made something of it. */
  private Program.Result steered(String lines) throws IOException {
    PipedInputStream input = new PipedInputStream(8_192);
    PipedOutputStream operator = new PipedOutputStream(input);
    program.input = input;
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    cluster.whenHeld(() -> {
      try {
        operator.write(lines.getBytes(StandardCharsets.UTF_8));
        operator.close();
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    });
    return program.on("run", "--add", "n4", "--control", "-", "--quiet", "--json", program.json(), "--settings",
        program.settings("rebalance.move.max-concurrent = 1\n"));
  }

  @Test
  void lines_on_standard_input_steer_the_rebalance_and_wrong_ones_change_nothing() throws IOException {
    Program.Result result = steered("""
        # an operator's notes
        limit backfills-per-node 8
        pasue
        limit moves-per-node 2 n7
        cancel 10
        cancel 77
        cancel 9
        """);

    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err().lines()).contains(
        "control: limit changed: backfills-per-node = 8",
        "control: line 3: no command 'pasue'; expected pause, resume, limit, cancel, status, explain, stop or help; nothing was changed,"
            + " 'help' lists all",
        "control: limit moves-per-node 2 n7: not possible: moves-per-node = 2 on node n7: no such node; the rebalance knows n1, n2,"
            + " n3, n4",
        "control: vb:10 cancelled: not moved, cancelled by the operator before it began",
        "control: cancel 77: not possible: vb:77 is not being moved: its move has ended, or is not part of the plan",
        "control: vb:9 cancelled: not moved, cancelled by the operator");
    assertThat(result.out()).contains("moves      1 of 3");
    assertThat(program.figures().at("/unmoved")).hasSize(2);
    assertThat(program.on("verify").exitCode()).isZero();
  }

  @Test
  void a_pause_that_is_taken_back_before_it_is_complete_is_answered_too() throws IOException {
    Program.Result result = steered("pause drain\nresume\nresume\ncancel 9\n");

    assertThat(result.err().lines()).contains(
        "control: pause drain: not possible: resumed before the pause was complete",
        "control: resumed",
        "control: resume: not possible: the rebalance is not paused");
    assertThat(result.out()).contains("moves      2 of 3");
  }

  @Test
  void a_stop_reads_all_nodes_and_says_that_nothing_is_left() throws IOException {
    Program.Result result = steered("stop 0 ms\n");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("control: stopping; takeovers that have begun may finish for 0 ms");
    assertThat(result.out()).contains("stopped before all moves were made",
        "nothing is left: no copy, stream or connection of it on the 4 nodes");
    assertThat(program.figures().at("/nodesRead").asInt()).isEqualTo(4);
    assertThat(program.figures().at("/residue")).isEmpty();
  }

  @Test
  void what_cannot_be_read_is_refused_before_anything_is_done() {
    Program.Result result = program.on("run", "--add", "n4", "--control", folder.resolve("none"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("none: no such file; expected - for standard input, or a pipe made with mkfifo");
    assertThat(program.on("run", "--add", "n4", "--control", folder).err()).contains("is a directory");
  }

  @Test
  void a_file_of_lines_is_read_to_its_end() throws IOException {
    Path lines = Files.writeString(folder.resolve("lines"), "limit max-concurrent 3\n");

    Program.Result result = program.on("run", "--add", "n4", "--control", lines);

    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  @Test
  void the_help_of_run_lists_every_line() {
    assertThat(program.execute("run", "--help").out()).contains("--control", "pause park", "limit NAME N NODE",
        "cancel VBUCKET");
  }

  // ---- what is said

  private final List<String> said = new ArrayList<>();
  private ControlAnswer answer;
  private Optional<ControlConsole.Service> service = Optional.empty();
  private List<Explanation> running = List.of();

  private ControlConsole console() {
    return new ControlConsole(new ControlConsole.Steered() {
      @Override
      public CompletionStage<ControlAnswer> steer(ControlRequest request) {
        return CompletableFuture.completedFuture(answer);
      }

      @Override
      public CompletionStage<Optional<RebalanceProgress>> progress() {
        return CompletableFuture.completedFuture(Optional.empty());
      }

      @Override
      public CompletionStage<List<Explanation>> explain(OptionalInt vbucket) {
        return CompletableFuture.completedFuture(
            running.stream().filter(move -> vbucket.isEmpty() || vbucket.getAsInt() == move.vbucket()).toList());
      }

      @Override
      public void stop(Duration grace) {
        said.add("stop " + grace.toMillis());
      }
    }, service, Duration.ofSeconds(10), said::add);
  }

  @Test
  void each_answer_is_one_line() {
    ControlConsole console = console();
    answer = new ControlAnswer.Paused(PauseMode.PARK, 1, List.of());
    console.line("pause park");
    answer = new ControlAnswer.Paused(PauseMode.ABORT, 0, List.of("vb:3 has a DEAD copy on n4"));
    console.line("pause abort");
    answer = new ControlAnswer.LimitChanged(new LimitChange(LimitChange.Limit.MOVES_PER_NODE, Optional.of("n1"), 2));
    console.line("limit moves-per-node 2 n1");
    answer = new ControlAnswer.Cancelled(3, new MoveOutcome.Moved(1, ""));
    console.line("cancel 3");
    answer = new ControlAnswer.Cancelled(
        3, new MoveOutcome.Unmoved(1, FailureReason.CANCELLED, "cancelled by the operator", "n4 is DEAD"));
    console.line("cancel 3");
    console.line("status");
    console.line("stop");
    console.line("stop 1 s");

    assertThat(said).containsExactly(
        "control: paused (park): 1 move is held at a safe point",
        "control: paused (abort): what ran is taken back; left over: vb:3 has a DEAD copy on n4",
        "control: limit changed: moves-per-node = 2 on node n1",
        "control: vb:3 cancelled: too late, it was past its takeover and is moved",
        "control: vb:3 cancelled: not moved, cancelled by the operator; n4 is DEAD",
        "control: no moves are under way",
        "control: stopping; takeovers that have begun may finish for 10000 ms",
        "stop 10000",
        "control: stopping; takeovers that have begun may finish for 1000 ms",
        "stop 1000");
  }

  @Test
  void what_running_moves_wait_for_is_told_one_line_each() {
    ControlConsole console = console();
    console.line("explain");
    Wait turn = Wait.on("n4", "n4 has a slot free").with("fewer than 1 takeover", "1");
    List<Explanation.Since> waits = List.of(new Explanation.Since(turn, Instant.now()));
    running = List.of(
        new Explanation("travel", 3, MovePhase.AWAIT_SLOT, 1, 10, waits),
        new Explanation("travel", 4, MovePhase.COMMIT, 1, 10, List.of()));
    console.line("explain");
    console.line("explain 4");
    console.line("explain 5");

    assertThat(said).hasSize(5);
    assertThat(said.get(0)).isEqualTo("control: no moves are under way");
    assertThat(said.get(1))
        .matches("control: vb:3 of travel, AWAIT_SLOT attempt 1 of 10: waits .* until n4 has a slot free"
            + " \\(wanted: fewer than 1 takeover, now: 1\\)");
    assertThat(said.get(2)).isEqualTo("control: vb:4 of travel, COMMIT attempt 1 of 10: goes on")
        .isEqualTo(said.get(3));
    assertThat(said.get(4)).isEqualTo("control: vb:5 is not being moved now");
  }

  @Test
  void an_operator_who_leaves_while_it_is_paused_is_told_what_that_means() {
    ControlConsole console = console();
    console.ended("end of standard input");
    assertThat(said).isEmpty();
    console.follow(new RebalanceEvent.Paused(Instant.EPOCH, "travel", PauseMode.PARK, 2, List.of()));
    console.ended("end of standard input");
    assertThat(said)
        .containsExactly("control: end of standard input while paused (park), 2 held: nobody can resume it here;"
            + " interrupt the program to stop the rebalance");
  }

  @Test
  void a_service_that_goes_on_after_the_moves_is_asked_and_ended_by_the_same_lines() {
    service = Optional.of(new ControlConsole.Service() {
      @Override
      public CompletionStage<Optional<ReplicationStatus>> replication() {
        return CompletableFuture.completedFuture(Optional.of(new ReplicationStatus(4, 3, 0, List.of())));
      }

      @Override
      public void end() {
        said.add("service ends");
      }
    });
    ControlConsole console = console();
    console.line("stop 5 ms");
    console.movesEnded();
    console.line("status");
    console.line("stop");

    assertThat(said).containsExactly(
        "control: stopping; takeovers that have begun may finish for 5 ms, then replication ends", "stop 5",
        "service ends",
        "control: the moves have ended; replication: 3 of 4 streams run",
        "control: stopping: replication ends", "service ends");
  }

  @Test
  void a_line_ends_a_run_that_keeps_replicating() throws IOException {
    PipedInputStream input = new PipedInputStream(8_192);
    PipedOutputStream operator = new PipedOutputStream(input);
    program.input = input;
    AtomicBoolean asked = new AtomicBoolean();
    AtomicBoolean stopped = new AtomicBoolean();
    program.whenErr(text -> {
      try {
        if (text.contains("replication: 0 of 0 streams run") && asked.compareAndSet(false, true)) {
          operator.write("help\nstatus\n".getBytes(StandardCharsets.UTF_8));
          operator.flush();
        } else if (text.contains("control: the moves have ended; replication: 0 of 0")
            && stopped.compareAndSet(false, true)) {
          operator.write("stop\n".getBytes(StandardCharsets.UTF_8));
          operator.close();
        }
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    });

    Program.Result result = program.on("run", "--add", "n4", "--control", "-", "--keep-replicating");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("moves      3 of 3");
    assertThat(result.err()).contains("control: stopping: replication ends", "control: help  ",
        "replication has ended: none of its streams is left");
  }

  @Test
  void a_pause_that_begins_when_the_lines_have_ended_is_told_once_too() {
    ControlConsole console = console();
    console.ended("end of lines");
    assertThat(said).isEmpty();
    console.follow(new RebalanceEvent.PauseBegun(Instant.EPOCH, "travel", PauseMode.DRAIN));
    console.follow(new RebalanceEvent.Paused(Instant.EPOCH, "travel", PauseMode.DRAIN, 0, List.of()));
    assertThat(said).containsExactly("control: end of lines while pausing (drain): nobody can resume it here;"
        + " interrupt the program to stop the rebalance");
  }

  @Test
  void a_file_whose_last_line_is_a_pause_says_so_and_an_interrupt_ends_the_rebalance() throws IOException {
    Path lines = Files.writeString(folder.resolve("lines"), "pause drain\n");
    cluster.takeover(9, MemoryCluster.Takeover.HELD);
    AtomicBoolean told = new AtomicBoolean();
    program.whenErr(text -> {
      if (text.contains("nobody can resume it here") && told.compareAndSet(false, true)) {
        program.interrupt();
      }
    });

    Program.Result result = program.on("run", "--add", "n4", "--control", lines, "--quiet", "--grace", "0 ms");

    assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(result.err()).contains("control: end of " + lines + " while paus");
  }
}
