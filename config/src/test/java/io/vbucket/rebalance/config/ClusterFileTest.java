package io.vbucket.rebalance.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterFileTest {
  private static final String GOOD =
      """
      cluster {
        bucket = "travel"
        user = "admin"
        password-env = "REBALANCE_PASSWORD"
        nodes = [
          { name = n1, host = 127.0.0.1, port = 12000 }
          { name = n2, host = "::1", port = 12001 }
        ]
      }
      """;

  @TempDir
  Path folder;

  @Test
  void says_bucket_credentials_and_nodes_in_order() throws IOException {
    ClusterFile cluster = ClusterFile.load(write(GOOD));

    assertThat(cluster.bucket()).isEqualTo("travel");
    assertThat(cluster.credentials())
        .isEqualTo(new Credentials("admin", new PasswordSource.Environment("REBALANCE_PASSWORD")));
    assertThat(cluster.nodes())
        .containsExactly(new NodeAddress("n1", "127.0.0.1", 12000), new NodeAddress("n2", "::1", 12001));
    assertThat(cluster.node("n2").hostAndPort()).isEqualTo("[::1]:12001");
    assertThatThrownBy(() -> cluster.node("n3"))
        .hasMessage("node = n3: not in the cluster file, which has [n1, n2]");
  }

  @Test
  void is_read_back_as_it_was_written() throws IOException {
    ClusterFile cluster = ClusterFile.load(write(GOOD));
    ClusterFile byFile = new ClusterFile(
        "a%b", new Credentials("o\"neil", new PasswordSource.FirstLine(folder.resolve("secret"))), cluster.nodes());

    assertThat(ClusterFile.load(write(cluster.render()))).isEqualTo(cluster);
    assertThat(ClusterFile.load(write(byFile.render()))).isEqualTo(byFile);
  }

  @Test
  void examples_load() {
    assertThat(ClusterFile.load(Path.of("examples/three-nodes.conf")).nodes()).hasSize(3);
    assertThat(ClusterFile.load(Path.of("examples/with-settings.conf")).nodes()).hasSize(3);
    assertThat(RebalanceSettings.load(Path.of("examples/with-settings.conf")).takeover().maxAttempts()).isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock = """
          bucket = "travel"            | bucket = "tra vel"       | 2: cluster.bucket = "tra vel": 1 to 100 letters, digits, '.', '-', '_' and '%'
          bucket = "travel"            |                          | 1: cluster.bucket: missing
          bucket = "travel"            | bucket = []              | 2: cluster.bucket = []: expected a text or a number
          bucket =                     | buckt =                  | 2: cluster.buckt: no such setting; did you mean bucket?
          user = "admin"               |                          | 1: cluster.user: missing
          password-env = "REBALANCE_PASSWORD" |                   | 1: cluster.password-env: missing; name the environment variable that holds the password, or give password-file
          user = "admin"               | user = a, password-file = b | 3: cluster.password-env: given together with password-file; keep one of them
          name = n2                    | name = n1                | 7: cluster.nodes.1 = n1: a second node of this name; names must differ
          name = n2                    | name = "n 2"             | 7: cluster.nodes.1.name = "n 2": letters, digits, '.', '-' and '_'
          name = n2,                   |                          | 7: cluster.nodes.1.name: missing
          host = "::1", port = 12001   | host = 127.0.0.1, port = 12000 | 7: cluster.nodes.1 = 127.0.0.1:12000: the address of n1 already; addresses must differ
          host = "::1"                 | host = "[::1]"           | 7: cluster.nodes.1.host = "[::1]": a host name or an address without brackets
          port = 12001                 | port = 65536             | 7: cluster.nodes.1.port = 65536: 1 to 65535
          port = 12001                 | port = 0                 | 7: cluster.nodes.1.port = 0: 1 to 65535
          port = 12001                 | port = http              | 7: cluster.nodes.1.port = "http": 1 to 65535
          port = 12001                 | prot = 12001             | 7: cluster.nodes.1.prot: no such setting; did you mean port?
          """)
  void a_mistake_is_told_with_its_line(String written, String instead, String said) throws IOException {
    Path file = write(GOOD.replace(written, instead == null ? "" : instead));

    assertThatThrownBy(() -> ClusterFile.load(file))
        .isInstanceOf(SettingsException.class)
        .message()
        .satisfies(message -> assertThat(message.lines()).contains(file + ":" + said));
  }

  @Test
  void what_is_no_cluster_file_is_refused() throws IOException {
    Path none = folder.resolve("none.conf");
    assertThatThrownBy(() -> ClusterFile.load(none)).hasMessage(none + ": no such file");
    Path empty = write("rebalance.map.batch-delay = 1 ms");
    assertThatThrownBy(() -> ClusterFile.load(empty))
        .hasMessage(empty + ": cluster: missing; expected cluster { bucket, user, password-env, nodes }");
    Path broken = write("cluster {\n  bucket = \n");
    assertThatThrownBy(() -> ClusterFile.load(broken))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(broken + ":");
    Path other = write(GOOD + "clutter = 1\n");
    assertThatThrownBy(() -> ClusterFile.load(other))
        .hasMessage(other + ":10: clutter: no such setting; did you mean cluster?");
    Path nodes = write("cluster { bucket = a, user = b, password-env = C, nodes = [ n1 ] }");
    assertThatThrownBy(() -> ClusterFile.load(nodes))
        .hasMessage(nodes + ":1: cluster.nodes.0 = \"n1\": expected { name, host, port }");
    Path nobody = write("cluster { bucket = a, user = b, password-env = C, nodes = [] }");
    assertThatThrownBy(() -> ClusterFile.load(nobody))
        .hasMessage(nobody + ":1: cluster.nodes = []: at least one { name, host, port }");
  }

  @Test
  void a_password_in_the_file_is_refused_and_not_repeated() throws IOException {
    Path file = write(GOOD.replace("password-env = \"REBALANCE_PASSWORD\"", "password = hunter2"));

    assertThatThrownBy(() -> ClusterFile.load(file))
        .hasMessageStartingWith(file + ":4: cluster.password: no password in this file")
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void a_password_comes_from_the_environment_or_a_file_beside_the_cluster_file() throws IOException {
    Credentials fromEnvironment = ClusterFile.load(write(GOOD)).credentials();
    assertThat(fromEnvironment.password(Map.of("REBALANCE_PASSWORD", "hunter2"))).isEqualTo("hunter2");
    assertThatThrownBy(() -> fromEnvironment.password(Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessage("environment variable REBALANCE_PASSWORD: not set; it must hold the password of user admin");

    Credentials fromFile = ClusterFile.load(
        write(GOOD.replace("password-env = \"REBALANCE_PASSWORD\"", "password-file = secret")))
        .credentials();
    assertThatThrownBy(() -> fromFile.password(Map.of())).hasMessageContaining("secret: cannot be read");
    Files.writeString(folder.resolve("secret"), "hunter2\nnot this\n");
    assertThat(fromFile.password(Map.of())).isEqualTo("hunter2");
    Files.writeString(folder.resolve("secret"), "");
    assertThatThrownBy(() -> fromFile.password(Map.of())).hasMessageContaining("secret: empty");
  }

  @Test
  void a_password_given_in_code_is_neither_printed_nor_written() {
    Credentials credentials = Credentials.of("admin", "hunter2");
    ClusterFile cluster = new ClusterFile("travel", credentials, List.of(new NodeAddress("n1", "h", 1)));

    assertThat(credentials.password()).isEqualTo("hunter2");
    assertThat(cluster.toString()).contains("admin").doesNotContain("hunter2");
    assertThatThrownBy(cluster::render).isInstanceOf(IllegalStateException.class);
  }

  private Path write(String hocon) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "cluster", ".conf"), hocon);
  }
}
