package io.vbucket.rebalance.orchestrator.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.control.ControlEffect.CheckResidue;
import io.vbucket.rebalance.orchestrator.control.ControlEffect.Hold;
import io.vbucket.rebalance.orchestrator.control.ControlEffect.LetGo;
import io.vbucket.rebalance.orchestrator.control.ControlEffect.Reply;
import io.vbucket.rebalance.orchestrator.control.ControlEffect.TakeBack;
import io.vbucket.rebalance.orchestrator.control.ControlEffect.TellPaused;
import io.vbucket.rebalance.orchestrator.control.LimitChange.Limit;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunControlTest {
  private static final MoveOutcome MOVED = new MoveOutcome.Moved(1, "");
  private static final MoveOutcome UNDONE = new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "paused", "");

  private RunControl control = RunControl.RUNNING;
  private final List<Reply> replies = new ArrayList<>();

  private List<ControlEffect> take(RunControl.Step step) {
    control = step.next();
    step.effects().stream().filter(Reply.class::isInstance).forEach(reply -> replies.add((Reply) reply));
    return step.effects();
  }

  @Test
  void aDrainingPauseIsCompleteWhenTheLastMoveThatRanHasEnded() {
    assertThat(take(control.pause(1, PauseMode.DRAIN, Set.of(4, 5)))).isEmpty();
    assertThat(control.mayStartMoves()).isFalse();
    assertThat(take(control.ended(4, MOVED))).isEmpty();
    assertThat(take(control.ended(5, UNDONE))).contains(new TellPaused(PauseMode.DRAIN, 0, List.of()));
    assertThat(replies).containsExactly(new Reply(1, new ControlAnswer.Paused(PauseMode.DRAIN, 0, List.of())));
  }

  @Test
  void aPauseWithNothingUnderWayIsCompleteAtOnce() {
    take(control.pause(1, PauseMode.PARK, Set.of()));
    assertThat(control.phase()).isEqualTo(RunControl.Phase.PAUSED);
    assertThat(replies).hasSize(1);
  }

  @Test
  void aParkingPauseWaitsForEachMoveToStandOrToEnd() {
    assertThat(take(control.pause(1, PauseMode.PARK, Set.of(4, 5)))).containsExactly(new Hold(4), new Hold(5));
    assertThat(take(control.held(4))).isEmpty();
    take(control.ended(5, MOVED));
    assertThat(replies).containsExactly(new Reply(1, new ControlAnswer.Paused(PauseMode.PARK, 1, List.of())));
    assertThat(take(control.resume(2))).startsWith(new LetGo(4));
    assertThat(control.mayStartMoves()).isTrue();
  }

  @Test
  void anAbortingPauseTakesBackWhatRunsAndIsCompleteWhenTheNodesWereRead() {
    assertThat(take(control.pause(1, PauseMode.ABORT, Set.of(4)))).containsExactly(
        new TakeBack(4, "the rebalance is paused"));
    assertThat(control.isSetBack(4, UNDONE)).isTrue();
    assertThat(take(control.ended(4, UNDONE))).containsExactly(new CheckResidue());
    assertThat(replies).isEmpty();
    take(control.checked(List.of("vb:4 has a DEAD copy on b")));
    assertThat(replies).containsExactly(
        new Reply(1, new ControlAnswer.Paused(PauseMode.ABORT, 0, List.of("vb:4 has a DEAD copy on b"))));
  }

  @Test
  void whatIsPastItsTakeoverWhenThePauseAbortsIsAtItsEndAndDoesNotWaitAgain() {
    take(control.pause(1, PauseMode.ABORT, Set.of(4)));
    assertThat(control.isSetBack(4, MOVED)).isFalse();
    assertThat(control.isSetBack(4, new MoveOutcome.Unmoved(3, FailureReason.NO_PROGRESS, "stuck", ""))).isFalse();
  }

  @Test
  void aPauseThatInterferesMoreTakesThePlaceOfTheOneThatRunsAndBothAreAnsweredOnce() {
    take(control.pause(1, PauseMode.DRAIN, Set.of(4)));
    take(control.pause(2, PauseMode.ABORT, Set.of(4)));
    take(control.ended(4, UNDONE));
    take(control.checked(List.of()));
    ControlAnswer aborted = new ControlAnswer.Paused(PauseMode.ABORT, 0, List.of());
    assertThat(replies).containsExactly(new Reply(1, aborted), new Reply(2, aborted));
  }

  @Test
  void aPauseThatInterferesLessChangesNothingAndIsAnsweredWithTheModeThatHolds() {
    take(control.pause(1, PauseMode.PARK, Set.of(4)));
    assertThat(take(control.pause(2, PauseMode.DRAIN, Set.of(4)))).isEmpty();
    take(control.held(4));
    assertThat(replies).extracting(Reply::ask).containsExactly(1L, 2L);
    take(control.pause(3, PauseMode.DRAIN, Set.of(4)));
    assertThat(replies.get(2)).isEqualTo(new Reply(3, new ControlAnswer.Paused(PauseMode.PARK, 1, List.of())));
  }

  @Test
  void whoeverWaitsForAPauseIsToldWhenItIsTakenBackFirst() {
    take(control.pause(1, PauseMode.PARK, Set.of(4)));
    assertThat(take(control.resume(2))).contains(new LetGo(4));
    assertThat(replies).containsExactly(
        new Reply(1, new ControlAnswer.NotPossible("resumed before the pause was complete")),
        new Reply(2, new ControlAnswer.Resumed()));
    assertThat(take(control.held(4))).isEmpty();
  }

  @Test
  void aMoveThatIsStillBeingTakenBackWhenAllGoesOnWaitsAgainAllTheSame() {
    take(control.pause(1, PauseMode.ABORT, Set.of(4)));
    take(control.resume(2));
    assertThat(control.isSetBack(4, UNDONE)).isTrue();
    take(control.ended(4, UNDONE));
    assertThat(control.isSetBack(4, UNDONE)).isFalse();
  }

  @Test
  void aStopAnswersWhoeverWaitsAndNothingWaitsAgain() {
    take(control.pause(1, PauseMode.ABORT, Set.of(4)));
    take(control.stop());
    assertThat(replies).hasSize(1).first().extracting(Reply::answer).isInstanceOf(ControlAnswer.NotPossible.class);
    assertThat(control.isSetBack(4, UNDONE)).isFalse();
    take(control.pause(2, PauseMode.DRAIN, Set.of()));
    take(control.resume(3));
    assertThat(replies.subList(1, 3)).allSatisfy(
        reply -> assertThat(reply.answer()).isEqualTo(new ControlAnswer.NotPossible("the rebalance is being stopped")));
  }

  @Test
  void whatAStoppedPauseHeldMayBeTakenBack() {
    take(control.pause(1, PauseMode.PARK, Set.of(4)));
    take(control.held(4));
    assertThat(take(control.stop())).containsExactly(new LetGo(4));
  }

  @Test
  void aCancelledMoveIsAnsweredAtItsEndHoweverItEnds() {
    assertThat(take(control.cancel(1, 4, false, true))).containsExactly(new TakeBack(4, "cancelled by the operator"));
    take(control.cancel(2, 4, false, true));
    take(control.ended(4, MOVED));
    assertThat(replies).containsExactly(
        new Reply(1, new ControlAnswer.Cancelled(4, MOVED)), new Reply(2, new ControlAnswer.Cancelled(4, MOVED)));
  }

  @Test
  void aMoveThatWaitsIsDroppedAndAnsweredAtOnce() {
    assertThat(take(control.cancel(1, 4, true, false))).startsWith(new ControlEffect.Drop(4));
    assertThat(replies).hasSize(1).first().extracting(Reply::answer).isInstanceOf(ControlAnswer.Cancelled.class);
  }

  @Test
  void aMoveThatIsNotThereCannotBeCancelled() {
    take(control.cancel(1, 4, false, false));
    assertThat(replies).hasSize(1).first().extracting(Reply::answer).isInstanceOf(ControlAnswer.NotPossible.class);
  }

  @Test
  void aMoveThatIsCancelledWhileAPauseTakesItBackDoesNotWaitAgain() {
    take(control.pause(1, PauseMode.ABORT, Set.of(4)));
    take(control.cancel(2, 4, false, true));
    assertThat(control.isSetBack(4, UNDONE)).isFalse();
  }

  @Test
  void nobodyIsLeftWithoutAnAnswerWhenTheRebalanceEnds() {
    take(control.pause(1, PauseMode.PARK, Set.of(4, 5)));
    take(control.cancel(2, 4, false, true));
    assertThat(control.closing()).extracting(effect -> ((Reply) effect).ask()).containsExactly(1L, 2L);
  }

  @Test
  void aRebalanceThatRunsCannotBeResumed() {
    take(control.resume(1));
    assertThat(replies).containsExactly(new Reply(1, new ControlAnswer.NotPossible("the rebalance is not paused")));
  }

  @Test
  void aLimitOutOfItsRangeOrOfTheWrongKindIsRefused() {
    assertThatThrownBy(() -> new LimitChange(Limit.BACKFILLS_PER_NODE, 0)).hasMessageContaining("from 1 to 65536");
    assertThatThrownBy(() -> new LimitChange(Limit.MAX_CONCURRENT, Optional.of("a"), 3))
        .hasMessageContaining("of the whole rebalance");
  }
}
