package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {
  @TempDir
  Path folder;

  private Program program;

  @BeforeEach
  void fourNodes() throws IOException {
    program = new Program(folder, new MemoryCluster(4, 3, 12));
  }

  @Test
  void tells_moves_per_pair_and_shares_per_node_and_changes_nothing() {
    Program.Result result = program.on("plan", "--add", "n4");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).isEqualTo(lines(
        "3 moves",
        "  n1 -> n4                       1",
        "  n2 -> n4                       1",
        "  n3 -> n4                       1",
        "active vBuckets             before   after",
        "  n1                             4       3",
        "  n2                             4       3",
        "  n3                             4       3",
        "  n4                             0       3"));
    assertThat(program.cluster.actives()).isEqualTo(Map.of("n1", 4, "n2", 4, "n3", 4, "n4", 0));
  }

  @Test
  void the_figures_have_the_documented_fields() throws IOException {
    assertThat(program.on("plan", "--remove", "n3", "--json", program.json()).exitCode()).isZero();

    assertThat(program.figures().fieldNames()).toIterable().containsExactly("moves", "activesBefore", "activesAfter");
    assertThat(program.figures().at("/moves")).hasSize(4);
    assertThat(program.figures().at("/moves/0").toString())
        .isEqualTo("{\"vbucket\":2,\"source\":\"n3\",\"destination\":\"n1\"}");
    assertThat(program.figures().at("/activesBefore").toString()).isEqualTo("{\"n1\":4,\"n2\":4,\"n3\":4,\"n4\":0}");
    assertThat(program.figures().at("/activesAfter").toString()).isEqualTo("{\"n1\":6,\"n2\":6,\"n3\":0,\"n4\":0}");
  }

  @Test
  void no_node_left_is_refused() {
    Program.Result result = program.on("plan", "--remove", "n1,n2,n3");

    assertThat(result)
        .isEqualTo(new Program.Result(3, "", lines("rebalance: no node would be left: all are to be removed")));
  }

  @Test
  void nothing_to_do_is_said() {
    assertThat(program.on("plan").out()).startsWith("nothing to move: every node has its share");
  }
}
