package io.vbucket.rebalance.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code scenario explore} and {@code scenario replay}, from outside. */
class ExploreCommandTest {
  @TempDir
  Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... arguments) {
    CommandLine line = ScenarioCli.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line.execute(java.util.Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  private Path script(String... more) throws IOException {
    return Files.writeString(folder.resolve("script.conf"), """
        scenario = "a small one"
        cluster  { nodes = [a, b] }
        settings { takeover.max-attempts = 2 }
        ask      { move { vbucket = 2, from = a, to = b } }
        expect   { outcome = moved }
        """ + String.join("\n", more));
  }

  @Test
  void a_complete_search_without_a_violation_exits_0_and_writes_its_figures() throws IOException {
    Path json = folder.resolve("figures.json");

    int exit = run("explore", "--json", json, script("explore { cuts = 1 }"));

    assertThat(exit).as(err.toString()).isZero();
    assertThat(out.toString()).contains("complete, no invariant is broken");
    JsonNode figures = new ObjectMapper().readTree(json.toFile());
    assertThat(figures.get("complete").asBoolean()).isTrue();
    assertThat(figures.get("distinctStates").asLong()).isGreaterThan(1_000);
    assertThat(figures.get("statesPerSecond").asLong()).isPositive();
    assertThat(figures.get("depth").asInt()).isGreaterThan(50);
    assertThat(figures.get("violations")).isEmpty();
  }

  @Test
  void the_naive_variant_exits_1_with_the_shortest_schedule_and_its_trace_replays() throws IOException {
    Path trace = folder.resolve("trace.json");

    int exit = run("explore", "--variant", "naive", "--trace", trace, script("explore { retries = 1 }"));

    assertThat(exit).isEqualTo(1);
    assertThat(out.toString()).contains("I5 is broken: ", "shortest schedule, 11 steps:", "scenario replay " + trace);
    assertThat(run("replay", trace)).isEqualTo(1);
  }

  @Test
  void what_lines_of_a_script_make_happen_at_one_moment_is_explored_at_every_moment() throws IOException {
    Path script = script(
        "script = [ { when = \"b received ADD_STREAM\", attempt = 1, do = ask-retry } ]", "explore { depth = 10 }");

    assertThat(run("explore", script)).isEqualTo(1);

    assertThat(out.toString()).contains("faults: retries 1", "NOT COMPLETE: a bound was reached");
  }

  @Test
  void mistakes_are_told_with_file_and_line_and_nothing_is_searched() throws IOException {
    Path script = script("explore { retrys = 1, cuts = 9 }");

    assertThat(run("explore", script)).isEqualTo(2);

    assertThat(err.toString()).contains(
        script + ":6: unknown key retrys in explore; did you mean retries?",
        script + ":6: cuts = 9: expected a whole number from 0 to 7");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void a_script_that_cannot_be_explored_says_why() throws IOException {
    assertThat(run("explore", script())).isEqualTo(2);
    assertThat(err.toString()).contains("script.conf:1: the script has no explore { }");

    assertThat(run("explore", script("script = [ { when = asked, do = \"kill b\" } ]", "explore {}"))).isEqualTo(2);
    assertThat(err.toString()).contains("script.conf:6: explore cannot do kill; it can do ask-retry, cut,");

    assertThat(run("explore", folder.resolve("none.conf"))).isEqualTo(2);
    assertThat(err.toString()).contains("none.conf: no such file");
  }

  @Test
  void a_wrong_variant_and_a_missing_trace_are_usage_mistakes() throws IOException {
    assertThat(run("explore", "--variant", "bold", script("explore {}"))).isEqualTo(2);
    assertThat(err.toString()).contains("expected product or naive but was 'bold'");
    assertThat(run("replay", folder.resolve("none.json"))).isEqualTo(2);
    assertThat(err.toString()).contains("none.json: no such file");
  }
}
