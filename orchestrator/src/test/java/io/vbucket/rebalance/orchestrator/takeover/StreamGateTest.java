package io.vbucket.rebalance.orchestrator.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Ruling;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Verdict;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamGateTest {
  private static final int OPAQUE = 0x0b000000;

  /** A gate whose takeover has come to {@code progress}. */
  private static StreamGate at(Progress progress) {
    StreamGate gate = StreamGate.CLOSED.open(1, true);
    if (progress.atLeast(Progress.REQUESTED)) {
      gate = gate.streamRequested(OPAQUE).next();
    }
    if (progress.atLeast(Progress.STREAMING)) {
      gate = gate.streamRequestAnswered(OPAQUE, Status.SUCCESS).next();
    }
    if (progress.atLeast(Progress.PENDING_ASKED)) {
      gate = gate.stateAsked(OPAQUE, VBucketState.PENDING).next();
    }
    if (progress.atLeast(Progress.PENDING_CONFIRMED)) {
      gate = gate.stateAnswered(OPAQUE, Status.SUCCESS).next();
    }
    if (progress.atLeast(Progress.ACTIVE_ASKED)) {
      gate = gate.stateAsked(OPAQUE, VBucketState.ACTIVE).next();
    }
    if (progress.atLeast(Progress.ACTIVE_CONFIRMED)) {
      gate = gate.stateAnswered(OPAQUE, Status.SUCCESS).next();
    }
    if (progress.atLeast(Progress.ENDED)) {
      gate = gate.streamEnded(OPAQUE, StreamEndReason.OK).next();
    }
    assertThat(gate.progress()).isEqualTo(progress);
    return gate;
  }

  @ParameterizedTest
  @EnumSource(Progress.class)
  void data_passes_only_while_the_stream_flows(Progress progress) {
    boolean flows = progress.atLeast(Progress.STREAMING) && progress != Progress.ENDED;
    assertThat(at(progress).admits(OPAQUE)).isEqualTo(flows);
    assertThat(at(progress).admits(0)).isFalse();
    assertThat(at(progress).fence().admits(OPAQUE)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(value = Progress.class, names = "ENDED", mode = EnumSource.Mode.EXCLUDE)
  void i5_a_gate_is_not_opened_over_an_open_one_nor_for_an_old_generation(Progress progress) {
    assertThatThrownBy(() -> at(progress).open(2, true)).isInstanceOf(IllegalStateException.class);
    StreamGate fenced = at(progress).fence();
    assertThatThrownBy(() -> fenced.open(1, true)).isInstanceOf(IllegalStateException.class);
    assertThat(fenced.open(2, true).progress()).isEqualTo(Progress.ADDED);
  }

  @ParameterizedTest
  @EnumSource(Progress.class)
  void fencing_keeps_how_far_the_stream_got(Progress progress) {
    assertThat(at(progress).fence().progress()).isEqualTo(progress);
    assertThat(at(progress).fence().fence()).isEqualTo(at(progress).fence());
  }

  @Test
  void t21_a_second_request_passes_only_after_a_rollback_and_only_with_the_same_opaque() {
    StreamGate requested = at(Progress.REQUESTED);
    assertThat(requested.streamRequested(OPAQUE).verdict()).isEqualTo(Verdict.DROP);
    StreamGate rolledBack = requested.streamRequestAnswered(OPAQUE, Status.ROLLBACK).next();
    assertThat(rolledBack.streamRequested(OPAQUE + 1).verdict()).isEqualTo(Verdict.DROP);
    Ruling second = rolledBack.streamRequested(OPAQUE);
    assertThat(second.verdict()).isEqualTo(Verdict.FORWARD);
    assertThat(second.report()).isNull();
    assertThat(second.next().streamRequestAnswered(OPAQUE, Status.SUCCESS).report())
        .isEqualTo(new GateReport.Accepted(1));
  }

  @Test
  void a_refused_request_is_passed_on_and_reported() {
    Ruling refused = at(Progress.REQUESTED).streamRequestAnswered(OPAQUE, Status.NOT_MY_VBUCKET);
    assertThat(refused.verdict()).isEqualTo(Verdict.FORWARD);
    assertThat(refused.report()).isEqualTo(new GateReport.Refused(1, Status.NOT_MY_VBUCKET));
  }

  @Test
  void the_answer_to_a_stream_request_passes_once() {
    assertThat(at(Progress.STREAMING).streamRequestAnswered(OPAQUE, Status.SUCCESS).verdict()).isEqualTo(Verdict.DROP);
    assertThat(at(Progress.ADDED).streamRequestAnswered(0, Status.SUCCESS).verdict()).isEqualTo(Verdict.DROP);
  }

  @Test
  void a_replica_stream_changes_no_state() {
    StreamGate replica = StreamGate.CLOSED.open(1, false).streamRequested(OPAQUE).next()
        .streamRequestAnswered(OPAQUE, Status.SUCCESS).next();
    Ruling ruling = replica.stateAsked(OPAQUE, VBucketState.PENDING);
    assertThat(ruling.verdict()).isEqualTo(Verdict.DROP);
    assertThat(ruling.report()).isInstanceOf(GateReport.Violated.class);
    assertThat(ruling.next().shut()).isTrue();
    assertThat(replica.retryAsked(OPAQUE, 1).replyStatus()).isEqualTo(Status.KEY_ENOENT);
  }

  @Test
  void t9_t10_what_a_retry_request_is_answered() {
    assertThat(at(Progress.ADDED).retryAsked(0, 1).replyStatus()).isEqualTo(Status.KEY_ENOENT);
    assertThat(at(Progress.STREAMING).retryAsked(OPAQUE + 1, 1).replyStatus()).isEqualTo(Status.KEY_ENOENT);
    Ruling heard = at(Progress.ACTIVE_ASKED).retryAsked(OPAQUE, 9);
    assertThat(heard.replyStatus()).isEqualTo(Status.SUCCESS);
    assertThat(heard.report()).isEqualTo(new GateReport.RetryAsked(1, 9));
    Ruling again = heard.next().retryAsked(OPAQUE, 9);
    assertThat(again.replyStatus()).isEqualTo(Status.SUCCESS);
    assertThat(again.report()).isNull();
    assertThat(at(Progress.ACTIVE_CONFIRMED).retryAsked(OPAQUE, 1).replyStatus()).isEqualTo(Status.KEY_EEXISTS);
    assertThat(at(Progress.ENDED).retryAsked(OPAQUE, 1).replyStatus()).isEqualTo(Status.KEY_EEXISTS);
  }

  /** Anything that can happen to a gate. */
  private enum Happening {
    REQUEST,
    ACCEPT,
    ROLL_BACK,
    ASK_PENDING,
    ASK_ACTIVE,
    CONSENT,
    REFUSE,
    END,
    RETRY,
    FENCE
  }

  private static Ruling rule(StreamGate gate, Happening what) {
    return switch (what) {
      case REQUEST -> gate.streamRequested(OPAQUE);
      case ACCEPT -> gate.streamRequestAnswered(OPAQUE, Status.SUCCESS);
      case ROLL_BACK -> gate.streamRequestAnswered(OPAQUE, Status.ROLLBACK);
      case ASK_PENDING -> gate.stateAsked(OPAQUE, VBucketState.PENDING);
      case ASK_ACTIVE -> gate.stateAsked(OPAQUE, VBucketState.ACTIVE);
      case CONSENT -> gate.stateAnswered(OPAQUE, Status.SUCCESS);
      case REFUSE -> gate.stateAnswered(OPAQUE, Status.ETMPFAIL);
      case END -> gate.streamEnded(OPAQUE, StreamEndReason.OK);
      case RETRY -> gate.retryAsked(OPAQUE, 1);
      case FENCE -> new Ruling(gate.fence(), Verdict.DROP, Ruling.NO_REPLY, null);
    };
  }

  @Provide
  Arbitrary<List<Happening>> happenings() {
    return Arbitraries.of(Happening.class).list().ofMaxSize(40);
  }

  @Property(tries = 2000)
  void whatever_happens_a_shut_gate_lets_nothing_pass_and_progress_never_shrinks(
      @ForAll("happenings") List<Happening> happenings) {
    StreamGate gate = StreamGate.CLOSED.open(1, true);
    for (Happening what : happenings) {
      Ruling ruling = rule(gate, what);
      if (gate.shut()) {
        assertThat(ruling.verdict()).isEqualTo(Verdict.DROP);
        assertThat(ruling.next()).isEqualTo(gate);
      }
      assertThat(ruling.next().progress().atLeast(gate.progress())).isTrue();
      gate = ruling.next();
    }
  }

  @Property(tries = 2000)
  void t34_t26_consents_that_pass_never_outnumber_the_requests_that_passed(
      @ForAll("happenings") List<Happening> happenings) {
    StreamGate gate = StreamGate.CLOSED.open(1, true);
    List<Happening> passed = new ArrayList<>();
    for (Happening what : happenings) {
      Ruling ruling = rule(gate, what);
      if (ruling.verdict() == Verdict.FORWARD) {
        passed.add(what);
      }
      gate = ruling.next();
      long asked = passed.stream().filter(h -> h == Happening.ASK_PENDING || h == Happening.ASK_ACTIVE).count();
      assertThat(passed.stream().filter(h -> h == Happening.CONSENT).count()).isLessThanOrEqualTo(asked);
      assertThat(passed).doesNotContain(Happening.REFUSE, Happening.RETRY);
    }
  }
}
