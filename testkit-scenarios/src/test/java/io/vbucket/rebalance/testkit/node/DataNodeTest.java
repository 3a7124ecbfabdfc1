package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions, documents, vBucket states, stats and configurations. */
class DataNodeTest {
  private final ManualNodeClock clock = new ManualNodeClock();
  private final DataNode node =
      new DataNode(NodeSettings.named("n1", NodeVersion.V6_0).withBuckets(Map.of("default", 64))
          .withPersistence(Duration.ofSeconds(2), Duration.ofSeconds(1)).withLimits(100, 3), clock, NodeObserver.NONE);

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Frame store(int opcode, int vbucket, String key, String value, long cas) {
    return new Kv.Store(opcode, vbucket, 9, 5, 0, cas, bytes(key), bytes(value)).toFrame();
  }

  private static Frame set(int vbucket, VBucketState state) {
    return new Admin.SetVBucket(vbucket, 0, state, "").toFrame();
  }

  @Test
  void nothing_is_done_before_authentication_and_a_bucket() {
    TestPeer peer = new TestPeer(node);
    assertThat(peer.ask(Kv.get(1, 0, bytes("k"))).status()).isEqualTo(Status.EACCESS);
    assertThat(peer.ask(Session.saslListMechs(0)).valueText()).isEqualTo("SCRAM-SHA512 SCRAM-SHA256 SCRAM-SHA1 PLAIN");
    assertThat(peer.ask(sasl("wrong")).status()).isEqualTo(Status.AUTH_ERROR);
    assertThat(peer.ask(Session.selectBucket(0, "default")).status()).isEqualTo(Status.EACCESS);
    assertThat(peer.ask(sasl("password")).status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(Kv.get(1, 0, bytes("k"))).status()).isEqualTo(Status.EACCESS);
    assertThat(peer.ask(Frame.request(Opcode.GET_ERROR_MAP, 0, 0)).status()).isEqualTo(Status.KEY_ENOENT);
    peer.ask(new Session.Hello(0, "me", Set.of(Feature.XERROR)).toFrame());
    assertThat(peer.ask(Frame.request(Opcode.GET_ERROR_MAP, 0, 0)).valueText()).contains("\"7\"", "NOT_MY_VBUCKET");
    assertThat(peer.ask(Kv.get(1, 0, bytes("k"))).status()).isEqualTo(Status.NO_BUCKET);
    assertThat(peer.ask(Session.selectBucket(0, "nope")).status()).isEqualTo(Status.KEY_ENOENT);
    assertThat(peer.ask(Session.selectBucket(0, "default")).status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(Frame.request(Opcode.LIST_BUCKETS, 0, 0)).valueText()).isEqualTo("default");
    assertThat(peer.ask(Frame.request(0xee, 0, 0)).status()).isEqualTo(Status.UNKNOWN_COMMAND);
    assertThat(peer.askAsIs(Frame.request(Opcode.SET_VBUCKET, 1, 0)).status()).as("no extras").isEqualTo(Status.EINVAL);
  }

  private static Frame sasl(String password) {
    return Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", Session.plain("Administrator", password));
  }

  @Test
  void HELLO_grants_what_the_version_knows() {
    TestPeer peer = new TestPeer(node);
    Frame answer = peer.ask(new Session.Hello(0, "me", Set.of(Feature.JSON, Feature.COLLECTIONS, 0x77)).toFrame());
    assertThat(Session.decodeFeatures(answer)).containsExactly(Feature.JSON);
  }

  @Test
  void documents_are_stored_by_CAS() {
    TestPeer peer = TestPeer.ready(node);
    peer.ask(set(3, VBucketState.ACTIVE));
    assertThat(peer.ask(store(Opcode.REPLACE, 3, "k", "v", 0)).status()).isEqualTo(Status.KEY_ENOENT);
    Frame added = peer.ask(store(Opcode.ADD, 3, "k", "v", 0));
    assertThat(added.status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(store(Opcode.ADD, 3, "k", "v", 0)).status()).isEqualTo(Status.KEY_EEXISTS);
    assertThat(peer.ask(store(Opcode.SET, 3, "k", "w", added.cas() + 1)).status()).isEqualTo(Status.KEY_EEXISTS);
    Frame replaced = peer.ask(store(Opcode.REPLACE, 3, "k", "w", added.cas()));
    Frame got = peer.ask(Kv.get(3, 1, bytes("k")));
    assertThat(got.valueText()).isEqualTo("w");
    assertThat(got.cas()).isEqualTo(replaced.cas()).isGreaterThan(added.cas());
    assertThat(got.extras()).containsExactly(0, 0, 0, 5);
    assertThat(peer.ask(Frame.request(Opcode.GETK, 3, 1, Frame.NOTHING, bytes("k"), Frame.NOTHING)).keyText())
        .isEqualTo("k");
    assertThat(peer.ask(Kv.delete(3, 1, bytes("k"), added.cas())).status()).isEqualTo(Status.KEY_EEXISTS);
    assertThat(peer.ask(Kv.delete(3, 1, bytes("k"), 0)).status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(Kv.delete(3, 1, bytes("k"), 0)).status()).isEqualTo(Status.KEY_ENOENT);
    assertThat(peer.ask(Kv.get(3, 1, bytes("k"))).status()).isEqualTo(Status.KEY_ENOENT);
    assertThat(peer.ask(store(Opcode.SET, 3, "k", "w", 77)).status()).isEqualTo(Status.KEY_ENOENT);
  }

  @Test
  void limits_of_documents_hold() {
    TestPeer peer = TestPeer.ready(node);
    peer.ask(set(3, VBucketState.ACTIVE));
    assertThat(peer.ask(store(Opcode.SET, 3, "k", "v".repeat(101), 0)).status()).isEqualTo(Status.E2BIG);
    assertThat(peer.ask(store(Opcode.SET, 3, "k".repeat(251), "v", 0)).status()).isEqualTo(Status.EINVAL);
    for (String key : List.of("a", "b", "c")) {
      assertThat(peer.ask(store(Opcode.SET, 3, key, "v", 0)).status()).isEqualTo(Status.SUCCESS);
    }
    assertThat(peer.ask(store(Opcode.SET, 3, "d", "v", 0)).status()).isEqualTo(Status.ETMPFAIL);
    assertThat(peer.ask(store(Opcode.SET, 3, "a", "w", 0)).status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void keys_begin_with_their_collection_where_that_was_negotiated() {
    DataNode newer = new DataNode(
        NodeSettings.named("n2", NodeVersion.V7_6).withBuckets(Map.of("default", 8)), clock, NodeObserver.NONE);
    newer.setState("default", 3, VBucketState.ACTIVE);
    TestPeer peer = TestPeer.ready(newer);
    peer.ask(new Session.Hello(0, "me", Set.of(Feature.COLLECTIONS)).toFrame());
    assertThat(peer.ask(store(Opcode.SET, 3, "\0k", "v", 0)).status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(store(Opcode.SET, 3, "k", "v", 0)).status()).isEqualTo(Status.UNKNOWN_COLLECTION);
    assertThat(TestPeer.ready(newer).ask(Kv.get(3, 1, bytes("k"))).valueText()).isEqualTo("v");
  }

  @Test
  void what_is_not_active_here_is_answered_with_the_configuration() {
    TestPeer peer = TestPeer.ready(node);
    assertThat(peer.ask(Kv.get(5, 1, bytes("k"))).value()).isEmpty();
    peer.ask(new Admin.SetClusterConfig(0, "default", 1, 7, "{\"rev\":7}").toFrame());
    for (VBucketState state : List.of(VBucketState.REPLICA, VBucketState.DEAD)) {
      peer.ask(set(5, state));
      Frame answer = peer.ask(Kv.get(5, 1, bytes("k")));
      assertThat(answer.status()).isEqualTo(Status.NOT_MY_VBUCKET);
      assertThat(answer.valueText()).isEqualTo("{\"rev\":7}");
    }
  }

  @ParameterizedTest
  @EnumSource(NodeVersion.class)
  void whatever_configuration_comes_last_is_kept(NodeVersion version) {
    DataNode any =
        new DataNode(NodeSettings.named("n", version).withBuckets(Map.of("default", 8)), clock, NodeObserver.NONE);
    TestPeer peer = TestPeer.ready(any);
    assertThat(peer.ask(Admin.getClusterConfig(1)).status()).isEqualTo(Status.KEY_ENOENT);
    for (int revision : List.of(9, 3)) {
      String json = "{\"rev\":" + revision + "}";
      assertThat(peer.ask(new Admin.SetClusterConfig(0, "default", 1, revision, json).toFrame()).status())
          .isEqualTo(Status.SUCCESS);
      assertThat(peer.ask(Admin.getClusterConfig(1)).valueText()).isEqualTo(json);
    }
  }

  private TestPeer peerOf(NodeVersion version) {
    return TestPeer.ready(
        new DataNode(NodeSettings.named("n", version).withBuckets(Map.of("default", 8)), clock, NodeObserver.NONE));
  }

  @ParameterizedTest
  @CsvSource({"V5_0, true, false, false", "V6_0, true, false, false", "V6_6, true, true, true",
    "V7_6, true, true, true"})
  void a_state_has_4_bytes_before_6_5_and_no_chains(
      NodeVersion version, boolean fourBytes, boolean oneByte, boolean topology) {
    Frame four = new Admin.SetVBucket(3, 0, VBucketState.ACTIVE, "").toFrameBefore65();
    Frame one = new Admin.SetVBucket(3, 0, VBucketState.ACTIVE, "").toFrame();
    Frame chain = new Admin.SetVBucket(3, 0, VBucketState.ACTIVE, "{\"topology\":[[\"a\"]]}").toFrame();

    assertThat(peerOf(version).askAsIs(four).status() == Status.SUCCESS).isEqualTo(fourBytes);
    assertThat(peerOf(version).askAsIs(one).status() == Status.SUCCESS).isEqualTo(oneByte);
    assertThat(peerOf(version).askAsIs(chain).status() == Status.SUCCESS).isEqualTo(topology);
  }

  @ParameterizedTest
  @CsvSource({"V5_0, 0x00d, false", "V6_0, 0x02d, false", "V6_6, 0x06d, true", "V7_6, 0x16d, true"})
  void DCP_is_not_opened_with_what_the_version_does_not_know(NodeVersion version, String known, boolean name) {
    int flags = Integer.decode(known);
    for (int flag : List.of(0x20, 0x40, 0x100)) {
      assertThat(peerOf(version).askAsIs(new Dcp.Open(0, "link", Dcp.Open.PRODUCER | flag, "").toFrame()).status())
          .as("flag 0x%x", flag).isEqualTo((flags & flag) != 0 ? Status.SUCCESS : Status.EINVAL);
    }
    assertThat(peerOf(version).askAsIs(new Dcp.Open(0, "link", flags, "").toFrame()).status())
        .isEqualTo(Status.SUCCESS);
    Frame named = new Dcp.Open(0, "link", 0, "{\"consumer_name\":\"b\"}").toFrame();
    assertThat(peerOf(version).askAsIs(named).status()).isEqualTo(name ? Status.SUCCESS : Status.EINVAL);
  }

  @ParameterizedTest
  @EnumSource(NodeVersion.class)
  void a_closed_stream_is_ended_since_5_5_where_that_was_asked_for(NodeVersion version) {
    TestPeer producer = peerOf(version);
    producer.ask(set(3, VBucketState.ACTIVE));
    producer.ask(new Dcp.Open(0, "link", Dcp.Open.PRODUCER, "").toFrame());
    Frame wish = new Dcp.Control(1, Dcp.Control.SEND_STREAM_END_ON_CLOSE, "true").toFrame();
    boolean granted = producer.ask(wish).status() == Status.SUCCESS;
    producer.askForAll(new Dcp.StreamReq(3, 7, 0, 0, -1L, 0, 0, 0, "").toFrame());

    List<Frame> closing = producer.askForAll(new Dcp.CloseStream(3, 9).toFrame());

    assertThat(granted).isEqualTo(version != NodeVersion.V5_0);
    assertThat(closing.stream().map(Frame::opcode).toList()).isEqualTo(granted
        ? List.of(Opcode.DCP_CLOSE_STREAM, Opcode.DCP_STREAM_END)
        : List.of(Opcode.DCP_CLOSE_STREAM));
  }

  @Test
  void vBuckets_are_created_read_and_deleted_by_the_rules() {
    TestPeer peer = TestPeer.ready(node);
    assertThat(peer.ask(Admin.getVBucket(3, 0)).status()).isEqualTo(Status.NOT_MY_VBUCKET);
    assertThat(peer.ask(set(64, VBucketState.ACTIVE)).status()).isEqualTo(Status.ERANGE);
    peer.ask(set(3, VBucketState.ACTIVE));
    assertThat(Admin.decodeState(peer.ask(Admin.getVBucket(3, 0)))).isEqualTo(VBucketState.ACTIVE);
    assertThat(peer.ask(Admin.delVBucket(3, 0)).status()).isEqualTo(Status.EINVAL);
    peer.ask(set(3, VBucketState.DEAD));
    assertThat(peer.ask(Admin.delVBucket(3, 0)).status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(Admin.delVBucket(3, 0)).status()).isEqualTo(Status.NOT_MY_VBUCKET);
  }

  @Test
  void only_becoming_active_by_a_client_makes_a_new_failover_entry() {
    TestPeer peer = TestPeer.ready(node);
    peer.ask(set(3, VBucketState.ACTIVE));
    peer.ask(store(Opcode.SET, 3, "k", "v", 0));
    peer.ask(set(3, VBucketState.ACTIVE));
    assertThat(Dcp.decodeFailoverLog(peer.ask(Admin.getFailoverLog(3, 0)))).hasSize(1);
    long old = node.failoverLog("default", 3).get(0).uuid();
    peer.ask(set(3, VBucketState.REPLICA));
    peer.ask(set(3, VBucketState.ACTIVE));
    List<Dcp.FailoverEntry> log = Dcp.decodeFailoverLog(peer.ask(Admin.getFailoverLog(3, 0)));
    assertThat(log).extracting(Dcp.FailoverEntry::seqno).containsExactly(1L, 0L);
    assertThat(Admin.Observed.of(peer.ask(Admin.observeSeqno(3, 0, log.get(0).uuid()))).currentSeqno()).isEqualTo(1);
    assertThat(peer.ask(Admin.observeSeqno(3, 0, old)).value()).hasSize(43).startsWith(1);
    assertThat(peer.ask(Admin.observeSeqno(3, 0, 1)).status()).isEqualTo(Status.KEY_ENOENT);
  }

  @Test
  void persistence_lags_and_who_waits_for_it_is_answered_or_told_to_ask_again() {
    TestPeer peer = TestPeer.ready(node);
    peer.ask(set(3, VBucketState.ACTIVE));
    peer.ask(store(Opcode.SET, 3, "k", "v", 0));
    Frame wait = new Admin.SeqnoPersistence(3, 1, 1).toFrame();
    assertThat(peer.askForAll(wait)).isEmpty();
    clock.advance(Duration.ofMillis(1100));
    assertThat(peer.sent).extracting(Frame::status).containsExactly(Status.ETMPFAIL);
    peer.sent.clear();
    assertThat(peer.askForAll(wait)).isEmpty();
    clock.advance(Duration.ofMillis(950));
    assertThat(peer.sent).extracting(Frame::status).containsExactly(Status.SUCCESS);
    peer.sent.clear();
    assertThat(peer.ask(wait).status()).isEqualTo(Status.SUCCESS);
    assertThat(peer.ask(new Admin.SeqnoPersistence(4, 1, 1).toFrame()).status()).isEqualTo(Status.NOT_MY_VBUCKET);
  }

  @Test
  void stats_name_what_there_is() {
    TestPeer peer = TestPeer.ready(node);
    peer.ask(set(3, VBucketState.ACTIVE));
    peer.ask(set(4, VBucketState.REPLICA));
    peer.ask(store(Opcode.SET, 3, "k", "v", 0));
    assertThat(stats(peer, "vbucket")).containsExactlyInAnyOrderEntriesOf(Map.of("vb_3", "active", "vb_4", "replica"));
    assertThat(stats(peer, "vbucket-seqno 3")).containsEntry("vb_3:high_seqno", "1");
    assertThat(stats(peer, "vbucket-details 3")).containsEntry("vb_3", "active")
        .containsEntry("vb_3:num_items", "1").containsEntry("vb_3:db_data_size", "58");
    assertThat(stats(peer, "dcp-vbtakeover 3 nobody")).containsEntry("status", "does_not_exist");
    assertThat(stats(peer, "failovers 3")).containsEntry("vb_3:num_entries", "1");
    assertThat(peer.ask(Admin.stat("vbucket-seqno 9", 0)).status()).isEqualTo(Status.NOT_MY_VBUCKET);
    assertThat(peer.ask(Admin.stat("nonsense", 0)).status()).isEqualTo(Status.KEY_ENOENT);
    RelayedPair.open(node, "link", Dcp.Open.PRODUCER)
        .askForAll(new Dcp.StreamReq(3, 1, 0, 0, -1, 0, 0, 0).toFrame());
    assertThat(stats(peer, "dcp")).containsEntry("eq_dcpq:link:type", "producer")
        .containsEntry("eq_dcpq:link:stream_3_state", "in-memory");
    assertThat(Admin.decodeSeqnos(peer.ask(Admin.getAllVbSeqnos(VBucketState.ACTIVE, 0))))
        .containsExactly(new Admin.VBucketSeqno(3, 1));
    assertThat(Admin.decodeSeqnos(peer.ask(Admin.getAllVbSeqnos(null, 0)))).hasSize(2);
  }

  private static Map<String, String> stats(TestPeer peer, String group) {
    return peer.askForAll(Admin.stat(group, 0)).stream().filter(pair -> pair.key().length > 0)
        .collect(Collectors.toMap(Frame::keyText, Frame::valueText));
  }
}
