package io.vbucket.rebalance.testkit.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.ClusterSecurity.ClientCertificate;
import io.vbucket.rebalance.config.ClusterSecurity.Tls;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.PasswordSource;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.config.SettingsException;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.ConnectRequest;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure.Kind;
import io.vbucket.rebalance.orchestrator.net.Discovery;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.SessionSecurity;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster.Doors;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster.Layout;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.tcp.NodeCertificates;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SecureClusterTest {
  private static final Credentials ADMIN = Credentials.of(EmbeddedCluster.USER, EmbeddedCluster.PASSWORD);
  private static final List<String> SCRAM = List.of("SCRAM-SHA512", "SCRAM-SHA256", "SCRAM-SHA1");

  private static final RebalanceSettings SETTINGS = RebalanceSettings.defaults();
  private static final NodeConnector.Limits PATIENT = new NodeConnector.Limits(
      Duration.ofSeconds(60), Duration.ofSeconds(60), 64 * 1024, 1024 * 1024, 64 * 1024, 32 * 1024);

  @TempDir
  static Path folder;

  private static NodeCertificates authority;
  private static Path caFile;

  @BeforeAll
  static void makeAuthority() throws IOException {
    authority = NodeCertificates.create();
    caFile = folder.resolve("ca.pem");
    authority.writeAuthority(caFile);
  }

  private static RebalanceSummary addLast(ClusterFile cluster) {
    return rebalance(cluster, RebalanceRequest.adding(cluster.nodes().get(cluster.nodes().size() - 1).name()));
  }

  private static RebalanceSummary rebalance(ClusterFile cluster, RebalanceRequest request) {
    List<String> names = cluster.nodes().stream().map(NodeAddress::name).toList();
    try (Rebalancer rebalancer =
        new Rebalancer(cluster.bucket(), names, SETTINGS, new NettyWiring(cluster, SETTINGS))) {
      return rebalancer.start(request).toCompletableFuture().join();
    }
  }

  private static void assertRefused(ClusterFile cluster, String... said) {
    assertThatThrownBy(() -> addLast(cluster))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(RebalanceRefusedException.class)
        .satisfies(failure -> assertThat(failure.getCause().getMessage()).contains(said).doesNotContain("swordfish"));
  }

  /** What comes of one try to connect to the first node, however long this machine takes for it. */
  private static void assertNotConnected(ClusterFile cluster, Kind kind, String... said) {
    assertNotConnected(cluster, kind, message -> assertThat(message).contains(said));
  }

  private static void assertNotConnected(ClusterFile cluster, Kind kind, Consumer<String> said) {
    try (EventLoops loops = new EventLoops(1)) {
      NodeConnector connector = new NodeConnector(loops, PATIENT, SessionSecurity.of(cluster.security()));
      ConnectRequest request = ConnectRequest.forCommands(
          cluster.nodes().get(0), cluster.credentials(), "test", cluster.bucket());
      assertThatThrownBy(() -> connector.connect(request).toCompletableFuture().join())
          .satisfies(failure -> {
            assertThat(failure.getCause()).isInstanceOf(ConnectionFailure.class);
            assertThat(failure.getCause().getMessage()).contains("node n1");
            said.accept(failure.getCause().getMessage());
            assertThat(((ConnectionFailure) failure.getCause()).kind()).isEqualTo(kind);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_rebalance_runs_over_TLS_with_SCRAM(NodeVersion version) throws IOException {
    Doors doors = new Doors(Optional.of(authority), 0, SCRAM);
    Layout layout = new Layout(2, 1, 8, "default", version, 0, 1);
    try (EmbeddedCluster cluster = EmbeddedCluster.start(layout, doors, NodeObserver.NONE)) {
      RebalanceSummary summary =
          addLast(cluster.describe(ADMIN, ClusterSecurity.with(Tls.trusting(caFile))));
      assertThat(summary.moved()).isEqualTo(4);
      assertThat(summary.isComplete()).isTrue();
    }
  }

  @Test
  void a_rebalance_runs_over_IPv6() throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress("::1", 0));
    } catch (IOException none) {
      Assumptions.abort("this machine has no address ::1, so nothing is known about IPv6: " + none.getMessage());
    }
    Doors doors = new Doors(Optional.of(authority), 0, SCRAM, "::1");
    try (EmbeddedCluster cluster = EmbeddedCluster.start(Layout.of(3, 2, 8), doors, NodeObserver.NONE)) {
      ClusterFile described = cluster.describe(ADMIN, ClusterSecurity.with(Tls.trusting(caFile)));
      assertThat(described.nodes()).extracting(NodeAddress::hostAndPort)
          .allMatch(server -> server.startsWith("[::1]:"));
      assertThat(addLast(described).moved()).isEqualTo(2);
      BucketConfig map = BucketConfig.parse(cluster.node(0).call(data -> data.config("default")));
      assertThat(map.servers()).containsExactlyElementsOf(cluster.servers());
      ClusterFile found = discovered(described.security(), "::1", cluster.node(0).tlsPort());
      assertThat(found.nodes()).extracting(NodeAddress::hostAndPort).containsExactlyElementsOf(cluster.described());
      assertThat(rebalance(found, RebalanceRequest.removing(found.nodes().get(2).name())).moved()).isEqualTo(2);
    }
  }

  @Test
  void nodes_are_found_in_the_map_by_their_alternate_addresses_and_the_map_keeps_its_own_names() throws IOException {
    try (EmbeddedCluster cluster =
        EmbeddedCluster.start(Layout.of(2, 1, 8), Doors.withTls(authority), NodeObserver.NONE)) {
      List<NodeAddress> outside = cluster.describe().nodes().stream()
          .map(node -> new NodeAddress(node.name(), "localhost", node.port()))
          .toList();
      RebalanceSummary summary = addLast(new ClusterFile(
          "default", ADMIN, ClusterSecurity.with(Tls.trusting(caFile)), outside));
      assertThat(summary.isComplete()).isTrue();
      for (int node = 0; node < 2; node++) {
        BucketConfig map = BucketConfig.parse(cluster.node(node).call(data -> data.config("default")));
        assertThat(map.servers()).containsExactlyElementsOf(cluster.servers());
        assertThat(IntStream.range(0, 8).mapToObj(map::owner).filter(cluster.servers().get(1)::equals)).hasSize(4);
        assertThat(map.hasForward()).as("nothing is going anywhere any more").isFalse();
        assertThat(map.knownAs(List.of("localhost:" + cluster.node(1).tlsPort()), true).servers().get(1))
            .startsWith("localhost:");
      }
    }
  }

  @Test
  void one_node_is_enough_to_find_the_others() throws IOException {
    try (EmbeddedCluster cluster =
        EmbeddedCluster.start(Layout.of(3, 1, 4), Doors.withTls(authority), NodeObserver.NONE)) {
      ClusterSecurity security = ClusterSecurity.with(Tls.trusting(caFile));
      int first = cluster.node(0).tlsPort();
      assertThatThrownBy(() -> discovered(security, "127.0.0.1", cluster.node(2).tlsPort()))
          .as("a node that nobody told a map yet")
          .isInstanceOf(RebalanceRefusedException.class)
          .hasMessageContaining("node bootstrap").hasMessageContaining("name another node as bootstrap");
      ClusterFile inside = discovered(security, "127.0.0.1", first);
      assertThat(inside.nodes()).extracting(NodeAddress::hostAndPort)
          .containsExactlyElementsOf(cluster.described());
      assertThat(inside.nodes()).extracting(NodeAddress::name)
          .containsExactlyElementsOf(cluster.described().stream().map(server -> server.replace(':', '-')).toList());
      ClusterFile outside = discovered(security, "localhost", first);
      assertThat(outside.nodes()).extracting(NodeAddress::host).containsOnly("localhost");
      assertThat(addLast(outside).moved()).isEqualTo(2);
    }
  }

  /** The bucket's configuration says no more of it; the cluster's does. */
  @Test
  void a_node_that_left_is_still_found_and_comes_back_under_the_name_that_the_map_had_for_it() throws IOException {
    try (EmbeddedCluster cluster =
        EmbeddedCluster.start(Layout.of(3, 3, 6), Doors.withTls(authority), NodeObserver.NONE)) {
      ClusterSecurity security = ClusterSecurity.with(Tls.trusting(caFile));
      ClusterFile before = discovered(security, "127.0.0.1", cluster.node(0).tlsPort());
      assertThat(rebalance(before, RebalanceRequest.removing(before.nodes().get(2).name())).moved()).isEqualTo(2);

      ClusterFile after = discovered(security, "127.0.0.1", cluster.node(0).tlsPort());

      assertThat(after.nodes()).containsExactlyElementsOf(before.nodes());
      assertThat(addLast(after).moved()).isEqualTo(2);
      BucketConfig map = BucketConfig.parse(cluster.node(0).call(data -> data.config("default")));
      assertThat(map.servers()).containsExactlyElementsOf(cluster.servers());
    }
  }

  private static ClusterFile discovered(ClusterSecurity security, String host, int port) {
    return Discovery.complete(
        new ClusterFile("default", ADMIN, security, Optional.of(new NodeAddress("bootstrap", host, port)), List.of()),
        SETTINGS.node());
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(strings = {"SCRAM-SHA512", "SCRAM-SHA256", "SCRAM-SHA1", "PLAIN"})
  void every_mechanism_lets_in(String mechanism) throws IOException {
    Doors doors = new Doors(Optional.empty(), 0, List.of(mechanism));
    try (EmbeddedCluster cluster = EmbeddedCluster.start(Layout.of(2, 1, 2), doors, NodeObserver.NONE)) {
      ClusterSecurity security = new ClusterSecurity(Optional.empty(), mechanism.equals("PLAIN"));
      assertThat(addLast(cluster.describe(ADMIN, security)).moved()).isEqualTo(1);
      assertRefused(
          cluster.describe(Credentials.of(EmbeddedCluster.USER, "swordfish"), security),
          "node n1", "node n2", "check user and password");
    }
  }

  @Test
  void PLAIN_needs_TLS_or_permission() throws IOException {
    Doors doors = new Doors(Optional.of(authority), 0, List.of("PLAIN"));
    try (EmbeddedCluster cluster = EmbeddedCluster.start(Layout.of(2, 1, 2), doors, NodeObserver.NONE)) {
      assertNotConnected(
          atPlainPorts(cluster, ClusterSecurity.SCRAM_ONLY), Kind.AUTHENTICATION, "offers PLAIN",
          "plain-without-tls = true");
      ClusterFile overTls = cluster.describe(ADMIN, ClusterSecurity.with(Tls.trusting(caFile)));
      assertThat(addLast(overTls).moved()).isEqualTo(1);
    }
  }

  private static ClusterFile atPlainPorts(EmbeddedCluster cluster, ClusterSecurity security) {
    List<NodeAddress> nodes = List.of(
        new NodeAddress("n1", "127.0.0.1", cluster.node(0).port()),
        new NodeAddress("n2", "127.0.0.1", cluster.node(1).port()));
    return new ClusterFile("default", ADMIN, security, nodes);
  }

  @Test
  void TLS_against_a_plain_port_and_the_reverse_are_told_apart() throws IOException {
    try (EmbeddedCluster cluster =
        EmbeddedCluster.start(Layout.of(2, 1, 2), Doors.withTls(authority), NodeObserver.NONE)) {
      assertNotConnected(
          atPlainPorts(cluster, ClusterSecurity.with(Tls.trusting(caFile))), Kind.LOST,
          "instead of answering the TLS handshake", "that it is the one for TLS");
      assertNotConnected(
          cluster.describe(ADMIN, ClusterSecurity.SCRAM_ONLY), Kind.LOST, "then the cluster file needs tls");
    }
  }

  /** A single node with this certificate, reached in this way. */
  private static void assertNotTrusted(SslContext certificate, String host, Tls tls, String... said) {
    at(certificate, host, tls, cluster -> assertNotConnected(cluster, Kind.TLS, said));
  }

  private static void at(SslContext certificate, String host, Tls tls, Consumer<ClusterFile> test) {
    NodeSettings settings = NodeSettings.named("n1", NodeVersion.V7_6).withBuckets(Map.of("default", 2));
    try (TcpDataNode node = new TcpDataNode(settings).withTls(certificate, 0).start()) {
      test.accept(new ClusterFile(
          "default", ADMIN, ClusterSecurity.with(tls), List.of(new NodeAddress("n1", host, node.tlsPort()))));
    }
  }

  @Test
  void an_unknown_authority_is_told() throws IOException {
    Path other = folder.resolve("other-ca.pem");
    NodeCertificates.create().writeAuthority(other);
    assertNotTrusted(
        authority.forLoopback(), "127.0.0.1", Tls.trusting(other),
        "issued by nobody who is trusted here", "ca-file");
    assertNotTrusted(
        authority.forLoopback(), "127.0.0.1", new Tls(Optional.empty(), Optional.empty(), true),
        "issued by nobody who is trusted here");
  }

  @Test
  void an_expired_certificate_is_told() {
    assertNotTrusted(
        authority.expired(), "127.0.0.1", Tls.trusting(caFile), "has expired", "renew it on the node");
  }

  @Test
  void a_certificate_for_another_host_is_told_and_the_check_can_be_turned_off() {
    SslContext elsewhere = authority.forHosts(List.of("192.0.2.7"), List.of("data.example.org"));
    assertNotTrusted(
        elsewhere, "127.0.0.1", Tls.trusting(caFile), "its certificate is not for host 127.0.0.1", "verify-host");
    assertNotTrusted(
        elsewhere, "localhost", Tls.trusting(caFile), "its certificate is not for host localhost", "verify-host");
    at(
        elsewhere, "127.0.0.1", new Tls(Optional.of(caFile), Optional.empty(), false),
        cluster -> assertRefused(cluster, "no node has a map"));
  }

  @Test
  void a_certificate_that_is_not_for_servers_is_told_and_nobody_is_advised_to_turn_a_check_off() {
    at(authority.forClientsOnly(), "127.0.0.1", Tls.trusting(caFile), cluster -> assertNotConnected(
        cluster, Kind.TLS, message -> assertThat(message)
            .contains("its certificate is not made for servers", "serverAuth", "xtended key usage")
            .doesNotContain("verify-host")));
  }

  @Test
  void a_node_that_wants_a_client_certificate_is_told() {
    assertNotTrusted(
        authority.askingForCertificates(), "127.0.0.1", Tls.trusting(caFile), "client-certificate");
  }

  @Test
  void a_client_certificate_replaces_user_and_password() throws IOException {
    ClientCertificate client = client("operator", Optional.empty());
    try (EmbeddedCluster cluster =
        EmbeddedCluster.start(Layout.of(2, 1, 2), Doors.withTls(authority), NodeObserver.NONE)) {
      ClusterSecurity security =
          ClusterSecurity.with(new Tls(Optional.of(caFile), Optional.of(client), true));
      assertThat(addLast(cluster.describe(Credentials.byCertificate(), security)).moved()).isEqualTo(1);
    }
  }

  private static ClientCertificate client(String name, Optional<PasswordSource> password) throws IOException {
    Path chain = folder.resolve(name + ".pem");
    Path key = folder.resolve(name + ".key");
    authority.writeClient(name, chain, key);
    return new ClientCertificate(chain, key, password);
  }

  @Test
  void an_encrypted_key_is_opened_with_its_password() throws Exception {
    ClientCertificate open = client("sealed", Optional.empty());
    Files.writeString(open.key(), EncryptedKeys.encrypt(Files.readString(open.key()), "tulip"));
    ClientCertificate sealed = new ClientCertificate(
        open.chain(), open.key(), Optional.of(new PasswordSource.Given("tulip")));
    try (EmbeddedCluster cluster =
        EmbeddedCluster.start(Layout.of(2, 1, 2), Doors.withTls(authority), NodeObserver.NONE)) {
      Tls right = new Tls(Optional.of(caFile), Optional.of(sealed), true);
      assertThat(addLast(cluster.describe(Credentials.byCertificate(), ClusterSecurity.with(right))).moved())
          .isEqualTo(1);
      Tls wrong = new Tls(
          Optional.of(caFile),
          Optional.of(new ClientCertificate(
              open.chain(), open.key(), Optional.of(new PasswordSource.Given("daffodil")))),
          true);
      ClusterFile refused = cluster.describe(Credentials.byCertificate(), ClusterSecurity.with(wrong));
      assertThatThrownBy(() -> addLast(refused))
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining(open.key().toString())
          .hasMessageContaining("encrypted with the given password")
          .message().doesNotContain("daffodil");
    }
  }

  @Test
  void files_that_are_missing_or_hold_something_else_are_named() throws IOException {
    Path missing = folder.resolve("missing.pem");
    Path nonsense = Files.writeString(folder.resolve("nonsense.pem"), "no certificate\n");
    ClusterFile cluster = new ClusterFile(
        "default", ADMIN, ClusterSecurity.with(Tls.trusting(missing)), List.of(new NodeAddress("n1", "127.0.0.1", 1)));
    assertThatThrownBy(() -> addLast(cluster))
        .isInstanceOf(SettingsException.class)
        .hasMessage(missing + ": no such file; expected certificates of authorities in PEM form");
    ClusterFile other = new ClusterFile(
        "default", ADMIN, ClusterSecurity.with(Tls.trusting(nonsense)), List.of(new NodeAddress("n1", "127.0.0.1", 1)));
    assertThatThrownBy(() -> addLast(other))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(nonsense + ": expected certificates of authorities in PEM form");
  }
}
