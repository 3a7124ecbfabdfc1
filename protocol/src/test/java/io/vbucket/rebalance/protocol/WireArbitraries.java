package io.vbucket.rebalance.protocol;

import io.vbucket.rebalance.protocol.golden.HostileBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Frames, splits and garbage for properties. */
final class WireArbitraries {
  /** Seed of every property: a run is the same each time. Change it to try other inputs. */
  static final String SEED = "20260920";

  static final int[] MAGICS =
      {
        Magic.REQUEST, Magic.RESPONSE, Magic.FLEXIBLE_REQUEST, Magic.FLEXIBLE_RESPONSE, Magic.SERVER_REQUEST,
        Magic.SERVER_RESPONSE
      };

  private WireArbitraries() {}

  /** Any frame under any magic. */
  static Arbitrary<Frame> frames() {
    Arbitrary<Integer> magics = Arbitraries.of(Arrays.stream(MAGICS).boxed().toList());
    Arbitrary<Frame> frames =
        magics.flatMap(
            magic -> Combinators.combine(
                Arbitraries.integers().between(0, 255),
                Arbitraries.integers().between(0, 255),
                Arbitraries.integers().between(0, 65535),
                Arbitraries.integers(),
                Arbitraries.longs(),
                Magic.isFlexible(magic) ? bytes(255) : Arbitraries.just(Frame.NOTHING),
                bytes(255),
                bytes(Magic.isFlexible(magic) ? 255 : 1000)).flatAs(
                    (opcode, datatype, vbucket, opaque, cas, framing, extras, key) -> bytes(5000).map(
                        value -> new Frame(
                            magic, opcode, datatype, vbucket, opaque, cas, framing, extras, key, value))));
    // Extremes come with the sizes below; all edge cases of ten parts together would be all that is tried.
    return frames.withoutEdgeCases();
  }

  /** Of any length, the shortest and the longest more often. */
  static Arbitrary<byte[]> bytes(int atMost) {
    return Arbitraries.oneOf(Arbitraries.of(0, 1, atMost), Arbitraries.integers().between(0, atMost)).flatMap(
        size -> Arbitraries.bytes().array(byte[].class).ofSize(size));
  }

  static Arbitrary<Random> randoms() {
    return Arbitraries.longs().map(Random::new);
  }

  /** A frame of some typed record. */
  static Frame typedFrame(Random random) {
    return TypedCodecs.REQUESTS.get(random.nextInt(TypedCodecs.REQUESTS.size())).sampleFrame(random);
  }

  static byte[] concatenated(List<Frame> frames) {
    ByteBuffer bytes = ByteBuffer.allocate(frames.stream().mapToInt(Frame::length).sum());
    frames.forEach(frame -> FrameCodec.encode(frame, bytes));
    return bytes.array();
  }

  /** Pieces of {@code bytes}, some of them empty or single bytes, some around the size below which pieces are gathered. */
  static List<byte[]> split(byte[] bytes, Random random) {
    int[] sizes = {0, 1, 2, 23, 24, 25, 300, 1023, 1024, 3000, 20000};
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0; at < bytes.length;) {
      int size = Math.min(bytes.length - at, sizes[random.nextInt(sizes.length)]);
      pieces.add(Arrays.copyOfRange(bytes, at, at + size));
      at += size;
    }
    return pieces;
  }

  /** See {@link HostileBytes#mutated}. */
  static byte[] mutated(byte[] bytes, Random random) {
    return HostileBytes.mutated(bytes, random);
  }
}
