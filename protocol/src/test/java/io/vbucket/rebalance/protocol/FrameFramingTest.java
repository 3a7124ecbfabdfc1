package io.vbucket.rebalance.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.stream.testkit.TestPublisher;
import akka.stream.testkit.TestSubscriber;
import akka.stream.testkit.javadsl.TestSink;
import akka.stream.testkit.javadsl.TestSource;
import akka.testkit.javadsl.TestKit;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** The stage of a stream: the same frames as the accumulator, under back-pressure, and its ways to end. */
class FrameFramingTest {
  private static final int LIMIT = 1_000_000;
  private static ActorSystem system;

  @BeforeContainer
  static void start() {
    system = ActorSystem.create("framing", ConfigFactory.parseString("akka.loglevel = OFF").withFallback(
        ConfigFactory.load()));
  }

  @AfterContainer
  static void stop() {
    TestKit.shutdownActorSystem(system);
  }

  @Provide
  Arbitrary<Random> randoms() {
    return WireArbitraries.randoms();
  }

  @Provide
  Arbitrary<List<Frame>> frames() {
    return WireArbitraries.frames().list().ofMaxSize(8);
  }

  @Property(seed = WireArbitraries.SEED, tries = 100)
  void anySplitGivesTheSameFrames(@ForAll("frames") List<Frame> frames, @ForAll("randoms") Random random)
      throws Exception {
    Source<ByteString, NotUsed> bytes = Source.from(pieces(WireArbitraries.concatenated(frames), random));
    assertThat(get(bytes.via(FrameFraming.decoder(LIMIT)).runWith(Sink.seq(), system))).isEqualTo(frames);
  }

  @Property(seed = WireArbitraries.SEED, tries = 100)
  void framesComeBackThroughBothDirections(@ForAll("frames") List<Frame> frames) throws Exception {
    Flow<Frame, Frame, NotUsed> echo = FrameFraming.bidi(LIMIT).reversed().join(Flow.of(ByteString.class));
    assertThat(get(Source.from(frames).via(echo).runWith(Sink.seq(), system))).isEqualTo(frames);
  }

  @Property(seed = WireArbitraries.SEED, tries = 300)
  void garbageFailsTheStreamWithTheCodecsOwnErrorAfterTheFramesBeforeIt(@ForAll("randoms") Random random)
      throws Exception {
    List<Frame> good = IntStream.range(0, random.nextInt(5)).mapToObj(i -> WireArbitraries.typedFrame(random)).toList();
    byte[] before = WireArbitraries.concatenated(good);
    byte[] bytes = new byte[before.length + 30];
    random.nextBytes(bytes);
    System.arraycopy(before, 0, bytes, 0, before.length);
    bytes[before.length] = 0x47;

    List<Frame> seen = new ArrayList<>();
    CompletionStage<?> end =
        Source.from(pieces(bytes, random)).via(FrameFraming.decoder(LIMIT))
            .runWith(Sink.foreach(seen::add), system);
    assertThatThrownBy(() -> get(end)).isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(FrameFormatException.class)
        .hasMessageContaining("frame at byte " + before.length + " of the stream: unknown magic 0x47");
    assertThat(seen).isEqualTo(good);
  }

  @Example
  void anEndInsideAFrameFailsTheStream() {
    byte[] bytes = FrameCodec.encode(new Dcp.AddStream(1, 2, true).toFrame()).array();
    for (int length = 1; length < bytes.length; length++) {
      ByteString cut = ByteString.fromArray(bytes, 0, length);
      CompletionStage<List<Frame>> end =
          Source.single(cut).via(FrameFraming.decoder(LIMIT)).runWith(Sink.seq(), system);
      assertThatThrownBy(() -> get(end)).hasCauseInstanceOf(FrameFormatException.class)
          .hasMessageContaining("the stream ended at byte " + length + ", inside the frame that begins at byte 0");
    }
  }

  @Example
  void aStreamWithoutBytesEndsWithoutFrames() throws Exception {
    assertThat(get(Source.<ByteString>empty().via(FrameFraming.decoder(LIMIT)).runWith(Sink.seq(), system))).isEmpty();
  }

  @Example
  void bytesAreAskedForOnlyWhenAFrameIsAskedForAndNoneIsAtHand() {
    Frame frame = new Dcp.AddStream(1, 2, true).toFrame();
    ByteString bytes = ByteString.fromArray(FrameCodec.encode(frame).array());
    // Two pieces for one frame, then one piece with three frames.
    List<ByteString> pieces = List.of(bytes.take(10), bytes.drop(10), bytes.concat(bytes).concat(bytes), bytes);
    AtomicInteger pulled = new AtomicInteger();
    TestSubscriber.Probe<Frame> sink =
        Source.from(pieces).map(piece -> {
          pulled.incrementAndGet();
          return piece;
        }).via(FrameFraming.decoder(LIMIT)).runWith(TestSink.create(system), system);
    sink.ensureSubscription();
    assertThat(pulled).hasValue(0);
    sink.request(1).expectNext(frame);
    assertThat(pulled).hasValue(2);
    sink.request(1).expectNext(frame);
    assertThat(pulled).hasValue(3);
    sink.request(2).expectNext(frame).expectNext(frame);
    assertThat(pulled).hasValue(3);
    sink.request(1).expectNext(frame);
    assertThat(pulled).hasValue(4);
    sink.request(1).expectComplete();
  }

  @Example
  void framesAtHandAreDeliveredAfterTheSourceHasEnded() {
    Frame frame = new Dcp.Noop(5).toFrame();
    ByteString bytes = ByteString.fromArray(WireArbitraries.concatenated(List.of(frame, frame, frame)));
    var probes = probes();
    probes.second().request(1);
    probes.first().sendNext(bytes).sendComplete();
    probes.second().expectNext(frame);
    probes.second().request(2).expectNext(frame).expectNext(frame).expectComplete();
  }

  @Example
  void theSourcesOwnFailureIsHandedOn() {
    var probes = probes();
    probes.second().request(1);
    RuntimeException reset = new RuntimeException("connection reset");
    probes.first().sendNext(ByteString.fromArray(new byte[] {(byte) 0x80})).sendError(reset);
    assertThat(probes.second().expectError()).isSameAs(reset);
  }

  @Example
  void whoeverHasEnoughFramesCancelsTheSource() {
    var probes = probes();
    probes.second().request(1);
    probes.second().cancel();
    probes.first().expectCancellation();
  }

  private static akka.japi.Pair<TestPublisher.Probe<ByteString>, TestSubscriber.Probe<Frame>> probes() {
    return TestSource.<ByteString>create(system).via(FrameFraming.decoder(LIMIT))
        .toMat(TestSink.create(system), Keep.both()).run(system);
  }

  @Example
  void aNegativeLimitIsRefusedBeforeAnythingRuns() {
    assertThatThrownBy(() -> FrameFraming.decoder(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  /** Byte strings of all kinds: whole arrays, slices of larger ones, and ropes of several. */
  private static List<ByteString> pieces(byte[] bytes, Random random) {
    List<ByteString> pieces = new ArrayList<>();
    for (byte[] piece : WireArbitraries.split(bytes, random)) {
      int half = piece.length / 2;
      pieces.add(switch (random.nextInt(3)) {
        case 0 -> ByteString.fromArray(piece);
        case 1 -> ByteString.fromArray(piece, 0, half).concat(ByteString.fromArray(piece, half, piece.length - half));
        default -> ByteString.fromInts(1, 2, 3).concat(ByteString.fromArray(piece)).compact().drop(3);
      });
    }
    return pieces;
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
