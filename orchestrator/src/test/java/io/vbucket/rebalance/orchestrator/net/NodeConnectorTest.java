package io.vbucket.rebalance.orchestrator.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure.Kind;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeConnectorTest {
  private static final NodeConnector.Limits LIMITS = new NodeConnector.Limits(
      Duration.ofSeconds(5), Duration.ofSeconds(5), 64 * 1024, 1024 * 1024, 64 * 1024, 32 * 1024);

  private final EventLoops loops = new EventLoops(1);
  private final NodeConnector connector = new NodeConnector(loops, LIMITS, ScriptedNode.PLAIN);

  @AfterEach
  void endThreads() {
    loops.close();
  }

  private static ConnectRequest asking(NodeAddress node) {
    return ConnectRequest.forCommands(node, ScriptedNode.CREDENTIALS, "test", ScriptedNode.BUCKET);
  }

  private NodeConnection connect(ConnectRequest request) throws Exception {
    return connector.connect(request).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private ConnectionFailure failureOf(ConnectRequest request) {
    Throwable thrown = catchThrowable(() -> connect(request));
    assertThat(thrown).isInstanceOf(ExecutionException.class);
    assertThat(thrown.getCause()).isInstanceOf(ConnectionFailure.class)
        .hasMessageContaining("node " + request.node().name())
        .hasMessageContaining(request.node().hostAndPort());
    assertThat(thrown.toString() + thrown.getCause()).doesNotContain("s3cret-word");
    return (ConnectionFailure) thrown.getCause();
  }

  private static Function<Frame, byte[]> answering(int opcode, String bytes) {
    return frame -> frame.opcode() == opcode ? bytes.getBytes(StandardCharsets.ISO_8859_1) : null;
  }

  @Test
  void connects_authenticates_and_selects_the_bucket() throws Exception {
    try (ScriptedNode node = new ScriptedNode("n1")) {
      NodeConnection connection = connect(asking(node.address()));
      assertThat(connection.features()).containsExactlyInAnyOrder(Feature.XATTR, Feature.JSON);
      BlockingQueue<Frame> received = new LinkedBlockingQueue<>();
      BlockingQueue<ConnectionFailure> lost = new LinkedBlockingQueue<>();
      connection.listen(received::add, lost::add);
      connection.send(Admin.getVBucket(7, 42));
      Frame answer = received.poll(10, TimeUnit.SECONDS);
      assertThat(answer.opaque()).isEqualTo(42);
      assertThat(answer.status()).isEqualTo(Status.UNKNOWN_COMMAND);
      connection.close();
      assertThat(lost.poll(10, TimeUnit.SECONDS).kind()).isEqualTo(Kind.LOST);
    }
  }

  @Test
  void opens_dcp_and_keeps_what_came_before_anybody_listened() throws Exception {
    Frame early = new Dcp.Noop(77).toFrame();
    try (ScriptedNode node = new ScriptedNode("n1")) {
      ConnectRequest.DcpOpen open =
          new ConnectRequest.DcpOpen("replication:x", Dcp.Open.XATTR, "{\"consumer_name\":\"n1\"}");
      NodeConnection connection =
          connect(ConnectRequest.forDcp(node.address(), ScriptedNode.CREDENTIALS, "test", ScriptedNode.BUCKET, open));
      ScriptedNode.Peer peer = node.nextDcp();
      assertThat(peer.open().name()).isEqualTo("replication:x");
      assertThat(peer.open().flags()).isEqualTo(Dcp.Open.XATTR);
      assertThat(peer.open().json()).isEqualTo("{\"consumer_name\":\"n1\"}");
      peer.send(early);
      peer.send(early);
      BlockingQueue<Frame> received = new LinkedBlockingQueue<>();
      connection.listen(received::add, failure -> {
      });
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(early);
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(early);
    }
  }

  @Test
  void nobody_listens() throws Exception {
    int port;
    try (ServerSocket closedAtOnce = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = closedAtOnce.getLocalPort();
    }
    ConnectionFailure failure = failureOf(asking(new NodeAddress("n9", "127.0.0.1", port)));
    assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(failure).hasMessageContaining("look whether the node runs");
  }

  @Test
  void a_host_that_has_no_address() {
    ConnectionFailure failure = failureOf(asking(new NodeAddress("n9", "no-such-host.invalid", 11210)));
    assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(failure).hasMessageContaining("unknown host no-such-host.invalid");
  }

  @Test
  void a_wrong_password_is_told_without_showing_it() {
    try (ScriptedNode node = new ScriptedNode("n1")) {
      ConnectionFailure failure = failureOf(ConnectRequest.forCommands(
          node.address(), Credentials.of("admin", "wrong-but-s3cret-word"), "test", ScriptedNode.BUCKET));
      assertThat(failure.kind()).isEqualTo(Kind.AUTHENTICATION);
      assertThat(failure).hasMessageContaining("refused user admin").hasMessageContaining("check user and password");
    }
  }

  @Test
  void no_common_mechanism() {
    try (ScriptedNode node = new ScriptedNode("n1", frame -> frame.opcode() == Opcode.SASL_LIST_MECHS
        ? FrameCodec.encode(Frame.response(
            frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, "GSSAPI".getBytes(StandardCharsets.UTF_8))).array()
        : null)) {
      ConnectionFailure failure = failureOf(asking(node.address()));
      assertThat(failure.kind()).isEqualTo(Kind.AUTHENTICATION);
      assertThat(failure).hasMessageContaining("offers GSSAPI")
          .hasMessageContaining("only SCRAM-SHA512 SCRAM-SHA256 SCRAM-SHA1 PLAIN");
    }
  }

  @Test
  void the_password_is_not_shown_on_an_open_wire_unless_that_was_allowed() {
    StringBuilder seen = new StringBuilder();
    NodeConnector careful =
        new NodeConnector(loops, LIMITS, SessionSecurity.of(ClusterSecurity.SCRAM_ONLY));
    try (ScriptedNode node = new ScriptedNode("n1", frame -> {
      seen.append(frame);
      return null;
    })) {
      Throwable thrown = catchThrowable(
          () -> careful.connect(asking(node.address())).toCompletableFuture().get(10, TimeUnit.SECONDS));
      assertThat(((ConnectionFailure) thrown.getCause()).kind()).isEqualTo(Kind.AUTHENTICATION);
      assertThat(thrown.getCause())
          .hasMessageContaining("offers PLAIN")
          .hasMessageContaining("plain-without-tls = true");
      assertThat(seen.toString()).doesNotContain("SASL_AUTH");
    }
  }

  @Test
  void a_node_that_lets_in_without_a_proof_of_its_own_is_not_trusted() {
    try (ScriptedNode node = new ScriptedNode("n1", frame -> switch (frame.opcode()) {
      case Opcode.SASL_LIST_MECHS -> FrameCodec.encode(Frame.response(
          frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, "SCRAM-SHA256".getBytes(StandardCharsets.UTF_8)))
          .array();
      case Opcode.SASL_AUTH -> FrameCodec.encode(Frame.response(frame, Status.SUCCESS)).array();
      default -> null;
    })) {
      ConnectionFailure failure = failureOf(asking(node.address()));
      assertThat(failure.kind()).isEqualTo(Kind.AUTHENTICATION);
      assertThat(failure).hasMessageContaining("without proving that it knows the password");
    }
  }

  @Test
  void a_challenge_of_nonsense_is_told() {
    try (ScriptedNode node = new ScriptedNode("n1", frame -> switch (frame.opcode()) {
      case Opcode.SASL_LIST_MECHS -> FrameCodec.encode(Frame.response(
          frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, "SCRAM-SHA256".getBytes(StandardCharsets.UTF_8)))
          .array();
      case Opcode.SASL_AUTH -> FrameCodec.encode(Frame.response(
          frame, Status.AUTH_CONTINUE, Frame.NOTHING, Frame.NOTHING, "r=1".getBytes(StandardCharsets.UTF_8))).array();
      default -> null;
    })) {
      ConnectionFailure failure = failureOf(asking(node.address()));
      assertThat(failure.kind()).isEqualTo(Kind.AUTHENTICATION);
      assertThat(failure).hasMessageContaining("challenge");
    }
  }

  @Test
  void a_node_on_IPv6_is_reached() throws Exception {
    assumeTrue(hasIpv6Loopback(), "this machine has no ::1");
    try (ScriptedNode node = ScriptedNode.onIpv6("n1")) {
      NodeConnection connection = connect(asking(node.address()));
      assertThat(connection.toString()).contains("[::1]:" + node.address().port());
      connection.close();
    }
  }

  private static boolean hasIpv6Loopback() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      return probe.isBound();
    } catch (IOException none) {
      return false;
    }
  }

  @Test
  void an_old_node_is_opened_with_the_flags_it_knows() throws Exception {
    try (ScriptedNode node = new ScriptedNode("n1", frame -> frame.opcode() == Opcode.VERSION
        ? FrameCodec.encode(Frame.response(
            frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, "6.0.5".getBytes(StandardCharsets.UTF_8))).array()
        : null)) {
      ConnectRequest.DcpOpen open = new ConnectRequest.DcpOpen("replication:x", 0x124, "{\"consumer_name\":\"n1\"}");
      NodeConnection connection =
          connect(ConnectRequest.forDcp(node.address(), ScriptedNode.CREDENTIALS, "test", ScriptedNode.BUCKET, open));
      assertThat(node.nextDcp().open()).satisfies(opened -> {
        assertThat(opened.flags()).isEqualTo(0x24);
        assertThat(opened.json()).isEmpty();
      });
      assertThat(connection.agreed().dcpFlags()).isEqualTo(0x24);
    }
  }

  @Test
  void a_node_without_extended_attributes_is_not_streamed_from() {
    try (ScriptedNode node = new ScriptedNode("n1", frame -> frame.opcode() == Opcode.HELLO
        ? FrameCodec.encode(Frame.response(frame, Status.SUCCESS)).array()
        : null)) {
      ConnectionFailure failure = failureOf(ConnectRequest.forDcp(node.address(), ScriptedNode.CREDENTIALS, "test",
          ScriptedNode.BUCKET, new ConnectRequest.DcpOpen("x", 0x125, "")));
      assertThat(failure.kind()).isEqualTo(Kind.UNSUITABLE);
      assertThat(failure).hasMessageContaining("does not grant XATTR").hasMessageContaining("5.0 or newer");
    }
  }

  @Test
  void a_status_that_only_the_node_knows_is_told_in_its_words() {
    String map = "{\"errors\":{\"9a\":{\"name\":\"BUCKET_SIZE_LIMIT\",\"desc\":\"bucket is full\"}}}";
    try (ScriptedNode node = new ScriptedNode("n1", frame -> switch (frame.opcode()) {
      case Opcode.HELLO -> FrameCodec.encode(Frame.response(frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING,
          Session.encodeFeatures(Set.of(Feature.XERROR)))).array();
      case Opcode.GET_ERROR_MAP -> FrameCodec.encode(Frame.response(
          frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, map.getBytes(StandardCharsets.UTF_8))).array();
      case Opcode.SELECT_BUCKET -> FrameCodec.encode(Frame.response(frame, 0x9a)).array();
      default -> null;
    })) {
      ConnectionFailure failure = failureOf(asking(node.address()));
      assertThat(failure)
          .hasMessageContaining("refused SELECT_BUCKET travel with 0x9a (BUCKET_SIZE_LIMIT: bucket is full)");
    }
  }

  @Test
  void a_missing_bucket() {
    try (ScriptedNode node = new ScriptedNode("n1")) {
      ConnectionFailure failure = failureOf(
          ConnectRequest.forCommands(node.address(), ScriptedNode.CREDENTIALS, "test", "nowhere"));
      assertThat(failure.kind()).isEqualTo(Kind.NO_BUCKET);
      assertThat(failure).hasMessageContaining("has no bucket nowhere");
    }
  }

  @Test
  void a_web_server_is_not_taken_for_a_data_node_and_never_sees_the_password() {
    StringBuilder seen = new StringBuilder();
    try (ScriptedNode node = new ScriptedNode("n1", frame -> {
      seen.append(frame);
      return "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    })) {
      ConnectionFailure failure = failureOf(asking(node.address()));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_A_DATA_NODE);
      assertThat(failure).hasMessageContaining("unknown magic 0x48").hasMessageContaining("key-value service");
      assertThat(seen.toString()).doesNotContain("SASL");
    }
  }

  @Test
  void an_answer_that_does_not_belong_to_the_question() {
    try (ScriptedNode node = new ScriptedNode("n1",
        frame -> FrameCodec.encode(Frame.response(frame.withOpaque(0x12345678), Status.SUCCESS)).array())) {
      ConnectionFailure failure = failureOf(asking(node.address()));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_A_DATA_NODE);
      assertThat(failure).hasMessageContaining("expected the answer to HELLO");
    }
  }

  @Test
  void a_node_that_never_answers() {
    NodeConnector hasty = new NodeConnector(
        loops, new NodeConnector.Limits(Duration.ofSeconds(5), Duration.ofMillis(50), 65536, 65536, 65536, 32768),
        ScriptedNode.PLAIN);
    try (ScriptedNode node = new ScriptedNode("n1", answering(Opcode.HELLO, ""))) {
      Throwable thrown = catchThrowable(
          () -> hasty.connect(asking(node.address())).toCompletableFuture().get(10, TimeUnit.SECONDS));
      assertThat(thrown.getCause()).isInstanceOf(ConnectionFailure.class)
          .hasMessageContaining("did not answer HELLO within 50 ms");
      assertThat(((ConnectionFailure) thrown.getCause()).kind()).isEqualTo(Kind.TIMED_OUT);
    }
  }

  @ParameterizedTest
  @CsvSource({"5, DcpProducer", "4, DcpConsumer"})
  void a_dcp_open_that_is_forbidden_names_the_privilege_that_it_takes(int flags, String privilege) {
    try (ScriptedNode node = refusing(Opcode.DCP_OPEN, Status.EACCESS)) {
      ConnectionFailure failure = failureOf(ConnectRequest.forDcp(node.address(), ScriptedNode.CREDENTIALS, "test",
          ScriptedNode.BUCKET, new ConnectRequest.DcpOpen("x", flags, "")));
      assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
      assertThat(failure.isRefusal()).isTrue();
      assertThat(failure)
          .hasMessageContainingAll("refused DCP_OPEN with EACCESS", "user admin", "privilege " + privilege, "travel");
    }
  }

  @ParameterizedTest
  @CsvSource({"0x50, 0x86, DCP_OPEN with ETMPFAIL", "0x50, 0x85, DCP_OPEN with EBUSY",
    "0x1f, 0x86, HELLO with ETMPFAIL",
    "0x21, 0x86, SASL_AUTH with ETMPFAIL", "0x89, 0x82, SELECT_BUCKET travel with ENOMEM",
    "0x50, 0x84, DCP_OPEN with EINTERNAL"})
  void a_refusal_that_is_no_clear_no_may_pass(String opcode, String status, String told) {
    try (ScriptedNode node = refusing(Integer.decode(opcode), Integer.decode(status))) {
      ConnectionFailure failure = failureOf(ConnectRequest.forDcp(node.address(), ScriptedNode.CREDENTIALS, "test",
          ScriptedNode.BUCKET, new ConnectRequest.DcpOpen("x", 5, "")));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_NOW);
      assertThat(failure.mayPass()).isTrue();
      assertThat(failure.isRefusal()).isFalse();
      assertThat(failure).hasMessageContainingAll("refused " + told, "may do so later");
    }
  }

  private static ScriptedNode refusing(int opcode, int status) {
    return new ScriptedNode("n1", frame -> frame.opcode() == opcode
        ? FrameCodec.encode(Frame.response(frame, status)).array()
        : null);
  }

  @Test
  void a_peer_that_hangs_up() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Thread hangUp = new Thread(() -> {
        try {
          server.accept().close();
        } catch (IOException closed) {
          throw new IllegalStateException(closed);
        }
      });
      hangUp.start();
      ConnectionFailure failure = failureOf(asking(new NodeAddress("n1", "127.0.0.1", server.getLocalPort())));
      assertThat(failure.kind()).isEqualTo(Kind.LOST);
    }
  }
}
