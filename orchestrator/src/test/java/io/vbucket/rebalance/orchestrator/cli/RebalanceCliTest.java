package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for all commands: usage, wrong files, nodes that cannot be used. */
class RebalanceCliTest {
  @TempDir
  Path folder;

  private Program program;

  @BeforeEach
  void fourNodes() throws IOException {
    program = new Program(folder, new MemoryCluster(4, 3, 12));
  }

  @Test
  void without_arguments_it_prints_its_usage_as_an_error() {
    Program.Result result = program.execute();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("Usage: rebalance").contains("run", "plan", "verify", "repair");
  }

  @Test
  void help_is_no_error_and_tells_every_exit_code() {
    for (String[] arguments : new String[][] {{"--help"}, {"run", "--help"}, {"plan", "--help"},
      {"verify", "--help"},
      {"repair", "--help"}}) {
      Program.Result result = program.execute((Object[]) arguments);

      assertThat(result.exitCode()).isZero();
      assertThat(result.err()).isEmpty();
      assertThat(result.out())
          .startsWith("Usage: rebalance")
          .contains("Exit codes:", "done, and complete", "unmoved", "file and line", "refused", "130", "interrupted");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "plan", "verify", "repair", "replicate"})
  void every_command_tells_its_version_and_has_the_options_of_all(String command) {
    assertThat(program.execute(command, "--version").out()).startsWith("rebalance ");
    assertThat(program.execute(command, "--version").exitCode()).isZero();
    assertThat(program.execute(command, "--help").out()).contains("--cluster", "--settings", "--json", "--verbose");
  }

  @Test
  void wrong_options_are_told_in_one_line_with_a_hint() {
    assertThat(program.execute("run")).isEqualTo(new Program.Result(
        2, "", lines("rebalance: Missing required option: '--cluster=FILE'", "Try 'rebalance run --help'.")));
    assertThat(program.on("plan", "--ad", "n4").err()).contains("Unknown option", "--add",
        "Try 'rebalance plan --help'.");
    assertThat(program.execute("rum").exitCode()).isEqualTo(2);
    assertThat(program.on("run", "--grace", "10").err())
        .startsWith("rebalance: Invalid value for option '--grace': '10': expected a number with a unit, 0 ms to 1 h");
    assertThat(program.on("run", "--grace", "2 h").exitCode()).isEqualTo(2);
  }

  @Test
  void nodes_that_the_cluster_file_does_not_list_are_wrong_usage() {
    assertThat(program.on("run", "--add", "n4", "--remove", "n9")).isEqualTo(new Program.Result(
        2,
        "",
        lines("rebalance: --remove n9: no such node in " + program.clusterFile() + ", which has n1, n2, n3, n4",
            "Try 'rebalance run --help'.")));
    assertThat(program.on("plan", "--add", "n4", "--remove", "n1,n4").err())
        .startsWith("rebalance: node n4 is both to be added and to be removed");
  }

  @Test
  void mistakes_in_the_cluster_file_are_told_with_file_and_line() throws IOException {
    String text = Files.readString(program.clusterFile());
    Files.writeString(program.clusterFile(), text.replace("port = 12002", "port = 120020"));

    Program.Result result = program.on("verify");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("rebalance: ").contains("cluster.conf:7: cluster.nodes.1.port", "120020",
        "65535");
    assertThat(program.execute("verify", "--cluster", folder.resolve("none.conf")).err())
        .contains("none.conf: no such file");
  }

  @Test
  void mistakes_in_the_settings_are_told_with_file_and_line() throws IOException {
    Program.Result result = program.on("run", "--settings", program.settings("rebalance.takeover.max-attempts = 0\n"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("settings.conf:3: rebalance.takeover.max-attempts", "1 to 1000");
    assertThat(program.on("plan", "--settings", folder.resolve("none.conf")).exitCode()).isEqualTo(2);
  }

  @Test
  void the_cluster_file_may_hold_the_settings() throws IOException {
    Files.writeString(program.clusterFile(), program.cluster.file() + "rebalance.move.max-concurrent = none\n");

    assertThat(program.on("verify").err()).contains("rebalance.move.max-concurrent");
  }

  @Test
  void a_password_that_cannot_be_had_is_told_before_anything_starts() throws IOException {
    Files.delete(folder.resolve("password"));
    program.failsToWire(new IllegalStateException("not to be reached"));

    Program.Result result = program.on("run");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("password file", "no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "plan", "verify", "repair", "replicate"})
  void a_report_that_cannot_be_written_is_told_before_anything_starts(String command) {
    program.failsToWire(new IllegalStateException("not to be reached"));

    Program.Result result = program.on(command, "--json", folder.resolve("none/figures.json"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).isEqualTo(lines("rebalance: figures file " + folder.resolve("none/figures.json")
        + ": no such directory: " + folder.resolve("none")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "plan", "verify", "repair"})
  void a_node_that_cannot_be_used_ends_it_with_its_name_and_reason(String command) {
    program.cluster.trouble("n2", "wrong user or password");

    Program.Result result = program.on(command, "--json", program.json());

    assertThat(result).isEqualTo(
        new Program.Result(3, "", lines("rebalance: node n2 (127.0.0.1:12002): wrong user or password")));
    assertThat(program.json()).doesNotExist();
  }

  @Test
  void a_run_that_was_started_in_the_same_instant_and_goes_second_is_waited_for_and_one_that_goes_first_is_not() {
    program.cluster.otherRun("n3", "zzz-started-later", 2);
    Program.Result result = program.on("run", "--add", "n4");
    assertThat(result.exitCode()).as(result.err()).isZero();

    program.cluster.otherRun("n3", "000-started-earlier", 1);
    assertThat(program.on("run", "--remove", "n4").err()).contains(
        "another rebalance, or 'rebalance replicate', of travel is at work on n3 (run 000-started-earlier), or was started in the same"
            + " instant and goes first");
  }

  @Test
  void another_run_at_work_a_bucket_without_map_and_wrong_states_are_refused() throws IOException {
    program.cluster.otherRun("n3");
    assertThat(program.on("run", "--add", "n4").err())
        .contains("another rebalance, or 'rebalance replicate', of travel is at work on n3");
    assertThat(program.on("plan", "--add", "n4").exitCode()).isEqualTo(3);

    program = new Program(folder, new MemoryCluster(4, 3, 12));
    program.cluster.noMaps();
    assertThat(program.on("verify"))
        .matches(result -> result.exitCode() == 3 && result.err().contains("no node has a map"));
    assertThat(program.on("run").exitCode()).isEqualTo(3);
  }

  @Test
  void a_bug_has_an_exit_code_of_its_own_and_no_stack_trace() {
    program.failsToWire(new IllegalStateException("impossible"));

    Program.Result result = program.on("verify");

    assertThat(result.exitCode()).isEqualTo(70);
    assertThat(result.err()).contains("please report it", "impossible").doesNotContain("\tat ");
  }

  static String lines(String... lines) {
    return String.join(System.lineSeparator(), lines) + System.lineSeparator();
  }
}
