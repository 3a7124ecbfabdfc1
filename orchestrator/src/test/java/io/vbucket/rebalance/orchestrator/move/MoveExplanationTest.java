package io.vbucket.rebalance.orchestrator.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MoveExplanationTest {
  private static final RebalanceSettings SETTINGS = RebalanceSettings.load();
  private static final Move MOVE = new Move("travel", 7, List.of("n1", "n2"), List.of("n4", "n2"), 0);
  private static final MoveState.Tasks TASKS = new MoveState.Tasks(
      Map.of("n4", new CopyTask(CopyTask.Kind.REMOVE, "n4")), Map.of(), 2);
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  private static MoveProtocol at(MoveState state) {
    return new MoveProtocol(MOVE, state, state.phase(), 0, 1, 1, Map.of("n4", 2), Map.of("n2", 0, "n4", 1), false,
        new MoveProtocol.Limits(10, 1_000));
  }

  private static List<Wait> explain(MoveState state, Map<String, Wait> streams, PersistedSeqnos persisted) {
    return new MoveExplanation(SETTINGS.takeover(), SETTINGS.move(), streams, persisted)
        .of(ParkableMove.of(at(state)));
  }

  private static List<Wait> explain(MoveState state, Map<String, Wait> streams) {
    return explain(state, streams, PersistedSeqnos.NONE);
  }

  private static List<Wait> explain(MoveState state) {
    return explain(state, Map.of());
  }

  private static MoveState building(Copy copy) {
    return new MoveState.Building(new TreeMap<>(Map.of("n4", copy)));
  }

  private static List<MoveState> states() {
    return List.of(
        new MoveState.New(), new MoveState.Checking(1), new MoveState.Creating(TASKS, false),
        building(Copy.at(Copy.Stage.FILLING, 1)), new MoveState.Persisting(Set.of("n2", "n4"), true),
        new MoveState.Widening(1), new MoveState.AwaitingSlot(), new MoveState.TakingOver(),
        new MoveState.BackingOff(true),
        new MoveState.Ending(FailureReason.CANCELLED, "stopped"), new MoveState.Committing(), new MoveState.Parting(),
        new MoveState.Confirming(2),
        new MoveState.CleaningUp(TASKS), new MoveState.CheckingUndo(FailureReason.CANCELLED, "stopped", 2),
        new MoveState.Undoing(FailureReason.CANCELLED, "stopped", "", TASKS),
        new MoveState.Leaving(new MoveOutcome.NeedsOperator(1, "two actives")), new MoveState.Finished());
  }

  @Test
  void every_state_of_a_move_is_explained() {
    List<Class<?>> kinds = new ArrayList<>();
    for (Class<?> kind : MoveState.class.getPermittedSubclasses()) {
      // Tasks is a part of states and none itself, so it may not appear here.
      kinds.add(kind);
    }
    assertThat(states().stream().<Class<?>>map(Object::getClass)).containsExactlyInAnyOrderElementsOf(kinds);
    assertThat(states()).allSatisfy(state -> assertThat(explain(state))
        .noneMatch(wait -> wait.what().startsWith(MoveExplanation.UNEXPLAINED)));
    assertThat(states()).filteredOn(state -> explain(state).isEmpty())
        .containsExactly(new MoveState.New(), new MoveState.Finished());
  }

  @ParameterizedTest
  @EnumSource(Copy.Stage.class)
  void every_stage_of_a_copy_is_explained(Copy.Stage stage) {
    Copy copy = new Copy(stage, 1, 4_711, 0, FailureReason.NO_PROGRESS, "stood still");

    List<Wait> waits = explain(building(copy));

    if (stage == Copy.Stage.FILLED) {
      assertThat(waits).as("it waits for the others").isEmpty();
    } else {
      assertThat(waits).singleElement().satisfies(wait -> assertThat(wait.node()).isEqualTo("n4"));
    }
  }

  @Test
  void a_filling_tells_threshold_and_actual() {
    Copy copy = new Copy(Copy.Stage.FILLING, 1, 4_711, 0, null, "");

    assertThat(explain(building(copy))).containsExactly(new Wait(
        "n4", "n4 is filled, the limit being for a time without progress", "fewer than 1000 items are left",
        "4711 items, filling 3 of 10",
        Optional.of(SETTINGS.move().backfillStallTimeout())));
  }

  @Test
  void a_wait_for_persistence_tells_the_seqno_that_is_wanted_and_what_each_node_has_on_disk() {
    PersistedSeqnos known = PersistedSeqnos.NONE.wanting(4_711).told("n4", 4_000).told("n3", PersistedSeqnos.UNKNOWN);

    List<Wait> waits = explain(new MoveState.Persisting(Set.of("n2", "n3", "n4"), true), Map.of(), known);

    assertThat(waits).extracting(Wait::node).containsExactly("n2", "n3", "n4");
    assertThat(waits).allSatisfy(
        wait -> assertThat(wait.limit()).contains(SETTINGS.move().persistenceTimeout()));
    assertThat(waits).extracting(Wait::toString).containsExactly(
        "n2 has on disk what n1 had (wanted: seqno 4711, now: not looked yet)",
        "n3 has on disk what n1 had (wanted: seqno 4711, now: the node does not tell)",
        "n4 has on disk what n1 had (wanted: seqno 4711, now: seqno 4000)");
  }

  @Test
  void until_the_source_has_told_its_high_seqno_a_wait_for_persistence_is_a_wait_for_the_source() {
    PersistedSeqnos second = PersistedSeqnos.NONE.wanting(4_711).wanting(PersistedSeqnos.UNKNOWN);

    assertThat(explain(new MoveState.Persisting(Set.of("n4"), true), Map.of(), second)).singleElement()
        .satisfies(wait -> {
          assertThat(wait.node()).isEqualTo("n1");
          assertThat(wait.threshold()).isNotEmpty();
        });
  }

  @Test
  void what_is_asked_of_nodes_is_told_with_what_is_wanted_and_how_often_it_was_asked() {
    assertThat(explain(new MoveState.CleaningUp(TASKS))).singleElement()
        .hasToString("n4 carries out REMOVE (wanted: success, now: no answer yet, asked 2 of 5 times)");
    assertThat(explain(new MoveState.Confirming(2))).singleElement().hasToString(
        "n4 says that it is active, before old copies go (wanted: ACTIVE, now: asked 2 of 5 times)");
  }

  @Test
  void what_the_owner_knows_of_the_map_takes_the_place_of_what_the_move_knows() {
    List<Explanation.Since> own = WaitLog.NONE.now(explain(new MoveState.Committing()), START).waits();
    Wait exact = Wait.on("n4", "n4 takes the map with the new chain").with("revision 12", "no answer yet");

    assertThat(new Explanation("travel", 7, MovePhase.COMMIT, 1, 10, own)
        .with(new Explanation.OwnersView(List.of(), List.of(exact))).waits())
        .containsExactly(new Explanation.Since(exact, START));
  }

  @Test
  void what_streams_wait_for_is_told_where_the_move_waits_for_them() {
    Wait pending = Wait.on("n4", "n4 becomes pending", Duration.ofSeconds(30));

    assertThat(explain(new MoveState.TakingOver(), Map.of("n4", pending))).containsExactly(pending);
    assertThat(explain(building(Copy.at(Copy.Stage.CONNECTING, 1)), Map.of("n4", pending))).containsExactly(pending);
    assertThat(explain(new MoveState.Parting(), Map.of("n4", pending)))
        .containsExactly(
            Wait.on("n2", "the stream to n2 ends and the old active's state is changed"), pending);
    assertThat(explain(new MoveState.Committing(), Map.of("n4", pending))).doesNotContain(pending);
  }

  @Test
  void a_parked_move_waits_for_the_operator() {
    ParkableMove parked = new ParkableMove(
        at(new MoveState.TakingOver()), ParkableMove.Stand.PARKED, List.of(), Set.of());

    assertThat(new MoveExplanation(SETTINGS.takeover(), SETTINGS.move(), Map.of(), PersistedSeqnos.NONE).of(parked))
        .containsExactly(Wait.on("", "the operator lets it go on; it is parked"));
  }

  @Test
  void pauses_tell_their_length_and_the_failures_before_them() {
    assertThat(explain(new MoveState.BackingOff(false))).singleElement()
        .hasToString("a pause is over and the next attempt begins (now: after 1 failure)");
    assertThat(explain(building(Copy.at(Copy.Stage.BACKING_OFF, 1)))).singleElement().satisfies(wait -> {
      assertThat(wait).hasToString("a pause is over and n4 is filled again (now: after 2 failures)");
      assertThat(wait.limit()).contains(SETTINGS.takeover().backoff().delay(2));
    });
  }

  @Test
  void a_wait_keeps_its_beginning_while_its_figures_change() {
    Wait before = Wait.on("n4", "n4 is filled").with("0", "100");
    Wait after = Wait.on("n4", "n4 is filled").with("0", "50");
    Wait other = Wait.on("n2", "n2 is filled");
    WaitLog log = WaitLog.NONE.now(List.of(before), START).now(List.of(after, other), START.plusSeconds(5));

    assertThat(log.waits()).containsExactly(
        new Explanation.Since(after, START), new Explanation.Since(other, START.plusSeconds(5)));
    Explanation told = new Explanation("travel", 7, MovePhase.BACKFILL, 0, 10, log.waits());
    assertThat(told.waited(START.plusSeconds(8))).isEqualTo(Duration.ofSeconds(8));
    assertThat(told.text(START.plusSeconds(8))).isEqualTo(
        "vb:7 of travel, BACKFILL: waits 8 s until n4 is filled (wanted: 0, now: 50); 3 s until n2 is filled");
    assertThat(log.now(List.of(), START.plusSeconds(9)).now(List.of(before), START.plusSeconds(10)).waits().get(0)
        .since()).as("a wait that ended begins anew").isEqualTo(START.plusSeconds(10));
  }
}
