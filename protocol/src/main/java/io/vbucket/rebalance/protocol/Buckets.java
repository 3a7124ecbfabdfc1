package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** Commands to one node about its buckets; answered with a status, and LIST_BUCKETS with the names. */
public final class Buckets {
  private Buckets() {}

  /**
   * Creates a bucket. Key: its name. Value: {@code engine \0 configuration}.
   *
   * @param engine the module that stores it, e.g. {@code ep.so}; holds no zero character
   * @param configuration {@code name=value;...}, may be empty
   */
  public record Create(int opaque, String name, String engine, String configuration) {
    public Frame toFrame() {
      byte[] value = (engine + '\0' + configuration).getBytes(UTF_8);
      return Frame.request(Opcode.CREATE_BUCKET, 0, opaque, Frame.NOTHING, name.getBytes(UTF_8), value);
    }

    /** Accepts a value without a zero byte as an engine with an empty configuration. */
    public static Create of(Frame frame) {
      frame.expectRequest(Opcode.CREATE_BUCKET);
      String value = frame.valueText();
      int end = value.indexOf('\0');
      return end < 0
          ? new Create(frame.opaque(), frame.keyText(), value, "")
          : new Create(frame.opaque(), frame.keyText(), value.substring(0, end), value.substring(end + 1));
    }
  }

  /**
   * Deletes a bucket. Key: its name. Value: empty or {@code force=true}.
   *
   * @param force do not wait until everything is persisted
   */
  public record Delete(int opaque, String name, boolean force) {
    private static final String FORCE = "force=true";

    public Frame toFrame() {
      byte[] value = force ? FORCE.getBytes(UTF_8) : Frame.NOTHING;
      return Frame.request(Opcode.DELETE_BUCKET, 0, opaque, Frame.NOTHING, name.getBytes(UTF_8), value);
    }

    public static Delete of(Frame frame) {
      frame.expectRequest(Opcode.DELETE_BUCKET);
      return new Delete(frame.opaque(), frame.keyText(), frame.valueText().equals(FORCE));
    }
  }

  public static Frame list(int opaque) {
    return Frame.request(Opcode.LIST_BUCKETS, 0, opaque);
  }

  /** The value of LIST_BUCKETS's answer: names with spaces between. */
  public static byte[] encodeNames(List<String> names) {
    return String.join(" ", names).getBytes(UTF_8);
  }

  public static List<String> decodeNames(Frame answer) {
    return answer.value().length == 0 ? List.of() : List.of(answer.valueText().split(" ", -1));
  }
}
