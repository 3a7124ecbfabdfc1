package io.vbucket.rebalance.protocol.golden;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * One recorded conversation between a relay, a producer node and a consumer node; {@code golden/README.md} says what each one shows.
 *
 * @param version of the nodes, see {@link #VERSIONS}
 * @param name see {@link #NAMES}
 * @param lines frames and comments, as they happened
 */
public record GoldenConversation(String version, String name, List<Line> lines) {
  public static final List<String> VERSIONS = List.of("6.0", "7.6");
  public static final List<String> NAMES =
      List.of(
          "01-replica-stream-then-takeover",
          "02-takeover-overtakes-old-stream-end",
          "03-takeover-from-empty-replica-300-docs",
          "04-retry-with-leftover-producer-stream",
          "05-add-stream-on-live-stream",
          "06-stale-stream-end-in-mid-takeover",
          "07-retry-before-source-went-dead",
          "08-retry-after-source-went-dead",
          "09-producer-ignores-the-status-of-the-answer",
          "10-frame-for-a-closed-stream");

  /** Who sent a frame, and towards whom. The relay sees all; whether it passed a frame on says the {@link Action}. */
  public enum Direction {
    CONSUMER_TO_PRODUCER("C>P"),
    PRODUCER_TO_CONSUMER("P>C"),
    RELAY_TO_CONSUMER("X>C"),
    RELAY_TO_PRODUCER("X>P"),
    CONSUMER_TO_RELAY("C>X"),
    PRODUCER_TO_RELAY("P>X");

    private final String text;

    Direction(String text) {
      this.text = text;
    }
  }

  /** What the relay did with a frame. */
  public enum Action {
    /** Passed on at once. */
    PROXY("proxy"),
    /** Kept: an answer to the relay's own request. */
    BLOCK("block"),
    /** Kept for now; a {@link #RELEASE} of the same bytes may follow. */
    HOLD("hold"),
    /** Passed on later. */
    RELEASE("release"),
    /** Never passed on. */
    DROP("drop"),
    /** From or to the relay itself. */
    OWN("");

    private final String text;

    Action(String text) {
      this.text = text;
    }
  }

  /** One line of a recording. */
  public sealed interface Line {
    /** Since the conversation began. */
    double seconds();
  }

  /** What was done or seen next. */
  public record Comment(double seconds, String text) implements Line {}

  /**
   * A frame.
   *
   * @param bytes the whole frame, as it was on the wire
   */
  public record Recorded(double seconds, Direction direction, Action action, byte[] bytes) implements Line {
    public Frame frame() {
      return FrameCodec.decode(ByteBuffer.wrap(bytes), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    }
  }

  /** All conversations with nodes of all versions. */
  public static Stream<GoldenConversation> all() {
    return VERSIONS.stream().flatMap(version -> NAMES.stream().map(name -> load(version, name)));
  }

  /**
   * @param version one of {@link #VERSIONS}
   * @param number 1..10, the number that the name begins with
   */
  public static GoldenConversation load(String version, int number) {
    return load(version, NAMES.get(number - 1));
  }

  /** @throws IllegalArgumentException when there is no such recording, or a line of it is none */
  public static GoldenConversation load(String version, String name) {
    String path = "/golden/" + version + "/" + name + ".jsonl";
    try (InputStream in = GoldenConversation.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalArgumentException("no recording " + path + ": versions " + VERSIONS + ", names " + NAMES);
      }
      ObjectMapper json = new ObjectMapper();
      List<Line> lines = new ArrayList<>();
      BufferedReader reader = new BufferedReader(new InputStreamReader(in, UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(read(json.readTree(line), path + ":" + (lines.size() + 1)));
      }
      return new GoldenConversation(version, name, List.copyOf(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }

  private static Line read(JsonNode line, String where) {
    double seconds = line.path("t").asDouble();
    if (line.has("comment")) {
      return new Comment(seconds, line.get("comment").asText());
    }
    return new Recorded(
        seconds,
        Stream.of(Direction.values()).filter(d -> d.text.equals(line.path("dir").asText())).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(where + ": direction " + line.path("dir"))),
        Stream.of(Action.values()).filter(a -> a.text.equals(line.path("action").asText())).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(where + ": action " + line.path("action"))),
        HexFormat.of().parseHex(line.path("hex").asText()));
  }

  /** The frames alone. */
  public List<Recorded> frames() {
    return lines.stream().filter(Recorded.class::isInstance).map(Recorded.class::cast).toList();
  }

  /** The frames that were sent in one direction. */
  public List<Recorded> frames(Direction direction) {
    return frames().stream().filter(recorded -> recorded.direction() == direction).toList();
  }

  @Override
  public String toString() {
    return version + "/" + name;
  }
}
