package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.compression.Snappy;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FramingExtras;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvCommandsTest {
  private static final int VB = 3;

  private final ManualNodeClock clock = new ManualNodeClock();
  private final DataNode node = new DataNode(
      NodeSettings.named("n1", NodeVersion.V7_6).withBuckets(Map.of("default", 8)), clock, NodeObserver.NONE);
  private TestPeer peer;

  @BeforeEach
  void connect() {
    node.setState("default", VB, VBucketState.ACTIVE);
    peer = TestPeer.ready(node);
    hello(Feature.XERROR, Feature.JSON, Feature.SNAPPY, Feature.XATTR, Feature.MUTATION_SEQNO, Feature.ALT_REQUEST);
  }

  private void hello(Integer... features) {
    peer.ask(new Session.Hello(0, "test", Set.of(features)).toFrame());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Frame request(int opcode, byte[] extras, String value) {
    return Frame.request(opcode, VB, 7, extras, bytes("k"), bytes(value));
  }

  private Frame store(int opcode, String value, int expiry, long cas) {
    return peer.ask(new Kv.Store(opcode, VB, 7, 5, expiry, cas, bytes("k"), bytes(value)).toFrame());
  }

  private Frame get() {
    return peer.ask(Kv.get(VB, 7, bytes("k")));
  }

  private static byte[] seconds(int seconds) {
    return ByteBuffer.allocate(4).putInt(seconds).array();
  }

  @Test
  void a_lock_shuts_out_all_but_who_knows_its_cas() {
    long before = store(Opcode.SET, "v", 0, 0).cas();
    Frame locked = peer.ask(request(Opcode.GET_LOCKED, seconds(10), ""));

    assertThat(locked.valueText()).isEqualTo("v");
    assertThat(locked.cas()).isNotEqualTo(before);
    assertThat(get().cas()).as("CAS that others see").isEqualTo(-1L);
    assertThat(store(Opcode.SET, "w", 0, 0).status()).isEqualTo(Status.LOCKED);
    assertThat(store(Opcode.SET, "w", 0, before).status()).isEqualTo(Status.LOCKED);
    assertThat(peer.ask(Kv.delete(VB, 7, bytes("k"), 0)).status()).isEqualTo(Status.LOCKED);
    assertThat(peer.ask(request(Opcode.TOUCH, seconds(10), "")).status()).isEqualTo(Status.LOCKED);
    assertThat(peer.ask(request(Opcode.GET_LOCKED, Frame.NOTHING, "")).status()).isEqualTo(Status.LOCKED);
    assertThat(store(Opcode.REPLACE, "w", 0, locked.cas()).status()).isEqualTo(Status.SUCCESS);
    assertThat(get().valueText()).isEqualTo("w");
    assertThat(store(Opcode.SET, "x", 0, 0).status()).as("the change unlocked it").isEqualTo(Status.SUCCESS);
  }

  @Test
  void a_lock_ends_by_unlock_by_its_time_and_by_the_end_of_the_active_state() {
    store(Opcode.SET, "v", 0, 0);
    Frame first = peer.ask(request(Opcode.GET_LOCKED, seconds(10), ""));
    assertThat(peer.ask(request(Opcode.UNLOCK_KEY, Frame.NOTHING, "").withCas(first.cas() + 1)).status())
        .isEqualTo(Status.LOCKED);
    assertThat(peer.ask(request(Opcode.UNLOCK_KEY, Frame.NOTHING, "").withCas(first.cas())).status())
        .isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(request(Opcode.UNLOCK_KEY, Frame.NOTHING, "").withCas(first.cas())).status())
        .isEqualTo(Status.NOT_LOCKED);

    peer.ask(request(Opcode.GET_LOCKED, seconds(10), ""));
    clock.advance(Duration.ofSeconds(10));
    assertThat(store(Opcode.SET, "w", 0, 0).status()).isEqualTo(Status.SUCCESS);

    peer.ask(request(Opcode.GET_LOCKED, seconds(10), ""));
    node.setState("default", VB, VBucketState.REPLICA);
    node.setState("default", VB, VBucketState.ACTIVE);
    assertThat(store(Opcode.SET, "x", 0, 0).status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void a_document_is_gone_when_its_time_is_over_and_a_touch_gives_it_more() {
    store(Opcode.SET, "v", 10, 0);
    clock.advance(Duration.ofSeconds(9));
    assertThat(peer.ask(request(Opcode.GAT, seconds(20), "")).valueText()).isEqualTo("v");
    clock.advance(Duration.ofSeconds(19));
    assertThat(get().status()).isEqualTo(Status.SUCCESS);
    clock.advance(Duration.ofSeconds(1));
    assertThat(get().status()).isEqualTo(Status.KEY_ENOENT);
    assertThat(node.documents("default", VB)).isZero();
  }

  private static Frame counter(int opcode, long difference, long initial, int expiry) {
    byte[] extras = ByteBuffer.allocate(20).putLong(difference).putLong(initial).putInt(expiry).array();
    return Frame.request(opcode, VB, 7, extras, bytes("k"), Frame.NOTHING);
  }

  @Test
  void a_counter_is_made_counted_and_never_goes_below_zero() {
    assertThat(peer.ask(counter(Opcode.INCREMENT, 1, 5, -1)).status()).isEqualTo(Status.KEY_ENOENT);
    assertThat(number(peer.ask(counter(Opcode.INCREMENT, 1, 5, 0)))).isEqualTo(5);
    assertThat(number(peer.ask(counter(Opcode.INCREMENT, 3, 5, 0)))).isEqualTo(8);
    assertThat(number(peer.ask(counter(Opcode.DECREMENT, 9, 5, 0)))).isZero();
    assertThat(get().valueText()).isEqualTo("0");
    store(Opcode.SET, "{}", 0, 0);
    assertThat(peer.ask(counter(Opcode.INCREMENT, 1, 5, 0)).status()).isEqualTo(Status.DELTA_BADVAL);
  }

  private static long number(Frame answer) {
    assertThat(answer.status()).isEqualTo(Status.SUCCESS);
    return ByteBuffer.wrap(answer.value()).getLong();
  }

  @Test
  void values_grow_at_both_ends_but_not_from_nothing() {
    assertThat(peer.ask(request(Opcode.APPEND, Frame.NOTHING, "x")).status()).isEqualTo(Status.NOT_STORED);
    store(Opcode.SET, "b", 0, 0);
    peer.ask(request(Opcode.APPEND, Frame.NOTHING, "c"));
    peer.ask(request(Opcode.PREPEND, Frame.NOTHING, "a"));
    assertThat(get().valueText()).isEqualTo("abc");
  }

  @Test
  void a_compressed_value_is_kept_plain_and_a_broken_one_is_refused() {
    String plain = "{\"text\":\"" + "abc".repeat(100) + "\"}";
    ByteBuf out = Unpooled.buffer();
    new Snappy().encode(Unpooled.copiedBuffer(plain, UTF_8), out, plain.length());
    byte[] compressed = ByteBufUtil.getBytes(out);
    Frame set = new Kv.Store(Opcode.SET, VB, 7, 0, 0, 0, bytes("k"), compressed).toFrame().withDatatype(0x02);

    assertThat(peer.ask(set).status()).isEqualTo(Status.SUCCESS);
    assertThat(get().valueText()).isEqualTo(plain);
    assertThat(get().datatype()).as("seen to be JSON").isEqualTo(Frame.DATATYPE_JSON);

    byte[] broken = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 1, 2, 3};
    Frame wrong = new Kv.Store(Opcode.SET, VB, 7, 0, 0, 0, bytes("k"), broken).toFrame().withDatatype(0x02);
    assertThat(peer.ask(wrong).status()).isEqualTo(Status.E2BIG);
    byte[] cut = java.util.Arrays.copyOf(compressed, compressed.length - 3);
    Frame shorter = new Kv.Store(Opcode.SET, VB, 7, 0, 0, 0, bytes("k"), cut).toFrame().withDatatype(0x02);
    assertThat(peer.ask(shorter).status()).isEqualTo(Status.EINVAL);
  }

  @Test
  void a_change_tells_where_in_the_history_it_stands() {
    store(Opcode.SET, "v", 0, 0);
    Frame answer = store(Opcode.SET, "w", 0, 0);

    ByteBuffer token = ByteBuffer.wrap(answer.extras());
    assertThat(token.getLong(0)).isEqualTo(node.failoverLog("default", VB).get(0).uuid());
    assertThat(token.getLong(8)).isEqualTo(2);
  }

  @Test
  void a_sync_write_is_refused() {
    Frame plain = new Kv.Store(Opcode.SET, VB, 7, 0, 0, 0, bytes("k"), bytes("v")).toFrame();
    Frame sync = FramingExtras.attach(plain, java.util.List.of(
        new FramingExtras.Durability(FramingExtras.DurabilityLevel.MAJORITY, OptionalInt.empty()).toInfo()));
    assertThat(peer.ask(sync).status()).isEqualTo(Status.NOT_SUPPORTED);
    assertThat(get().status()).isEqualTo(Status.KEY_ENOENT);
  }

  private static byte[] spec(int opcode, int flags, String path, String value) {
    byte[] p = bytes(path);
    byte[] v = bytes(value);
    return ByteBuffer.allocate(8 + p.length + v.length).put((byte) opcode).put((byte) flags).putShort((short) p.length)
        .putInt(v.length).put(p).put(v).array();
  }

  private static byte[] look(int opcode, int flags, String path) {
    byte[] p = bytes(path);
    return ByteBuffer.allocate(4 + p.length).put((byte) opcode).put((byte) flags).putShort((short) p.length).put(p)
        .array();
  }

  private Frame multi(int opcode, byte[] extras, byte[]... specs) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] spec : specs) {
      body.writeBytes(spec);
    }
    return peer.ask(Frame.request(opcode, VB, 7, extras, bytes("k"), body.toByteArray()));
  }

  @Test
  void several_parts_change_together_or_not_at_all() {
    byte[] create = {1};
    Frame made = multi(Opcode.SUBDOC_MULTI_MUTATION, create, spec(Opcode.SUBDOC_DICT_UPSERT, 0x01, "a.b", "1"),
        spec(Opcode.SUBDOC_COUNTER, 0, "n", "4"), spec(Opcode.SUBDOC_DICT_UPSERT, 0x04, "mine", "\"x\""));
    assertThat(made.status()).isEqualTo(Status.SUCCESS);
    assertThat(made.value()).as("index, status, length, number").isEqualTo(new byte[] {1, 0, 0, 0, 0, 0, 1, '4'});
    assertThat(get().valueText()).isEqualTo("{\"a\":{\"b\":1},\"n\":4}");

    Frame failed = multi(Opcode.SUBDOC_MULTI_MUTATION, Frame.NOTHING, spec(Opcode.SUBDOC_COUNTER, 0, "n", "1"),
        spec(Opcode.SUBDOC_DICT_ADD, 0, "a", "2"));
    assertThat(failed.status()).isEqualTo(Status.SUBDOC_MULTI_PATH_FAILURE);
    assertThat(failed.value()).isEqualTo(new byte[] {1, 0, (byte) Status.SUBDOC_PATH_EEXISTS});
    assertThat(get().valueText()).isEqualTo("{\"a\":{\"b\":1},\"n\":4}");

    Frame found = multi(Opcode.SUBDOC_MULTI_LOOKUP, Frame.NOTHING, look(Opcode.SUBDOC_GET, 0, "n"),
        look(Opcode.SUBDOC_EXISTS, 0, "z"), look(Opcode.SUBDOC_GET, 0x04, "mine"), look(Opcode.GET, 0, ""));
    assertThat(found.status()).isEqualTo(Status.SUBDOC_MULTI_PATH_FAILURE);
    assertThat(found.valueText()).contains("4", "\"x\"", "{\"a\":{\"b\":1},\"n\":4}");
  }

  @Test
  void what_clients_write_leaves_the_attributes_and_a_delete_leaves_those_of_the_system() {
    byte[] create = {1};
    multi(Opcode.SUBDOC_MULTI_MUTATION, create, spec(Opcode.SUBDOC_DICT_UPSERT, 0x04, "_sync", "7"),
        spec(Opcode.SUBDOC_DICT_UPSERT, 0x04, "mine", "8"));
    store(Opcode.SET, "{\"new\":1}", 0, 0);
    assertThat(multi(Opcode.SUBDOC_MULTI_LOOKUP, Frame.NOTHING, look(Opcode.SUBDOC_GET, 0x04, "mine")).status())
        .isEqualTo(Status.SUCCESS);
    assertThat(get().valueText()).isEqualTo("{\"new\":1}");

    assertThat(peer.ask(Kv.delete(VB, 7, bytes("k"), 0)).status()).isEqualTo(Status.SUCCESS);
    assertThat(get().status()).isEqualTo(Status.KEY_ENOENT);
    Frame meta = peer.ask(request(Opcode.GET_META, new byte[] {2}, ""));
    assertThat(ByteBuffer.wrap(meta.extras()).getInt(0)).as("deleted").isEqualTo(1);
    assertThat(meta.extras()[20]).as("attributes are kept").isEqualTo((byte) Datatypes.XATTR);
  }

  @Test
  void single_operations_answer_their_part_alone() {
    store(Opcode.SET, "{\"a\":[1,2]}", 0, 0);
    byte[] path = bytes("a[1]");
    byte[] extras = ByteBuffer.allocate(3).putShort((short) path.length).put((byte) 0).array();
    assertThat(peer.ask(Frame.request(Opcode.SUBDOC_GET, VB, 7, extras, bytes("k"), path)).valueText()).isEqualTo("2");
    byte[] changed = bytes("a[1]9");
    assertThat(peer.ask(Frame.request(Opcode.SUBDOC_REPLACE, VB, 7, extras, bytes("k"), changed)).status())
        .isEqualTo(Status.SUCCESS);
    assertThat(get().valueText()).isEqualTo("{\"a\":[1,9]}");
    store(Opcode.SET, "no json", 0, 0);
    assertThat(peer.ask(Frame.request(Opcode.SUBDOC_GET, VB, 7, extras, bytes("k"), path)).status())
        .isEqualTo(Status.SUBDOC_DOC_NOTJSON);
  }
}
