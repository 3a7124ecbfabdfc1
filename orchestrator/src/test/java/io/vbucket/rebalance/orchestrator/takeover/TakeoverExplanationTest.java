package io.vbucket.rebalance.orchestrator.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.config.TakeoverSettings.Timeouts;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.AwaitingLink;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Idle;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Inspecting;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.LinkGone;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Live;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Over;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Restoring;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Settling;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TakeoverExplanationTest {
  private static final Timeouts LIMITS = RebalanceSettings.load().takeover().timeouts();
  private static final Goal RETRY = new Goal.ToFail(1, FailureReason.CONSUMER_ASKED, "reason 5");
  private static final Inspecting INSPECTING =
      new Inspecting(RETRY, Progress.STREAMING, true, true, CopyState.UNREACHABLE, CopyState.REPLICA);

  private final TakeoverExplanation explanation = new TakeoverExplanation("n1", "n4", LIMITS);

  private Optional<Wait> explained(TakeoverState state) {
    return explanation.of(new TakeoverProtocol(state, 1, 0, false));
  }

  private Wait of(TakeoverState state) {
    return explained(state).orElseThrow();
  }

  @Test
  void every_state_is_explained() {
    List<TakeoverState> states = List.of(
        new Idle(), new Over(), new AwaitingLink(RETRY), new Live(1, false, Progress.ADDED, 0),
        new Settling(RETRY, true, false, true, Progress.STREAMING), new LinkGone(RETRY, Progress.ADDED, true, false),
        INSPECTING, new Restoring(INSPECTING));

    assertThat(states.stream().map(Object::getClass))
        .containsExactlyInAnyOrder(TakeoverState.class.getPermittedSubclasses());
    assertThat(states).filteredOn(state -> explained(state).isEmpty())
        .containsExactly(new Idle(), new Over());
    assertThat(states.stream().map(this::explained).flatMap(Optional::stream))
        .allSatisfy(wait -> {
          assertThat(wait.limit()).as("I7: %s", wait).isPresent();
          assertThat(wait.threshold()).as("threshold: %s", wait).isNotEmpty();
          assertThat(wait.actual()).as("actual: %s", wait).isNotEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource(Progress.class)
  void a_takeover_waits_for_the_one_who_is_to_move_next_within_the_limit_that_runs(Progress progress) {
    Wait wait = of(new Live(2, false, progress, 4_711));

    boolean sourceIsNext = switch (progress) {
      case REQUESTED, STREAMING, PENDING_CONFIRMED, ACTIVE_CONFIRMED -> true;
      case ADDED, PENDING_ASKED, ACTIVE_ASKED, ENDED -> false;
    };
    assertThat(wait.node()).isEqualTo(sourceIsNext ? "n1" : "n4");
    assertThat(wait.limit()).contains(switch (progress) {
      case ADDED, REQUESTED -> LIMITS.addStream();
      case STREAMING -> LIMITS.catchUp();
      case PENDING_ASKED -> LIMITS.pending();
      case PENDING_CONFIRMED, ACTIVE_ASKED, ACTIVE_CONFIRMED, ENDED -> LIMITS.active();
    });
    assertThat(wait.threshold()).isNotEmpty();
    assertThat(wait.actual()).isNotEmpty();
  }

  @Test
  void figures_and_states_are_told_where_they_matter() {
    assertThat(of(new Live(1, true, Progress.STREAMING, 4_711))).hasToString(
        "n1 sends what is left and asks for pending (wanted: nothing is left, now: 4711 bytes sent at the last look)");
    assertThat(of(new Settling(RETRY, true, false, true, Progress.STREAMING))).hasToString(
        "the stream is closed on both sides after CONSUMER_ASKED (reason 5) (wanted: both sides, now: without n4)");
    assertThat(of(INSPECTING)).hasToString("the states of both copies allow to go on after CONSUMER_ASKED (reason 5) "
        + "(wanted: answers of both, now: n1 has not answered, n4 is REPLICA)");
    assertThat(of(new LinkGone(new Goal.ToTakeOver(3), Progress.ADDED, true, false)))
        .hasToString(
            "the lost link's connections are dropped before attempt 3 (wanted: by both nodes, now: not by n1)");
  }

  @Test
  void a_replica_stream_waits_only_until_it_runs() {
    assertThat(of(new Live(0, false, Progress.REQUESTED, 0)).limit()).contains(LIMITS.addStream());
    assertThat(explained(new Live(0, true, Progress.STREAMING, 0))).isEmpty();
  }
}
