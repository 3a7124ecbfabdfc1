package io.vbucket.rebalance.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.protocol.TypedCodecs.Codec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Typed records: nothing is lost on the wire, and nothing but the codec's own error comes of garbage. */
class TypedCodecTest {
  private static final Frame ANY = Frame.request(Opcode.STAT, 0, 1);

  @Provide
  Arbitrary<Random> randoms() {
    return WireArbitraries.randoms();
  }

  @Property(seed = WireArbitraries.SEED)
  void everyRecordIsTheSameAfterEncodingAndDecoding(@ForAll("randoms") Random random) {
    TypedCodecs.REQUESTS.forEach(codec -> assertRoundTrip(codec, random));
  }

  private static <T> void assertRoundTrip(Codec<T> codec, Random random) {
    T record = codec.sample().apply(random);
    Frame frame = codec.toFrame().apply(record);
    assertThat(frame.opcode()).isEqualTo(codec.opcode());
    Frame arrived = FrameCodec.decode(FrameCodec.encode(frame), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    assertThat(arrived).isEqualTo(frame);
    assertThat(codec.of().apply(arrived)).usingRecursiveComparison().isEqualTo(record);
  }

  @Example
  void everyRecordOfThisPackageThatReadsAFrameIsInTheTable() {
    Set<Class<?>> read =
        Stream.of(Admin.class, Buckets.class, Dcp.class, DcpItem.class, DcpSync.class, Kv.class, Session.class)
            .flatMap(room -> Stream.of(room.getDeclaredClasses()))
            .filter(type -> Stream.of(type.getDeclaredMethods()).anyMatch(method -> method.getName().equals("of")))
            .collect(Collectors.toSet());
    // The one that reads an answer is in the other table.
    read.remove(Admin.Observed.class);
    assertThat(TypedCodecs.REQUESTS.stream().map(Codec::type).collect(Collectors.toSet())).isEqualTo(read);
  }

  @Property(seed = WireArbitraries.SEED)
  void framesWithAnyContentsAreReadOrRefusedByName(@ForAll("randoms") Random random) {
    for (Codec<?> codec : TypedCodecs.REQUESTS) {
      Frame sample = codec.sampleFrame(random);
      byte[] extras = random.nextBoolean() ? sample.extras() : TypedCodecs.bytes(random, 60);
      byte[] value = random.nextBoolean() ? sample.value() : TypedCodecs.bytes(random, 60);
      int magic = random.nextInt(4) > 0 ? Magic.REQUEST : WireArbitraries.MAGICS[random.nextInt(6)];
      byte[] framing = Magic.isFlexible(magic) ? TypedCodecs.bytes(random, 20) : Frame.NOTHING;
      Frame frame =
          new Frame(
              magic, codec.opcode(), random.nextInt(256), random.nextInt(65536), random.nextInt(), random.nextLong(),
              framing, extras, TypedCodecs.bytes(random, 60), value);
      assertReadOrRefused(codec::rewritten, frame);
      TypedCodecs.ANSWERS.values().forEach(reader -> assertReadOrRefused(reader, frame));
    }
  }

  @Property(seed = WireArbitraries.SEED, tries = 4000)
  void mutatedFramesOfRecordsAreReadOrRefusedByName(@ForAll("randoms") Random random) {
    byte[] bytes = FrameCodec.encode(WireArbitraries.typedFrame(random)).array();
    Frame frame;
    try {
      frame = FrameCodec.decode(ByteBuffer.wrap(WireArbitraries.mutated(bytes, random)), 100_000);
    } catch (FrameFormatException e) {
      return;
    }
    // A changed opcode must not matter either: every record gets to see the frame.
    TypedCodecs.REQUESTS.forEach(codec -> assertReadOrRefused(codec::rewritten, frame));
    TypedCodecs.ANSWERS.values().forEach(reader -> assertReadOrRefused(reader, frame));
  }

  /** What is read and written once stays the same from then on; anything but the codec's error fails the test. */
  private static void assertReadOrRefused(UnaryOperator<Frame> rewrite, Frame frame) {
    Frame once;
    try {
      once = rewrite.apply(frame);
    } catch (FrameFormatException e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
      return;
    }
    assertThat(rewrite.apply(once)).isEqualTo(once);
  }

  @Property(seed = WireArbitraries.SEED)
  void answersAreTheSameAfterEncodingAndDecoding(@ForAll("randoms") Random random) {
    List<Dcp.FailoverEntry> log =
        Stream.generate(() -> new Dcp.FailoverEntry(random.nextLong(), random.nextLong())).limit(random.nextInt(25))
            .toList();
    assertThat(Dcp.decodeFailoverLog(answer(Dcp.encodeFailoverLog(log)))).isEqualTo(log);

    List<Admin.VBucketSeqno> seqnos =
        Stream.generate(() -> new Admin.VBucketSeqno(random.nextInt(65536), random.nextLong()))
            .limit(random.nextInt(100)).toList();
    assertThat(Admin.decodeSeqnos(answer(Admin.encodeSeqnos(seqnos)))).isEqualTo(seqnos);

    long seqno = random.nextLong();
    assertThat(Dcp.rollbackSeqno(answer(Dcp.encodeRollbackSeqno(seqno)))).isEqualTo(seqno);

    Admin.Observed observed = new Admin.Observed(7, random.nextLong(), random.nextLong(), random.nextLong());
    assertThat(Admin.Observed.of(answer(observed.toValue()))).isEqualTo(observed);

    VBucketState state = VBucketState.values()[random.nextInt(4)];
    assertThat(Admin.decodeState(answer(Admin.encodeState(state)))).isEqualTo(state);

    int opaque = random.nextInt();
    byte[] extras = Dcp.encodeStreamOpaque(opaque);
    assertThat(Dcp.streamOpaque(Frame.response(ANY, Status.SUCCESS, extras, Frame.NOTHING, Frame.NOTHING)))
        .isEqualTo(opaque);

    List<String> names = Stream.generate(() -> "b" + random.nextInt(99)).limit(random.nextInt(5)).toList();
    assertThat(Buckets.decodeNames(answer(Buckets.encodeNames(names)))).isEqualTo(names);
  }

  private static Frame answer(byte[] value) {
    return Frame.response(ANY, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, value);
  }

  @Example
  void anObservationInFormat1TellsTheNewHistory() {
    ByteBuffer value = ByteBuffer.allocate(43).put((byte) 1).putShort((short) 9).putLong(70).putLong(5).putLong(6);
    assertThat(Admin.Observed.of(answer(value.putLong(69).putLong(4).array())))
        .isEqualTo(new Admin.Observed(9, 70, 5, 6));
    assertThatThrownBy(() -> Admin.Observed.of(answer(new byte[43]))).isInstanceOf(FrameFormatException.class)
        .hasMessageContaining("43 bytes, expected 27");
  }

  @Example
  void aMarkersFieldsAreWhereRecordingsShowThem() {
    ByteBuffer value = ByteBuffer.allocate(36).putLong(1).putLong(20).putInt(5).putLong(19).putLong(18);
    Frame frame = Frame.request(Opcode.DCP_SNAPSHOT_MARKER, 50, 1, new byte[1], Frame.NOTHING, value.array());
    DcpItem.SnapshotMarker marker = DcpItem.SnapshotMarker.of(frame);
    assertThat(marker).isEqualTo(new DcpItem.SnapshotMarker(50, 1, 1, 20, 5, 2, 18, 19));
    assertThatThrownBy(
        () -> DcpItem.SnapshotMarker
            .of(Frame.request(Opcode.DCP_SNAPSHOT_MARKER, 50, 1, new byte[] {1}, Frame.NOTHING, value.array())))
        .hasMessageContaining("marker version 2.1, expected 2.0 or 2.2");
  }

  @Example
  void aRequestIsNotReadFromItsAnswer() {
    Frame answer = Frame.response(new Dcp.CloseStream(5, 6).toFrame(), Status.SUCCESS);
    assertThatThrownBy(() -> Dcp.CloseStream.of(answer)).isInstanceOf(FrameFormatException.class)
        .hasMessageContaining("expected a request DCP_CLOSE_STREAM");
    Frame retry = Frame.response(new Dcp.RetryRequest(0x6f, 5, 6, 7).toFrame(), Status.SUCCESS);
    assertThatThrownBy(() -> Dcp.RetryRequest.of(retry)).isInstanceOf(FrameFormatException.class);
  }

  @Example
  void credentialsNeverShowTheirPassword() {
    assertThat(new Session.PlainCredentials("eve", "secret").toString()).contains("eve").doesNotContain("secret");
  }

  @Example
  void aConnectionNameLongerThanNodesTakeIsRefused() {
    assertThatThrownBy(() -> new Dcp.Open(1, "n".repeat(201), 0, "")).isInstanceOf(FrameFormatException.class)
        .hasMessageContaining("201 bytes, allowed are 200");
  }
}
