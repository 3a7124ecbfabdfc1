package io.vbucket.rebalance.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
  void several_buckets_have_priorities_and_are_chosen_by_name() throws IOException {
    ClusterFile cluster = ClusterFile.load(
        write(GOOD.replace("bucket = \"travel\"", "buckets = [travel, { name = orders, priority = 10 }, 7]")));

    assertThat(cluster.buckets())
        .containsExactly(ClusterBucket.named("travel"), new ClusterBucket("orders", 10), ClusterBucket.named("7"));
    assertThat(cluster.buckets().stream().sorted(ClusterBucket.FIRST_ONES_FIRST).map(ClusterBucket::name))
        .containsExactly("orders", "travel", "7");
    assertThat(cluster.forBucket("orders").bucket()).isEqualTo("orders");
    assertThat(cluster.forBucket("orders").nodes()).isEqualTo(cluster.nodes());
    assertThatThrownBy(() -> cluster.forBucket("beer"))
        .isInstanceOf(SettingsException.class)
        .hasMessage("bucket = beer: not in the cluster file, which has [travel, orders, 7]");
    assertThatThrownBy(cluster::bucket).isInstanceOf(IllegalStateException.class);
    assertThat(ClusterFile.load(write(cluster.render()))).isEqualTo(cluster);
  }

  @Test
  void a_list_of_one_bucket_is_that_bucket() throws IOException {
    ClusterFile cluster = ClusterFile.load(write(GOOD.replace("bucket = \"travel\"", "buckets = [travel]")));

    assertThat(cluster).isEqualTo(ClusterFile.load(write(GOOD)));
    assertThat(cluster.bucket()).isEqualTo("travel");
  }

  @Test
  void says_how_connections_are_protected() throws IOException {
    assertThat(ClusterFile.load(write(GOOD)).security()).isEqualTo(ClusterSecurity.SCRAM_ONLY);

    ClusterFile trusting = ClusterFile.load(write(GOOD.replace("user =", "tls { ca-file = ca.pem }\n  user =")));
    assertThat(trusting.security().tls()).contains(ClusterSecurity.Tls.trusting(folder.resolve("ca.pem")));
    assertThat(trusting.security().allowsPlain()).as("nobody can listen").isTrue();
    assertThat(ClusterFile.load(write(trusting.render()))).isEqualTo(trusting);

    ClusterFile full = ClusterFile.load(write(GOOD.replace("user =", """
        plain-without-tls = true
          tls {
            client-certificate = me.pem, client-key = /keys/me.key, client-key-password-env = KEY_PASSWORD
            verify-host = false
          }
          user =""")));
    ClusterSecurity.Tls tls = full.security().tls().orElseThrow();
    assertThat(tls.caFile()).isEmpty();
    assertThat(tls.verifyHost()).isFalse();
    assertThat(tls.client()).contains(new ClusterSecurity.ClientCertificate(
        folder.resolve("me.pem"), Path.of("/keys/me.key"),
        Optional.of(new PasswordSource.Environment("KEY_PASSWORD"))));
    assertThat(full.security().plainWithoutTls()).isTrue();
    assertThat(ClusterFile.load(write(full.render()))).isEqualTo(full);
  }

  @Test
  void a_client_certificate_stands_for_user_and_password() throws IOException {
    ClusterFile cluster = ClusterFile.load(write("""
        cluster {
          bucket = travel
          tls { ca-file = ca.pem, client-certificate = me.pem, client-key = me.key }
          nodes = [ { name = n1, host = h, port = 11207 } ]
        }
        """));
    assertThat(cluster.credentials()).isEqualTo(Credentials.byCertificate());
    assertThat(ClusterFile.load(write(cluster.render()))).isEqualTo(cluster);
  }

  @Test
  void one_node_is_enough_where_the_others_are_found_from_it() throws IOException {
    String nodes = GOOD.substring(GOOD.indexOf("  nodes"));
    ClusterFile cluster =
        ClusterFile.load(write(GOOD.replace(nodes, "  bootstrap { host = \"::1\", port = 11207 }\n}\n")));
    assertThat(cluster.bootstrap()).contains(new NodeAddress("bootstrap", "::1", 11207));
    assertThat(cluster.nodes()).isEmpty();
    assertThat(ClusterFile.load(write(cluster.render()))).isEqualTo(cluster);
    Path both = write(GOOD.replace("  nodes", "  bootstrap { host = h, port = 1 }\n  nodes"));
    assertThatThrownBy(() -> ClusterFile.load(both))
        .hasMessage(both + ":5: cluster.bootstrap = given: not together with nodes; keep one of them");
    Path noPort = write(GOOD.replace(nodes, "  bootstrap { host = h }\n}\n"));
    assertThatThrownBy(() -> ClusterFile.load(noPort)).hasMessage(noPort + ":5: cluster.bootstrap.port: missing");
  }

  @Test
  void examples_load() {
    assertThat(ClusterFile.load(Path.of("examples/three-nodes.conf")).nodes()).hasSize(3);
    assertThat(ClusterFile.load(Path.of("examples/with-settings.conf")).nodes()).hasSize(3);
    assertThat(ClusterFile.load(Path.of("examples/two-buckets.conf")).buckets()).hasSize(2);
    assertThat(RebalanceSettings.load(Path.of("examples/two-buckets.conf")).buckets().inParallel()).isEqualTo(2);
    ClusterFile secured = ClusterFile.load(Path.of("examples/tls-and-scram.conf"));
    assertThat(secured.security().tls()).isPresent();
    assertThat(secured.node("south-1").hostAndPort()).isEqualTo("[2001:db8::17]:11207");
    assertThat(RebalanceSettings.load(Path.of("examples/tls-and-scram.conf")).link().connectionsPerPair()).isEqualTo(2);
    assertThat(RebalanceSettings.load(Path.of("examples/with-settings.conf")).takeover().maxAttempts()).isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock = """
          bucket = "travel"            | bucket = "tra vel"       | 2: cluster.bucket = "tra vel": 1 to 100 letters, digits, '.', '-', '_' and '%'
          bucket = "travel"            |                          | 1: cluster.bucket: missing
          bucket = "travel"            | bucket = []              | 2: cluster.bucket = []: expected a text or a number
          bucket = "travel"            | bucket = a, buckets = [b] | 2: cluster.buckets: given together with bucket; keep one of them
          bucket = "travel"            | buckets = a              | 2: cluster.buckets = "a": expected [ a, { name = b, priority = 10 }, ... ] with at least one bucket
          bucket = "travel"            | buckets = []             | 2: cluster.buckets = []: expected [ a, { name = b, priority = 10 }, ... ] with at least one bucket
          bucket = "travel"            | buckets = [a, b, a]      | 2: cluster.buckets.2 = a: a second bucket of this name; names must differ
          bucket = "travel"            | buckets = [a, "b c"]     | 2: cluster.buckets.1 = "b c": 1 to 100 letters, digits, '.', '-', '_' and '%'
          bucket = "travel"            | buckets = [a, [b]]       | 2: cluster.buckets.1 = ["b"]: expected a bucket's name or { name, priority }
          bucket = "travel"            | buckets = [{ priority = 1 }] | 2: cluster.buckets.0.name: missing
          bucket = "travel"            | buckets = [{ name = a, prio = 1 }] | 2: cluster.buckets.0.prio: no such setting; allowed are name, priority
          bucket = "travel"            | buckets = [{ name = a, priority = 1001 }] | 2: cluster.buckets.0.priority = 1001: 0 to 1000
          bucket = "travel"            | buckets = [{ name = a, priority = high }] | 2: cluster.buckets.0.priority = "high": a whole number, 0 to 1000
          bucket = "travel"            | buckets = [{ name = "", priority = 1 }] | 2: cluster.buckets.0.name = "": expected a text or a number
          bucket =                     | buckt =                  | 2: cluster.buckt: no such setting; did you mean bucket?
          user = "admin"               |                          | 1: cluster.user: missing
          password-env = "REBALANCE_PASSWORD" |                   | 1: cluster.password-env: missing; name the environment variable that holds the password, or give password-file
          user = "admin"               | user = a, password-file = b | 3: cluster.password-env: given together with password-file; keep one of them
          name = n2                    | name = n1                | 7: cluster.nodes.1 = n1: a second node of this name; names must differ
          name = n2                    | name = "n 2"             | 7: cluster.nodes.1.name = "n 2": letters, digits, '.', '-' and '_'
          name = n2,                   |                          | 7: cluster.nodes.1.name: missing
          host = "::1", port = 12001   | host = 127.0.0.1, port = 12000 | 7: cluster.nodes.1 = 127.0.0.1:12000: the address of n1 already; addresses must differ
          host = "::1"                 | host = "[::1]"           | 7: cluster.nodes.1.host = "[::1]": a host name or an address without brackets
          host = "::1"                 | host = "127.0.0.1:11210" | 7: cluster.nodes.1.host = "127.0.0.1:11210": without the port, which belongs in port
          host = "::1"                 | host = "[::1]:11210"     | 7: cluster.nodes.1.host = "[::1]:11210": without the port, which belongs in port
          port = 12001                 | port = 65536             | 7: cluster.nodes.1.port = 65536: 1 to 65535
          port = 12001                 | port = 0                 | 7: cluster.nodes.1.port = 0: 1 to 65535
          port = 12001                 | port = http              | 7: cluster.nodes.1.port = "http": 1 to 65535
          user = "admin"               | user = a, tls = yes      | 3: cluster.tls: expected { ca-file = "ca.pem" }, or {} to trust what the JVM trusts
          user = "admin"               | user = a, tls { ca = x } | 3: cluster.tls.ca: no such setting; allowed are ca-file, client-certificate, client-key, client-key-password-env, client-key-password-file, verify-host
          user = "admin"               | user = a, tls { client-key = x } | 3: cluster.tls.client-certificate: missing; a client certificate and its key belong together
          user = "admin"               | user = a, tls { client-key-password-env = x } | 3: cluster.tls.client-key: missing; there is a password for it
          user = "admin"               | user = a, tls { verify-host = maybe } | 3: cluster.tls.verify-host = "maybe": expected true or false
          user = "admin"               | user = a, plain-without-tls = 1 | 3: cluster.plain-without-tls = 1: expected true or false
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

  @ParameterizedTest
  @ValueSource(strings = {"tops3cret pass", "tops3cret!", "3topsecret", "tops3-cret", "$tops3cret"})
  void a_password_where_the_name_of_a_variable_belongs_is_refused_and_not_repeated(String password)
      throws IOException {
    Path user = write(GOOD.replace("REBALANCE_PASSWORD", password));
    assertThatThrownBy(() -> ClusterFile.load(user))
        .hasMessageStartingWith(user + ":4: cluster.password-env: not the name of an environment variable")
        .message().doesNotContain(password).doesNotContain("opsecret").doesNotContain("ops3");
    Path key = write(GOOD.replace("user =", "tls { client-certificate = c, client-key = k, client-key-password-env = \""
        + password + "\" }\n  user ="));
    assertThatThrownBy(() -> ClusterFile.load(key))
        .hasMessageStartingWith(key + ":3: cluster.tls.client-key-password-env: not the name of an")
        .message().doesNotContain("opsecret").doesNotContain("ops3");
    assertThatThrownBy(() -> new PasswordSource.Environment(password))
        .isInstanceOf(SettingsException.class).message().doesNotContain(password);
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
    Path secret = folder.resolve("secret");
    assertThatThrownBy(() -> fromFile.password(Map.of())).hasMessage(
        "password file " + secret + ": no such file; its first line must be the password of user admin");
    Files.createDirectory(secret);
    assertThatThrownBy(() -> fromFile.password(Map.of())).hasMessageContaining("secret: is a directory, not a file;");
    Files.delete(secret);
    Files.write(secret, new byte[] {(byte) 0xff, (byte) 0xfe, 'x'});
    assertThatThrownBy(() -> fromFile.password(Map.of())).hasMessageContaining("secret: is not text in UTF-8;");
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

  @Test
  void a_password_can_be_asked_for_when_it_is_needed() {
    String[] vault = {"hunter2"};
    Credentials credentials = Credentials.of("admin", () -> vault[0]);
    assertThat(credentials.password()).isEqualTo("hunter2");
    vault[0] = "hunter3";
    assertThat(credentials.password()).isEqualTo("hunter3");
    assertThat(credentials.toString()).contains("admin").doesNotContain("hunter");
    vault[0] = null;
    assertThatThrownBy(credentials::password).hasMessage("password callback: gave no password of user admin");
    Credentials broken = Credentials.of("admin", () -> {
      throw new IllegalStateException("hunter4 did not open the vault");
    });
    assertThatThrownBy(broken::password)
        .isInstanceOf(SettingsException.class)
        .hasMessage("password callback: failed with java.lang.IllegalStateException for user admin")
        .hasNoCause();
  }

  @Test
  void a_password_file_that_everybody_can_read_is_warned_of() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "hunter2\n");
    PasswordSource.FirstLine source = new PasswordSource.FirstLine(secret);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(source.exposure()).hasValueSatisfying(warning -> assertThat(warning)
        .contains(secret.toString()).contains("chmod o-r").doesNotContain("hunter2"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    assertThat(source.exposure()).isEmpty();
    assertThat(new PasswordSource.FirstLine(folder.resolve("none")).exposure()).isEmpty();
  }

  private Path write(String hocon) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "cluster", ".conf"), hocon);
  }
}
