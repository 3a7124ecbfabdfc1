package io.vbucket.rebalance.testkit.recorded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.protocol.golden.GoldenConversation;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordedTakeoversTest {
  /** How many attempts a takeover takes by our rules, by the number of the conversation; none where the recording has none. */
  private static final Map<String, Integer> ATTEMPTS = Map.of("01", 1, "02", 1, "03", 1, "04", 2, "06", 1, "07", 2,
      "08", 2, "09", 1);

  static Stream<GoldenConversation> all() {
    return GoldenConversation.all();
  }

  private static String number(GoldenConversation conversation) {
    return conversation.name().substring(0, 2);
  }

  private static String recordedEnd(GoldenConversation conversation) {
    return conversation.lines().stream().filter(GoldenConversation.Comment.class::isInstance)
        .map(line -> ((GoldenConversation.Comment) line).text()).filter(text -> text.startsWith("states: "))
        .reduce((first, last) -> last).orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("all")
  void the_rules_come_to_the_recorded_end(GoldenConversation conversation) {
    RecordedTakeover takeover = new RecordedTakeover(conversation).run();

    assertThat(takeover.states()).isEqualTo(recordedEnd(conversation));
    Integer attempts = ATTEMPTS.get(number(conversation));
    if (attempts != null) {
      assertThat(takeover.reports).last().isEqualTo(new StreamReport.TakenOver(attempts));
      assertThat(takeover.gate.shut()).isTrue();
      assertThat(takeover.neverDue()).as("frames whose cause our rules do not give").isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.0", "7.6"})
  void a_stream_is_never_added_over_a_live_one(String version) {
    RecordedTakeover takeover = new RecordedTakeover(GoldenConversation.load(version, 5)).run();

    assertThat(takeover.reports).containsExactly(new StreamReport.Replicating());
    assertThat(takeover.gate.shut()).as("the live stream is unharmed").isFalse();
    assertThatThrownBy(() -> takeover.gate.open(2, true)).isInstanceOf(IllegalStateException.class);
    assertThat(takeover.neverDue()).as("the ADD_STREAM that we do not write, and its refusal")
        .extracting(Frame::opcode).containsExactly(Opcode.DCP_ADD_STREAM, Opcode.DCP_ADD_STREAM);
  }

  @ParameterizedTest
  @CsvSource({"6.0, 7", "7.6, 7", "6.0, 8", "7.6, 8", "6.0, 10", "7.6, 10"})
  void a_retry_is_reported_after_all_is_made_good(String version, int number) {
    RecordedTakeover takeover = new RecordedTakeover(GoldenConversation.load(version, number)).run();

    assertThat(takeover.reports).anySatisfy(report -> {
      assertThat(report).isInstanceOf(StreamReport.Failed.class);
      assertThat(((StreamReport.Failed) report).reason()).isEqualTo(FailureReason.CONSUMER_ASKED);
    });
  }

  /** In conversation 09 the relay turns the consumer's consent into a refusal, and the producer does not care. */
  @Test
  void a_refusal_would_not_have_passed_in_conversation_09() {
    Frame refusal = GoldenConversation.load("6.0", 9).frames().stream()
        .filter(recorded -> recorded.direction() == GoldenConversation.Direction.RELAY_TO_PRODUCER)
        .map(GoldenConversation.Recorded::frame).filter(frame -> frame.opcode() == Opcode.DCP_SET_VBUCKET_STATE)
        .findFirst().orElseThrow();
    StreamGate gate = StreamGate.CLOSED.open(1, true).streamRequested(refusal.opaque()).next()
        .streamRequestAnswered(refusal.opaque(), Status.SUCCESS).next()
        .stateAsked(refusal.opaque(), VBucketState.PENDING).next();

    StreamGate.Ruling ruling = gate.stateAnswered(refusal.opaque(), refusal.status());

    assertThat(ruling.verdict()).isEqualTo(StreamGate.Verdict.DROP);
    assertThat(ruling.next().shut()).isTrue();
  }
}
