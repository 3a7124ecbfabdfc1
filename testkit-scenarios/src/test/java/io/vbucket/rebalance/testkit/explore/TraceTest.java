package io.vbucket.rebalance.testkit.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Path;
import io.vbucket.rebalance.testkit.explore.search.Search;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import io.vbucket.rebalance.testkit.script.run.ScenarioRunner;
import io.vbucket.rebalance.testkit.stage.SimulatedStage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedules in files. */
class TraceTest {
  @TempDir
  java.nio.file.Path folder;

  private final Exploration exploration = new Exploration(NodeVersion.V7_6, 3, Map.of(Fault.RETRIES, 2));

  private Path violation() {
    return exploration.search(Variant.NAIVE, new Search.Limits(1_000, 1_000_000, false), states -> {})
        .violations().get(0);
  }

  @Test
  void a_trace_that_was_written_is_gone_through_again_to_the_same_violation() throws Exception {
    Path violation = violation();
    java.nio.file.Path file = folder.resolve("trace.json");
    Files.writeString(file, Trace.of("core.conf", Variant.NAIVE, exploration, violation).json());

    Replay replay = Replay.of(Trace.read(file));

    assertThat(replay.path().violated()).isEqualTo(violation.violated());
    assertThat(replay.path().text()).isEqualTo(violation.text());
    assertThat(SequenceDiagram.of(replay.path())).isEqualTo(SequenceDiagram.of(violation));
  }

  @Test
  void a_schedule_that_cannot_happen_any_more_is_followed_as_far_as_it_goes_and_says_what_could_happen_instead() {
    Trace trace = Trace.of("core.conf", Variant.NAIVE, exploration, violation());
    List<String> steps = new ArrayList<>(trace.steps().subList(0, 3));
    steps.add("nothing of this kind");

    Replay replay = Replay.of(new Trace(
        trace.scenario(), trace.variant(), trace.version(), trace.maxAttempts(), trace.takeoverSlots(), trace.faults(),
        trace.violated(),
        trace.text(), steps));

    assertThat(replay.isViolated()).isFalse();
    assertThat(replay.path().steps()).hasSize(3);
    assertThat(replay.lost()).hasValueSatisfying(
        why -> assertThat(why).startsWith("step 4, \"nothing of this kind\", cannot happen here; possible are: "));
  }

  @Test
  void a_file_that_is_no_trace_is_named_with_the_reason() throws IOException {
    java.nio.file.Path file = Files.writeString(folder.resolve("wrong.json"), "{ \"variant\": 3, ");

    assertThatThrownBy(() -> Trace.read(file)).isInstanceOf(Trace.MalformedException.class)
        .hasMessageStartingWith(file + ": is no trace of scenario explore: ");
    assertThatThrownBy(() -> Trace.read(folder.resolve("none.json"))).hasMessageEndingWith("none.json: no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"T3", "T6", "T10"})
  void the_schedule_that_breaks_the_naive_variant_breaks_nothing_when_it_is_played_with_the_real_actors(String race) {
    Path violation = exploration.search(Variant.NAIVE, new Search.Limits(1_000, 1_000_000, true), states -> {})
        .violations().stream().filter(path -> path.violated().equals(race)).findFirst().orElseThrow();
    TraceScript script = TraceScript.of(Trace.of("core.conf", Variant.NAIVE, exploration, violation), violation);

    ScenarioResult result = new ScenarioRunner(() -> new SimulatedStage(1))
        .run(ScriptParser.parse("trace", script.text()).get(0));

    assertThat(script.text()).contains("do = ask-retry");
    assertThat(result.problems()).as(result.schedule()).isEmpty();
  }

  @Test
  void a_fault_happens_in_the_script_at_the_frame_that_was_received_before_it_in_the_trace() {
    Path violation = exploration.search(Variant.NAIVE, new Search.Limits(1_000, 1_000_000, true), states -> {})
        .violations().stream().filter(path -> path.violated().equals("T6")).findFirst().orElseThrow();
    TraceScript script = TraceScript.of(Trace.of("core.conf", Variant.NAIVE, exploration, violation), violation);

    assertThat(script.text()).contains("{ when = \"a received STREAM_REQ\", attempt = 1, do = ask-retry }");
    assertThat(script.left()).containsExactly("that the consumer forgets its stream when it asks for a retry");
  }

  @Test
  void a_picture_has_a_line_for_each_step_and_an_arrow_for_each_message() {
    List<String> lines = SequenceDiagram.of(violation()).lines().toList();

    assertThat(lines).hasSize(12);
    assertThat(lines.get(0)).contains("source", "link", "destination", "stream", "mover");
    assertThat(lines.get(8)).contains("!", "FAULT destination: asks for a retry");
    assertThat(lines.get(11)).contains("|----------->|", "ADD_STREAM(takeover) stream 2 => answers KEY_EEXISTS");
  }
}
