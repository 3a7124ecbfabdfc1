package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ParkableMoveTest {
  private static final List<List<List<String>>> CHAINS = List.of(
      List.of(List.of("a"), List.of("b")),
      List.of(List.of("a", "b"), List.of("c", "a")),
      List.of(List.of("a", "b"), List.of("a", "c")),
      List.of(List.of("a", "b", "c"), List.of("d", "e", "a")));

  @Test
  void aMoveThatIsParkedAfterAnyOfItsStepsGoesOnAndEndsAsItWouldHave() {
    CHAINS.forEach(chains -> goesOnAfterAnyStep(chains, false));
  }

  @Test
  void aMoveThatIsParkedGoesOnAlsoWhereTakeoversAreLimited() {
    CHAINS.forEach(chains -> goesOnAfterAnyStep(chains, true));
  }

  private static void goesOnAfterAnyStep(List<List<String>> chains, boolean slots) {
    int steps = stepsOf(chains);
    AtomicInteger stood = new AtomicInteger();
    for (int after = 1; after <= steps; after++) {
      MoveRig rig = new MoveRig(chains.get(0), chains.get(1), slots);
      rig.parkAfter = after;
      rig.whileParked = () -> {
        stood.incrementAndGet();
        assertThat(rig.states.get("a")).as("clients are served by the old active").isEqualTo(CopyState.ACTIVE);
        assertThat(rig.committed).isFalse();
      };
      assertThat(rig.run()).as("parked after effect %s of %s", after, chains).isInstanceOf(MoveOutcome.Moved.class);
      assertThat(rig.protocol().attempts()).isLessThanOrEqualTo(1);
      rig.assertStates(chains.get(1));
    }
    assertThat(stood.get()).as("of %s steps, those after which it stood", steps).isGreaterThan(steps / 4);
  }

  private static int stepsOf(List<List<String>> chains) {
    MoveRig rig = new MoveRig(chains.get(0), chains.get(1));
    rig.run();
    return rig.effects.size();
  }

  @Test
  void aMoveThatStandsHasNoTimeLimitsAndGetsThemBack() {
    MoveRig rig = new MoveRig(List.of("a"), List.of("b"));
    List<Timer> running = new ArrayList<>();
    List<List<Timer>> standing = new ArrayList<>();
    List<List<Timer>> gone = new ArrayList<>();
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.StartTimer start) {
        running.add(start.timer());
      } else if (effect instanceof MoveEffect.CancelTimer cancel) {
        running.removeIf(timer -> timer == cancel.timer());
      } else if (effect instanceof MoveEffect.AwaitPersistence && standing.isEmpty()) {
        rig.happens(new MoveEvent.Park());
      } else if (effect instanceof MoveEffect.AwaitPersistence) {
        gone.add(List.copyOf(running));
      }
      return false;
    };
    rig.whileParked = () -> standing.add(List.copyOf(running));
    assertThat(rig.run()).isInstanceOf(MoveOutcome.Moved.class);
    assertThat(standing).hasSize(1).first().asList().doesNotContain(Timer.PERSISTENCE, Timer.BACKFILL_STALL);
    assertThat(gone).hasSize(1).first().asList().contains(Timer.PERSISTENCE);
  }

  @Test
  void whatWasPersistedBeforeALongPauseIsWaitedForOnceMore() {
    MoveRig rig = new MoveRig(List.of("a", "b"), List.of("c", "a"));
    AtomicInteger waits = new AtomicInteger();
    rig.interceptor = (number, effect) -> {
      if (effect instanceof MoveEffect.AwaitPersistence await && waits.incrementAndGet() == 1) {
        rig.happens(new MoveEvent.Park());
        await.nodes().forEach(
            node -> rig.happens(new MoveEvent.Persisted(await.question(), node, false, "took too long")));
        return true;
      }
      return false;
    };
    assertThat(rig.run()).isInstanceOf(MoveOutcome.Moved.class);
    assertThat(waits.get()).as("the first, the same again, and the one after both topologies").isEqualTo(3);
    assertThat(rig.effects).noneMatch(MoveEffect.AttemptFailed.class::isInstance);
  }

  @Test
  void aTakeoverThatHasBegunEndsFirstAndAFailedOneIsNotTriedAgainWhileTheMoveStands() {
    MoveRig rig = new MoveRig(List.of("a"), List.of("b"));
    AtomicInteger takeovers = new AtomicInteger();
    AtomicInteger whenItStood = new AtomicInteger();
    rig.interceptor = (number, effect) -> {
      boolean takeover = effect instanceof MoveEffect.Command command
          && command.command() instanceof TakeoverEvent.TakeOver;
      if (takeover && takeovers.incrementAndGet() == 1) {
        rig.happens(new MoveEvent.Park());
        rig.streamFails("b", FailureReason.CONSUMER_ASKED);
        return true;
      }
      return false;
    };
    rig.whileParked = () -> whenItStood.set(takeovers.get());
    assertThat(rig.run()).isInstanceOf(MoveOutcome.Moved.class);
    assertThat(whenItStood).hasValue(1);
    assertThat(takeovers).hasValue(2);
  }

  @Test
  void aMoveThatStandsCanBeCancelledAndLeavesNothing() {
    for (List<List<String>> chains : CHAINS) {
      for (int after = 1; after <= stepsOf(chains); after++) {
        MoveRig rig = new MoveRig(chains.get(0), chains.get(1));
        rig.parkAfter = after;
        boolean[] stood = new boolean[1];
        rig.whileParked = () -> {
          stood[0] = true;
          rig.happens(new MoveEvent.Cancel("enough"));
        };
        MoveOutcome outcome = rig.run();
        if (stood[0]) {
          assertThat(outcome).as("parked after effect %s of %s", after, chains).isInstanceOfSatisfying(
              MoveOutcome.Unmoved.class,
              undone -> assertThat(undone.reason()).isEqualTo(FailureReason.CANCELLED));
          rig.assertStates(chains.get(0));
        }
      }
    }
  }

  @Test
  void aStreamThatIsLostWhileTheMoveStandsIsFilledAnewOnlyWhenItGoesOn() {
    MoveRig rig = new MoveRig(List.of("a"), List.of("b"));
    rig.parkAfter = 7;
    List<Integer> prepared = new ArrayList<>();
    boolean[] lost = new boolean[1];
    rig.whileParked = () -> {
      if (!lost[0] && rig.streams.contains("b")) {
        lost[0] = true;
        rig.streamFails("b", FailureReason.LINK_LOST);
      }
      prepared.add(rig.tasks().size());
    };
    assertThat(rig.run()).isInstanceOf(MoveOutcome.Moved.class);
    assertThat(lost[0]).as("it stood with a stream").isTrue();
    assertThat(prepared).as("tasks told to nodes: before the loss, and when it stood after it").containsExactly(1, 1);
  }
}
