package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicateCommandTest {
  @TempDir
  Path folder;

  private Program program;

  @BeforeEach
  void fourNodes() throws IOException {
    program = new Program(folder, new MemoryCluster(4, 3, 12));
    program.whenErr(text -> {
      if (text.contains("replication: 0 of 0 streams run")) {
        program.interrupt();
      }
    });
  }

  @Test
  void replication_is_kept_until_an_interrupt_and_then_ended() {
    Program.Result result = program.on("replicate");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("replication has ended: none of its streams is left");
    assertThat(program.listeners()).as("interrupts that are still listened to").isZero();
  }

  @Test
  void a_run_that_keeps_replicating_moves_and_goes_on_until_an_interrupt() {
    Program.Result result = program.on("run", "--add", "n4", "--keep-replicating");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(program.cluster.actives()).isEqualTo(Map.of("n1", 3, "n2", 3, "n3", 3, "n4", 3));
    assertThat(result.err()).contains("replication has ended: none of its streams is left");
  }

  @Test
  void the_figures_of_the_moves_are_written_before_replication_ends() {
    Map<Path, Boolean> written = new HashMap<>();
    Path report = folder.resolve("report.json");
    program.whenErr(text -> {
      if (text.contains("replication: 0 of 0 streams run")) {
        for (Path file : List.of(program.json(), report)) {
          written.putIfAbsent(file, Files.exists(file));
        }
        program.interrupt();
      }
    });

    Program.Result result =
        program.on("run", "--add", "n4", "--keep-replicating", "--json", program.json(), "--report", report);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(written).hasSize(2).doesNotContainValue(false);
  }

  @Test
  void another_run_at_work_makes_it_3() {
    program.cluster.otherRun("n2");

    Program.Result result = program.on("replicate");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("another rebalance, or 'rebalance replicate', of travel is at work on n2");
  }

  @Test
  void a_line_is_told_only_when_something_has_changed() throws InterruptedException {
    ReplicationStatus filling = new ReplicationStatus(4, 1, 1, List.of("vb:3 n1->n2: ETMPFAIL"));
    Deque<ReplicationStatus> states =
        new ArrayDeque<>(List.of(filling, filling, new ReplicationStatus(4, 4, 0, List.of())));
    CompletableFuture<Void> end = new CompletableFuture<>();
    List<String> lines = new ArrayList<>();

    ReplicationView view = new ReplicationView(
        () -> {
          ReplicationStatus now = states.poll();
          if (states.isEmpty()) {
            end.complete(null);
          }
          return CompletableFuture.completedFuture(Optional.ofNullable(now));
        },
        lines::add);
    ReplicationView.watch(List.of(view), end);

    assertThat(lines).containsExactly(
        "replication: 1 of 4 streams run, 1 vBuckets are being moved",
        "  vb:3 n1->n2: ETMPFAIL",
        "replication: 4 of 4 streams run");
  }
}
