package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepairCommandTest {
  @TempDir
  Path folder;

  private Program program;

  @BeforeEach
  void fourNodes() throws IOException {
    program = new Program(folder, new MemoryCluster(4, 3, 12));
  }

  @Test
  void where_nodes_and_map_agree_nothing_is_done() {
    assertThat(program.on("repair"))
        .isEqualTo(new Program.Result(0, lines("nothing to repair: nodes and map agree"), ""));
  }

  @Test
  void what_a_killed_run_left_is_made_good_and_told() throws IOException {
    program.cluster.copy("n1", 0, CopyState.DEAD);
    program.cluster.copy("n2", 1, CopyState.DEAD);
    program.cluster.copy("n4", 1, CopyState.ACTIVE);

    Program.Result result = program.on("repair", "--json", program.json());

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).isEqualTo(lines(
        "3 steps",
        "  vb:0 is made active again on n1, its owner in the map; nobody took over",
        "  vb:1 gets the chain [n4] in the map; n4 is active",
        "  vb:1 loses its copy on n2, which is not in its chain"));
    assertThat(program.figures().at("/steps")).hasSize(3);
    assertThat(program.on("verify").out()).contains("no differences, nothing left over");
  }

  @Test
  void a_dry_run_changes_nothing() {
    program.cluster.copy("n1", 0, CopyState.DEAD);

    assertThat(program.on("repair", "--dry-run").out()).startsWith("1 step, none of them carried out");
    assertThat(program.on("verify").out()).contains("vb:0 is DEAD on its owner n1");
  }

  @Test
  void what_only_an_operator_can_decide_is_listed_and_makes_it_1() {
    program.cluster.copy("n4", 0, CopyState.ACTIVE);

    Program.Result result = program.on("repair");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("needs an operator: vb:0 is active on [n1, n4]");
  }

  @Test
  void another_run_at_work_makes_it_3() {
    program.cluster.otherRun("n2");

    Program.Result result = program.on("repair");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("another rebalance, or 'rebalance replicate', of travel is at work on n2");
  }
}
