package io.vbucket.rebalance.testkit.races;

import static io.vbucket.rebalance.testkit.races.Bout.OTHER;
import static io.vbucket.rebalance.testkit.races.Bout.VBUCKET;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.RetryWay;
import java.io.IOException;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The race catalogue over real sockets, with clients at work. What holds in every race is checked by the {@link Bout}. */
class RacesOnSocketsTest {

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void an_undisturbed_rebalance_moves_everything_in_one_attempt(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(summary.attempts()).containsExactly(java.util.Map.entry(1, 2));
      assertThat(summary.residue()).isEmpty();
      bout.assertMoved(VBUCKET);
      bout.assertMoved(OTHER);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, V6_0", "3, V6_0", "10, V6_0", "1, V7_6", "3, V7_6", "10, V7_6"})
  void T1_n_retries_asked_are_followed_by_the_takeover(int retries, NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version, "rebalance.takeover.max-attempts = 11")) {
      RetryWay[] ways = Collections.nCopies(retries, RetryWay.REQUEST_BEFORE_PENDING).toArray(RetryWay[]::new);
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, ways));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(retries + 1);
      assertThat(bout.attemptsOf(OTHER)).as("the other vBucket is not disturbed").isEqualTo(1);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T2_a_destination_that_asks_for_ever_is_given_up_and_undone(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      RetryWay[] ways = Collections.nCopies(50, RetryWay.REQUEST_BEFORE_ACTIVE).toArray(RetryWay[]::new);
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, ways));

      RebalanceSummary summary = bout.run();

      assertThat(summary.unmoved()).singleElement().asString().contains("CONSUMER_ASKED");
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(5);
      bout.assertUnmoved(VBUCKET);
      bout.assertMoved(OTHER);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DCP_ADD_STREAM, V6_0", "DCP_STREAM_REQ, V6_0", "DCP_SET_VBUCKET_STATE, V6_0", "DCP_ADD_STREAM, V7_6",
    "DCP_STREAM_REQ, V7_6",
    "DCP_SET_VBUCKET_STATE, V7_6"})
  void T3_the_STREAM_END_of_the_first_attempt_is_held_back_into_the_second(String until, NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_AFTER_STREAM_REQ));
      bout.source().run(node -> {
        // Stream 1 is the replica stream, 2 the first attempt, 3 the second.
        node.faults().add(FaultRule
            .sent(Opcode.DCP_STREAM_END, new FaultAction.Hold("late")).ofVBucket(VBUCKET).inAttempt(2));
        Runnable release = () -> node.faults().release("late");
        switch (until) {
          case "DCP_ADD_STREAM", "DCP_STREAM_REQ" -> node.faults().add(FaultRule
              .received(Opcode.DCP_STREAM_REQ, new FaultAction.Run(release)).ofVBucket(VBUCKET).inAttempt(3));
          default -> node.faults().add(FaultRule
              .sent(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.Run(release)).ofVBucket(VBUCKET).inAttempt(3));
        }
      });

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(2);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T4_a_STREAM_END_that_never_comes_costs_one_bounded_wait(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.source().run(node -> node.faults()
          .add(FaultRule.sent(Opcode.DCP_STREAM_END, new FaultAction.Drop()).ofVBucket(VBUCKET).inAttempt(2)));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T6_a_consumer_that_cleaned_up_only_its_own_side_is_retried_without_a_collision(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_AND_FORGET));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(2);
      assertThat(bout.events).noneMatch(event -> event instanceof RebalanceEvent.AttemptFailed failed
          && failed.reason() == FailureReason.ALREADY_STREAMING);
    }
  }

  @ParameterizedTest
  @CsvSource({"source, V6_0", "destination, V6_0", "source, V7_6", "destination, V7_6"})
  void T7_a_node_that_never_answers_CLOSE_STREAM_costs_the_link_and_the_move_succeeds(String silent,
      NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_BEFORE_PENDING));
      (silent.equals("source") ? bout.source() : bout.destination()).run(node -> node.faults()
          .add(FaultRule.received(Opcode.DCP_CLOSE_STREAM, new FaultAction.Drop()).ofVBucket(VBUCKET).inAttempt(2)));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @CsvSource({"REQUEST_AFTER_PENDING, V6_0", "REQUEST_BEFORE_ACTIVE, V6_0", "REQUEST_AFTER_PENDING, V7_6",
    "REQUEST_BEFORE_ACTIVE, V7_6"})
  void T8_a_retry_asked_when_the_source_is_dead_makes_it_active_again_first(RetryWay way, NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, way));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(2);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T9_a_retry_asked_too_late_is_refused_and_the_move_completes(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_AFTER_ACTIVE));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(1);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T10_the_same_retry_asked_twice_restarts_once(NodeVersion version) throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> {
        node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_BEFORE_PENDING);
        node.faults().add(FaultRule.sent(Opcode.DCP_RETRY_REQUEST, new FaultAction.Duplicate()).ofVBucket(VBUCKET));
      });

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T11_the_answer_to_ADD_STREAM_comes_last_of_all(NodeVersion version) throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> {
        node.faults().add(FaultRule
            .sentAnswer(Opcode.DCP_ADD_STREAM, new FaultAction.Hold("last")).ofVBucket(VBUCKET).inAttempt(2));
        node.faults().add(FaultRule
            .received(Opcode.DCP_STREAM_END, new FaultAction.Run(() -> node.faults().release("last")))
            .ofVBucket(VBUCKET));
      });

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(1);
      assertThat(bout.events)
          .filteredOn(event -> event instanceof RebalanceEvent.MoveEnded ended && ended.vbucket() == VBUCKET)
          .hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"PENDING, V6_0", "ACTIVE, V6_0", "PENDING, V7_6", "ACTIVE, V7_6"})
  void T26_a_refused_state_is_never_passed_on_as_consent(VBucketState state, NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(
          VBUCKET, state == VBucketState.PENDING ? RetryWay.REFUSE_PENDING : RetryWay.REFUSE_ACTIVE));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(2);
      assertThat(bout.events).anyMatch(event -> event instanceof RebalanceEvent.AttemptFailed failed
          && failed.reason() == FailureReason.STATE_REFUSED);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DROP_CONNECTION_BEFORE_PENDING, V6_0", "DROP_CONNECTION_BEFORE_ACTIVE, V6_0",
    "DROP_CONNECTION_BEFORE_PENDING, V7_6",
    "DROP_CONNECTION_BEFORE_ACTIVE, V7_6"})
  void T16_T27_a_connection_lost_in_mid_takeover_is_made_good_on_a_new_link(RetryWay way, NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, way));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      bout.assertMoved(VBUCKET);
      bout.assertMoved(OTHER);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T19_the_answer_to_active_is_lost_with_its_socket_and_found_in_the_states(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().add(FaultRule
          .sentAnswer(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.CloseConnection())
          .about(VBucketState.ACTIVE).ofVBucket(VBUCKET)));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(1);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T28_frames_of_a_closed_stream_never_reach_the_node_that_would_drop_the_connection(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_AFTER_STREAM_REQ));
      bout.source().run(node -> node.faults().add(FaultRule
          .sent(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.Delay(java.time.Duration.ofMillis(50)))
          .ofVBucket(VBUCKET).inAttempt(2)));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.events).noneMatch(
          event -> event instanceof RebalanceEvent.AttemptFailed failed && failed.reason() == FailureReason.LINK_LOST);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T29_the_answer_to_the_first_ADD_STREAM_comes_after_the_second_was_sent(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> {
        node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_AFTER_STREAM_REQ);
        node.faults().add(FaultRule
            .sentAnswer(Opcode.DCP_ADD_STREAM, new FaultAction.Hold("first")).ofVBucket(VBUCKET).inAttempt(2));
        node.faults().add(FaultRule
            .received(Opcode.DCP_ADD_STREAM, new FaultAction.Run(() -> node.faults().release("first")))
            .ofVBucket(VBUCKET).inAttempt(3));
      });

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"REPLICA", "DEAD"})
  void T30_nothing_is_moved_from_a_source_that_is_not_active(VBucketState state)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(NodeVersion.V6_0)) {
      // Between the survey and the move: somebody else changes the state when the first question about it comes.
      bout.source().run(node -> node.faults().add(FaultRule.received(
          Opcode.GET_VBUCKET,
          new FaultAction.Run(() -> node.setState("default", VBUCKET, state))).ofVBucket(VBUCKET)));

      var end = bout.begin();
      end.thenRun(() -> bout.source().run(node -> node.setState("default", VBUCKET, VBucketState.ACTIVE)));
      RebalanceSummary summary = bout.settle(end);

      assertThat(summary.unmoved()).singleElement().asString().contains("SOURCE_NOT_ACTIVE");
      assertThat(bout.attemptsOf(VBUCKET)).isZero();
      bout.assertMoved(OTHER);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T34_an_answer_that_comes_twice_is_passed_on_once(NodeVersion version) throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> node.faults().add(
          FaultRule.sentAnswer(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.Duplicate()).ofVBucket(VBUCKET).always()));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(1);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T35_a_destination_whose_copy_died_meanwhile_is_prepared_anew_and_never_hangs(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.destination().run(node -> {
        node.faults().retryTakeover(VBUCKET, RetryWay.REQUEST_AFTER_STREAM_REQ);
        node.faults().add(FaultRule.sent(
            Opcode.DCP_RETRY_REQUEST,
            new FaultAction.Run(() -> node.setState("default", VBUCKET, VBucketState.DEAD))).ofVBucket(VBUCKET));
      });

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T36_the_producers_socket_closes_twice_while_active_is_on_its_way(NodeVersion version)
      throws IOException, InterruptedException {
    try (Bout bout = new Bout(version)) {
      bout.source().run(node -> node.faults().add(FaultRule
          .sent(Opcode.DCP_SET_VBUCKET_STATE, new FaultAction.CloseConnection())
          .about(VBucketState.ACTIVE).ofVBucket(VBUCKET).times(2)));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(3);
      bout.assertMoved(VBUCKET);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Status.EINVAL, Status.EACCESS, Status.UNKNOWN_COMMAND})
  void an_ADD_STREAM_that_is_refused_for_good_is_not_retried(int status) throws IOException, InterruptedException {
    try (Bout bout = new Bout(NodeVersion.V7_6)) {
      bout.destination().run(node -> node.faults().add(FaultRule
          .received(Opcode.DCP_ADD_STREAM, new FaultAction.Answer(status)).ofVBucket(VBUCKET).inAttempt(2)));

      RebalanceSummary summary = bout.run();

      assertThat(summary.unmoved()).singleElement().asString().contains("ADD_STREAM_REFUSED");
      assertThat(bout.attemptsOf(VBUCKET)).isEqualTo(1);
      bout.assertUnmoved(VBUCKET);
    }
  }

  @Test
  void all_ways_of_asking_for_a_retry_one_after_the_other() throws IOException, InterruptedException {
    try (Bout bout = new Bout(NodeVersion.V7_6, "rebalance.takeover.max-attempts = 20")) {
      bout.destination()
          .run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.OF_DESTINATION.toArray(RetryWay[]::new)));
      bout.source()
          .run(node -> node.faults().retryTakeover(VBUCKET, RetryWay.END_BEFORE_PENDING, RetryWay.END_BEFORE_ACTIVE));

      RebalanceSummary summary = bout.run();

      assertThat(summary.isComplete()).isTrue();
      // Both nodes may spoil the same attempt.
      assertThat(bout.attemptsOf(VBUCKET)).isGreaterThan(RetryWay.OF_DESTINATION.size());
      bout.assertMoved(VBUCKET);
    }
  }
}
