package io.vbucket.rebalance.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands about scripts, as a user of the program sees them. */
class ScenarioCommandsTest {
  private static final String HEAD = String.join("\n",
      "scenario = \"a retry\"",
      "cluster { nodes = [a, b], writers = 0 }",
      "ask { move { vbucket = 2, from = a, to = b } }",
      "script = [",
      "");

  @TempDir
  private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine program = ScenarioCli.commandLine();

  @BeforeEach
  void capture() {
    program.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
  }

  private Path script(String name, String line, String expect) throws IOException {
    return Files.writeString(folder.resolve(name), HEAD + "  " + line + "\n]\nexpect { " + expect + " }\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo --vbuckets 0", "demo --items 0", "demo --items -5", "bench relay --rounds 0",
    "bench relay --takeovers 0", "bench moves --vbuckets 0", "simulate --seeds 0"})
  void numbers_that_are_out_of_range_are_wrong_usage_in_a_line_or_two(String line) {
    assertThat(run((Object[]) line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains("expected at least 1");
    assertThat(err.toString().lines()).hasSizeLessThan(3);
  }

  private int run(Object... arguments) {
    return program.execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            "{ when = \"b recieved ADD_STREAM\", do = ask-retry }",
            "unknown trigger \"b recieved ADD_STREAM\": did you mean received?"),
        Arguments.of(
            "{ when = \"takeover-begun\", do = ask-retry }",
            "unknown trigger \"takeover-begun\": expected asked | after 3 s | after 40 frames | NODE received FRAME | "),
        Arguments.of(
            "{ when = \"c received ADD_STREAM\", do = ask-retry }",
            "no node c; allowed are a, b, any"),
        Arguments.of(
            "{ when = \"b received ADD_STREAM\", do = \"kill bb\" }",
            "no node bb; allowed are a, b"),
        Arguments.of(
            "{ hold = \"a sends STREAM_END\", attempt = 1, until = \"a sends STREAM_END\", until-attempt = 1 }",
            "until = \"a sends STREAM_END in attempt 1\" never comes: it is the frame that is held; name another frame or attempt"),
        Arguments.of(
            "{ hold = \"a sends STREAM_END\", until = \"b received ADD_STREAM\", until-attempt = 11 }",
            "attempt 11 never comes: expected 0 (filling the copy) to 10 (rebalance.takeover.max-attempts)"),
        Arguments.of(
            "{ hold = \"a sends STREAM_END\", until = asked }",
            "until = \"asked\" never comes: it is over before the first frame; name a frame, a state, an event or a time"),
        Arguments.of(
            "{ hold = \"a sends STREAM_END\", until = \"a received STREAM_END\" }",
            "unknown trigger \"a received STREAM_END\": \"a received STREAM_END\" never happens: STREAM_END goes from a to b"
                + " when a vBucket moves from a to b"),
        Arguments.of(
            "{ when = \"b received ADD_STREAM\", do = explode }",
            "unknown action \"explode\": allowed are ask-retry, cut, cut-admin, kill, "));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsToldWithFileAndLineAndWhatIsAllowedAndNothingIsRun(String line, String message) throws IOException {
    Path file = script("wrong.conf", line, "outcome = moved");

    assertThat(run("run", file)).isEqualTo(2);
    assertThat(err.toString().strip()).hasLineCount(1).startsWith(file + ":5: " + message);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aMissingFileIsToldByItsNameTogetherWithTheMistakesOfOtherFiles() throws IOException {
    Path wrong = script("wrong.conf", "{ when = asked, do = \"kill c\" }", "outcome = moved");
    Path missing = folder.resolve("missing.conf");

    assertThat(run("run", missing, wrong)).isEqualTo(2);
    assertThat(err.toString().lines()).containsExactly(
        missing + ": no such file", wrong + ":5: no node c; allowed are a, b");
  }

  @Test
  void aFolderWithoutScriptsIsAMistakeAndNoSuccess() {
    assertThat(run("check", folder)).isEqualTo(2);
    assertThat(err.toString().strip()).isEqualTo(folder + ": no script in it; scripts end in .conf");
  }

  @Test
  void aScriptThatHoldsExitsWithZeroAndAReport() throws IOException {
    Path good = script("good.conf", "{ when = \"b received ADD_STREAM\", attempt = 1, do = ask-retry }",
        "outcome = moved, attempts = 2");
    Path json = folder.resolve("report.json");

    assertThat(run("run", good, "--json", json)).isZero();

    assertThat(out.toString()).startsWith("passed   a retry, 2 attempts, ").endsWith(
        "1 passed, 0 failed, 0 pending" + System.lineSeparator());
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.get("passed").asInt()).isEqualTo(1);
    assertThat(report.get("failed").asInt()).isZero();
    assertThat(report.get("pending").asInt()).isZero();
    JsonNode row = report.get("scripts").get(0);
    assertThat(row.get("file").asText()).isEqualTo(good.toString());
    assertThat(row.get("verdict").asText()).isEqualTo("passed");
    assertThat(row.get("stage").asText()).isEqualTo("simulated");
    assertThat(row.get("attempts").asInt()).isEqualTo(2);
  }

  @Test
  void aScriptThatDoesNotHoldExitsWithOneAndPrintsTheCommandThatGivesTheSameSchedule() throws IOException {
    Path bad = script("bad.conf", "{ when = \"b received ADD_STREAM\", attempt = 1, do = ask-retry }",
        "outcome = moved, attempts = 1, never = [retry-asked]");

    assertThat(run("run", bad, "--seed", 42)).isEqualTo(1);

    String first = out.toString();
    assertThat(first)
        .contains("FAILED   a retry (" + bad + ":1, stage simulated)")
        .contains("  attempts = 1 expected, but vb:2 took 2")
        .contains("  never = \"retry-asked\", but it was seen: AttemptFailed[")
        .contains("again: scenario run " + bad + " --seed 42");
    out.getBuffer().setLength(0);
    assertThat(run("run", bad, "--seed", 42)).isEqualTo(1);
    assertThat(out).hasToString(first);
  }

  @Test
  void aStepThatNeverFiresIsAFailureSinceSuchAScriptShowsNothing() throws IOException {
    Path idle = script("idle.conf", "{ when = \"b dropped a connection\", do = ask-retry }", "outcome = moved");

    assertThat(run("run", idle)).isEqualTo(1);
    assertThat(out.toString()).contains(idle + ":5: this step never fired: b dropped a connection");
  }

  @Test
  void aPendingScriptIsNotRunAndToldWithItsReason() throws IOException {
    Path file = Files.writeString(folder.resolve("pending.conf"),
        HEAD + "]\npending = \"not before spring\"\nexpect { outcome = moved }\n");

    assertThat(run("run", file)).isZero();
    assertThat(out.toString()).contains("pending  a retry: not before spring")
        .contains("0 passed, 0 failed, 1 pending");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "run --stage cluser x.conf | Invalid value for option '--stage' | Try 'scenario run --help'.",
    "run --stage cluster x.conf | x.conf: no such file |",
    "run --stage cluster scenarios/t01-retry-asked-n-times.conf | --stage cluster needs --cluster FILE | Try 'scenario run --help'.",
    "run --bucket default scenarios/t01-retry-asked-n-times.conf | --bucket is for --stage cluster | Try 'scenario run --help'.",
    "demo --items abc | Invalid value for option '--items' | Try 'scenario demo --help'.",
    "bench | what shall be measured | Try 'scenario bench --help'.",
    "--nonsense | Unknown option: '--nonsense' | Try 'scenario --help'."})
  void wrongUsageIsOneLineAndWhereTheUsageStands(String command, String message, String hint) {
    assertThat(run((Object[]) command.split(" "))).isEqualTo(2);

    List<String> told = err.toString().lines().toList();
    assertThat(told).hasSize(hint == null ? 1 : 2).first().asString().startsWith(message);
    if (hint != null) {
      assertThat(told).last().isEqualTo(hint);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "run scenarios/t01-retry-asked-n-times.conf --json", "simulate --seeds 1 --json", "bench plan --json",
    "bench moves --json", "bench relay --json", "explore scenarios/core.conf --json",
    "explore scenarios/core.conf --trace"})
  void aPlaceWhereNothingCanBeWrittenIsToldBeforeAnythingBegins(String command) {
    Path nowhere = folder.resolve("nowhere").resolve("figures.json");

    assertThat(run((Object[]) (command + " " + nowhere).split(" "))).isEqualTo(2);

    assertThat(err.toString().strip()).hasLineCount(1)
        .endsWith(" file " + nowhere + ": no such directory: " + nowhere.getParent());
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void figuresThatCannotBeWrittenWhenAllIsDoneAreOneLineAndOne() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "no /dev/full on this system");
    Path good = script("good.conf", "{ when = \"b received ADD_STREAM\", attempt = 1, do = ask-retry }",
        "outcome = moved");

    assertThat(run("run", good, "--json", full)).isEqualTo(1);

    assertThat(out.toString()).contains("1 passed, 0 failed, 0 pending");
    assertThat(err.toString().strip()).hasLineCount(1)
        .startsWith("what was found is not written: report file /dev/full: cannot be written: ");
  }

  @Test
  void whatACommandIsForIsAWholeSentenceInTheListOfCommands() {
    Stream<CommandLine> bench = program.getSubcommands().get("bench").getSubcommands().values().stream();
    Stream.concat(program.getSubcommands().values().stream(), bench).forEach(command -> {
      CommandLine.Model.UsageMessageSpec usage = command.getCommandSpec().usageMessage();
      assertThat(usage.description()[0]).as(command.getCommandName()).matches("[A-Z].{1,120}\\.");
    });
  }

  @Test
  void listTellsWhatTheScriptsOfAFolderCover() {
    assertThat(run("list", "scenarios")).isZero();
    assertThat(out.toString().lines().filter(line -> line.matches("t\\d\\d-.*"))).hasSize(36);
    assertThat(out.toString()).contains("t02-retry-asked-for-ever.conf").contains("T2 I4 I7 I8");
  }

  @Test
  void checkReadsTheWholeCatalogueAndRunsNothing() {
    assertThat(run("check", "scenarios")).isZero();
    assertThat(out.toString()).containsPattern("\\d+ scenarios, no mistakes");
  }
}
