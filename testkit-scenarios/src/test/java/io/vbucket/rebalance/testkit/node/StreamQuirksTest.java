package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What surprises in streams and takeovers of real nodes, beyond what is read from the recordings (cases in golden/answers-*.txt). */
class StreamQuirksTest {
  private static final int VB = RelayedPair.VB;
  private static final String BUCKET = RelayedPair.BUCKET;

  private static RelayedPair streaming(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5);
    pair.addStream(false);
    pair.settle();
    pair.seen.clear();
    return pair;
  }

  private static List<String> after(RelayedPair pair, Frame toConsumer) {
    pair.seen.clear();
    pair.toConsumer(toConsumer);
    pair.settle();
    return pair.take().stream().filter(text -> !text.startsWith("X>")).toList();
  }

  /** Cases a1 to a3. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_second_ADD_STREAM_is_refused_and_the_first_stream_lives(NodeVersion version) {
    RelayedPair pair = streaming(version);
    assertThat(after(pair, new Dcp.AddStream(VB, 1, false).toFrame()))
        .containsExactly("C>P:ADD_STREAM->KEY_EEXISTS[block]");
    assertThat(after(pair, new Dcp.AddStream(VB, 2, true).toFrame()))
        .containsExactly("C>P:ADD_STREAM->KEY_EEXISTS[block]");
    pair.write("later");
    pair.settle();
    assertThat(pair.b.highSeqno(BUCKET, VB)).isEqualTo(6);
  }

  @Test
  void a_stream_from_another_connection_also_refuses_ADD_STREAM() {
    RelayedPair pair = streaming(NodeVersion.V6_0);
    TestPeer other = RelayedPair.open(pair.b, "other", 0);
    assertThat(other.ask(new Dcp.AddStream(VB, 1, true).toFrame()).status()).isEqualTo(Status.KEY_EEXISTS);
  }

  /** Cases a4, a5. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_stream_that_is_not_answered_yet_refuses_another_and_lives(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5);
    pair.holdAt("P>C:STREAM_REQ->SUCCESS");
    pair.addStream(false);
    pair.settle();
    assertThat(after(pair, new Dcp.AddStream(VB, 1, false).toFrame()))
        .containsExactly("C>P:ADD_STREAM->KEY_EEXISTS[block]");
    pair.release();
    assertThat(pair.take()).containsExactly(
        "P>C:STREAM_REQ->SUCCESS[release]", "P>C:SNAPSHOT_MARKER[release]", "C>P:ADD_STREAM->SUCCESS[block]");
  }

  /** Cases b0 to b5. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_producer_has_one_stream_of_a_vBucket_per_connection(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, null);
    TestPeer first = RelayedPair.open(pair.a, "p1", Dcp.Open.PRODUCER);
    first.ask(new Dcp.Control(1, Dcp.Control.SEND_STREAM_END_ON_CLOSE, "true").toFrame());
    assertThat(first.ask(request(1)).status()).isEqualTo(Status.SUCCESS);
    assertThat(first.ask(request(2)).status()).isEqualTo(Status.KEY_EEXISTS);
    assertThat(first.ask(request(1)).status()).isEqualTo(Status.KEY_EEXISTS);
    TestPeer second = RelayedPair.open(pair.a, "p2", Dcp.Open.PRODUCER);
    assertThat(second.ask(request(1)).status()).isEqualTo(Status.SUCCESS);
    first.give(new Dcp.CloseStream(VB, 5).toFrame());
    first.give(request(3));
    assertThat(first.sent).extracting(RelayedPair::text)
        .containsExactly("CLOSE_STREAM->SUCCESS", "STREAM_END(flags=1 CLOSED)", "STREAM_REQ->SUCCESS");
  }

  private static Frame request(int opaque) {
    return new Dcp.StreamReq(VB, opaque, 0, 0, Dcp.StreamReq.FOREVER, 0, 0, 0).toFrame();
  }

  /** Case b6: the status of STREAM_REQ's answer is handed on. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_leftover_stream_of_the_producer_makes_ADD_STREAM_fail(NodeVersion version) {
    RelayedPair pair = streaming(version);
    pair.toConsumer(new Dcp.CloseStream(VB, 1).toFrame());
    pair.settle();
    pair.seen.clear();
    pair.addStream(true);
    pair.settle();
    assertThat(pair.take()).containsExactly("X>C:ADD_STREAM(flags=1)", "C>P:STREAM_REQ(flags=1)",
        "P>C:STREAM_REQ->KEY_EEXISTS", "C>P:ADD_STREAM->KEY_EEXISTS[block]");
  }

  /** Cases e1 to e7. */
  @Test
  void a_stale_STREAM_END_is_refused_by_6_0_and_ignored_by_7_6() {
    for (NodeVersion version : NodeVersion.RECORDED) {
      RelayedPair pair = streaming(version);
      boolean old = version == NodeVersion.V6_0;
      Frame stale = new Dcp.StreamEnd(VB, 0x77000000, StreamEndReason.CLOSED).toFrame();
      assertThat(after(pair, stale)).isEqualTo(old ? List.of("C>P:STREAM_END->KEY_ENOENT") : List.of());
      pair.write("later");
      pair.settle();
      assertThat(pair.b.highSeqno(BUCKET, VB)).isEqualTo(6);

      Frame right = new Dcp.StreamEnd(VB, pair.streamOpaque, StreamEndReason.STATE_CHANGED).toFrame();
      assertThat(after(pair, right)).isEmpty();
      assertThat(after(pair, right)).containsExactly(old ? "C>P:STREAM_END->KEY_ENOENT" : "C>P:STREAM_END->0xa");
      Frame state = new Dcp.SetVBucketState(VB, pair.streamOpaque, VBucketState.ACTIVE).toFrame();
      assertThat(after(pair, state))
          .containsExactly(old ? "[CONSUMER CONNECTION CLOSED BY THE NODE]" : "C>P:SET_VBUCKET_STATE->0xa");
      assertThat(pair.states()).isEqualTo("A=active B=replica");
    }
  }

  /** Cases e8 to e10. */
  @Test
  void stale_frames_in_mid_takeover() {
    for (NodeVersion version : NodeVersion.RECORDED) {
      RelayedPair pair =
          new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5).inStep();
      boolean old = version == NodeVersion.V6_0;
      pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
      Frame end = new Dcp.StreamEnd(VB, 0x01000000, StreamEndReason.CLOSED).toFrame();
      assertThat(after(pair, end)).isEqualTo(old ? List.of("C>P:STREAM_END->KEY_ENOENT") : List.of());
      Frame state = new Dcp.SetVBucketState(VB, 0x01000000, VBucketState.ACTIVE).toFrame();
      assertThat(after(pair, state))
          .containsExactly(old ? "[CONSUMER CONNECTION CLOSED BY THE NODE]" : "C>P:SET_VBUCKET_STATE->0xb");
      pair.release();
      assertThat(pair.states()).isEqualTo(old ? "A=dead B=pending" : "A=dead B=active");
    }
  }

  /** Case f. */
  @Test
  void CLOSE_STREAM_of_an_unknown_stream() {
    for (NodeVersion version : NodeVersion.RECORDED) {
      RelayedPair pair = streaming(version);
      boolean old = version == NodeVersion.V6_0;
      String unknown = old ? "C>P:CLOSE_STREAM->KEY_ENOENT[block]" : "C>P:CLOSE_STREAM->0xa[block]";
      assertThat(after(pair, new Dcp.CloseStream(62, 1).toFrame())).containsExactly(unknown);
      assertThat(after(pair, new Dcp.CloseStream(1000, 1).toFrame())).containsExactly(unknown);
      Frame close = new Dcp.CloseStream(VB, 1).toFrame();
      assertThat(after(pair, close)).containsExactly("C>P:CLOSE_STREAM->SUCCESS[block]");
      assertThat(after(pair, close)).containsExactly(old ? unknown : "C>P:CLOSE_STREAM->SUCCESS[block]");
      pair.toProducer(close);
      pair.toProducer(close);
      pair.settle();
      assertThat(pair.take().stream().filter(text -> text.startsWith("P>C"))).containsExactly(
          "P>C:CLOSE_STREAM->SUCCESS[block]", "P>C:STREAM_END(flags=1 CLOSED)", "P>C:CLOSE_STREAM->KEY_ENOENT[block]");
      assertThat(after(pair, close)).containsExactly(unknown);
    }
  }

  /** Case i: without the control there is none. */
  @Test
  void a_producer_says_STREAM_END_after_a_close_only_when_asked_to() {
    RelayedPair pair = new RelayedPair(NodeVersion.V6_0).states(VBucketState.ACTIVE, null);
    TestPeer peer = RelayedPair.open(pair.a, "p", Dcp.Open.PRODUCER);
    peer.ask(request(1));
    assertThat(peer.askForAll(new Dcp.CloseStream(VB, 2).toFrame())).extracting(RelayedPair::text)
        .containsExactly("CLOSE_STREAM->SUCCESS");
  }

  @Test
  void a_stream_with_an_end_ends_there_and_a_deleted_vBucket_ends_it_too() {
    RelayedPair pair = new RelayedPair(NodeVersion.V6_0).states(VBucketState.ACTIVE, null).documents(4);
    TestPeer peer = RelayedPair.open(pair.a, "p", Dcp.Open.PRODUCER);
    assertThat(peer.askForAll(new Dcp.StreamReq(VB, 1, 0, 0, 3, 0, 0, 0).toFrame())).extracting(RelayedPair::text)
        .containsExactly("STREAM_REQ->SUCCESS", "SNAPSHOT_MARKER", "MUTATION", "MUTATION", "MUTATION",
            "STREAM_END(flags=0 OK)");
    pair.states(VBucketState.REPLICA, null);
    peer.askForAll(request(2));
    pair.states(VBucketState.DEAD, null);
    assertThat(RelayedPair.text(peer.sent.poll())).isEqualTo("STREAM_END(flags=2 STATE_CHANGED)");
  }

  /** Case j2, race T21: the second STREAM_REQ has the same opaque. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_rolled_back_consumer_asks_again_with_the_same_opaque(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5);
    pair.swallow("C>P:STREAM_REQ(flags=1)"::equals);
    pair.addStream(true);
    pair.settle();
    int opaque = pair.streamOpaque;
    pair.swallow(text -> false);
    Frame rollback = AnswersOfRealNodesTest.streamReqAnswer(pair, Status.ROLLBACK, Dcp.encodeRollbackSeqno(0));
    assertThat(after(pair, rollback)).startsWith("C>P:STREAM_REQ(flags=1)", "P>C:STREAM_REQ->SUCCESS")
        .contains("C>P:ADD_STREAM->SUCCESS[block]").endsWith("P>C:STREAM_END(flags=0 OK)");
    assertThat(pair.streamOpaque).isEqualTo(opaque);
    assertThat(pair.states()).isEqualTo("A=dead B=active");
  }

  @Test
  void a_producer_rolls_back_whoever_has_another_history() {
    RelayedPair pair = new RelayedPair(NodeVersion.V6_0).states(VBucketState.ACTIVE, null).documents(5);
    long uuid = pair.a.failoverLog(BUCKET, VB).get(0).uuid();
    assertThat(rollback(pair, 5, uuid + 1, 5, 5)).as("unknown history").isZero();
    assertThat(rollback(pair, 7, uuid, 7, 7)).as("beyond the end").isEqualTo(5);
    assertThat(rollback(pair, 7, uuid, 3, 9)).as("in a snapshot that it never had").isEqualTo(3);
    pair.states(VBucketState.DEAD, null).states(VBucketState.ACTIVE, null).documents(2);
    assertThat(rollback(pair, 7, uuid, 7, 7)).as("beyond the branch").isEqualTo(5);
    assertThat(rollback(pair, 5, uuid, 5, 5)).as("at the branch").isEqualTo(-1);
  }

  private static long rollback(RelayedPair pair, long start, long uuid, long snapshotStart, long snapshotEnd) {
    TestPeer peer = RelayedPair.open(pair.a, "p", Dcp.Open.PRODUCER);
    Frame answer =
        peer.askForAll(new Dcp.StreamReq(VB, 1, 0, start, -1, uuid, snapshotStart, snapshotEnd).toFrame()).get(0);
    return answer.status() == Status.ROLLBACK ? Dcp.rollbackSeqno(answer) : -1;
  }

  /** Case j3: golden 09. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_producer_takes_any_answer_for_consent(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, null);
    TestPeer peer = takeover(pair);
    assertThat(answer(pair, peer, Status.ETMPFAIL)).containsExactly("SET_VBUCKET_STATE(active)");
    assertThat(pair.a.state(BUCKET, VB)).contains(VBucketState.DEAD);
    assertThat(answer(pair, peer, Status.KEY_ENOENT)).containsExactly("STREAM_END(flags=0 OK)");
    assertThat(answer(pair, peer, Status.SUCCESS)).as("case j5").isEmpty();
  }

  /** Case j4, race T34. */
  @Test
  void an_answer_that_comes_twice_counts_twice_on_6_0_only() {
    for (NodeVersion version : NodeVersion.RECORDED) {
      RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, null);
      TestPeer peer = takeover(pair);
      Frame answer = Frame.response(Frame.request(Opcode.DCP_SET_VBUCKET_STATE, VB, 1), Status.SUCCESS);
      peer.give(answer);
      peer.give(answer);
      while (pair.clock.runOneDue()) {
        assertThat(pair.a.state(BUCKET, VB)).contains(VBucketState.DEAD);
      }
      assertThat(peer.sent).extracting(RelayedPair::text).isEqualTo(version == NodeVersion.V6_0
          ? List.of("SET_VBUCKET_STATE(active)", "STREAM_END(flags=0 OK)")
          : List.of("SET_VBUCKET_STATE(active)"));
    }
  }

  private static TestPeer takeover(RelayedPair pair) {
    TestPeer peer = RelayedPair.open(pair.a, "p", Dcp.Open.PRODUCER);
    assertThat(peer.askForAll(new Dcp.StreamReq(VB, 1, Dcp.StreamReq.TAKEOVER, 0, -1, 0, 0, 0).toFrame()))
        .extracting(RelayedPair::text).containsExactly("STREAM_REQ->SUCCESS", "SET_VBUCKET_STATE(pending)");
    return peer;
  }

  private static List<String> answer(RelayedPair pair, TestPeer peer, int status) {
    peer.give(Frame.response(Frame.request(Opcode.DCP_SET_VBUCKET_STATE, VB, 1), status));
    while (pair.clock.runOneDue()) {
      assertThat(peer.closed).isFalse();
    }
    List<String> sent = peer.sent.stream().map(RelayedPair::text).toList();
    peer.sent.clear();
    return sent;
  }

  /** Cases k1, k2, k6, k7. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void operations_are_parked_until_the_destination_is_active(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5).inStep();
    TestPeer onA = TestPeer.ready(pair.a);
    TestPeer onB = TestPeer.ready(pair.b);
    pair.takeoverHeldAt("C>P:SET_VBUCKET_STATE->SUCCESS", 1);
    assertThat(onA.ask(set("late")).status()).as("until pending is acknowledged, A serves").isEqualTo(Status.SUCCESS);
    pair.holdAt("P>C:SET_VBUCKET_STATE(active)");
    pair.release();
    assertThat(pair.states()).isEqualTo("A=dead B=active");
    assertThat(pair.b.read(BUCKET, VB, "late".getBytes(UTF_8))).isNotNull();

    pair = new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5).inStep();
    onA = TestPeer.ready(pair.a);
    onB = TestPeer.ready(pair.b);
    pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
    assertThat(onA.ask(set("k")).status()).isEqualTo(Status.NOT_MY_VBUCKET);
    assertThat(onB.askForAll(set("k"))).isEmpty();
    assertThat(onB.askForAll(Kv.get(VB, 1, "k".getBytes(UTF_8)))).isEmpty();
    assertThat(pair.b.parkedOperations(BUCKET, VB)).isEqualTo(2);
    pair.release();
    assertThat(onB.sent).extracting(RelayedPair::text).containsExactly("SET->SUCCESS", "GET->SUCCESS");
    pair.monitor.assertOneActive();
  }

  private static Frame set(String key) {
    return new Kv.Store(Opcode.SET, VB, 1, 0, 0, 0, key.getBytes(UTF_8), "v".getBytes(UTF_8)).toFrame();
  }

  /** Case k3, race T32: what frees them is the deletion or death of the vBucket. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void parked_operations_stay_parked_on_a_replica_and_are_refused_on_a_dead_vBucket(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(null, VBucketState.PENDING);
    TestPeer onB = TestPeer.ready(pair.b);
    assertThat(onB.askForAll(set("k"))).isEmpty();
    pair.states(null, VBucketState.REPLICA);
    pair.clock.advance(Duration.ofMinutes(1));
    assertThat(onB.sent).isEmpty();
    pair.states(null, VBucketState.DEAD);
    assertThat(onB.sent).extracting(Frame::status).containsExactly(Status.NOT_MY_VBUCKET);
  }

  /** Cases m1 to m4. */
  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void another_stream_of_the_source_hears_nothing_of_the_takeover(NodeVersion version) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5).inStep();
    TestPeer other = RelayedPair.open(pair.a, "other", Dcp.Open.PRODUCER);
    other.askForAll(request(1));
    pair.addStream(true);
    pair.settle();
    assertThat(pair.states()).isEqualTo("A=dead B=active");
    assertThat(other.sent).isEmpty();
    assertThat(pair.b.failoverLog(BUCKET, VB)).isEqualTo(pair.a.failoverLog(BUCKET, VB)).hasSize(1);
    assertThat(pair.b.digest(BUCKET, VB)).isEqualTo(pair.a.digest(BUCKET, VB));
    pair.states(VBucketState.REPLICA, VBucketState.ACTIVE);
    assertThat(other.sent).extracting(RelayedPair::text).containsExactly("STREAM_END(flags=2 STATE_CHANGED)");
    assertThat(pair.b.failoverLog(BUCKET, VB)).hasSize(1);
  }

  /** Case g-name, race T31. */
  @Test
  void opening_a_name_again_drops_the_older_connections() {
    RelayedPair pair = streaming(NodeVersion.V6_0);
    TestPeer oldConsumer = pair.consumer;
    TestPeer oldProducer = pair.producer;
    pair.connect("link0");
    assertThat(oldConsumer.closed).isTrue();
    assertThat(oldProducer.closed).isTrue();
    assertThat(pair.a.producerStreams(BUCKET)).isZero();
    assertThat(pair.b.consumerStreams(BUCKET)).isZero();
  }

  @Test
  void the_monitor_sees_two_actives_when_the_source_is_restored_too_early() {
    RelayedPair pair = new RelayedPair(NodeVersion.V7_6).states(VBucketState.ACTIVE, VBucketState.REPLICA).inStep();
    pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
    pair.states(VBucketState.ACTIVE, null);
    pair.settle();
    assertThat(pair.monitor.violations()).isEmpty();
    pair.release();
    assertThat(pair.monitor.violations()).containsExactly("I1: vb:7 of bucket default is active on A and B");
  }

  @Test
  void a_producer_stops_when_its_window_is_full_and_goes_on_when_bytes_are_acknowledged() {
    RelayedPair pair = new RelayedPair(NodeVersion.V6_0).states(VBucketState.ACTIVE, null).documents(10);
    TestPeer peer = RelayedPair.open(pair.a, "p", Dcp.Open.PRODUCER);
    peer.ask(new Dcp.Control(1, Dcp.Control.CONNECTION_BUFFER_SIZE, "150").toFrame());
    List<Frame> first = peer.askForAll(request(1));
    int streamed = first.stream().filter(f -> DcpItem.isStreamFrame(f.opcode())).mapToInt(Frame::length).sum();
    assertThat(streamed).isBetween(150, 150 + 70);
    assertThat(peer.askForAll(new Dcp.BufferAck(2, streamed).toFrame())).isNotEmpty();
    peer.writable = false;
    assertThat(peer.askForAll(new Dcp.BufferAck(2, 1000).toFrame())).as("socket is full").isEmpty();
    peer.becomeWritable();
    assertThat(peer.sent).isNotEmpty();
  }

  @Test
  void a_consumer_acknowledges_a_fifth_of_its_window_or_what_is_left_after_five_seconds() {
    RelayedPair pair = new RelayedPair(NodeSettings.named("A", NodeVersion.V6_0),
        NodeSettings.named("B", NodeVersion.V6_0).withWindowBytes(1000).withNoop(Duration.ZERO, Duration.ofHours(1)));
    pair.states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(500);
    pair.addStream(true);
    pair.settle();
    assertThat(pair.states()).isEqualTo("A=dead B=active");
    assertThat(pair.b.documents(BUCKET, VB)).isEqualTo(500);
    pair.clock.advance(Duration.ofSeconds(6));
    assertThat(pair.consumer.sent).extracting(Frame::opcode).containsOnly(Opcode.DCP_BUFFER_ACK);
  }

  @Test
  void silence_for_twice_the_noop_interval_closes_both_ends() {
    RelayedPair pair = streaming(NodeVersion.V6_0);
    pair.clock.advance(Duration.ofSeconds(1));
    assertThat(pair.producer.sent).extracting(RelayedPair::text).containsExactly("NOOP");
    assertThat(pair.producer.sent.peek().opaque()).isEqualTo(0x81969800);
    pair.settle();
    pair.clock.advance(Duration.ofSeconds(4));
    assertThat(pair.producer.closed).isTrue();
    assertThat(pair.consumer.closed).isTrue();
  }

  @Test
  void a_stream_that_is_far_behind_begins_with_a_disk_snapshot_and_the_stat_says_so() {
    RelayedPair pair = new RelayedPair(NodeSettings.named("A", NodeVersion.V7_6).withMemoryItems(10),
        NodeSettings.named("B", NodeVersion.V7_6).withNoop(Duration.ZERO, Duration.ofHours(1)));
    pair.states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(50);
    TestPeer admin = TestPeer.ready(pair.a);
    pair.producer.writable = false;
    pair.addStream(false);
    pair.settle();
    assertThat(stat(admin, "status")).isEqualTo("backfilling");
    assertThat(stat(admin, "estimate")).isEqualTo("50");
    pair.producer.becomeWritable();
    DcpItem.SnapshotMarker marker = DcpItem.SnapshotMarker.of(pair.producer.sent.stream()
        .filter(f -> f.opcode() == Opcode.DCP_SNAPSHOT_MARKER).findFirst().orElseThrow());
    assertThat(marker.flags() & DcpItem.SnapshotMarker.DISK).isNotZero();
    assertThat(stat(admin, "status")).isEqualTo("in-memory");
    assertThat(stat(admin, "estimate")).isEqualTo("0");
  }

  private static String stat(TestPeer admin, String name) {
    return admin.askForAll(Admin.stat("dcp-vbtakeover 7 link0", 1)).stream()
        .filter(pair -> pair.keyText().equals(name)).findFirst().orElseThrow().valueText();
  }

  @Test
  void changes_and_deletions_arrive_while_versions_in_between_are_left_out() {
    RelayedPair pair = streaming(NodeVersion.V6_0);
    TestPeer onA = TestPeer.ready(pair.a);
    for (int round = 0; round < 200; round++) {
      onA.ask(set("k" + round % 3));
      if (round % 50 == 49) {
        onA.ask(Kv.delete(VB, 1, "k0".getBytes(UTF_8), 0));
        pair.settle();
        assertThat(pair.b.digest(BUCKET, VB)).isEqualTo(pair.a.digest(BUCKET, VB));
        assertThat(pair.b.highSeqno(BUCKET, VB)).isEqualTo(pair.a.highSeqno(BUCKET, VB));
      }
    }
    assertThat(pair.b.read(BUCKET, VB, "k0".getBytes(UTF_8))).isNull();
  }
}
