package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinnedPlanTest {
  @TempDir
  Path folder;

  private Program program;
  private MemoryCluster cluster;
  private Path plan;

  @BeforeEach
  void fourNodes() throws IOException {
    cluster = new MemoryCluster(4, 3, 12);
    program = new Program(folder, cluster);
    plan = folder.resolve("plan.json");
  }

  @Test
  void a_saved_plan_names_the_map_for_which_it_was_made_and_is_carried_out_as_it_is() throws IOException {
    assertThat(program.on("plan", "--add", "n4", "--save", plan).exitCode()).isZero();
    JsonNode saved = new ObjectMapper().readTree(plan.toFile());
    assertThat(saved.fieldNames()).toIterable()
        .containsExactly("bucket", "epoch", "revision", "kept", "replicas", "moves");
    assertThat(saved.at("/moves/0").toString()).isEqualTo("{\"vbucket\":9,\"before\":[\"n1\"],\"after\":[\"n4\"]}");

    Program.Result result = program.on("run", "--plan", plan);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(cluster.actives()).isEqualTo(Map.of("n1", 3, "n2", 3, "n3", 3, "n4", 3));
  }

  @Test
  void what_a_saved_plan_does_not_bring_about_is_not_run_again_and_the_report_says_why() throws IOException {
    program.on("plan", "--add", "n4", "--save", plan);
    cluster.takeover(10, MemoryCluster.Takeover.REFUSED);
    Path report = folder.resolve("report.json");

    Program.Result result = program.on("run", "--plan", plan, "--report", report, "--json", program.json(),
        "--settings", program.settings("rebalance.retry.max-attempts = 3\n"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(program.figures().at("/moved").asInt()).isEqualTo(2);
    assertThat(new ObjectMapper().readTree(report.toFile())
        .at("/stageInfo/data/details/travel/interventions/0/what").asText())
        .startsWith("not run again: a plan that was made before is carried out once")
        .contains("plan anew what is left: 1 not moved, the first: travel/10");
  }

  @Test
  void a_plan_for_a_map_that_somebody_has_changed_since_is_refused_with_both_revisions() {
    program.on("plan", "--add", "n4", "--save", plan);
    program.on("run", "--add", "n4");

    Program.Result result = program.on("run", "--plan", plan);

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err())
        .containsPattern("the plan was made for revision \\d+ \\(epoch 1\\) of the map, but the nodes have revision"
            + " \\d+ \\(epoch 1\\): somebody has changed the map since; plan anew");
  }

  @Test
  void what_is_no_plan_is_refused_before_any_node_is_asked() throws IOException {
    assertThat(program.on("run", "--plan", plan).err())
        .contains("plan.json: no such file; 'rebalance plan --save' writes one");
    Files.writeString(plan, "{\"bucket\": \"travel\"}");
    Program.Result result = program.on("run", "--plan", plan);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("plan.json is no saved plan").contains("'rebalance plan --save' writes one");
    assertThat(program.on("run", "--plan", plan, "--add", "n4").err()).contains("--plan says already what to do");
  }

  @Test
  void a_plan_of_another_bucket_is_refused() throws IOException {
    program.on("plan", "--add", "n4", "--save", plan);
    Files.writeString(plan, Files.readString(plan).replace("travel", "beer"));

    assertThat(program.on("run", "--plan", plan).err()).contains("the plan is for bucket beer, not for travel");
  }

  @Test
  void a_failover_without_replicas_is_refused_since_there_is_nothing_to_fail_over_to() {
    Program.Result result = program.on("run", "--fail-over", "n1");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err())
        .contains("4 vBuckets that are active on n1 have no replica elsewhere, vb:0 the first of them");
    assertThat(program.on("run", "--fail-over", "n1", "--add", "n4").err()).contains("--fail-over goes alone");
  }
}
