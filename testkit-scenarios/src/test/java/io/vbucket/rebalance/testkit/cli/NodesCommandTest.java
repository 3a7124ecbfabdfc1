package io.vbucket.rebalance.testkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How {@code scenario nodes} says that it cannot start. */
@ResourceLock(Resources.SYSTEM_ERR)
class NodesCommandTest {
  private record Ended(int exitCode, String err) {}

  private static Ended run(Object... arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setErr(new PrintStream(told, true, UTF_8));
    try {
      int exitCode = ScenarioCli.commandLine()
          .execute(
              Stream.concat(Stream.of("nodes"), Stream.of(arguments).map(Object::toString)).toArray(String[]::new));
      return new Ended(exitCode, told.toString(UTF_8));
    } finally {
      System.setErr(before);
    }
  }

  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
  }

  @Test
  void a_taken_port_is_one_line_and_2() throws IOException {
    ServerSocket taken = taken();
    while (taken.getLocalPort() > 64_000) {
      ServerSocket lower = taken();
      taken.close();
      taken = lower;
    }
    try (ServerSocket open = taken) {
      Ended ended = run("--count", 1, "--port", open.getLocalPort());

      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.err().lines()).singleElement().asString()
          .startsWith("node n1 cannot listen for clients on 127.0.0.1:" + open.getLocalPort() + ": ")
          .endsWith("; choose another --port, or 0 for any free ones");
    }
  }

  @Test
  void a_taken_HTTP_port_is_one_line_and_2() throws IOException {
    try (ServerSocket taken = taken()) {
      Ended ended = run("--count", 1, "--port", taken.getLocalPort() - 1_000);

      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.err().lines()).singleElement().asString()
          .startsWith("node n1 cannot listen for HTTP on 127.0.0.1:" + taken.getLocalPort() + ": ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "192.0.2.7", "::", "localhost", "example.org"})
  void nodes_that_protect_nothing_listen_on_loopback_only(String host) {
    Ended ended = run("--count", 1, "--port", 0, "--host", host);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err().lines()).singleElement().asString()
        .startsWith("host " + host + ": expected an address of loopback, 127.0.0.1 or ::1");
  }

  @ParameterizedTest
  @CsvSource({"--cluster-file, cluster file", "--ca-file, file of --ca-file"})
  void a_file_without_a_directory_is_told_before_anything_starts(String option, String kind, @TempDir Path folder) {
    Path nowhere = folder.resolve("nowhere").resolve("file");

    Ended ended = run("--count", 1, "--port", 0, "--tls", option, nowhere);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err().lines())
        .containsExactly(kind + " " + nowhere + ": no such directory: " + nowhere.getParent());
  }

  @Test
  void ports_that_do_not_exist_are_told_before_anything_starts() {
    Ended ended = run("--count", 4, "--port", 64_533);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).startsWith("port 64533: expected 0, or 1 to 64532 so that the HTTP ports of 4 nodes");
  }
}
