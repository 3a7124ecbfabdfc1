package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What real nodes answered to situations that were provoked on purpose: golden/answers-*.txt, line by line, each with a script that
 * provokes the same on embedded nodes. What is expected is read from the file. The two directions are compared each in its own order, as
 * the files show how they crossed by chance; so is the place of the answer to ADD_STREAM.
 */
class AnswersOfRealNodesTest {
  /** Lines whose answers from B are not compared: a real 7.6 node loses its answer if the STREAM_END comes in the same read. */
  private static final List<Pattern> BY_CHANCE_IN_7_6 = List.of(
      Pattern.compile("d[12] CLOSE_STREAM to producer.*"), Pattern.compile("l4 SET_VBUCKET replica on A.*"));

  private static final Pattern STATES = Pattern.compile("A=(\\w+) B=(\\w+)");
  private static final Pattern POINT = Pattern.compile("^[dgl](\\d) .*");

  /** The line, and the lines that go on from it. */
  private record Provocation(NodeVersion version, List<String> lines) {
    String first() {
      return lines.get(0);
    }
  }

  @TestFactory
  Stream<DynamicTest> embedded_nodes_answer_as_real_nodes_did() throws IOException {
    List<Provocation> all = new ArrayList<>();
    all.addAll(read(NodeVersion.V6_0, "/golden/answers-6.0.txt"));
    all.addAll(read(NodeVersion.V7_6, "/golden/answers-7.6.txt"));
    return all.stream().filter(p -> p.first().matches("(c|c-producer|[dgl]\\d|j1) .*")).map(p -> DynamicTest
        .dynamicTest(p.version() + " " + p.first().replaceAll(": .*", ""), () -> provoke(p)));
  }

  private static List<Provocation> read(NodeVersion version, String path) throws IOException {
    List<Provocation> all = new ArrayList<>();
    try (InputStream in = AnswersOfRealNodesTest.class.getResourceAsStream(path)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (line.matches("\\w+ +\\.\\.\\..*")) {
          all.get(all.size() - 1).lines().add(line);
        } else if (!line.startsWith("#")) {
          all.add(new Provocation(version, new ArrayList<>(List.of(line))));
        }
      }
    }
    return all;
  }

  private static void provoke(Provocation p) {
    switch (p.first().charAt(0)) {
      case 'c' -> stateAtStart(p);
      case 'd' -> closeInTakeover(p);
      case 'g' -> connectionLost(p);
      case 'j' -> streamReqRefused(p);
      default -> setVBucketInTakeover(p);
    }
  }

  private static VBucketState stateNamed(String name) {
    return name.equals("absent") ? null : VBucketState.ofWireName(name);
  }

  private static void stateAtStart(Provocation p) {
    Matcher m = Pattern.compile("with the (consumer|PRODUCER) vbucket (\\w+)(.*?): ").matcher(p.first());
    assertThat(m.find()).isTrue();
    boolean source = m.group(1).equals("PRODUCER");
    VBucketState state = stateNamed(m.group(2));
    RelayedPair pair = new RelayedPair(p.version());
    pair.states(VBucketState.ACTIVE, source ? VBucketState.REPLICA : state);
    pair.documents(m.group(3).contains("NO data") ? 0 : 5);
    if (source && state == null) {
      pair.a.setState(RelayedPair.BUCKET, RelayedPair.VB, VBucketState.DEAD);
      TestPeer.ready(pair.a).ask(io.vbucket.rebalance.protocol.Admin.delVBucket(RelayedPair.VB, 0));
    } else if (source) {
      pair.states(state, null);
    }
    pair.addStream(true);
    pair.settle();
    check(p, p.first().substring(m.end()), pair);
  }

  /** A takeover of a vBucket in step, stopped at one of five points. */
  private static RelayedPair stoppedAt(Provocation p) {
    Matcher point = POINT.matcher(p.first());
    assertThat(point.matches()).isTrue();
    RelayedPair pair = new RelayedPair(p.version());
    pair.states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5).inStep();
    switch (point.group(1)) {
      case "1" -> pair.takeoverHeldAt("P>C:STREAM_REQ->SUCCESS", 1);
      case "2" -> pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(pending)", 1);
      case "3" -> pair.takeoverHeldAt("C>P:SET_VBUCKET_STATE->SUCCESS", 1);
      case "4" -> pair.takeoverHeldAt("P>C:SET_VBUCKET_STATE(active)", 1);
      default -> pair.takeoverHeldAt("C>P:SET_VBUCKET_STATE->SUCCESS", 2);
    }
    Matcher states = Pattern.compile("\\[(A=\\w+ B=\\w+)\\]").matcher(p.first());
    assertThat(states.find()).isTrue();
    assertThat(pair.states()).isEqualTo(states.group(1));
    return pair;
  }

  private static void closeInTakeover(Provocation p) {
    RelayedPair pair = stoppedAt(p);
    Frame close = new Dcp.CloseStream(RelayedPair.VB, RelayedPair.VB).toFrame();
    if (!p.first().contains("to producer,")) {
      pair.toConsumer(close);
    }
    if (!p.first().contains("to consumer,")) {
      pair.toProducer(close);
    }
    pair.settle();
    check(p, after(p.first(), "]: "), pair);
    pair.release();
    check(p, after(p.lines().get(1), "let through: "), pair);
    pair.addStream(true);
    pair.settle();
    check(p, after(p.lines().get(2), "same connections: "), pair);
  }

  private static void connectionLost(Provocation p) {
    RelayedPair pair = stoppedAt(p);
    if (!p.first().contains("kill consumer")) {
      pair.producer.hangUp();
    }
    if (!p.first().contains("kill producer")) {
      pair.consumer.hangUp();
    }
    pair.settle();
    assertThat(pair.take()).as("survivor sees nothing").isEmpty();
    assertThat(pair.states()).isEqualTo(first(STATES, after(p.first(), "states ")));
    pair.producer.hangUp();
    pair.consumer.hangUp();
    assertThat(pair.states()).isEqualTo(first(STATES, after(p.first(), "closing both ")));
    pair.reconnect();
    pair.addStream(true);
    pair.settle();
    check(p, after(p.first(), "new connections: "), pair);
    if (p.lines().size() > 1) {
      pair.states(VBucketState.ACTIVE, null);
      pair.addStream(true);
      pair.settle();
      check(p, after(p.lines().get(1), "active on A: "), pair);
    }
  }

  private static void setVBucketInTakeover(Provocation p) {
    RelayedPair pair = stoppedAt(p);
    Matcher m = Pattern.compile("SET_VBUCKET (\\w+) on ([AB])").matcher(p.first());
    assertThat(m.find()).isTrue();
    DataNode node = m.group(2).equals("A") ? pair.a : pair.b;
    assertThat(node.setState(RelayedPair.BUCKET, RelayedPair.VB, stateNamed(m.group(1)))).isEqualTo(Status.SUCCESS);
    pair.settle();
    String rest = after(p.first(), "-> SUCCESS: ");
    int through = rest.indexOf(" ; then let through: ");
    check(p, rest.substring(0, through), pair);
    pair.release();
    check(p, rest.substring(through + " ; then let through: ".length()), pair);
  }

  private static void streamReqRefused(Provocation p) {
    Matcher m = Pattern.compile("answered (\\w+) \\((0x\\w+)\\): consumer: ").matcher(p.first());
    assertThat(m.find()).isTrue();
    RelayedPair pair = new RelayedPair(p.version());
    pair.states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(5);
    pair.swallow("C>P:STREAM_REQ(flags=1)"::equals);
    pair.addStream(true);
    pair.settle();
    pair.seen.clear();
    pair.toConsumer(streamReqAnswer(pair, Integer.decode(m.group(2)), Frame.NOTHING));
    pair.settle();
    check(p, p.first().substring(m.end()).replace("B=replica", "A=active B=replica"), pair);
    pair.swallow(text -> false);
    pair.addStream(true);
    pair.settle();
    check(p, after(p.lines().get(1), "same connection: "), pair);
  }

  static Frame streamReqAnswer(RelayedPair pair, int status, byte[] value) {
    Frame request = Frame.request(Opcode.DCP_STREAM_REQ, RelayedPair.VB, pair.streamOpaque);
    return Frame.response(request, status, Frame.NOTHING, Frame.NOTHING, value);
  }

  private static String after(String line, String mark) {
    int at = line.indexOf(mark);
    assertThat(at).as("%s in %s", mark, line).isNotNegative();
    return line.substring(at + mark.length());
  }

  private static String first(Pattern pattern, String text) {
    Matcher m = pattern.matcher(text);
    assertThat(m.find()).as(text).isTrue();
    return m.group();
  }

  private static void check(Provocation p, String expected, RelayedPair pair) {
    List<String> seen = pair.take();
    List<String> tokens = Arrays.stream(expected.split(" ; ")).map(String::trim).toList();
    boolean byChance =
        p.version() == NodeVersion.V7_6 && BY_CHANCE_IN_7_6.stream().anyMatch(l -> l.matcher(p.first()).matches());
    Map<String, String> parts =
        Map.of("the relay's", "X>.*", "from A", "P>C:.*", "ADD_STREAM", "C>P:ADD_STREAM.*", "from B",
            "C>P:(?!ADD_STREAM).*", "ends", "\\[.*");
    parts.forEach((part, pattern) -> {
      if (!(byChance && part.equals("from B"))) {
        assertThat(seen.stream().filter(t -> t.matches(pattern)).toList()).as("%s, %s, all: %s", p.first(), part, seen)
            .isEqualTo(tokens.stream().filter(t -> t.matches(pattern)).toList());
      }
    });
    tokens.stream().filter(t -> STATES.matcher(t).find()).forEach(
        t -> assertThat(pair.states()).as(p.first()).isEqualTo(first(STATES, t)));
  }

  @TestFactory
  Stream<DynamicTest> stream_ends_have_the_flags_of_real_nodes() {
    return NodeVersion.RECORDED.stream().flatMap(version -> Stream.of(
        end(version, "closed, asked for", "CLOSED", AnswersOfRealNodesTest::close),
        end(version, "set to replica", "STATE_CHANGED", pair -> pair.states(VBucketState.REPLICA, null)),
        end(version, "set to dead", "STATE_CHANGED", pair -> pair.states(VBucketState.DEAD, null)),
        end(version, "set to pending", "STATE_CHANGED", pair -> pair.states(VBucketState.PENDING, null)),
        end(version, "set to active again", "", pair -> pair.states(VBucketState.ACTIVE, null))));
  }

  private static void close(RelayedPair pair) {
    pair.toProducer(new Dcp.CloseStream(RelayedPair.VB, RelayedPair.VB).toFrame());
  }

  private static DynamicTest end(NodeVersion version, String what, String flag,
      java.util.function.Consumer<RelayedPair> cause) {
    return DynamicTest.dynamicTest(version + " " + what, () -> {
      RelayedPair pair = new RelayedPair(version);
      pair.states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(2);
      pair.addStream(false);
      pair.settle();
      pair.seen.clear();
      cause.accept(pair);
      pair.settle();
      List<String> ends = pair.take().stream().filter(text -> text.startsWith("P>C:STREAM_END")).toList();
      assertThat(ends).isEqualTo(flag.isEmpty()
          ? List.of()
          : List.of("P>C:STREAM_END(flags=" + StreamEndReason.valueOf(flag).code() + " " + flag + ")"));
    });
  }
}
