package io.vbucket.rebalance.testkit.secure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.cli.RebalanceCli;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.tcp.NodeCertificates;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rebalance in a process of its own, over TLS with SCRAM and a client certificate, that logs all it can and writes all files it can: neither
 * the user's password nor that of the key is in any of it.
 */
class SecretsOfAProgramTest {
  private static final String USER_PASSWORD = "correct-horse-battery";
  private static final String KEY_PASSWORD = "staple-tulip-mania";
  private static final String WRONG = "daffodil-bulb-bubble";

  @TempDir
  Path folder;

  private final NodeCertificates authority = NodeCertificates.create();
  private final List<TcpDataNode> nodes = new ArrayList<>();

  @BeforeEach
  void twoNodes() throws Exception {
    for (String name : List.of("n1", "n2")) {
      NodeSettings settings = NodeSettings.named(name, NodeVersion.V7_6).withBuckets(Map.of("default", 4))
          .withUser("operator", USER_PASSWORD).withMechanisms(List.of("SCRAM-SHA512"));
      nodes.add(new TcpDataNode(settings).withTls(authority.forLoopback(), 0).start());
    }
    String server = "127.0.0.1:" + nodes.get(0).tlsPort();
    try (AdminClient admin =
        new AdminClient("127.0.0.1:" + nodes.get(0).port(), "default", "operator", USER_PASSWORD)) {
      for (int vbucket = 0; vbucket < 4; vbucket++) {
        admin.setState(vbucket, VBucketState.ACTIVE);
      }
      admin.setConfig(BucketConfig.initial("default", List.of(server), new int[4]));
    }
    authority.writeAuthority(folder.resolve("ca.pem"));
    Path key = folder.resolve("operator.key");
    authority.writeClient("operator", folder.resolve("operator.pem"), key);
    Files.writeString(key, EncryptedKeys.encrypt(Files.readString(key), KEY_PASSWORD));
  }

  @AfterEach
  void stop() {
    nodes.forEach(TcpDataNode::close);
  }

  private record Ended(int exitCode, String output) {}

  private Ended run(String userPassword, String keyPassword) throws Exception {
    Files.writeString(folder.resolve("user-password"), userPassword + "\n");
    Path cluster = folder.resolve("cluster.conf");
    Files.writeString(cluster, """
        cluster {
          bucket = default, user = operator, password-file = user-password
          tls {
            ca-file = ca.pem, client-certificate = operator.pem, client-key = operator.key
            client-key-password-env = KEY_PASSWORD
          }
          nodes = [ { name = n1, host = 127.0.0.1, port = %d }, { name = n2, host = 127.0.0.1, port = %d } ]
        }
        """.formatted(nodes.get(0).tlsPort(), nodes.get(1).tlsPort()));
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
        System.getProperty("java.class.path"), RebalanceCli.class.getName(), "run", "--cluster", cluster.toString(),
        "--add",
        "n2", "--verbose"));
    for (String file : List.of("report", "events", "html", "json")) {
      command.addAll(List.of("--" + file, folder.resolve("out." + file).toString()));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("KEY_PASSWORD", keyPassword);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  private void assertSilent(Ended ended) throws IOException {
    try (Stream<Path> written = Files.list(folder).filter(file -> file.getFileName().toString().startsWith("out."))) {
      StringBuilder all = new StringBuilder(ended.output());
      for (Path file : written.toList()) {
        all.append(Files.readString(file));
      }
      for (String secret : List.of(USER_PASSWORD, KEY_PASSWORD, WRONG)) {
        assertThat(all).doesNotContain(
            secret, Base64.getEncoder().encodeToString(secret.getBytes(UTF_8)),
            HexFormat.of().formatHex(secret.getBytes(UTF_8)));
      }
    }
  }

  @Test
  void a_run_with_links_tells_no_password_in_its_log_its_events_or_its_reports() throws Exception {
    Ended ended = run(USER_PASSWORD, KEY_PASSWORD);

    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("DEBUG", "moves      2 of 2");
    for (String file : List.of("report", "events", "html", "json")) {
      assertThat(folder.resolve("out." + file)).isNotEmptyFile();
    }
    assertSilent(ended);
  }

  @Test
  void a_wrong_password_and_the_right_one_are_both_kept_secret() throws Exception {
    Ended wrongUser = run(WRONG, KEY_PASSWORD);
    assertThat(wrongUser.output()).contains("check user and password");
    assertThat(wrongUser.exitCode()).isEqualTo(3);
    assertSilent(wrongUser);

    Ended wrongKey = run(USER_PASSWORD, WRONG);
    assertThat(wrongKey.output()).contains("operator.key", "encrypted with the given password");
    assertThat(wrongKey.exitCode()).isEqualTo(2);
    assertSilent(wrongKey);
  }
}
