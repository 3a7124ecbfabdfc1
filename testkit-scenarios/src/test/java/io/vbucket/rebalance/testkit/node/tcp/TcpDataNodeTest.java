package io.vbucket.rebalance.testkit.node.tcp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TcpDataNodeTest {
  private TcpDataNode node;

  @BeforeEach
  void start() {
    node = new TcpDataNode(NodeSettings.named("n1", NodeVersion.V6_0).withBuckets(Map.of("default", 8)), 0,
        NodeObserver.NONE)
        .start();
  }

  @AfterEach
  void close() {
    node.close();
  }

  /** A blocking client, as plain as can be. */
  private static final class Client implements AutoCloseable {
    final Socket socket;
    final DataInputStream in;

    Client(int port) throws IOException {
      socket = new Socket("127.0.0.1", port);
      socket.setTcpNoDelay(true);
      in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 1 << 16));
      ask(Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", Session.plain("Administrator", "password")));
      ask(Session.selectBucket(0, "default"));
    }

    void send(Frame... frames) throws IOException {
      for (Frame frame : frames) {
        socket.getOutputStream().write(FrameCodec.encode(frame).array());
      }
    }

    Frame read() throws IOException {
      byte[] header = in.readNBytes(FrameHeader.LENGTH);
      if (header.length < FrameHeader.LENGTH) {
        throw new EOFException();
      }
      int body = FrameHeader.bodyLength(ByteBuffer.wrap(header), 0);
      ByteBuffer whole = ByteBuffer.allocate(FrameHeader.LENGTH + body).put(header).put(in.readNBytes(body)).flip();
      return FrameCodec.decode(whole, FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    }

    Frame ask(Frame frame) throws IOException {
      send(frame);
      return read();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static Frame set(int opaque, int size) {
    byte[] value = new byte[size];
    return new Kv.Store(Opcode.SET, 3, opaque, 0, 0, 0, ("k" + opaque).getBytes(UTF_8), value).toFrame();
  }

  @Test
  void large_and_small_documents_come_back_whole_whatever_the_split() throws IOException {
    node.run(n -> n.setState("default", 3, VBucketState.ACTIVE));
    try (Client client = new Client(node.port())) {
      for (int size : new int[] {0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_000}) {
        assertThat(client.ask(set(size, size)).status()).isEqualTo(Status.SUCCESS);
        assertThat(client.ask(Kv.get(3, 1, ("k" + size).getBytes(UTF_8))).value()).hasSize(size);
      }
      byte[] bytes = FrameCodec.encode(set(7, 10)).array();
      for (byte b : bytes) {
        client.socket.getOutputStream().write(b);
      }
      assertThat(client.read().opaque()).isEqualTo(7);
    }
  }

  @Test
  void garbage_closes_the_connection() throws IOException {
    try (Client client = new Client(node.port())) {
      client.socket.getOutputStream().write(new byte[100]);
      assertThatThrownBy(client::read).isInstanceOf(IOException.class);
    }
    Awaitility.await().until(() -> node.call(n -> n.connections()) == 0);
  }

  @Test
  void a_dead_node_takes_its_sockets_with_it_and_comes_back_on_its_port_with_its_data() throws IOException {
    node.run(n -> n.setState("default", 3, VBucketState.ACTIVE));
    int port = node.port();
    try (Client client = new Client(port)) {
      client.ask(set(1, 10));
      node.stop();
      assertThatThrownBy(() -> client.ask(set(2, 10))).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> new Client(port).close()).isInstanceOf(IOException.class);
    node.restart(true);
    assertThat(node.port()).isEqualTo(port);
    try (Client client = new Client(port)) {
      assertThat(client.ask(Kv.get(3, 1, "k1".getBytes(UTF_8))).status()).isEqualTo(Status.SUCCESS);
    }
    node.stop();
    node.restart(false);
    try (Client client = new Client(port)) {
      assertThat(client.ask(Admin.getVBucket(3, 1)).status()).isEqualTo(Status.NOT_MY_VBUCKET);
    }
  }

  @Test
  void a_stream_to_a_slow_reader_waits_outside_of_the_heap() throws IOException {
    int documents = 3000;
    node.run(n -> {
      n.setState("default", 3, VBucketState.ACTIVE);
      byte[] value = new byte[10_000];
      for (int i = 0; i < documents; i++) {
        n.write("default", 3, ("k" + i).getBytes(UTF_8), value, 0);
      }
    });
    try (Client client = new Client(node.port())) {
      client.ask(new Dcp.Open(0, "slow", Dcp.Open.PRODUCER, "").toFrame());
      client.send(new Dcp.StreamReq(3, 1, 0, 0, Dcp.StreamReq.FOREVER, 0, 0, 0).toFrame());
      assertThat(client.read().status()).isEqualTo(Status.SUCCESS);
      assertThat(client.read().opcode()).isEqualTo(Opcode.DCP_SNAPSHOT_MARKER);
      // 30 MB do not fit between the node and a reader that does not read.
      try (Client admin = new Client(node.port())) {
        Awaitility.await().pollInterval(Duration.ofMillis(5))
            .until(() -> left(admin) == left(admin) && left(admin) < documents);
        assertThat(left(admin)).as("what the producer has not taken from its store").isPositive();
      }
      for (int seqno = 1; seqno <= documents; seqno++) {
        assertThat(DcpItem.Mutation.of(client.read()).seqno()).isEqualTo(seqno);
      }
    }
  }

  private static int left(Client admin) throws IOException {
    admin.send(Admin.stat("dcp-vbtakeover 3 slow", 1));
    int left = -1;
    for (Frame pair = admin.read(); pair.key().length > 0; pair = admin.read()) {
      left = pair.keyText().equals("estimate") ? Integer.parseInt(pair.valueText()) : left;
    }
    return left;
  }
}
