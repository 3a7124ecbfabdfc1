package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultsTest {
  private static final int VB = RelayedPair.VB;

  private static RelayedPair pair() {
    return new RelayedPair(NodeVersion.V7_6).states(VBucketState.ACTIVE, VBucketState.REPLICA).documents(3);
  }

  private static void takeOver(RelayedPair pair) {
    pair.seen.clear();
    pair.addStream(true);
    pair.settle();
  }

  /** This relay passes everything on; so after REQUEST_AND_FORGET the refusal of the forgotten stream counts as consent (T6, T26). */
  @ParameterizedTest
  @CsvSource({
    "REQUEST_AFTER_STREAM_REQ, A=active B=replica, C>P:RETRY_REQUEST[block]",
    "REQUEST_BEFORE_PENDING, A=active B=replica, C>P:RETRY_REQUEST[block]",
    "REQUEST_AFTER_PENDING, A=dead B=pending, C>P:RETRY_REQUEST[block]",
    "REQUEST_BEFORE_ACTIVE, A=dead B=pending, C>P:RETRY_REQUEST[block]",
    "REQUEST_AFTER_ACTIVE, A=dead B=active, C>P:RETRY_REQUEST[block]",
    "REQUEST_AND_FORGET, A=dead B=replica, C>P:RETRY_REQUEST[block]",
    "ADD_STREAM_ETMPFAIL, A=active B=replica, C>P:ADD_STREAM->ETMPFAIL[block]",
    "ADD_STREAM_EBUSY, A=active B=replica, C>P:ADD_STREAM->EBUSY[block]",
    "ADD_STREAM_ENOMEM, A=active B=replica, C>P:ADD_STREAM->ENOMEM[block]",
    "DROP_CONNECTION_BEFORE_PENDING, A=active B=replica, [CONSUMER CONNECTION CLOSED BY THE NODE]",
    "DROP_CONNECTION_BEFORE_ACTIVE, A=dead B=pending, [CONSUMER CONNECTION CLOSED BY THE NODE]"})
  void a_destination_asks_for_a_retry_at_each_point(RetryWay way, String states, String sign) {
    RelayedPair pair = pair();
    pair.b.faults().retryTakeover(VB, way);
    takeOver(pair);
    assertThat(pair.states()).isEqualTo(states);
    assertThat(pair.seen).contains(sign);
    assertThat(pair.b.faults().retriesAsked()).isEqualTo(1);
  }

  @Test
  void a_refused_state_is_not_entered() {
    RelayedPair pair = pair();
    pair.b.faults().retryTakeover(VB, RetryWay.REFUSE_PENDING);
    pair.swallow("C>P:SET_VBUCKET_STATE->ETMPFAIL"::equals);
    takeOver(pair);
    assertThat(pair.states()).isEqualTo("A=active B=replica");
    assertThat(pair.seen).contains("C>P:SET_VBUCKET_STATE->ETMPFAIL[drop]");
  }

  @Test
  void a_source_ends_the_stream_before_the_destination_is_active() {
    RelayedPair pair = pair();
    pair.a.faults().retryTakeover(VB, RetryWay.END_BEFORE_PENDING, RetryWay.END_BEFORE_ACTIVE);
    takeOver(pair);
    assertThat(pair.seen).endsWith("P>C:STREAM_END(flags=5 BACKFILL_FAILED)");
    assertThat(pair.states()).isEqualTo("A=active B=replica");
    takeOver(pair);
    assertThat(pair.seen).endsWith("P>C:STREAM_END(flags=3 DISCONNECTED)");
    assertThat(pair.states()).isEqualTo("A=dead B=pending");
  }

  @Test
  void a_share_of_takeovers_is_chosen_by_the_seed() {
    RelayedPair pair = pair();
    NodeFaults faults = pair.b.faults();
    List<RetryWay.Point> points = List.of(RetryWay.Point.values());
    faults.shareOfTakeoversToRetry(0.3, 2, 42);
    long asked = 0;
    for (int vb = 0; vb < 1000; vb++) {
      for (RetryWay.Point point : points) {
        asked += faults.retry("default", vb, point) != null ? 1 : 0;
      }
    }
    assertThat(asked).isBetween(250L, 600L);
    faults.shareOfTakeoversToRetry(0.3, 2, 42);
    long again = 0;
    for (int vb = 0; vb < 1000; vb++) {
      for (RetryWay.Point point : points) {
        again += faults.retry("default", vb, point) != null ? 1 : 0;
      }
    }
    assertThat(again).isEqualTo(asked);
  }

  @Test
  void the_next_takeover_of_a_vbucket_is_chosen_anew_when_one_is_complete() {
    RelayedPair pair = pair();
    NodeFaults faults = pair.b.faults();
    faults.shareOfTakeoversToRetry(1, 1, 42);
    for (int attempt = 0; attempt < 2; attempt++) {
      takeOver(pair);
    }
    assertThat(pair.states()).isEqualTo("A=dead B=active");
    assertThat(faults.retriesAsked()).isEqualTo(1);

    assertThat(RetryWay.Point.values()).filteredOn(point -> faults.retry("default", VB, point) != null).hasSize(1);
  }

  @Test
  void of_vbuckets_that_come_again_others_are_chosen_by_the_same_seed() {
    NodeFaults faults = pair().b.faults();
    faults.shareOfTakeoversToRetry(0.3, 1, 42);

    List<Integer> first = chosen(faults);
    IntStream.range(0, 1000).forEach(vb -> faults.takenOver("default", vb));
    List<Integer> second = chosen(faults);

    assertThat(first).hasSizeBetween(200, 400);
    assertThat(second).hasSizeBetween(200, 400).isNotEqualTo(first);
    faults.shareOfTakeoversToRetry(0.3, 1, 42);
    assertThat(chosen(faults)).isEqualTo(first);
  }

  private static List<Integer> chosen(NodeFaults faults) {
    return IntStream.range(0, 1000).boxed()
        .filter(vb -> Stream.of(RetryWay.Point.values()).anyMatch(point -> faults.retry("default", vb, point) != null))
        .toList();
  }

  @Test
  void a_frame_is_held_in_one_attempt_and_released_later() {
    RelayedPair pair = pair();
    pair.b.faults()
        .add(FaultRule.sentAnswer(Opcode.DCP_ADD_STREAM, new FaultAction.Hold("as")).ofVBucket(VB).inAttempt(1));
    takeOver(pair);
    assertThat(pair.states()).isEqualTo("A=dead B=active");
    assertThat(pair.seen).doesNotContain("C>P:ADD_STREAM->SUCCESS[block]").endsWith("P>C:STREAM_END(flags=0 OK)");
    assertThat(pair.b.faults().release("as")).isEqualTo(1);
    pair.settle();
    assertThat(pair.seen).endsWith("C>P:ADD_STREAM->SUCCESS[block]");
  }

  @Test
  void rules_know_which_state_a_frame_and_its_answer_are_about() {
    RelayedPair pair = pair();
    pair.b.faults().add(FaultRule.received(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.AskRetry(1, false))
        .about(VBucketState.ACTIVE));
    pair.b.faults()
        .add(FaultRule.sentAnswer(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.Drop()).about(VBucketState.ACTIVE));
    takeOver(pair);
    assertThat(pair.states()).isEqualTo("A=dead B=active");
    assertThat(pair.seen).contains("C>P:RETRY_REQUEST[block]").endsWith("C>P:RETRY_REQUEST[block]");
  }

  @Test
  void frames_are_answered_delayed_duplicated_and_streams_ended() {
    RelayedPair pair = pair();
    pair.a.faults().add(FaultRule.received(Opcode.DCP_STREAM_REQ, new FaultAction.Answer(Status.ENOMEM)));
    takeOver(pair);
    assertThat(pair.seen).endsWith("P>C:STREAM_REQ->ENOMEM", "C>P:ADD_STREAM->ENOMEM[block]");

    pair.a.faults().add(FaultRule.sentAnswer(Opcode.DCP_STREAM_REQ, new FaultAction.Delay(Duration.ofMillis(50))));
    pair.addStream(false);
    pair.settle();
    assertThat(pair.b.documents(RelayedPair.BUCKET, VB)).isZero();
    pair.toConsumer(new Dcp.CloseStream(VB, 1).toFrame());
    pair.a.faults().add(FaultRule.sentAnswer(Opcode.DCP_CLOSE_STREAM, new FaultAction.Duplicate()));
    pair.toProducer(new Dcp.CloseStream(VB, 1).toFrame());
    pair.seen.clear();
    pair.settle();
    assertThat(pair.seen).contains("P>C:CLOSE_STREAM->SUCCESS[block]", "P>C:CLOSE_STREAM->SUCCESS[block]");

    pair.a.faults().add(FaultRule.receivedAnswer(Opcode.DCP_SET_VBUCKET_STATE,
        new FaultAction.EndStream(StreamEndReason.TOO_SLOW)).about(VBucketState.PENDING));
    pair.a.faults().add(FaultRule.received(Opcode.DCP_BUFFER_ACK, new FaultAction.StopReading()));
    takeOver(pair);
    assertThat(pair.seen).endsWith("P>C:STREAM_END(flags=4 TOO_SLOW)");
    assertThat(pair.states()).isEqualTo("A=active B=pending");
  }

  @Test
  void a_node_dies_at_a_frame_and_comes_back_with_or_without_its_data() {
    RelayedPair pair = pair();
    pair.a.faults()
        .add(FaultRule.sent(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.Run(pair.a::die)).about(VBucketState.ACTIVE));
    takeOver(pair);
    assertThat(pair.producer.closed).isTrue();
    assertThat(pair.states()).isEqualTo("A=dead B=pending");
    pair.a.restart(true);
    assertThat(pair.a.documents(RelayedPair.BUCKET, VB)).isEqualTo(3);
    pair.a.die();
    pair.a.restart(false);
    assertThat(pair.states()).isEqualTo("A=none B=pending");
  }
}
