package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.protocol.golden.GoldenConversation;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Comment;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Direction;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Line;
import io.vbucket.rebalance.protocol.golden.GoldenConversation.Recorded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Plays the relay of the recordings between two embedded nodes, frame by frame in the recorded order, and expects from the nodes what real
 * ones sent: every frame with all its bytes. Only numbers that nodes choose freely are mapped (stream opaques, CAS, vbuuids); NOOPs and
 * window changes, which hang on time and on the number of connections, are left out; and the answer to ADD_STREAM may come earlier or
 * later than in the recording, as it does between recordings.
 */
class RecordedConversationsTest {
  private static final String BUCKET = "default";
  private static final Pattern STATES = Pattern.compile("states: producer node (\\w+), consumer node (\\w+)");
  private static final Pattern VBUCKET = Pattern.compile("vBucket (\\d+): active");

  @TestFactory
  Stream<DynamicTest> embedded_nodes_say_what_real_nodes_said() {
    return GoldenConversation.all()
        .map(conversation -> DynamicTest.dynamicTest(conversation.toString(), () -> new Replay(conversation).run()));
  }

  private static final class Replay {
    private final GoldenConversation conversation;
    private final ManualNodeClock clock = new ManualNodeClock();
    private final DataNode source;
    private final DataNode destination;
    private final TestPeer producer;
    private final TestPeer consumer;
    private final Map<Integer, Integer> opaques = new HashMap<>();
    private final Map<Long, Long> uuids = new HashMap<>();
    private final Map<String, List<Frame>> held = new HashMap<>();
    private final List<String> controlsSeen = new ArrayList<>();
    private int vbucket;

    Replay(GoldenConversation conversation) {
      this.conversation = conversation;
      NodeVersion version = conversation.version().equals("6.0") ? NodeVersion.V6_0 : NodeVersion.V7_6;
      int window = conversation.frames(Direction.CONSUMER_TO_PRODUCER).stream().map(Recorded::frame)
          .filter(f -> f.isRequest() && f.keyText().equals(Dcp.Control.CONNECTION_BUFFER_SIZE))
          .mapToInt(f -> Integer.parseInt(f.valueText())).findFirst().orElseThrow();
      source =
          new DataNode(NodeSettings.named("source", version).withBuckets(Map.of(BUCKET, 64)), clock, NodeObserver.NONE);
      destination = new DataNode(
          NodeSettings.named("destination", version).withBuckets(Map.of(BUCKET, 64)).withWindowBytes(window), clock,
          NodeObserver.NONE);
      producer = TestPeer.ready(source);
      consumer = TestPeer.ready(destination);
    }

    void run() {
      int number = 0;
      for (Line line : conversation.lines()) {
        number++;
        if (line instanceof Comment comment) {
          comment(comment.text());
        } else if (line instanceof Recorded recorded) {
          step(recorded, conversation + ":" + number);
        }
        settle();
      }
      assertThat(producer.sent).as("left over from the source in %s", conversation).allMatch(this::hangsOnTime);
      assertThat(consumer.sent).as("left over from the destination in %s", conversation).allMatch(this::hangsOnTime);
      List<String> recorded = recordedControls();
      if (recorded.stream().filter(control -> control.contains(Dcp.Control.CONNECTION_BUFFER_SIZE)).count() == 1) {
        assertThat(controlsSeen).as("controls of %s", conversation).isEqualTo(recorded);
      } else {
        // The window changed in between and took an opaque.
        assertThat(withoutOpaques(controlsSeen)).as("controls of %s", conversation).isEqualTo(withoutOpaques(recorded));
      }
    }

    private static List<String> withoutOpaques(List<String> controls) {
      return controls.stream().map(control -> control.substring(9))
          .filter(control -> !control.startsWith(Dcp.Control.CONNECTION_BUFFER_SIZE)).toList();
    }

    private List<String> recordedControls() {
      List<String> controls = new ArrayList<>();
      for (Recorded recorded : conversation.frames(Direction.CONSUMER_TO_PRODUCER)) {
        Frame frame = recorded.frame();
        if (frame.opcode() == Opcode.DCP_STREAM_REQ) {
          break;
        }
        if (frame.isRequest() && (frame.opcode() == Opcode.DCP_CONTROL || frame.opcode() == Opcode.GET_ERROR_MAP)) {
          controls.add(control(frame));
        }
      }
      return controls;
    }

    private static String control(Frame frame) {
      return String.format("%08x %s=%s", frame.opaque(), frame.keyText(), HexFormat.of().formatHex(frame.value()));
    }

    private void comment(String text) {
      Matcher states = STATES.matcher(text);
      Matcher opening = VBUCKET.matcher(text);
      if (opening.find()) {
        vbucket = Integer.parseInt(opening.group(1));
        source.setState(BUCKET, vbucket, VBucketState.ACTIVE);
        destination.setState(BUCKET, vbucket, VBucketState.REPLICA);
        documents().headMap(Integer.parseInt(text.replaceAll(".*with (\\d+) documents.*", "$1")), true).values()
            .forEach(this::write);
      } else if (states.find()) {
        assertThat(source.state(BUCKET, vbucket)).contains(VBucketState.ofWireName(states.group(1)));
        assertThat(destination.state(BUCKET, vbucket)).contains(VBucketState.ofWireName(states.group(2)));
      } else if (text.startsWith("source set active again")) {
        source.setState(BUCKET, vbucket, VBucketState.ACTIVE);
        destination.setState(BUCKET, vbucket, VBucketState.REPLICA);
        write(documents().get(21));
      } else if (text.contains("connection closed by node")) {
        assertThat(consumer.closed).isTrue();
      } else if (text.startsWith("document written after the restore")) {
        assertThat(destination.documents(BUCKET, vbucket)).isEqualTo(21);
      }
    }

    /** The documents that the recorded producer had, by seqno. */
    private TreeMap<Integer, Frame> documents() {
      TreeMap<Integer, Frame> documents = new TreeMap<>();
      conversation.frames(Direction.PRODUCER_TO_CONSUMER).stream().map(Recorded::frame)
          .filter(f -> f.opcode() == Opcode.DCP_MUTATION && f.isRequest())
          .forEach(f -> documents.put((int) DcpItem.Mutation.of(f).seqno(), f));
      return documents;
    }

    private void write(Frame mutation) {
      String key = mutation.keyText().replace("\0", "");
      source.write(BUCKET, vbucket, key.getBytes(UTF_8), mutation.value(), mutation.datatype());
    }

    private void step(Recorded recorded, String where) {
      Frame expected = recorded.frame();
      if (hangsOnTime(expected) || expected.opcode() == Opcode.DCP_CONTROL
          || expected.opcode() == Opcode.GET_ERROR_MAP) {
        return;
      }
      switch (recorded.direction()) {
        case RELAY_TO_CONSUMER -> consumer.give(mapped(expected));
        case RELAY_TO_PRODUCER -> producer.give(mapped(expected));
        case CONSUMER_TO_RELAY -> same(expected, consumer.sent.poll(), where);
        case PRODUCER_TO_RELAY -> same(expected, producer.sent.poll(), where);
        case CONSUMER_TO_PRODUCER -> relay(recorded, expected, consumer, producer, where);
        case PRODUCER_TO_CONSUMER -> relay(recorded, expected, producer, consumer, where);
      }
    }

    private void relay(Recorded recorded, Frame expected, TestPeer from, TestPeer to, String where) {
      List<Frame> waiting = held.computeIfAbsent(recorded.direction().name(), any -> new ArrayList<>());
      if (recorded.action() == GoldenConversation.Action.RELEASE) {
        to.give(waiting.remove(0));
        return;
      }
      Frame frame = take(expected, from);
      learn(expected, frame);
      same(expected, frame, where);
      switch (recorded.action()) {
        case PROXY -> to.give(frame);
        case HOLD -> waiting.add(frame);
        default -> {
        }
      }
    }

    /** The next frame; past others only for an answer to ADD_STREAM. */
    private static Frame take(Frame expected, TestPeer from) {
      boolean mayOvertake = expected.opcode() == Opcode.DCP_ADD_STREAM;
      for (Iterator<Frame> i = from.sent.iterator(); i.hasNext();) {
        Frame frame = i.next();
        if (mayOvertake ? frame.opcode() == expected.opcode() : frame.opcode() != Opcode.DCP_ADD_STREAM) {
          i.remove();
          return frame;
        }
      }
      return null;
    }

    private void learn(Frame expected, Frame frame) {
      if (frame != null && expected.opcode() == Opcode.DCP_STREAM_REQ && expected.isRequest() && frame.isRequest()) {
        opaques.put(expected.opaque(), frame.opaque());
      }
      if (frame != null && expected.opcode() == Opcode.DCP_STREAM_REQ && !expected.isRequest()
          && expected.status() == 0) {
        List<Dcp.FailoverEntry> theirs = Dcp.decodeFailoverLog(expected);
        List<Dcp.FailoverEntry> ours = Dcp.decodeFailoverLog(frame);
        for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
          uuids.put(theirs.get(i).uuid(), ours.get(i).uuid());
        }
      }
    }

    private Frame mapped(Frame frame) {
      return frame.withOpaque(opaques.getOrDefault(frame.opaque(), frame.opaque()));
    }

    private void same(Frame expected, Frame frame, String where) {
      assertThat(frame).as("%s: a frame like %s", where, expected).isNotNull();
      Frame wanted = mapped(expected).withCas(frame.cas());
      byte[] extras = wanted.extras().clone();
      byte[] value = wanted.value().clone();
      if (expected.opcode() == Opcode.DCP_STREAM_REQ && expected.isRequest()) {
        putUuid(extras, 24);
      } else if (expected.opcode() == Opcode.DCP_STREAM_REQ && expected.status() == 0) {
        for (int at = 0; at < value.length; at += 16) {
          putUuid(value, at);
        }
      } else if (expected.opcode() == Opcode.DCP_MUTATION && extras.length == 31) {
        // How often a document was used lately, by chance.
        extras[30] = frame.extras()[30];
      } else if (expected.opcode() == Opcode.DCP_ADD_STREAM && extras.length == 4) {
        // Reversed stream opaque.
        java.nio.ByteBuffer e = java.nio.ByteBuffer.wrap(extras);
        int opaque = Integer.reverseBytes(e.getInt(0));
        e.putInt(0, Integer.reverseBytes(opaques.getOrDefault(opaque, opaque)));
      }
      wanted = new Frame(wanted.magic(), wanted.opcode(), wanted.datatype(), wanted.vbucketOrStatus(), wanted.opaque(),
          wanted.cas(), wanted.framingExtras(), extras, wanted.key(), value);
      assertThat(text(frame)).as(where).isEqualTo(text(wanted));
    }

    private void putUuid(byte[] bytes, int at) {
      java.nio.ByteBuffer b = java.nio.ByteBuffer.wrap(bytes);
      b.putLong(at, uuids.getOrDefault(b.getLong(at), b.getLong(at)));
    }

    private static String text(Frame frame) {
      HexFormat hex = HexFormat.of();
      return frame.describe() + " type " + frame.datatype() + " extras " + hex.formatHex(frame.extras()) + " key "
          + frame.keyText() + " value " + hex.formatHex(frame.value());
    }

    private boolean hangsOnTime(Frame frame) {
      return frame.opcode() == Opcode.DCP_NOOP || frame.opcode() == Opcode.DCP_BUFFER_ACK;
    }

    /** Lets the nodes negotiate by themselves and do what is due. */
    private void settle() {
      boolean moved = true;
      while (moved) {
        moved = clock.runOneDue();
        moved |= passNegotiation(consumer, producer);
        moved |= passNegotiation(producer, consumer);
      }
    }

    private boolean passNegotiation(TestPeer from, TestPeer to) {
      Frame next = from.sent.peek();
      if (next == null
          || !(hangsOnTime(next) || next.opcode() == Opcode.DCP_CONTROL || next.opcode() == Opcode.GET_ERROR_MAP)) {
        return false;
      }
      if (next.isRequest() && !hangsOnTime(next)) {
        controlsSeen.add(control(next));
      }
      from.sent.poll();
      to.give(next);
      return true;
    }
  }
}
