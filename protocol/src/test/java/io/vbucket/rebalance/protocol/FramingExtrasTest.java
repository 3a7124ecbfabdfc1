package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.protocol.FramingExtras.Durability;
import io.vbucket.rebalance.protocol.FramingExtras.DurabilityLevel;
import io.vbucket.rebalance.protocol.FramingExtras.Info;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Frame infos: ids and lengths around the escape of 15, and what requests say with them. */
class FramingExtrasTest {
  private static final Frame SET = new Kv.Store(Opcode.SET, 3, 4, 0, 0, 0, "k".getBytes(UTF_8), new byte[5]).toFrame();

  @Provide
  Arbitrary<Random> randoms() {
    return WireArbitraries.randoms();
  }

  @Property(seed = WireArbitraries.SEED)
  void infosAreTheSameAfterEncodingAndDecoding(@ForAll("randoms") Random random) {
    int[] ids = {0, 1, 4, 14, 15, 16, 200, 270};
    int[] lengths = {0, 1, 13, 14, 15, 16, 40, 100};
    List<Info> infos = new ArrayList<>();
    int total = 0;
    while (true) {
      int length = lengths[random.nextInt(lengths.length)];
      total += length + 3;
      if (total > 255) {
        break;
      }
      byte[] data = new byte[length];
      random.nextBytes(data);
      infos.add(new Info(ids[random.nextInt(ids.length)], data));
    }
    Frame arrived = FrameCodec.decode(FrameCodec.encode(FramingExtras.attach(SET, infos)), 10_000);
    assertThat(FramingExtras.of(arrived)).usingRecursiveComparison().isEqualTo(infos);
    assertThat(Kv.Store.of(arrived).key()).isEqualTo(SET.key());
  }

  @Example
  void theEscapeBytesFollowInTheOrderIdThenLength() {
    byte[] encoded = FramingExtras.encode(List.of(new Info(16, new byte[17])));
    assertThat(encoded).startsWith(0xff, 1, 2).hasSize(20);
    assertThat(FramingExtras.encode(List.of(new Info(4, new byte[2])))).startsWith(0x42).hasSize(3);
  }

  @Example
  void durabilityAndUserAreRead() {
    Durability durability = new Durability(DurabilityLevel.PERSIST_TO_MAJORITY, OptionalInt.of(65534));
    Frame frame = FramingExtras.attach(SET, List.of(FramingExtras.impersonate("^eve"), durability.toInfo()));
    assertThat(FramingExtras.durability(frame)).contains(durability);
    assertThat(FramingExtras.impersonatedUser(frame)).contains("^eve");
    assertThat(FramingExtras.dcpStreamId(frame)).isEmpty();
    Durability plain = new Durability(DurabilityLevel.MAJORITY, OptionalInt.empty());
    assertThat(FramingExtras.durability(FramingExtras.attach(SET, List.of(plain.toInfo())))).contains(plain);
    assertThat(FramingExtras.durability(SET)).isEmpty();
  }

  @Example
  void theSameIdInAResponseMeansSomethingElse() {
    byte[] extras = FramingExtras.encode(List.of(new Info(FramingExtras.DURABILITY, new byte[2])));
    Frame response =
        new Frame(
            Magic.FLEXIBLE_RESPONSE, Opcode.SET, 0, 0, 1, 0, extras, Frame.NOTHING, Frame.NOTHING, Frame.NOTHING);
    assertThat(FramingExtras.durability(response)).isEmpty();
    assertThat(FramingExtras.of(response)).hasSize(1);
  }

  @Example
  void malformedInfosAreRefusedWithTheirPlace() {
    assertRefused("frame info 4 at byte 0 of the framing extras: 3 bytes long, only 1 are there", 0x43, 1);
    assertRefused("frame info at byte 1 of the framing extras: its escape byte is missing", 0x00, 0xf0);
    assertRefused("frame info at byte 0 of the framing extras: its escape byte is missing", 0x0f);
    assertRefused("durability of 2 bytes, expected 1 or 3", 0x12, 1, 1);
    assertRefused("durability level 4, expected 1 to 3", 0x11, 4);
    assertRefused("durability level 255, expected 1 to 3", 0x11, 0xff);
    assertRefused("durability time limit 0 ms: expected 1 to 65534", 0x13, 1, 0, 0);
    assertRefused("durability time limit 65535 ms: expected 1 to 65534", 0x13, 1, 0xff, 0xff);
  }

  private static void assertRefused(String message, int... bytes) {
    byte[] extras = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      extras[i] = (byte) bytes[i];
    }
    Frame frame =
        new Frame(Magic.FLEXIBLE_REQUEST, Opcode.SET, 0, 0, 1, 0, extras, Frame.NOTHING, Frame.NOTHING, Frame.NOTHING);
    assertThatThrownBy(() -> FramingExtras.durability(frame)).isInstanceOf(FrameFormatException.class)
        .hasMessageContaining(message);
  }

  @Example
  void infosBeyond255BytesDoNotFitIntoAFrame() {
    List<Info> infos = List.of(new Info(1, new byte[250]), new Info(2, new byte[10]));
    assertThatThrownBy(() -> FramingExtras.attach(SET, infos)).isInstanceOf(FrameFormatException.class)
        .hasMessageContaining("framing extras 263");
  }
}
