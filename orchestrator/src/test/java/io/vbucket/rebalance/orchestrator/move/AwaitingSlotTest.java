package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A move that waits for its turn to take over, on the pure core; that no slot is lost is checked by the {@link MoveRig}. */
class AwaitingSlotTest {
  private final MoveRig rig = new MoveRig(List.of("a"), List.of("b"), true);
  private final List<MoveEffect.AskSlot> asked = new ArrayList<>();

  /** The first slot that is asked for is not given; this happens instead. */
  private MoveOutcome whileItWaits(Consumer<MoveEffect.AskSlot> happens) {
    rig.interceptor = (number, effect) -> {
      if (!(effect instanceof MoveEffect.AskSlot ask)) {
        return false;
      }
      asked.add(ask);
      if (asked.size() > 1) {
        return false;
      }
      rig.slotWanted = true;
      assertThat(rig.protocol().state()).isEqualTo(new MoveState.AwaitingSlot());
      happens.accept(ask);
      return true;
    };
    return rig.run();
  }

  @Test
  void each_attempt_waits_for_a_slot_of_its_own() {
    List<Boolean> slotAtBackOff = new ArrayList<>();
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.StartTimer start && start.timer() == MoveEvent.Timer.BACK_OFF) {
        slotAtBackOff.add(rig.slotTaken);
      }
      boolean first = effect instanceof MoveEffect.Command command
          && command.command() instanceof TakeoverEvent.TakeOver takeOver && takeOver.attempt() == 1;
      if (first) {
        assertThat(rig.slotTaken).isTrue();
        rig.streamFails("b", FailureReason.CONSUMER_ASKED);
      }
      return first;
    };

    assertThat(rig.run()).isEqualTo(new MoveOutcome.Moved(2, ""));

    assertThat(slotAtBackOff).as("a slot while it pauses").containsExactly(false);
    assertThat(rig.phases()).containsExactly(
        MovePhase.PREPARE, MovePhase.BACKFILL, MovePhase.PERSIST, MovePhase.AWAIT_SLOT, MovePhase.TAKEOVER,
        MovePhase.BACK_OFF, MovePhase.AWAIT_SLOT, MovePhase.TAKEOVER, MovePhase.COMMIT, MovePhase.CLEAN_UP);
  }

  @Test
  void a_move_that_is_cancelled_while_it_waits_is_undone_and_a_slot_that_comes_too_late_is_not_used() {
    MoveOutcome outcome = whileItWaits(ask -> {
      rig.happens(new MoveEvent.Cancel("cancelled"));
      rig.happens(new MoveEvent.SlotGranted(ask.question()));
    });

    assertThat(outcome).isEqualTo(new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "cancelled", ""));
    assertThat(rig.protocol().attempts()).isZero();
    rig.assertStates(List.of("a"));
  }

  @Test
  void a_move_that_will_not_converge_while_it_waits_is_undone_and_gives_its_place_up() {
    MoveOutcome outcome = whileItWaits(ask -> rig.happens(new MoveEvent.WillNotConverge("b", "9/s of 10/s")));

    assertThat(outcome).isEqualTo(
        new MoveOutcome.Unmoved(0, FailureReason.WILL_NOT_CONVERGE, "b: 9/s of 10/s", ""));
    assertThat(rig.effects).contains(
        new MoveEffect.AttemptFailed(0, FailureReason.WILL_NOT_CONVERGE, "b: 9/s of 10/s", false));
    assertThat(rig.protocol().attempts()).isZero();
    rig.assertStates(List.of("a"));
  }

  @Test
  void a_move_whose_stream_is_lost_while_it_waits_leaves_the_queue_fills_its_copy_anew_and_asks_again() {
    MoveOutcome outcome = whileItWaits(ask -> {
      rig.streamFails("b", FailureReason.LINK_LOST);
      // Given before the owner heard that it is not wanted any more.
      rig.happens(new MoveEvent.SlotGranted(ask.question()));
    });

    assertThat(outcome).isEqualTo(new MoveOutcome.Moved(1, ""));
    assertThat(asked).hasSize(2).doesNotHaveDuplicates();
    assertThat(rig.phases()).startsWith(
        MovePhase.PREPARE, MovePhase.BACKFILL, MovePhase.PERSIST, MovePhase.AWAIT_SLOT, MovePhase.BACKFILL,
        MovePhase.BACK_OFF, MovePhase.PREPARE, MovePhase.BACKFILL);
  }

  @Test
  void a_move_is_parked_while_it_waits_and_takes_over_only_when_it_goes_on() {
    List<Boolean> parked = new ArrayList<>();
    rig.whileParked = () -> parked.add(rig.states.get("a") == CopyState.ACTIVE && rig.protocol().attempts() == 0);

    MoveOutcome outcome = whileItWaits(ask -> {
      rig.happens(new MoveEvent.Park());
      rig.grantSlot(ask.question());
    });

    assertThat(outcome).isEqualTo(new MoveOutcome.Moved(1, ""));
    assertThat(parked).containsExactly(true);
  }

  @Test
  void a_slot_is_used_until_an_attempt_that_is_cancelled_has_been_settled() {
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.TakeOver) {
        rig.happens(new MoveEvent.Cancel("stopped"));
        return true;
      } else if (effect instanceof MoveEffect.Command command && command.command() instanceof TakeoverEvent.End) {
        assertThat(rig.slotTaken).as("while the attempt is being ended").isTrue();
        rig.streams.remove("b");
        rig.streamed("b", new StreamReport.Failed(1, FailureReason.CANCELLED, "stopped", CopyState.REPLICA));
        return true;
      }
      return false;
    };

    assertThat(rig.run()).isInstanceOf(MoveOutcome.Unmoved.class);
  }

  @Test
  void its_explanation_says_that_it_waits_for_its_turn_and_takes_in_what_its_owner_knows() {
    Instant start = Instant.parse("2026-01-31T12:00:00Z");
    WaitLog log = WaitLog.NONE.now(List.of(Explanation.AWAITS_SLOT), start);
    Explanation own = new Explanation("travel", 7, MovePhase.AWAIT_SLOT, 0, 10, log.waits());

    assertThat(own.with(Explanation.OwnersView.NOTHING).text(start.plusSeconds(3)))
        .isEqualTo("vb:7 of travel, AWAIT_SLOT: waits 3 s until it is its turn to take over");
    assertThat(own.with(new Explanation.OwnersView(List.of(
        Wait.on("b", "b has a slot").with("fewer than 1", "1")), List.of())).text(start.plusSeconds(3)))
        .isEqualTo("vb:7 of travel, AWAIT_SLOT: waits 3 s until b has a slot (wanted: fewer than 1, now: 1)");
  }
}
