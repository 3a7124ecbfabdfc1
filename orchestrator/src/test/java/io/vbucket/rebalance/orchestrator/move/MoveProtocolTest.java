package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps of a move on the pure core. */
class MoveProtocolTest {
  private static final int MAX_ATTEMPTS = 3;

  private MoveProtocol protocol = MoveProtocol.initial(
      new Move("travel", 7, "a", "b"), new MoveProtocol.Limits(MAX_ATTEMPTS, 1000));
  private final List<MoveEffect> effects = new ArrayList<>();
  private CopyState source = CopyState.ACTIVE;
  private CopyState destination = CopyState.ABSENT;

  private void happens(MoveEvent event) {
    MoveProtocol.Step step = protocol.on(event);
    protocol = step.next();
    effects.addAll(step.effects());
  }

  private void statesRead() {
    happens(new MoveEvent.StatesRead(protocol.question(), Map.of("a", source, "b", destination)));
  }

  private void taskDone(String node, boolean done, String detail) {
    happens(new MoveEvent.TaskDone(protocol.question(), node, done, detail));
  }

  private List<CopyTask> tasks() {
    return effects.stream()
        .filter(MoveEffect.Perform.class::isInstance)
        .map(perform -> ((MoveEffect.Perform) perform).task())
        .toList();
  }

  private void streamed(StreamReport report) {
    happens(new MoveEvent.Streamed("b", report));
  }

  private void filled() {
    happens(new MoveEvent.Begin());
    statesRead();
    destination = CopyState.REPLICA;
    taskDone("b", true, "");
    streamed(new StreamReport.Replicating());
    happens(new MoveEvent.BackfillRead(protocol.question(), "b", true, 10));
    happens(new MoveEvent.Persisted(protocol.question(), "b", true, ""));
  }

  /** The new map is known, and the destination is seen to be active. */
  private void committed() {
    happens(new MoveEvent.Committed(protocol.question(), true, ""));
    destination = CopyState.ACTIVE;
    statesRead();
  }

  private void attemptFails(FailureReason reason) {
    streamed(new StreamReport.Failed(protocol.attempts(), reason, "why", destination));
  }

  private MoveOutcome outcome() {
    List<MoveOutcome> outcomes = effects.stream()
        .filter(MoveEffect.Finish.class::isInstance)
        .map(finish -> ((MoveEffect.Finish) finish).outcome())
        .toList();
    assertThat(outcomes).as("told exactly once").hasSize(1);
    return outcomes.get(0);
  }

  private List<MovePhase> phases() {
    return effects.stream()
        .filter(MoveEffect.Entered.class::isInstance)
        .map(entered -> ((MoveEffect.Entered) entered).phase())
        .toList();
  }

  @Test
  void a_move_without_trouble_commits_the_map_before_anything_is_deleted() {
    filled();
    streamed(new StreamReport.TakenOver(1));
    assertThat(tasks()).doesNotContain(new CopyTask(CopyTask.Kind.REMOVE, "a"));
    committed();
    taskDone("a", true, "");

    assertThat(outcome()).isEqualTo(new MoveOutcome.Moved(1, ""));
    assertThat(phases())
        .containsExactly(
            MovePhase.PREPARE,
            MovePhase.BACKFILL,
            MovePhase.PERSIST,
            MovePhase.TAKEOVER,
            MovePhase.COMMIT,
            MovePhase.CLEAN_UP);
  }

  @Test
  void the_backfill_is_looked_at_until_little_is_left() {
    happens(new MoveEvent.Begin());
    statesRead();
    taskDone("b", true, "");
    streamed(new StreamReport.Replicating());
    for (long left : new long[] {5000, 2000, 1000}) {
      happens(new MoveEvent.BackfillRead(protocol.question(), "b", true, left));
      happens(new MoveEvent.TimedOut(Timer.POLL, "b"));
    }
    assertThat(effects).noneMatch(MoveEffect.AwaitPersistence.class::isInstance);

    happens(new MoveEvent.BackfillRead(protocol.question(), "b", true, 999));

    assertThat(effects).anyMatch(MoveEffect.AwaitPersistence.class::isInstance);
  }

  @Test
  void a_retried_attempt_backs_off_and_is_followed_by_the_next_without_a_new_filling() {
    filled();
    attemptFails(FailureReason.CONSUMER_ASKED);
    assertThat(effects).contains(new MoveEffect.StartTimer(Timer.BACK_OFF, "", 1));

    happens(new MoveEvent.TimedOut(Timer.BACK_OFF, ""));

    assertThat(effects).endsWith(new MoveEffect.Command("b", new TakeoverEvent.TakeOver(2)));
  }

  @ParameterizedTest
  @EnumSource(value = CopyState.class, names = {"DEAD", "ABSENT"})
  void T35_a_destination_that_lost_its_copy_is_prepared_and_filled_anew(CopyState lost) {
    filled();
    destination = lost;
    attemptFails(FailureReason.DESTINATION_NOT_READY);

    happens(new MoveEvent.TimedOut(Timer.BACK_OFF, ""));
    statesRead();

    assertThat(tasks()).last().isEqualTo(new CopyTask(CopyTask.Kind.REPLICATE, "b"));
  }

  @Test
  void T2_after_the_last_attempt_the_destination_is_removed_and_the_reason_told() {
    filled();
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      attemptFails(FailureReason.CONSUMER_ASKED);
      if (attempt < MAX_ATTEMPTS) {
        happens(new MoveEvent.TimedOut(Timer.BACK_OFF, ""));
      }
    }
    statesRead();
    assertThat(tasks()).last().isEqualTo(new CopyTask(CopyTask.Kind.REMOVE, "b"));
    taskDone("b", true, "");

    assertThat(outcome()).isEqualTo(new MoveOutcome.Unmoved(MAX_ATTEMPTS, FailureReason.CONSUMER_ASKED, "why", ""));
    assertThat(effects).noneMatch(MoveEffect.Commit.class::isInstance);
  }

  @Test
  void a_reason_that_no_retry_can_mend_ends_the_move_at_once() {
    filled();
    attemptFails(FailureReason.ADD_STREAM_REFUSED);
    statesRead();
    taskDone("b", true, "");

    assertThat(outcome()).isEqualTo(new MoveOutcome.Unmoved(1, FailureReason.ADD_STREAM_REFUSED, "why", ""));
  }

  @Test
  void T25_when_somebody_else_changed_the_states_nothing_is_taken_back() {
    filled();
    source = CopyState.DEAD;
    destination = CopyState.ACTIVE;
    attemptFails(FailureReason.DESTINATION_ACTIVE);
    statesRead();

    assertThat(tasks()).doesNotContain(new CopyTask(CopyTask.Kind.REMOVE, "b"));
    assertThat(outcome()).isInstanceOfSatisfying(
        MoveOutcome.Unmoved.class, unmoved -> assertThat(unmoved.residue()).contains("left alone"));
  }

  @Test
  void T30_a_move_from_a_source_that_is_not_active_changes_nothing() {
    source = CopyState.REPLICA;
    happens(new MoveEvent.Begin());
    statesRead();

    assertThat(tasks()).isEmpty();
    assertThat(outcome()).isInstanceOfSatisfying(
        MoveOutcome.Unmoved.class, unmoved -> assertThat(unmoved.reason()).isEqualTo(FailureReason.SOURCE_NOT_ACTIVE));
  }

  @Test
  void a_move_into_an_active_destination_never_turns_it_into_a_replica() {
    destination = CopyState.ACTIVE;
    happens(new MoveEvent.Begin());
    statesRead();

    assertThat(tasks()).isEmpty();
    assertThat(outcome()).isInstanceOf(MoveOutcome.Unmoved.class);
  }

  @Test
  void a_map_that_cannot_be_committed_calls_for_an_operator_and_deletes_nothing() {
    filled();
    streamed(new StreamReport.TakenOver(1));
    happens(new MoveEvent.Committed(protocol.question(), false, "node b has a newer map"));

    assertThat(tasks()).doesNotContain(new CopyTask(CopyTask.Kind.REMOVE, "a"));
    assertThat(outcome()).isInstanceOf(MoveOutcome.NeedsOperator.class);
  }

  @Test
  void a_clean_up_that_keeps_failing_is_residue_and_not_a_failure() {
    filled();
    streamed(new StreamReport.TakenOver(1));
    committed();
    for (int i = 0; i < 5; i++) {
      taskDone("a", false, "source is away");
      if (i < 4) {
        happens(new MoveEvent.TimedOut(Timer.ASK_AGAIN, ""));
      }
    }

    assertThat(outcome()).isEqualTo(new MoveOutcome.Moved(1, "REMOVE on a: source is away"));
  }

  @ParameterizedTest
  @EnumSource(value = CopyState.class, names = {"ABSENT", "DEAD", "REPLICA"})
  void T17_an_old_copy_is_not_removed_when_the_new_active_has_lost_its_own(CopyState lost) {
    filled();
    streamed(new StreamReport.TakenOver(1));
    happens(new MoveEvent.Committed(protocol.question(), true, ""));
    destination = lost;
    statesRead();

    assertThat(tasks()).doesNotContain(new CopyTask(CopyTask.Kind.REMOVE, "a"));
    assertThat(outcome()).isInstanceOfSatisfying(MoveOutcome.NeedsOperator.class,
        operator -> assertThat(operator.detail()).contains("b was active and is " + lost));
  }

  @Test
  void T17_an_old_copy_is_left_alone_when_the_new_active_does_not_answer() {
    filled();
    streamed(new StreamReport.TakenOver(1));
    happens(new MoveEvent.Committed(protocol.question(), true, ""));
    destination = CopyState.UNREACHABLE;
    for (int i = 0; i < 5; i++) {
      statesRead();
      happens(new MoveEvent.TimedOut(Timer.ASK_AGAIN, ""));
    }

    assertThat(tasks()).doesNotContain(new CopyTask(CopyTask.Kind.REMOVE, "a"));
    assertThat(outcome()).isInstanceOfSatisfying(
        MoveOutcome.Moved.class, moved -> assertThat(moved.residue()).contains("left alone", "b does not answer"));
  }

  @Test
  void a_backfill_that_stands_still_is_started_anew() {
    happens(new MoveEvent.Begin());
    statesRead();
    taskDone("b", true, "");
    streamed(new StreamReport.Replicating());
    happens(new MoveEvent.BackfillRead(protocol.question(), "b", true, 5000));

    happens(new MoveEvent.TimedOut(Timer.BACKFILL_STALL, "b"));
    streamed(new StreamReport.Failed(0, FailureReason.CANCELLED, "backfill stands still", CopyState.REPLICA));

    assertThat(effects).last().isEqualTo(new MoveEffect.StartTimer(Timer.BACK_OFF, "b", 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void T18_a_cancelled_move_ends_exactly_once_wherever_it_is(int steps) {
    List<Runnable> course = List.of(
        () -> happens(new MoveEvent.Begin()),
        this::statesRead,
        () -> taskDone("b", true, ""),
        () -> streamed(new StreamReport.Replicating()));
    course.subList(0, steps).forEach(Runnable::run);

    happens(new MoveEvent.Cancel("stopped"));
    if (protocol.state() instanceof MoveState.Ending) {
      streamed(new StreamReport.Failed(0, FailureReason.CANCELLED, "stopped", CopyState.REPLICA));
    }
    if (protocol.state() instanceof MoveState.CheckingUndo) {
      destination = CopyState.REPLICA;
      statesRead();
      taskDone("b", true, "");
    }

    assertThat(outcome()).isEqualTo(new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "stopped", ""));
  }

  @Test
  void T18_a_takeover_that_completes_while_it_is_cancelled_is_a_finished_move() {
    filled();
    happens(new MoveEvent.Cancel("stopped"));

    streamed(new StreamReport.TakenOver(1));
    committed();
    taskDone("a", true, "");

    assertThat(outcome()).isEqualTo(new MoveOutcome.Moved(1, ""));
  }

  @Test
  void a_failed_filling_that_crosses_the_order_to_take_over_is_not_taken_for_the_attempts_failure() {
    filled();

    streamed(new StreamReport.Failed(0, FailureReason.LINK_LOST, "socket closed", CopyState.REPLICA));

    assertThat(protocol.state()).isInstanceOf(MoveState.TakingOver.class);
    streamed(new StreamReport.TakenOver(1));
    assertThat(protocol.state()).isInstanceOf(MoveState.Committing.class);
  }

  @Test
  void T18_a_cancelled_takeover_is_undone_only_when_its_own_end_is_reported() {
    filled();
    happens(new MoveEvent.Cancel("stopped"));

    streamed(new StreamReport.Failed(0, FailureReason.LINK_LOST, "socket closed", CopyState.REPLICA));

    assertThat(protocol.state()).isInstanceOf(MoveState.Ending.class);
    streamed(new StreamReport.Failed(1, FailureReason.CANCELLED, "stopped", CopyState.REPLICA));
    assertThat(protocol.state()).isInstanceOf(MoveState.CheckingUndo.class);
  }

  @Test
  void late_answers_change_nothing() {
    happens(new MoveEvent.Begin());
    MoveState before = protocol.state();

    happens(new MoveEvent.StatesRead(
        protocol.question() - 1, Map.of("a", CopyState.DEAD, "b", CopyState.ACTIVE)));

    assertThat(protocol.state()).isEqualTo(before);
  }
}
