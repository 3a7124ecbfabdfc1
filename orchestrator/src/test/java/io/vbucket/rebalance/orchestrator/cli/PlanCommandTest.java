package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
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
        "                           planned at least",
        "  copies to build                3        3",
        "  takeovers                      3        3",
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

    assertThat(program.figures().fieldNames()).toIterable().containsExactly("chains", "copies", "copiesBound",
        "takeovers", "takeoversBound", "seconds", "bytes", "balance", "notes", "moves", "activesBefore",
        "activesAfter");
    assertThat(program.figures().at("/chains")).hasSize(12);
    assertThat(program.figures().at("/copies").asInt()).isEqualTo(4);
    assertThat(program.figures().at("/moves")).hasSize(4)
        .allSatisfy(move -> assertThat(move.get("source").asText()).isEqualTo("n3"));
    assertThat(program.figures().at("/activesBefore").toString()).isEqualTo("{\"n1\":4,\"n2\":4,\"n3\":4,\"n4\":0}");
    assertThat(program.figures().at("/activesAfter").toString()).isEqualTo("{\"n1\":6,\"n2\":6,\"n3\":0,\"n4\":0}");
  }

  @Test
  void plans_from_a_file_without_any_cluster() throws IOException {
    Path input = Files.writeString(folder.resolve("input.json"), """
        {"numVBuckets": 4, "numReplicas": 1, "groups": {}, "currentMap": [["a", "b"], ["b", "a"], ["a", "b"], ["b", null]],
         "keepNodes": ["b", "c"], "addNodes": ["c"], "removeNodes": ["a"]}""");

    Program.Result result = program.execute("plan", "--input", input, "--json", program.json());

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("4 moves").contains("a -> c");
    assertThat(program.figures().at("/chains/0").toString()).isEqualTo("[\"c\",\"b\"]");
    assertThat(program.figures().at("/copies").asInt()).isEqualTo(4);
    assertThat(program.figures().at("/takeovers").asInt()).isEqualTo(2);
    assertThat(program.figures().at("/activesAfter").toString()).isEqualTo("{\"b\":2,\"c\":2,\"a\":0}");
  }

  @Test
  void of_a_new_bucket_no_copy_has_to_be_moved() throws IOException {
    Path input = Files.writeString(folder.resolve("input.json"), """
        {"numVBuckets": 4, "numReplicas": 0, "currentMap": null, "keepNodes": ["a", "b"]}""");

    assertThat(program.execute("plan", "--input", input).out())
        .startsWith("no copy has to be moved: the bucket is new").doesNotContain("nothing to move");
  }

  @Test
  void every_mistake_in_the_input_is_told_with_its_place() throws IOException {
    Path input = Files.writeString(folder.resolve("input.json"),
        "{\"numVBuckets\": 0, \"numReplicas\": 9, \"keepNodes\": [\"a\", \"a\"]}");

    Program.Result result = program.execute("plan", "--input", input);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("rebalance: --input " + input + ":").contains(
        "$.numVBuckets: is 0, expected a whole number, 1 to 65536",
        "$.numReplicas: is 9, expected a whole number, 0 to 3",
        "$.keepNodes[1]: node a is listed twice");
  }

  @Test
  void a_file_and_a_cluster_do_not_go_together_and_one_of_them_must_be_given() {
    Path missing = folder.resolve("none.json");
    assertThat(program.on("plan", "--input", missing).err()).contains("leave out --cluster");
    assertThat(program.execute("plan", "--input", missing).err()).contains("none.json: no such file");
    assertThat(program.execute("plan").err()).contains("Missing required option: '--cluster=FILE'");
    assertThat(program.execute("plan").exitCode()).isEqualTo(2);
  }

  @Test
  void no_node_left_is_refused() {
    Program.Result result = program.on("plan", "--remove", "n1,n2,n3");

    assertThat(result)
        .isEqualTo(new Program.Result(3, "", lines("rebalance: no node would be left: all are to be removed")));
  }

  @Test
  void nothing_to_do_is_said() {
    assertThat(program.on("plan").out()).startsWith("nothing to move: all is as it was asked for");
  }
}
