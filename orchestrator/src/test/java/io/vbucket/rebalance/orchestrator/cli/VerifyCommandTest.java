package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.Behavior;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  @TempDir
  Path folder;

  private Program program;

  @BeforeEach
  void fourNodes() throws IOException {
    program = new Program(folder, new MemoryCluster(4, 3, 12));
  }

  @Test
  void nodes_that_agree_with_the_map_are_0() throws IOException {
    Program.Result result = program.on("verify", "--json", program.json());

    assertThat(result).isEqualTo(
        new Program.Result(0, lines("12 vBuckets, map revision 1: no differences, nothing left over"), ""));
    assertThat(program.figures().toString())
        .isEqualTo("{\"vbuckets\":12,\"differences\":[],\"residue\":[],\"revision\":1,\"atWork\":[]}");
  }

  @Test
  void differences_are_listed_and_make_it_1() throws IOException {
    program.cluster.copy("n1", 0, CopyState.DEAD);

    Program.Result result = program.on("verify", "--json", program.json());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("1 differences", "differs: vb:0 is DEAD on its owner n1, expected ACTIVE");
    assertThat(program.figures().at("/differences")).hasSize(1);
  }

  /** Without this, each vBucket of the node would be told as a difference of its own. */
  @Test
  void a_node_that_the_file_calls_otherwise_is_one_line_and_nothing_is_compared() throws IOException {
    MemoryCluster nodes = program.cluster;
    program.wiredBy(new Wiring() {
      @Override
      public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
        return nodes.node(name, runId, claims);
      }

      @Override
      public Behavior<LinkCommand> link(String source, String destination, String runId) {
        return nodes.link(source, destination, runId);
      }

      @Override
      public String serverOf(String name) {
        return name.equals("n2") ? "elsewhere:12002" : nodes.serverOf(name);
      }
    });

    Program.Result result = program.on("verify");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).singleElement().asString()
        .contains(
            "the map names node 127.0.0.1:12002, which the cluster file does not list: node n2 is listed as elsewhere:12002");
  }

  @Test
  void a_run_at_work_is_told_before_what_may_be_its() throws IOException {
    program.cluster.copy("n4", 5, CopyState.REPLICA);
    program.cluster.otherRun("n3");
    program.cluster.otherRun("n4");

    Program.Result result = program.on("verify", "--json", program.json());

    assertThat(result.exitCode()).as("nothing differs").isZero();
    assertThat(result.out()).isEqualTo(lines(
        "run elsewhere is at work on n3, n4 (a rebalance or replicate): what follows may be its",
        "12 vBuckets, map revision 1: no differences, 1 left over",
        "  left over: vb:5 has a REPLICA copy on n4"));
    assertThat(program.figures().at("/atWork")).hasSize(1);
  }

  @Test
  void what_is_left_over_is_listed_and_harms_nothing() throws IOException {
    program.cluster.copy("n4", 5, CopyState.REPLICA);

    Program.Result result = program.on("verify", "--json", program.json());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("1 left over", "left over: vb:5 has a REPLICA copy on n4");
    assertThat(program.figures().at("/residue")).hasSize(1);
  }
}
