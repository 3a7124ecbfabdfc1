package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The situations of golden/answers-*.txt that {@link AnswersOfRealNodesTest} does not provoke, each with its own few steps; what is expected
 * is read from the line. At the end no line may be left that nobody asked and that is no stated deviation.
 */
class OtherAnswersTest {
  private static final int VB = RelayedPair.VB;
  private static final String BUCKET = RelayedPair.BUCKET;

  @TestFactory
  Stream<DynamicTest> every_other_situation_is_answered_as_on_real_nodes() {
    List<DynamicTest> tests = new ArrayList<>();
    for (NodeVersion version : NodeVersion.RECORDED) {
      AnswerBook book = new AnswerBook(version);
      BiConsumer<String, BiConsumer<NodeVersion, AnswerBook>> add = (what, script) -> tests
          .add(DynamicTest.dynamicTest(version + " " + what, () -> script.accept(version, book)));
      add.accept("a: a second ADD_STREAM", OtherAnswersTest::secondAddStream);
      add.accept("b: STREAM_REQ where a stream is", OtherAnswersTest::secondStreamReq);
      add.accept("e: stale frames", OtherAnswersTest::staleFrames);
      add.accept("e: stale frames in mid takeover", OtherAnswersTest::staleFramesInTakeover);
      add.accept("f: CLOSE_STREAM of no stream", OtherAnswersTest::closeOfNoStream);
      add.accept("g-name: the same names again", OtherAnswersTest::sameNames);
      add.accept("i: STREAM_END", OtherAnswersTest::streamEnds);
      add.accept("j: answers that are no consent", OtherAnswersTest::strangeAnswers);
      add.accept("k: client operations", OtherAnswersTest::clientOperations);
      add.accept("m: what else a takeover changes", OtherAnswersTest::otherStreams);
      add.accept("every line was asked", (any, asked) -> assertThat(asked.left()).isEmpty());
    }
    return tests.stream();
  }

  private static RelayedPair pair(NodeVersion version) {
    return new RelayedPair(version).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5);
  }

  private static RelayedPair streaming(NodeVersion version) {
    RelayedPair pair = pair(version);
    pair.addStream(false);
    pair.settle();
    pair.take();
    return pair;
  }

  private static void secondAddStream(NodeVersion version, AnswerBook book) {
    RelayedPair pair = streaming(version);
    pair.addStream(false);
    book.expect("a1 ", pair);
    pair.addStream(true);
    book.expect("a2 ", pair);
    pair.write("later");
    pair.settle();
    assertThat("B high_seqno=" + pair.b.highSeqno(BUCKET, VB)).isEqualTo(book.answer("a3 "));

    pair = pair(version);
    pair.holdAt("P>C:STREAM_REQ->SUCCESS");
    pair.addStream(false);
    pair.settle();
    pair.take();
    pair.addStream(false);
    book.expect("a4 ", pair);
    pair.release();
    book.expect("a5 ", pair);
  }

  private static Frame request(int opaque, boolean takeover, long end) {
    return new Dcp.StreamReq(VB, opaque, takeover ? Dcp.StreamReq.TAKEOVER : 0, 0, end, 0, 0, 0).toFrame();
  }

  private static Frame request(int opaque) {
    return request(opaque, false, Dcp.StreamReq.FOREVER);
  }

  private static TestPeer producer(RelayedPair pair, boolean endOnClose) {
    TestPeer peer = RelayedPair.open(pair.a, "p" + endOnClose, Dcp.Open.PRODUCER);
    if (endOnClose) {
      peer.ask(new Dcp.Control(1, Dcp.Control.SEND_STREAM_END_ON_CLOSE, "true").toFrame());
    }
    return peer;
  }

  private static void secondStreamReq(NodeVersion version, AnswerBook book) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, null);
    TestPeer peer = producer(pair, true);
    assertThat(Status.nameOf(peer.ask(request(1)).status())).isEqualTo(book.answer("b0 "));
    assertThat(Status.nameOf(peer.ask(request(2)).status())).isEqualTo(book.answer("b1 "));
    assertThat(Status.nameOf(peer.ask(request(1)).status())).isEqualTo(book.answer("b2 "));
    pair.write("later");
    while (pair.clock.runOneDue()) {
      assertThat(peer.closed).isFalse();
    }
    assertThat(peer.sent).extracting(frame -> Integer.toString(frame.opaque())).contains(book.answer("b3 "));
    peer.sent.clear();
    TestPeer other = producer(pair, false);
    assertThat(Status.nameOf(other.askForAll(request(1)).get(0).status())).isEqualTo(book.answer("b4 "));
    peer.give(new Dcp.CloseStream(VB, 5).toFrame());
    peer.give(request(3));
    String answers = book.answer("b5 ");
    assertThat(peer.sent.stream().filter(frame -> !frame.isRequest())).hasSize(2)
        .allSatisfy(frame -> assertThat(answers)
            .contains(String.format("%s opaque=0x%08x status=0x00(%s)", Opcode.nameOf(frame.opcode()), frame.opaque(),
                Status.nameOf(frame.status()))));

    pair = streaming(version);
    pair.toConsumer(new Dcp.CloseStream(VB, 1).toFrame());
    pair.settle();
    pair.take();
    pair.addStream(true);
    book.expect("b6 ", pair);
  }

  private static void staleFrames(NodeVersion version, AnswerBook book) {
    RelayedPair pair = streaming(version);
    for (int flags = 0; flags < 3; flags++) {
      pair.toConsumer(new Dcp.StreamEnd(VB, 0x77000000, StreamEndReason.values()[flags]).toFrame());
      book.expect("e1 STREAM_END(flags=" + flags + ")", pair);
    }
    pair.write("later");
    pair.settle();
    assertThat("B high_seqno=" + pair.b.highSeqno(BUCKET, VB)).isEqualTo(book.answer("e2 "));
    pair.take();
    Frame right = new Dcp.StreamEnd(VB, pair.streamOpaque, StreamEndReason.STATE_CHANGED).toFrame();
    pair.toConsumer(right);
    book.expect("e3 ", pair);
    pair.toConsumer(right);
    book.expect("e4 ", pair);
    pair.toConsumer(new Dcp.StreamEnd(VB + 1, 1, StreamEndReason.STATE_CHANGED).toFrame());
    book.expect("e5 ", pair);
    pair.toConsumer(new Dcp.SetVBucketState(VB, pair.streamOpaque, VBucketState.ACTIVE).toFrame());
    book.expect("e6 ", pair);
    pair.addStream(false);
    book.expect("e7 ", pair);
  }

  private static void staleFramesInTakeover(NodeVersion version, AnswerBook book) {
    RelayedPair pair = pair(version).inStep();
    pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
    pair.toConsumer(new Dcp.StreamEnd(VB, 0x01000000, StreamEndReason.CLOSED).toFrame());
    book.expect("e8 ", pair);
    pair.toConsumer(new Dcp.SetVBucketState(VB, 0x01000000, VBucketState.ACTIVE).toFrame());
    book.expect("e9 ", pair);
    if (!pair.consumer.closed) {
      pair.release();
    }
    book.expect("e10 ", pair);
  }

  private static void closeOfNoStream(NodeVersion version, AnswerBook book) {
    RelayedPair pair = streaming(version);
    for (int vbucket : new int[] {62, 1000}) {
      pair.toConsumer(new Dcp.CloseStream(vbucket, 1).toFrame());
      book.expect("f CLOSE_STREAM to the consumer, vbucket " + vbucket, pair);
      pair.toProducer(new Dcp.CloseStream(vbucket, 1).toFrame());
      book.expect("f CLOSE_STREAM to the producer, vbucket " + vbucket, pair);
    }
    Frame close = new Dcp.CloseStream(VB, VB).toFrame();
    pair.toConsumer(close);
    pair.toConsumer(close);
    book.expect("f CLOSE_STREAM to the consumer twice", pair);
    pair.toProducer(close);
    pair.toProducer(close);
    book.expect("f CLOSE_STREAM to the producer twice", pair);
    pair.toConsumer(close);
    pair.toProducer(close);
    book.expect("f CLOSE_STREAM to both, a third time", pair);
  }

  private static void sameNames(NodeVersion version, AnswerBook book) {
    RelayedPair pair = pair(version).inStep();
    pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
    TestPeer oldConsumer = pair.consumer;
    TestPeer oldProducer = pair.producer;
    pair.connect("link0");
    String answer = book.answer("g-name ");
    assertThat(answer).contains("[CONSUMER CONNECTION CLOSED BY THE NODE]", "[PRODUCER CONNECTION CLOSED BY THE NODE]")
        .endsWith("states " + pair.states());
    assertThat(oldConsumer.closed && oldProducer.closed).isTrue();
  }

  private static void streamEnds(NodeVersion version, AnswerBook book) {
    Consumer<Peers> close = peers -> peers.peer().give(new Dcp.CloseStream(VB, 2).toFrame());
    Consumer<Peers> dead = peers -> peers.pair().states(VBucketState.DEAD, null);
    Consumer<Peers> nothing = peers -> {};
    expectEnd(version, book, "i CLOSE_STREAM to the producer with", true, request(1), close);
    expectEnd(version, book, "i CLOSE_STREAM to the producer without", false, request(1), close);
    expectEnd(version, book, "i producer vbucket set to replica", true, request(1),
        peers -> peers.pair().states(VBucketState.REPLICA, null));
    expectEnd(version, book, "i producer vbucket set to dead", true, request(1), dead);
    expectEnd(version, book, "i producer vbucket set to pending", true, request(1),
        peers -> peers.pair().states(VBucketState.PENDING, null));
    expectEnd(version, book, "i producer vbucket set to active again", true, request(1),
        peers -> peers.pair().states(VBucketState.ACTIVE, null));
    expectEnd(version, book, "i producer vbucket deleted", true, request(1), dead.andThen(
        peers -> TestPeer.ready(peers.pair().a).ask(Admin.delVBucket(VB, 0))));
    expectEnd(version, book, "i end seqno reached", true, request(1, false, 3), nothing);
    Frame takeover = request(1, true, Dcp.StreamReq.FOREVER);
    expectEnd(version, book, "i takeover flag, nobody acks", true, takeover,
        peers -> peers.pair().clock.advance(Duration.ofSeconds(3)));
    expectEnd(version, book, "i takeover flag, CLOSE_STREAM", true, takeover, close);
    expectEnd(version, book, "i takeover flag, producer vbucket set to dead", true, takeover, dead);
  }

  private record Peers(RelayedPair pair, TestPeer peer) {}

  private static void expectEnd(NodeVersion version, AnswerBook book, String line, boolean endOnClose, Frame request,
      Consumer<Peers> cause) {
    RelayedPair pair = new RelayedPair(version).states(VBucketState.ACTIVE, null).documents(4);
    TestPeer peer = producer(pair, endOnClose);
    peer.give(request);
    cause.accept(new Peers(pair, peer));
    while (pair.clock.runOneDue()) {
      assertThat(peer.closed).isFalse();
    }
    String end = peer.sent.stream().filter(frame -> frame.isRequest() && frame.opcode() == Opcode.DCP_STREAM_END)
        .map(frame -> Dcp.StreamEnd.of(frame).reason())
        .map(reason -> "end flags=" + reason.code() + " (" + reason + ")").findFirst().orElse("no STREAM_END");
    assertThat(end).as(line).isEqualTo(book.answer(line));
  }

  private static void strangeAnswers(NodeVersion version, AnswerBook book) {
    RelayedPair pair = pair(version);
    pair.swallow("C>P:STREAM_REQ(flags=1)"::equals);
    pair.addStream(true);
    pair.settle();
    pair.take();
    pair.swallow(text -> false);
    pair.toConsumer(AnswersOfRealNodesTest.streamReqAnswer(pair, Status.ROLLBACK, Dcp.encodeRollbackSeqno(0)));
    book.expect("j2 ", pair);

    for (int status : new int[] {Status.KEY_ENOENT, Status.NOT_MY_VBUCKET, Status.ENOMEM, Status.ETMPFAIL}) {
      RelayedPair alone = new RelayedPair(version).states(VBucketState.ACTIVE, null);
      TestPeer peer = takeover(alone);
      assertThat("producer sends " + answer(alone, peer, 1, status) + state(alone))
          .isEqualTo(book.answer("j3 SET_VBUCKET_STATE(pending) acked with " + Status.nameOf(status)));
      assertThat(answer(alone, peer, 1, status) + state(alone)).isEqualTo(book.answer("j3   ...and the second one"));
    }
    RelayedPair twice = new RelayedPair(version).states(VBucketState.ACTIVE, null);
    TestPeer peer = takeover(twice);
    peer.give(stateAnswer(1, Status.SUCCESS));
    assertThat(
        List.of(answer(twice, peer, 1, Status.SUCCESS).split(", ")).stream().map(text -> "'" + text + "'").toList()
            + state(twice))
        .isEqualTo(book.answer("j4 "));
    assertThat((answer(twice, peer, 0x12345678, Status.SUCCESS).isEmpty() ? "no answer" : "an answer") + state(twice))
        .isEqualTo(book.answer("j5 "));
  }

  private static TestPeer takeover(RelayedPair pair) {
    TestPeer peer = producer(pair, true);
    peer.give(request(1, true, Dcp.StreamReq.FOREVER));
    peer.sent.clear();
    return peer;
  }

  private static Frame stateAnswer(int opaque, int status) {
    return Frame.response(Frame.request(Opcode.DCP_SET_VBUCKET_STATE, VB, opaque), status);
  }

  /** What the producer sends when it is answered so, in the words of the file. */
  private static String answer(RelayedPair pair, TestPeer peer, int opaque, int status) {
    peer.give(stateAnswer(opaque, status));
    while (pair.clock.runOneDue()) {
      assertThat(peer.closed).isFalse();
    }
    List<String> sent = peer.sent.stream().map(frame -> frame.opcode() == Opcode.DCP_STREAM_END
        ? "DCP_STREAM_END(end flags=0 (" + Dcp.StreamEnd.of(frame).reason() + "))"
        : "DCP_SET_VBUCKET_STATE(state=" + Dcp.SetVBucketState.of(frame).state().wireName() + ")").toList();
    peer.sent.clear();
    return String.join(", ", sent);
  }

  private static String state(RelayedPair pair) {
    return " ; A=" + pair.a.state(BUCKET, VB).map(VBucketState::wireName).orElse("none");
  }

  private static Frame set(String key) {
    return new Kv.Store(Opcode.SET, VB, 1, 0, 0, 0, key.getBytes(UTF_8), "v".getBytes(UTF_8)).toFrame();
  }

  private static Frame get() {
    return Kv.get(VB, 1, "k".getBytes(UTF_8));
  }

  private static String said(TestPeer peer, Frame request) {
    List<Frame> answers = peer.askForAll(request);
    return answers.isEmpty() ? "no answer within 1 s (parked)" : Status.nameOf(answers.get(0).status());
  }

  private static void clientOperations(NodeVersion version, AnswerBook book) {
    RelayedPair pair = pair(version).inStep();
    TestPeer onA = TestPeer.ready(pair.a);
    TestPeer onB = TestPeer.ready(pair.b);
    pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
    assertThat("SET on A -> " + said(onA, set("k")) + ", GET on A -> " + said(onA, get()) + ", SET on B -> "
        + said(onB, set("k")) + ", GET on B -> " + said(onB, get())).isEqualTo(book.answer("k1 "));
    pair.release();
    assertThat(String.join(" ", onB.sent.stream().map(frame -> Opcode.nameOf(frame.opcode()) + " "
        + Status.nameOf(frame.status())).toList())).isEqualTo(book.answer("k2 "));

    pair = pair(version).inStep();
    onB = TestPeer.ready(pair.b);
    pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
    onB.give(set("k"));
    pair.states(null, VBucketState.REPLICA);
    pair.settle();
    assertThat(onB.sent.isEmpty() ? "no answer within 6 s" : "an answer").isEqualTo(book.answer("k3 "));
    assertThat(pair.take().isEmpty() ? "nothing" : "something").isEqualTo(book.answer("k4 "));
    pair.release();
    book.expect("k5 ", pair);

    pair = pair(version).inStep();
    onA = TestPeer.ready(pair.a);
    pair.takeoverHeldAt("C>P:SET_VBUCKET_STATE->SUCCESS", 1);
    assertThat(said(onA, set("late"))).isEqualTo(book.answer("k6 "));
    pair.take();
    pair.release();
    book.expect("k7 ", pair);
    assertThat(pair.b.read(BUCKET, VB, "late".getBytes(UTF_8))).as("the late write on B").isNotNull();
  }

  private static void otherStreams(NodeVersion version, AnswerBook book) {
    if (!book.has("m1 ")) {
      // The situations of case m were provoked on 6.0 only.
      return;
    }
    RelayedPair pair = pair(version).inStep();
    TestPeer other = producer(pair, true);
    other.askForAll(request(1));
    final List<Dcp.FailoverEntry> before = pair.a.failoverLog(BUCKET, VB);
    pair.addStream(true);
    pair.settle();
    assertThat((other.sent.isEmpty() ? "no STREAM_END within 3 s" : "STREAM_END") + " ; " + pair.states())
        .isEqualTo(book.answer("m1 "));
    assertThat(book.answer("m2 ")).as("the same table twice").matches("(\\{.*\\}) ; B after takeover: \\1");
    assertThat(pair.b.failoverLog(BUCKET, VB)).isEqualTo(before).hasSize(1);
    pair.states(VBucketState.REPLICA, null);
    assertThat(other.sent).extracting(frame -> "end flags=" + Dcp.StreamEnd.of(frame).reason().code() + " ("
        + Dcp.StreamEnd.of(frame).reason() + ")").containsExactly(book.answer("m3 "));
    pair.states(null, VBucketState.ACTIVE);
    assertThat("failover entries 1 -> " + pair.b.failoverLog(BUCKET, VB).size()).isEqualTo(book.answer("m4 "));
  }
}
