package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a frame with a flexible magic says besides its command: a row of infos, each an id and some bytes.
 *
 * <p>Layout of one info: 4 bits id and 4 bits length in the first byte; when the id's bits are 15, a byte follows and the id is 15 more
 * than it; when the length's bits are 15, another byte follows and the length is 15 more than it; then the data.
 */
public final class FramingExtras {
  /** Infos of requests. */
  public static final int BARRIER = 0;
  public static final int DURABILITY = 1;
  public static final int DCP_STREAM_ID = 2;
  public static final int OPEN_TRACING = 3;
  public static final int IMPERSONATE = 4;
  public static final int PRESERVE_TTL = 5;
  public static final int EXTRA_PRIVILEGE = 6;
  /** Info of responses: how long the node took. */
  public static final int SERVER_DURATION = 0;

  private static final int ESCAPE = 15;
  private static final int LARGEST = ESCAPE + 0xff;

  private FramingExtras() {}

  /**
   * One info.
   *
   * @param id 0..270; means different things in requests and responses
   * @param data at most 255 bytes with all other infos of the frame
   */
  public record Info(int id, byte[] data) {
    public Info {
      if (id < 0 || id > LARGEST || data.length > LARGEST) {
        throw new FrameFormatException(
            "frame info " + id + " of " + data.length + " bytes: expected an id and a length of 0 to " + LARGEST);
      }
    }
  }

  public enum DurabilityLevel {
    MAJORITY,
    MAJORITY_AND_PERSIST_ON_ACTIVE,
    PERSIST_TO_MAJORITY;

    /** 1 to 3. */
    public int code() {
      return ordinal() + 1;
    }
  }

  /**
   * A write that is answered when this much is safe.
   *
   * @param timeoutMillis 1..65534, or empty for the node's own
   */
  public record Durability(DurabilityLevel level, OptionalInt timeoutMillis) {
    public Durability {
      timeoutMillis.ifPresent(millis -> {
        if (millis < 1 || millis > 65534) {
          throw new FrameFormatException("durability time limit " + millis + " ms: expected 1 to 65534");
        }
      });
    }

    public Info toInfo() {
      ByteBuffer data = ByteBuffer.allocate(timeoutMillis.isPresent() ? 3 : 1).put((byte) level.code());
      timeoutMillis.ifPresent(millis -> data.putShort((short) millis));
      return new Info(DURABILITY, data.array());
    }
  }

  /** @throws FrameFormatException when an info is longer than what is left, see {@link Frame#framingExtras} */
  public static List<Info> of(Frame frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame.framingExtras());
    List<Info> infos = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int at = bytes.position();
      int first = bytes.get() & 0xff;
      int id = escaped(frame, bytes, first >> 4, at);
      int length = escaped(frame, bytes, first & 0x0f, at);
      if (length > bytes.remaining()) {
        throw frame.malformed(
            "frame info " + id + " at byte " + at + " of the framing extras: " + length + " bytes long, only "
                + bytes.remaining() + " are there");
      }
      byte[] data = new byte[length];
      bytes.get(data);
      infos.add(new Info(id, data));
    }
    return infos;
  }

  private static int escaped(Frame frame, ByteBuffer bytes, int nibble, int at) {
    if (nibble < ESCAPE) {
      return nibble;
    }
    if (!bytes.hasRemaining()) {
      throw frame.malformed("frame info at byte " + at + " of the framing extras: its escape byte is missing");
    }
    return ESCAPE + (bytes.get() & 0xff);
  }

  /** The framing extras of a frame; more than 255 bytes are refused when the frame is built. */
  public static byte[] encode(List<Info> infos) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Info info : infos) {
      int length = info.data().length;
      out.write(Math.min(info.id(), ESCAPE) << 4 | Math.min(length, ESCAPE));
      if (info.id() >= ESCAPE) {
        out.write(info.id() - ESCAPE);
      }
      if (length >= ESCAPE) {
        out.write(length - ESCAPE);
      }
      out.writeBytes(info.data());
    }
    return out.toByteArray();
  }

  /** {@code request} with these infos, under the flexible magic; its key must have at most 255 bytes. */
  public static Frame attach(Frame request, List<Info> infos) {
    if (!request.isRequest()) {
      throw request.malformed("infos are attached to requests only");
    }
    return new Frame(
        Magic.FLEXIBLE_REQUEST,
        request.opcode(),
        request.datatype(),
        request.vbucketOrStatus(),
        request.opaque(),
        request.cas(),
        encode(infos),
        request.extras(),
        request.key(),
        request.value());
  }

  /** What a write waits for. Info 1: 0 level(1), and 1 milliseconds(2) when the client sets a limit of its own. */
  public static Optional<Durability> durability(Frame request) {
    return find(request, DURABILITY).map(info -> {
      byte[] data = info.data();
      if (data.length != 1 && data.length != 3) {
        throw request.malformed("durability of " + data.length + " bytes, expected 1 or 3");
      }
      if (data[0] < 1 || data[0] > DurabilityLevel.values().length) {
        throw request.malformed("durability level " + (data[0] & 0xff) + ", expected 1 to 3");
      }
      OptionalInt millis =
          data.length == 1 ? OptionalInt.empty() : OptionalInt.of(ByteBuffer.wrap(data).getShort(1) & 0xffff);
      return new Durability(DurabilityLevel.values()[data[0] - 1], millis);
    });
  }

  /** On whose behalf a privileged connection acts. Info 4: the name; one that begins with ^ is of another domain. */
  public static Optional<String> impersonatedUser(Frame request) {
    return find(request, IMPERSONATE).map(info -> new String(info.data(), UTF_8));
  }

  public static Info impersonate(String user) {
    return new Info(IMPERSONATE, user.getBytes(UTF_8));
  }

  /** Which of several streams of one vBucket a DCP frame belongs to. Info 2: 0 id(2). */
  public static OptionalInt dcpStreamId(Frame request) {
    Optional<Info> info = find(request, DCP_STREAM_ID);
    if (info.isEmpty()) {
      return OptionalInt.empty();
    }
    byte[] data = info.get().data();
    if (data.length != 2) {
      throw request.malformed("DCP stream id of " + data.length + " bytes, expected 2");
    }
    return OptionalInt.of(ByteBuffer.wrap(data).getShort(0) & 0xffff);
  }

  /** The first info of that id in a request. In a response the same ids mean other things. */
  private static Optional<Info> find(Frame frame, int id) {
    if (!frame.isRequest()) {
      return Optional.empty();
    }
    return of(frame).stream().filter(info -> info.id() == id).findFirst();
  }
}
