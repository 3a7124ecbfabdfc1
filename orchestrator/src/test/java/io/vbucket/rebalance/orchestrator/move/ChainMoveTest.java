package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.CopyTask.Kind;
import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Moves of whole chains on the pure core; what holds in every run is checked by the {@link MoveRig}. */
class ChainMoveTest {

  private static List<String> chain(String text) {
    return Arrays.stream(text.split(" ")).map(node -> node.equals("-") ? null : node).toList().stream()
        .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
  }

  private static MoveRig rig(String before, String after) {
    return rig(before, after, false);
  }

  private static MoveRig rig(String before, String after, boolean slots) {
    return new MoveRig(chain(before), chain(after), slots);
  }

  private static Stream<Arguments> everyKindOfMove() {
    return Stream.of(
        "a > b", "a b > c b", "a b > b a", "a b > c d", "a b > c a", "a b > b c", "a b > a c", "a b c > a c b",
        "a b c > d e a", "a - > a b", "a - > b a", "a - > b -", "a b > a", "a b > a -", "a > a b c",
        "a b c d > d c b a",
        "- - > a b", "- > a")
        .map(text -> Arguments.of(text.split(" > ")[0], text.split(" > ")[1]));
  }

  @ParameterizedTest(name = "{0} > {1}")
  @MethodSource("everyKindOfMove")
  void an_undisturbed_move_leaves_every_copy_as_the_new_chain_says(String before, String after) {
    MoveRig rig = rig(before, after);

    MoveOutcome outcome = rig.run();

    assertThat(outcome).isEqualTo(new MoveOutcome.Moved(rig.move.isTakeover() ? 1 : 0, ""));
    rig.assertStates(chain(after));
    assertThat(rig.committed).isTrue();
    boolean plain = !before.contains(" ") && !after.contains(" ");
    assertThat(rig.topology).isEqualTo(plain || rig.move.source() == null ? "old" : "new");
  }

  /** Whatever goes wrong once, at whatever step: the move is made, or it is as if it had never begun, or it says what is left. */
  @ParameterizedTest(name = "{0} > {1}")
  @MethodSource("everyKindOfMove")
  void a_failure_at_any_step_is_made_good_or_undone(String before, String after) {
    atEveryStep(before, after, (rig, number, at, effect) -> number == at && fail(rig, effect));
  }

  @ParameterizedTest(name = "{0} > {1}")
  @MethodSource("everyKindOfMove")
  void a_failure_of_a_kind_that_goes_on_for_ever_is_bounded_and_told(String before, String after) {
    atEveryStep(before, after, (rig, number, at, effect) -> number >= at
        && effect.getClass().equals(rig.effects.get(at - 1).getClass()) && fail(rig, effect));
  }

  @ParameterizedTest(name = "{0} > {1}")
  @MethodSource("everyKindOfMove")
  void T18_a_move_that_is_cancelled_at_any_step_is_finished_or_undone(String before, String after) {
    atEveryStep(before, after, (rig, number, at, effect) -> {
      if (number == at) {
        rig.happens(new MoveEvent.Cancel("stopped"));
      }
      return false;
    });
  }

  @ParameterizedTest(name = "{0} > {1}")
  @MethodSource("everyKindOfMove")
  void a_move_whose_takeovers_become_limited_at_any_step_ends_as_it_would_have(String before, String after) {
    atEveryStep(before, after, false, (rig, number, at, effect) -> {
      if (number == at) {
        rig.limitTakeovers();
      }
      return false;
    });
  }

  private interface Disturbance {
    boolean takes(MoveRig rig, int number, int at, MoveEffect effect);
  }

  private static void atEveryStep(String before, String after, Disturbance disturbance) {
    atEveryStep(before, after, false, disturbance);
    atEveryStep(before, after, true, disturbance);
  }

  private static void atEveryStep(String before, String after, boolean slots, Disturbance disturbance) {
    MoveRig calm = rig(before, after, slots);
    calm.run();
    for (int step = 1; step <= calm.effects.size(); step++) {
      int at = step;
      MoveRig rig = rig(before, after, slots);
      rig.interceptor = (number, effect) -> disturbance.takes(rig, number, at, effect);

      MoveOutcome outcome = rig.run();

      String what = "disturbed at " + at + ", " + calm.effects.get(at - 1) + ": " + outcome;
      if (outcome instanceof MoveOutcome.Moved moved) {
        assertThat(rig.committed).as(what).isTrue();
        if (moved.residue().isEmpty()) {
          rig.assertStates(rig.move.after());
        }
      } else if (outcome instanceof MoveOutcome.Unmoved unmoved) {
        assertThat(rig.committed).as(what).isFalse();
        if (unmoved.residue().isEmpty() && rig.move.source() != null) {
          rig.assertStates(rig.move.before());
          assertThat(rig.topology).as(what).isEqualTo("old");
        }
      } else {
        assertThat(rig.states.values()).as(what).contains(CopyState.ACTIVE);
      }
    }
  }

  /** Fails what is asked for in the way that its answer has for it. */
  private static boolean fail(MoveRig rig, MoveEffect effect) {
    if (effect instanceof MoveEffect.ReadStates read) {
      rig.happens(new MoveEvent.StatesRead(read.question(), java.util.Map.of()));
    } else if (effect instanceof MoveEffect.Perform perform) {
      rig.happens(new MoveEvent.TaskDone(perform.question(), perform.task().node(), false, "told to fail"));
    } else if (effect instanceof MoveEffect.ReadBackfill read) {
      rig.streamFails(read.node(), FailureReason.LINK_LOST);
    } else if (effect instanceof MoveEffect.AwaitPersistence await) {
      rig.happens(new MoveEvent.Persisted(await.question(), await.nodes().get(0), false, "told to fail"));
    } else if (effect instanceof MoveEffect.Commit commit) {
      rig.happens(new MoveEvent.Committed(commit.question(), false, "told to fail"));
    } else if (effect instanceof MoveEffect.Command command && !(command.command() instanceof TakeoverEvent.End)) {
      rig.streamFails(command.node(), FailureReason.CONSUMER_ASKED);
    } else {
      return false;
    }
    return true;
  }

  @Test
  void the_phases_of_a_chain_are_those_of_a_move_without_replicas() {
    MoveRig rig = rig("a b", "c d");
    rig.run();

    assertThat(rig.phases()).containsExactly(
        MovePhase.PREPARE, MovePhase.BACKFILL, MovePhase.PERSIST, MovePhase.TAKEOVER, MovePhase.COMMIT,
        MovePhase.CLEAN_UP);
  }

  @Test
  void the_active_is_told_both_topologies_between_the_two_waits_for_persistence() {
    MoveRig rig = rig("a b", "c b");
    rig.run();

    List<MoveEffect> waits = rig.effects.stream()
        .filter(effect -> effect instanceof MoveEffect.AwaitPersistence
            || effect instanceof MoveEffect.Perform perform && perform.task().kind() == Kind.SERVE_BOTH
            || effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.TakeOver)
        .toList();
    assertThat(waits).hasSize(4);
    assertThat(waits.get(0)).isInstanceOf(MoveEffect.AwaitPersistence.class);
    assertThat(waits.get(1)).isInstanceOf(MoveEffect.Perform.class);
    assertThat(waits.get(2)).isInstanceOfSatisfying(
        MoveEffect.AwaitPersistence.class, await -> assertThat(await.nodes()).containsExactly("c", "b"));
    assertThat(waits.get(3)).isInstanceOf(MoveEffect.Command.class);
  }

  @Test
  void a_move_without_replicas_is_told_no_topology() {
    MoveRig rig = rig("a", "b");
    rig.run();

    assertThat(rig.tasks()).containsExactly(new CopyTask(Kind.REPLICATE, "b"), new CopyTask(Kind.REMOVE, "a"));
  }

  @Test
  void an_old_active_that_stays_becomes_a_replica_and_is_not_removed() {
    MoveRig rig = rig("a b", "b a");
    rig.run();

    assertThat(rig.tasks()).endsWith(new CopyTask(Kind.SERVE_NEW, "b"), new CopyTask(Kind.DEMOTE, "a"));
    assertThat(rig.tasks()).noneMatch(task -> task.kind() == Kind.REMOVE);
  }

  @Test
  void a_move_of_replicas_only_takes_nothing_over() {
    MoveRig rig = rig("a b", "a c");
    rig.run();

    assertThat(rig.protocol().attempts()).isZero();
    assertThat(rig.effects).noneMatch(
        effect -> effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.TakeOver);
  }

  @Test
  void one_stream_that_fails_is_started_anew_while_the_others_go_on() {
    MoveRig rig = rig("a", "b c");
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.ReadBackfill read && read.node().equals("c") && rig.tasks().size() == 2) {
        rig.streamFails("c", FailureReason.LINK_LOST);
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.Moved(1, ""));

    assertThat(rig.effects).contains(new MoveEffect.StartTimer(Timer.BACK_OFF, "c", 1));
    assertThat(rig.effects.stream().filter(MoveEffect.Command.class::isInstance)
        .filter(effect -> ((MoveEffect.Command) effect).command() instanceof TakeoverEvent.Replicate)
        .map(effect -> ((MoveEffect.Command) effect).node())).containsExactly("b", "c", "c");
  }

  @Test
  void a_backfill_that_stands_still_is_ended_before_it_is_started_anew() {
    MoveRig rig = rig("a", "b c");
    boolean[] stalled = {false};
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.ReadBackfill read && read.node().equals("c") && !stalled[0]) {
        stalled[0] = true;
        rig.happens(new MoveEvent.BackfillRead(read.question(), "c", true, 5000));
        rig.happens(new MoveEvent.TimedOut(Timer.BACKFILL_STALL, "c"));
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.Moved(1, ""));
    assertThat(rig.effects).anyMatch(effect -> effect instanceof MoveEffect.AttemptFailed failed
        && failed.reason() == FailureReason.NO_PROGRESS && failed.detail().contains("5000 items left"));
  }

  @Test
  void persistence_that_takes_too_long_costs_only_the_copies_that_are_late() {
    MoveRig rig = rig("a", "b c");
    boolean[] late = {false};
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.AwaitPersistence await && !late[0]) {
        late[0] = true;
        rig.happens(new MoveEvent.Persisted(await.question(), "b", true, ""));
        rig.happens(new MoveEvent.TimedOut(Timer.PERSISTENCE, ""));
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.Moved(1, ""));
    assertThat(rig.effects.stream().filter(MoveEffect.AttemptFailed.class::isInstance)).singleElement()
        .satisfies(effect -> assertThat(((MoveEffect.AttemptFailed) effect).detail()).startsWith("c: "));
  }

  @Test
  void a_chain_whose_takeover_failed_is_filled_and_told_its_topologies_again() {
    MoveRig rig = rig("a b", "c b");
    boolean[] failed = {false};
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.TakeOver
          && !failed[0]) {
        failed[0] = true;
        rig.topology = "";
        rig.states.put("c", CopyState.PENDING);
        // The source went dead and came back: that ended its other streams.
        rig.streamFails("c", FailureReason.CONSUMER_ASKED);
        rig.streamFails("b", FailureReason.STREAM_ENDED);
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.Moved(2, ""));
    assertThat(rig.tasks().stream().filter(task -> task.kind() == Kind.SERVE_BOTH)).hasSize(2);
    rig.assertStates(chain("c b"));
  }

  @Test
  void an_undone_chain_keeps_its_replicas_and_frees_what_is_parked_on_a_pending_one() {
    MoveRig rig = rig("a b", "b c");
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.TakeOver) {
        rig.states.put("b", CopyState.PENDING);
        rig.streamFails("b", FailureReason.ADD_STREAM_REFUSED);
        return true;
      }
      return false;
    };

    assertThat(rig.run())
        .isEqualTo(new MoveOutcome.Unmoved(1, FailureReason.ADD_STREAM_REFUSED, "told to", ""));
    assertThat(rig.tasks()).contains(
        new CopyTask(Kind.SERVE_OLD, "a"), new CopyTask(Kind.DEMOTE, "b"), new CopyTask(Kind.REMOVE, "c"));
    rig.assertStates(chain("a b"));
  }

  @Test
  void a_chain_with_a_second_active_anywhere_is_not_touched() {
    MoveRig rig = rig("a b", "c d");
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.ReadStates read) {
        rig.happens(new MoveEvent.StatesRead(
            read.question(), java.util.Map.of("a", CopyState.ACTIVE, "b", CopyState.ACTIVE, "c", CopyState.ABSENT, "d",
                CopyState.ABSENT)));
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isInstanceOfSatisfying(MoveOutcome.Unmoved.class, unmoved -> {
      assertThat(unmoved.reason()).isEqualTo(FailureReason.DESTINATION_ACTIVE);
      assertThat(unmoved.detail()).contains("b is ACTIVE").contains("nothing was changed");
    });
    assertThat(rig.tasks()).isEmpty();
  }

  @Test
  void a_replica_that_leaves_the_chain_and_does_not_answer_is_no_reason_to_wait() {
    MoveRig rig = rig("a b", "a c");
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.Perform perform && perform.task().node().equals("b")) {
        rig.happens(new MoveEvent.TaskDone(perform.question(), "b", false, "no answer"));
        return true;
      }
      if (effect instanceof MoveEffect.ReadStates) {
        rig.states.put("b", CopyState.UNREACHABLE);
      }
      return false;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.Moved(0, "REMOVE on b: no answer"));
  }

  @Test
  void a_vBucket_without_an_active_but_with_replicas_is_not_replaced_by_an_empty_one() {
    MoveRig rig = rig("- b", "b a");

    assertThat(rig.run()).isInstanceOfSatisfying(MoveOutcome.Unmoved.class, unmoved -> {
      assertThat(unmoved.reason()).isEqualTo(FailureReason.SOURCE_NOT_ACTIVE);
      assertThat(unmoved.detail()).contains("--promote");
    });
    assertThat(rig.states).containsEntry("b", CopyState.REPLICA).containsEntry("a", CopyState.ABSENT);
  }

  @Test
  void streams_end_also_when_an_operator_is_called() {
    MoveRig rig = rig("a b", "c b");
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.TakeOver) {
        rig.streams.remove("c");
        rig.streamed("c", new StreamReport.NeedsOperator(1, "nobody knows"));
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.NeedsOperator(1, "nobody knows"));
  }
}
