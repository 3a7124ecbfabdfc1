package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Magic;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.protocol.golden.HostileBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Clients may send whatever they like: the embedded node answers or closes their connection, and serves everybody else. */
@Tag("fuzz")
class NodeFuzzTest {
  private static final int TRIES = 50;
  private static final int VB = 3;
  private static final int[] OPCODES = {Opcode.GET, Opcode.SET, Opcode.ADD, Opcode.REPLACE, Opcode.DELETE,
    Opcode.INCREMENT, Opcode.APPEND, Opcode.TOUCH, Opcode.GAT, Opcode.GET_LOCKED, Opcode.UNLOCK_KEY, Opcode.GET_META,
    Opcode.SUBDOC_GET, Opcode.SUBDOC_DICT_UPSERT, Opcode.SUBDOC_COUNTER, Opcode.SUBDOC_MULTI_LOOKUP,
    Opcode.SUBDOC_MULTI_MUTATION, Opcode.COLLECTIONS_GET_ID, Opcode.GET_CLUSTER_CONFIG, Opcode.STAT, Opcode.DCP_OPEN,
    Opcode.DCP_STREAM_REQ, Opcode.DCP_CONTROL, Opcode.OBSERVE_SEQNO, Opcode.HELLO, Opcode.SASL_AUTH};

  @Property(tries = TRIES, seed = "2005")
  void hostile_clients_cost_their_connection_at_most(@ForAll long seed) {
    Random random = HostileBytes.random(seed);
    NodeVersion version = random.nextBoolean() ? NodeVersion.V6_0 : NodeVersion.V7_6;
    ManualNodeClock clock = new ManualNodeClock();
    DataNode node = new DataNode(NodeSettings.named("n1", version).withBuckets(Map.of("default", 64)), clock,
        NodeObserver.NONE);
    node.setState("default", VB, VBucketState.ACTIVE);
    TestPeer hostile = connect(node, random);
    for (int input = 0; input < HostileBytes.INPUTS / TRIES; input++) {
      if (hostile.closed || random.nextInt(50) == 0) {
        hostile.hangUp();
        hostile = connect(node, random);
      }
      give(hostile, random);
      clock.advance(Duration.ofMillis(random.nextInt(50)));
      hostile.sent.clear();
    }
    node.restart(false);
    node.setState("default", VB, VBucketState.ACTIVE);
    TestPeer honest = TestPeer.ready(node);
    Frame set = new Kv.Store(Opcode.SET, VB, 1, 0, 0, 0, new byte[] {'k'}, new byte[] {'v'}).toFrame();
    assertThat(honest.ask(set).status()).isEqualTo(Status.SUCCESS);
    assertThat(honest.ask(Kv.get(VB, 1, new byte[] {'k'})).valueText()).isEqualTo("v");
  }

  private static TestPeer connect(DataNode node, Random random) {
    TestPeer peer = TestPeer.ready(node);
    if (random.nextBoolean()) {
      TreeSet<Integer> features = new TreeSet<>();
      for (int i = 0; i < 8; i++) {
        features.add(random.nextInt(0x20));
      }
      peer.ask(new Session.Hello(0, "hostile", features).toFrame());
    }
    if (random.nextInt(3) == 0) {
      peer.askForAll(new Dcp.Open(0, "hostile", random.nextInt(16), "").toFrame());
    }
    return peer;
  }

  private static void give(TestPeer peer, Random random) {
    if (random.nextBoolean()) {
      peer.give(command(random));
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(HostileBytes.next(random));
    try {
      while (bytes.remaining() >= FrameHeader.LENGTH
          && bytes.remaining() >= FrameHeader.frameLength(bytes, bytes.position(), 1 << 20)) {
        peer.give(FrameCodec.decode(bytes, 1 << 20));
      }
    } catch (FrameFormatException closesTheConnection) {
      peer.hangUp();
    }
  }

  /** A command of a client with extras and a value that may be right. */
  private static Frame command(Random random) {
    byte[] extras = new byte[random.nextInt(random.nextBoolean() ? 25 : 60)];
    byte[] value = new byte[random.nextInt(60)];
    random.nextBytes(value);
    if (random.nextBoolean()) {
      random.nextBytes(extras);
    }
    if (random.nextBoolean()) {
      value = HostileBytes.mutated("{\"a\":{\"b\":[1,2,{\"c\":7}]},\"n\":5}".getBytes(StandardCharsets.UTF_8), random);
    } else if (random.nextBoolean()) {
      value = specs(random);
    }
    byte[] key = random.nextBoolean() ? new byte[] {'k'} : new byte[] {0, 'k'};
    int opcode = OPCODES[random.nextInt(OPCODES.length)];
    return new Frame(Magic.REQUEST, opcode, random.nextInt(8), VB, 7, random.nextBoolean() ? 0 : random.nextInt(5),
        Frame.NOTHING, extras, opcode == Opcode.STAT ? "vbucket-details 3".getBytes(StandardCharsets.UTF_8) : key,
        value);
  }

  private static byte[] specs(Random random) {
    byte[] path = new String[] {"a.b[1]", "n", "a.b[-1].c", "x.y", "[0]", "$document.CAS", ""}[random.nextInt(7)]
        .getBytes(StandardCharsets.UTF_8);
    byte[] value = "7".getBytes(StandardCharsets.UTF_8);
    boolean mutation = random.nextBoolean();
    ByteBuffer spec = ByteBuffer.allocate((mutation ? 8 : 4) + path.length + (mutation ? value.length : 0));
    spec.put((byte) (Opcode.SUBDOC_GET + random.nextInt(14))).put((byte) random.nextInt(8));
    spec.putShort((short) path.length);
    if (mutation) {
      spec.putInt(value.length);
    }
    spec.put(path);
    if (mutation) {
      spec.put(value);
    }
    return random.nextInt(4) == 0 ? HostileBytes.mutated(spec.array(), random) : spec.array();
  }
}
