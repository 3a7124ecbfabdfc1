package io.vbucket.rebalance.testkit.secure;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.cli.RebalanceCli;
import io.vbucket.rebalance.testkit.cli.ScenarioCli;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both programs as users start them: nodes in one process, the rebalance in another. */
class TwoProcessesTest {
  @TempDir
  Path folder;

  private record Ended(int exitCode, String output) {}

  private Process start(Class<?> program, String password, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
        System.getProperty("java.class.path"), program.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("REBALANCE_PASSWORD", password);
    return builder.start();
  }

  private Ended run(Class<?> program, String password, Object... arguments) throws Exception {
    Process process = start(program, password, arguments);
    String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  @Test
  void rebalance_run_works_on_nodes_with_TLS_and_SCRAM_and_tells_a_wrong_password() throws Exception {
    Path cluster = folder.resolve("cluster.conf");
    Process nodes = start(
        ScenarioCli.class, "", "nodes", "--count", 3, "--port", 0, "--vbuckets", 12, "--tls", "--auth", "scram",
        "--cluster-file", cluster);
    try (BufferedReader said = nodes.inputReader()) {
      List<String> lines = new ArrayList<>();
      for (String line = said.readLine(); line != null && !line.equals("interrupt to stop"); line = said.readLine()) {
        lines.add(line);
      }
      assertThat(lines).as("nodes").anyMatch(line -> line.startsWith("n3 127.0.0.1:") && line.contains("with TLS"));
      assertThat(Files.readString(cluster)).contains("tls {").contains("ca-file").doesNotContain("password =");

      Ended wrong = run(RebalanceCli.class, "swordfish", "verify", "--cluster", cluster);
      assertThat(wrong.output()).contains("node n1").contains("check user and password").doesNotContain("swordfish");
      assertThat(wrong.exitCode()).isEqualTo(3);

      Ended moved = run(RebalanceCli.class, "password", "run", "--cluster", cluster, "--add", "n3");
      assertThat(moved.output()).contains("moves      4 of 4");
      assertThat(moved.exitCode()).isZero();

      Path withoutTls = folder.resolve("without-tls.conf");
      Files.writeString(withoutTls, Files.readString(cluster).replaceAll("(?s)  tls \\{.*?\\}\n", ""));
      Ended plain = run(
          RebalanceCli.class, "password", "verify", "--cluster", withoutTls, "--settings",
          Files.writeString(folder.resolve("brisk.conf"), "rebalance.node.request-timeout = 5 s"));
      assertThat(plain.output()).contains(
          "node n1 (127.0.0.1:", "instead of answering HELLO",
          "whether it is the one for TLS: then the cluster file needs tls");
      assertThat(plain.exitCode()).isEqualTo(3);
    } finally {
      nodes.destroy();
    }
  }

  @Test
  void rebalance_run_moves_all_buckets_of_the_file_that_nodes_wrote() throws Exception {
    Path cluster = folder.resolve("cluster.conf");
    Process nodes = start(
        ScenarioCli.class, "", "nodes", "--count", 3, "--port", 0, "--vbuckets", 12, "--bucket", "travel", "--buckets",
        2, "--cluster-file", cluster);
    try (BufferedReader said = nodes.inputReader()) {
      String line = said.readLine();
      for (; line != null && !line.startsWith("buckets travel, travel-2 with 12"); line = said.readLine()) {
        assertThat(line).isNotEqualTo("interrupt to stop");
      }
      Ended moved = run(RebalanceCli.class, "password", "run", "--cluster", cluster, "--add", "n3", "--in-parallel", 2);
      assertThat(moved.output()).contains("travel: moves      4 of 4", "travel-2: moves      4 of 4");
      assertThat(moved.exitCode()).isZero();

      Ended verified = run(RebalanceCli.class, "password", "verify", "--cluster", cluster, "--bucket", "travel-2");
      // Not at the beginning: newer JVMs have words of their own about what libraries do.
      assertThat(verified.output()).contains("12 vBuckets, map revision ", "no differences");
      assertThat(verified.exitCode()).isZero();
    } finally {
      nodes.destroy();
    }
  }
}
