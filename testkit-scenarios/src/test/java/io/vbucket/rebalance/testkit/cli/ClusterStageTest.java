package io.vbucket.rebalance.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.cli.Surroundings;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Scripts against nodes that the stage did not start and of which it knows a cluster file only. */
class ClusterStageTest {
  private static final Path CATALOGUE = Path.of("scenarios");

  @TempDir
  private static Path folder;
  private static EmbeddedCluster others;
  private static Path clusterFile;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void somebodyElseHasACluster() throws IOException {
    // Deriving keys for SCRAM would take longer than the scripts.
    EmbeddedCluster.Doors plain = new EmbeddedCluster.Doors(Optional.empty(), 0, List.of("PLAIN"));
    others = EmbeddedCluster.start(EmbeddedCluster.Layout.of(3, 3, 12), plain, NodeObserver.NONE);
    clusterFile = clusterFile("cluster.conf", "  plain-without-tls = true");
  }

  private static Path clusterFile(String name, String more) throws IOException {
    return clusterFile(others, name, more);
  }

  private static Path clusterFile(EmbeddedCluster cluster, String name, String more) throws IOException {
    Path password = Files.writeString(folder.resolve("password"), EmbeddedCluster.PASSWORD + "\n");
    List<String> nodes = new ArrayList<>();
    cluster.nodes().forEach(
        node -> nodes.add("{ name = " + node.name() + ", host = \"127.0.0.1\", port = " + node.port() + " }"));
    return Files.writeString(folder.resolve(name), String.join("\n",
        "cluster {",
        "  bucket = default",
        "  user = " + EmbeddedCluster.USER,
        "  password-file = \"" + password + "\"",
        more,
        "  nodes = [" + String.join(", ", nodes) + "]",
        "}"));
  }

  @AfterAll
  static void itEnds() {
    others.close();
  }

  private int run(Object... arguments) {
    return run(Surroundings.ofThisProcess(), arguments);
  }

  private int run(Surroundings surroundings, Object... arguments) {
    CommandLine program = ScenarioCli.commandLine(surroundings)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of("run", "--stage", "cluster"));
    List.of(arguments).forEach(argument -> all.add(argument.toString()));
    return program.execute(all.toArray(String[]::new));
  }

  private Path script(String name, String step, String expect) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n",
        "scenario = \"of the test's own\"",
        "cluster { nodes = [a, b], vbuckets = 4, items-per-vbucket = 20, writers = 1 }",
        "ask { move { vbucket = 2, from = a, to = b } }",
        "script = [",
        "  " + step,
        "]",
        "expect { " + expect + " }",
        ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "t03-late-stream-end.conf", "t08-retry-after-the-source-is-dead.conf",
    "t10-same-retry-twice.conf", "t26-state-refused.conf"})
  void aRaceOfTheCatalogueThatARelayCanCausePassesOnNodesOfOthers(String script) throws IOException {
    // The nodes are of the version that they are: a row for each version would be the same twice.
    String text =
        Files.readString(CATALOGUE.resolve(script)).replace("version = [\"6.0\", \"7.6\"]", "version = [\"7.6\"]");

    int status = run("--cluster", clusterFile, Files.writeString(folder.resolve(script), text));

    assertThat(status).describedAs("%s%n%s", out, err).isZero();
    assertThat(out.toString()).contains(" 0 failed, 0 pending");
  }

  @Test
  void aMoveIsForRealAndItIsSaidWhereTheVBucketStays() throws IOException {
    int status = run("--cluster", clusterFile, CATALOGUE.resolve("t01-retry-asked-n-times.conf"));

    assertThat(status).describedAs("%s%n%s", out, err).isZero();
    List<String> notes = out.toString().lines().filter(line -> line.startsWith("vb:2 was moved to ")).toList();
    assertThat(notes).hasSize(3);
    String last = notes.get(2).replaceAll("vb:2 was moved to (n\\d) and stays there", "$1");
    for (int i = 0; i < 3; i++) {
      try (AdminClient admin = others.admin(i)) {
        assertThat(admin.state(2).filter(state -> state.wireName().equals("active")).isPresent())
            .describedAs("active on n%d, when %s", i + 1, notes)
            .isEqualTo(last.equals("n" + (i + 1)));
      }
    }
  }

  @Test
  void nothingIsLeftOfTheDocumentsThatWereWrittenToCheckThatNoneIsLost() throws IOException {
    long before = documents();

    int status = run("--cluster", clusterFile,
        script("writes.conf", "{ when = \"b received ADD_STREAM\", do = \"write 5\" }", "outcome = moved"));

    assertThat(status).describedAs("%s%n%s", out, err).isZero();
    assertThat(documents()).isEqualTo(before);
  }

  /** Interrupts when the destination gets its copy, which the script would keep from being filled for long. */
  private int interruptedWhileTheCopyIsFilled(int times, IntConsumer halt) throws IOException {
    return interrupted("{ hold = \"b received ADD_STREAM\", attempt = 0, until = \"after 40 s\" }",
        frame -> frame.opcode() == Opcode.SET_VBUCKET, times, halt);
  }

  private int interrupted(String step, Predicate<Frame> at, int times, IntConsumer halt) throws IOException {
    Path script = script("interrupted.conf", step, "outcome = moved");
    AtomicReference<Runnable> user = new AtomicReference<>();
    Surroundings real = Surroundings.ofThisProcess();
    Surroundings surroundings = new Surroundings(real.wiring(), listener -> {
      user.set(listener);
      return () -> {};
    }, halt, false, real.input());
    AtomicBoolean interrupted = new AtomicBoolean();
    others.nodes().forEach(node -> node.run(
        data -> data.faults().tap((peer, direction, frame, vbucket, state, proceed) -> {
          if (frame.isRequest() && at.test(frame) && !interrupted.getAndSet(true)) {
            IntStream.range(0, times).forEach(time -> user.get().run());
          }
          proceed.run();
        })));
    try {
      return run(surroundings, "--cluster", clusterFile, script);
    } finally {
      others.nodes().forEach(node -> node.run(data -> data.faults().tap(null)));
      assertThat(interrupted).isTrue();
    }
  }

  @Test
  void anInterruptStopsTheRebalanceDeletesTheDocumentsAndTellsWhatIsLeft() throws IOException {
    long before = documents();

    int status = interruptedWhileTheCopyIsFilled(1, code -> {});

    assertThat(status).describedAs("%s%n%s", out, err).isEqualTo(130);
    assertThat(err.toString().strip()).hasLineCount(1)
        .startsWith("stopping; takeovers that have begun may finish for 10000 ms")
        .endsWith("Interrupt again to end at once");
    assertThat(out.toString().lines().skip(1))
        .anyMatch(line -> line.matches("vb:2 is still on n\\d"))
        .contains("stopped  of the test's own", "nothing is left over: nodes and map agree as before",
            "0 passed, 0 failed, 0 pending")
        .noneMatch(line -> line.contains("could not be deleted"));
    assertThat(documents()).isEqualTo(before);
    assertThat(copies(2)).as("copies of vb:2").isEqualTo(1);
  }

  @Test
  void anInterruptInATakeoverLetsItsFramesGoSoThatItEndsWithinItsGrace() throws IOException {
    long before = documents();

    int status = interrupted("{ hold = \"a sends SET_VBUCKET_STATE\", attempt = 1, until = \"after 40 s\" }",
        frame -> frame.opcode() == Opcode.DCP_ADD_STREAM && Dcp.AddStream.of(frame).takeover(), 1, code -> {});

    assertThat(status).describedAs("%s%n%s", out, err).isEqualTo(130);
    assertThat(out.toString()).containsPattern("vb:2 (is still on|was moved to) n\\d")
        .contains("nothing is left over: nodes and map agree as before");
    assertThat(documents()).isEqualTo(before);
    assertThat(copies(2)).as("copies of vb:2").isEqualTo(1);
  }

  @Test
  void aSecondInterruptEndsAtOnce() throws IOException {
    List<Integer> codes = new CopyOnWriteArrayList<>();

    interruptedWhileTheCopyIsFilled(2, codes::add);

    assertThat(codes).containsExactly(130);
    assertThat(err.toString()).contains("ended at once: documents whose keys begin with scenario- may be left",
        "'rebalance repair' makes good");
  }

  private static long copies(int vbucket) throws IOException {
    long copies = 0;
    for (int i = 0; i < others.nodes().size(); i++) {
      try (AdminClient admin = others.admin(i)) {
        copies += admin.state(vbucket).isPresent() ? 1 : 0;
      }
    }
    return copies;
  }

  private static long documents() {
    return others.nodes().stream().mapToLong(node -> node
        .call(data -> IntStream.range(0, 12).mapToLong(vbucket -> data.documents("default", vbucket)).sum())).sum();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "kill a | nobody but the node itself can cause it",
    "restart b empty | nobody but the node itself can cause it",
    "ask-retry b forget | nobody but the node itself can cause it",
    "set a dead | it would change a cluster that belongs to others",
    "newer-map | it would change a cluster that belongs to others"})
  void whatOnlyANodeCanCauseIsRefusedWithItsLineBeforeAnythingIsRun(String action, String why) throws IOException {
    Path wrong = script("wrong.conf", "{ when = \"b received ADD_STREAM\", do = \"" + action + "\" }",
        "outcome = moved");

    assertThat(run("--cluster", clusterFile, CATALOGUE.resolve("t08-retry-after-the-source-is-dead.conf"), wrong))
        .isEqualTo(2);

    assertThat(err.toString().strip()).hasLineCount(1)
        .startsWith(wrong + ":5: \"" + action + "\": not on stage cluster: " + why);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"3, 0, passed   of the test's own", "2, 1, not begun: vb:2 shall move to b, played by n"})
  void ofABucketWithReplicasAVBucketMovesToANodeWithoutACopyOrNotAtAll(int nodes, int status, String told)
      throws IOException {
    EmbeddedCluster.Layout layout =
        new EmbeddedCluster.Layout(nodes, nodes, 12, "default", NodeVersion.V7_6, 0, 1, 1, 1);
    EmbeddedCluster.Doors plain = new EmbeddedCluster.Doors(Optional.empty(), 0, List.of("PLAIN"));
    try (EmbeddedCluster replicated = EmbeddedCluster.start(layout, plain, NodeObserver.NONE)) {
      Path cluster = clusterFile(replicated, "replicated-" + nodes + ".conf", "  plain-without-tls = true");
      Path script = script("replicated.conf", "", "outcome = moved, states { 2 { a = absent, b = active } }");

      assertThat(run("--cluster", cluster, script)).describedAs("%s%n%s", out, err).isEqualTo(status);

      assertThat(out.toString()).contains(told);
    }
  }

  private Path edited(String name, String what, String by) throws IOException {
    String text = Files.readString(clusterFile);
    assertThat(text).contains(what);
    return Files.writeString(folder.resolve(name), text.replace(what, by));
  }

  @Test
  void aNodeThatLetsNobodyInIsToldOnceBeforeAnyScriptIsPlayed() throws IOException {
    Path wrong = Files.writeString(folder.resolve("wrong-password"), "guessed\n");
    Path cluster = edited("locked.conf", folder.resolve("password").toString(), wrong.toString());

    assertThat(run("--cluster", cluster, CATALOGUE.resolve("t01-retry-asked-n-times.conf"))).isEqualTo(3);

    assertThat(err.toString().lines()).hasSize(3).allSatisfy(line -> assertThat(line)
        .matches("node n\\d .* refused user \\w+ with AUTH_ERROR.*; check user and password"));
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aNodeThatIsNotThereIsToldByItsNameBeforeAnyScriptIsPlayed() throws IOException {
    Path cluster = edited("dead.conf", "port = " + others.node(1).port() + " ", "port = 1 ");
    Files.writeString(cluster, "\nrebalance.node.request-timeout = 1 s\n", StandardOpenOption.APPEND);

    assertThat(run("--cluster", cluster, CATALOGUE.resolve("t01-retry-asked-n-times.conf"))).isEqualTo(3);

    assertThat(err.toString().lines())
        .anyMatch(line -> line.startsWith("node n2 (127.0.0.1:1): cannot connect: Connection refused"));
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void ofSeveralBucketsOneMustBeChosen() throws IOException {
    Path cluster = edited("two.conf", "bucket = default", "buckets = [{ name = default }, { name = other }]");
    Path script = script("one-of-two.conf", "", "outcome = moved");

    assertThat(run("--cluster", cluster, script)).isEqualTo(2);
    assertThat(err.toString()).startsWith(
        "scripts are played in one bucket, and " + cluster + " names default, other; choose one with --bucket");
    err.getBuffer().setLength(0);
    assertThat(run("--cluster", cluster, "--bucket", "third", script)).isEqualTo(2);
    assertThat(err.toString()).startsWith(
        "--bucket third: no such bucket in " + cluster + ", which has default, other");
    assertThat(run("--cluster", cluster, "--bucket", "default", script)).describedAs("%s%n%s", out, err).isZero();
  }

  @Test
  void withoutAClusterFileItSaysThatOneIsNeeded() {
    assertThat(run(CATALOGUE.resolve("t08-retry-after-the-source-is-dead.conf"))).isEqualTo(2);

    assertThat(err.toString()).startsWith("--stage cluster needs --cluster FILE");
  }

  @Test
  void aClusterFileWithTlsIsRefusedSinceAProxyReadsNothingThere() throws IOException {
    Path encrypted = clusterFile("tls.conf", "  tls { }");

    assertThat(run("--cluster", encrypted, CATALOGUE.resolve("t08-retry-after-the-source-is-dead.conf"))).isEqualTo(2);

    assertThat(err.toString()).startsWith("the cluster file asks for TLS, but stage cluster reads frames");
  }
}
