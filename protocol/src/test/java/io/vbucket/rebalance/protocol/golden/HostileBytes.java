package io.vbucket.rebalance.protocol.golden;

import io.vbucket.rebalance.protocol.golden.GoldenConversation.Recorded;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Bytes as no sane peer sends them: noise, headers that lie, and recorded frames that were changed, cut, doubled or taken out of their
 * order. The same for the same source of randomness.
 */
public final class HostileBytes {
  /** Inputs of every kind that a test tries: system property {@code fuzz.inputs}, by default as many as an ordinary build has time for. */
  public static final int INPUTS = Integer.getInteger("fuzz.inputs", 20_000);

  /**
   * System property {@code fuzz.seed}: 0, the usual one, for the same inputs with every build; another number for other inputs;
   * {@code fresh} for inputs that were never tried before, whose number is printed.
   */
  private static final long SEED = seed(System.getProperty("fuzz.seed", "0"));

  private static final byte[] MAGICS = {(byte) 0x80, (byte) 0x81, 0x08, 0x18, (byte) 0x82, (byte) 0x83};
  private static final int MOST_FRAMES = 8;
  /** All recorded frames in a row, as they followed one another. */
  private static final List<byte[]> RECORDED =
      GoldenConversation.all().flatMap(conversation -> conversation.frames().stream()).map(Recorded::bytes).toList();

  private HostileBytes() {}

  private static long seed(String given) {
    long seed = given.equals("fresh") ? System.nanoTime() : Long.parseLong(given);
    if (seed != 0) {
      System.out.println("hostile bytes of -Dfuzz.seed=" + seed);
    }
    return seed;
  }

  /**
   * Randomness of one try.
   *
   * @param number of the try: other tries have other inputs
   */
  public static Random random(long number) {
    return new Random(number ^ SEED);
  }

  /** One input, from nothing to some KiB. */
  public static byte[] next(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> noise(random);
      case 1 -> lyingHeader(random);
      case 2 -> joined(recordedRow(random));
      case 3 -> joined(shuffled(random));
      case 4 -> {
        byte[] row = joined(recordedRow(random));
        yield Arrays.copyOf(row, random.nextInt(row.length + 1));
      }
      default -> mutated(joined(random.nextBoolean() ? recordedRow(random) : shuffled(random)), random);
    };
  }

  private static byte[] noise(Random random) {
    byte[] bytes = new byte[random.nextInt(300)];
    random.nextBytes(bytes);
    if (bytes.length > 0 && random.nextBoolean()) {
      bytes[0] = MAGICS[random.nextInt(MAGICS.length)];
    }
    return bytes;
  }

  /** A header under a known magic whose lengths may fit what follows, or not. */
  private static byte[] lyingHeader(Random random) {
    int body = random.nextInt(200);
    byte[] bytes = new byte[24 + body];
    random.nextBytes(bytes);
    ByteBuffer header = ByteBuffer.wrap(bytes);
    header.put(0, MAGICS[random.nextInt(MAGICS.length)]);
    header.put(1, random.nextBoolean() ? bytes[1] : RECORDED.get(random.nextInt(RECORDED.size()))[1]);
    header.putShort(2, (short) random.nextInt(random.nextBoolean() ? body + 1 : 65536));
    header.put(4, (byte) random.nextInt(random.nextBoolean() ? 32 : 256));
    header.putShort(6, (short) random.nextInt(random.nextBoolean() ? 64 : 65536));
    header.putInt(8, switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> Integer.MAX_VALUE - random.nextInt(64);
      default -> body;
    });
    return bytes;
  }

  private static List<byte[]> recordedRow(Random random) {
    int first = random.nextInt(RECORDED.size());
    return RECORDED.subList(first, Math.min(RECORDED.size(), first + 1 + random.nextInt(MOST_FRAMES)));
  }

  private static List<byte[]> shuffled(Random random) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 1 + random.nextInt(MOST_FRAMES); i > 0; i--) {
      frames.add(RECORDED.get(random.nextInt(RECORDED.size())));
    }
    return frames;
  }

  private static byte[] joined(List<byte[]> frames) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    frames.forEach(joined::writeBytes);
    return joined.toByteArray();
  }

  /** {@code bytes} with some of them changed, left out, doubled or cut off. */
  public static byte[] mutated(byte[] bytes, Random random) {
    byte[] result = bytes.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && result.length > 0; changes--) {
      // Headers are where it hurts.
      int at = random.nextInt(random.nextBoolean() ? Math.min(24, result.length) : result.length);
      switch (random.nextInt(5)) {
        case 0 -> result[at] = (byte) random.nextInt();
        case 1 -> result[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> result[at] = (byte) (random.nextBoolean() ? 0xff : 0);
        case 3 -> result = Arrays.copyOf(result, at);
        default -> {
          byte[] longer = Arrays.copyOf(result, result.length + 1);
          System.arraycopy(result, at, longer, at + 1, result.length - at);
          result = longer;
        }
      }
    }
    return result;
  }
}
