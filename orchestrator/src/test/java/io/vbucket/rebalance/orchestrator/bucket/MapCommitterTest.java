package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.bucket.MapCommitter.Outcome;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import io.vbucket.rebalance.protocol.Status;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapCommitterTest {
  private static final UnaryOperator<String> SERVER = name -> name + ":1";
  private static final Set<String> NODES = Set.of("a", "b", "c");
  private static final BucketConfig CONFIG =
      BucketConfig.initial("travel", List.of("a:1", "b:1", "c:1"), new int[] {0, 0, 1, 1});
  private static final Answer TAKEN = new Answer.Done();
  private static final Answer SILENT = new Answer.Failed(false, "node b: no answer in time");
  private final Move first = new Move("travel", 0, "a", "b");
  private final Move second = new Move("travel", 1, "a", "b");

  private static Answer.Failed refusal(int status) {
    return new Answer.Failed(true, status, "node: " + Status.nameOf(status));
  }

  private MapCommitter writing(Move... moves) {
    MapCommitter committer = MapCommitter.of(CONFIG);
    for (Move move : moves) {
      committer = committer.want(move);
    }
    return committer.write(SERVER, NODES);
  }

  /** Were the wait begun anew by each, a steady stream of finished moves would never be written, and clients wait for the map. */
  @Test
  void the_first_finished_move_begins_a_batch_and_those_that_join_it_do_not_put_it_off() {
    MapCommitter one = MapCommitter.of(CONFIG).want(first);
    assertThat(one.beginsBatch()).isTrue();
    assertThat(one.want(second).beginsBatch()).isFalse();
    assertThat(one.want(second).write(SERVER, NODES).writing()).containsExactly(first, second);
  }

  @Test
  void what_finishes_while_a_revision_is_written_waits_for_its_end_and_not_for_a_batch() {
    MapCommitter meanwhile = writing(first).want(second);
    assertThat(meanwhile.beginsBatch()).isFalse();
    assertThat(meanwhile.closed().waiting()).containsExactly(second);
  }

  @Test
  void a_revision_is_committed_when_the_old_and_the_new_owners_of_its_moves_know_it() {
    MapCommitter written = writing(first);
    assertThat(written.config().owner(0)).isEqualTo("b:1");
    assertThat(written.config().revision()).isEqualTo(CONFIG.revision() + 1);

    assertThat(written.outcome()).isEqualTo(Outcome.OPEN);
    assertThat(written.answered("c", TAKEN).answered("a", TAKEN).outcome()).isEqualTo(Outcome.OPEN);
    assertThat(written.answered("a", TAKEN).answered("b", TAKEN).outcome()).isEqualTo(Outcome.COMMITTED);
  }

  @Test
  void a_node_that_is_no_owner_may_miss_a_revision() {
    MapCommitter answered =
        writing(first).answered("c", SILENT).answered("a", TAKEN).answered("b", TAKEN);
    assertThat(answered.outcome()).isEqualTo(Outcome.COMMITTED);
  }

  @Test
  void the_same_revision_is_offered_again_to_an_owner_that_did_not_answer_but_not_for_ever() {
    MapCommitter committer = writing(first);
    for (int tries = 1; tries < MapCommitter.MAX_TRIES; tries++) {
      committer = committer.answered("a", TAKEN).answered("b", SILENT);
      assertThat(committer.outcome()).isEqualTo(Outcome.AGAIN);
      committer = committer.again(NODES);
      assertThat(committer.config().revision()).isEqualTo(CONFIG.revision() + 1);
    }
    committer = committer.answered("a", TAKEN).answered("b", SILENT);
    assertThat(committer.outcome()).isEqualTo(Outcome.PARTLY);
    assertThat(committer.isTaken(first)).isFalse();
    assertThat(committer.troubles(first)).isEqualTo("node b: no answer in time");
  }

  @Test
  void a_node_that_never_answers_costs_only_the_moves_that_need_it() {
    Move elsewhere = new Move("travel", 2, "a", "c");
    MapCommitter committer = writing(first, elsewhere);
    for (int tries = 1; tries < MapCommitter.MAX_TRIES; tries++) {
      committer = committer.answered("a", TAKEN).answered("b", SILENT).answered("c", TAKEN).again(NODES);
    }
    committer = committer.answered("a", TAKEN).answered("b", SILENT).answered("c", TAKEN);

    assertThat(committer.outcome()).isEqualTo(Outcome.PARTLY);
    assertThat(committer.isTaken(elsewhere)).isTrue();
    assertThat(committer.isTaken(first)).isFalse();
    assertThat(committer.troubles(first)).isEqualTo("node b: no answer in time");
  }

  @Test
  void an_announcement_that_a_node_never_answers_fails_as_a_whole() {
    MapCommitter announced = MapCommitter.announcing(CONFIG, List.of(first, second), SERVER, NODES);
    for (int tries = 1; tries < MapCommitter.MAX_TRIES; tries++) {
      announced = announced.answered("a", TAKEN).answered("b", SILENT).again(NODES);
    }
    assertThat(announced.answered("a", TAKEN).answered("b", SILENT).outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void nothing_is_offered_again_and_nothing_may_be_tidied_up_once_a_node_has_a_newer_map() {
    MapCommitter answered = writing(first).answered("a", refusal(Status.KEY_EEXISTS)).answered("b", TAKEN);
    assertThat(answered.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(answered.closed().newerSeen()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {Status.EACCESS, Status.EINVAL, Status.ERANGE})
  void a_node_that_refuses_a_map_for_another_reason_has_no_newer_one(int status) {
    MapCommitter answered = writing(first).answered("a", refusal(status)).answered("b", TAKEN);
    assertThat(answered.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(answered.newerSeen()).isFalse();
    assertThat(answered.troubles()).isEqualTo("node: " + Status.nameOf(status));
  }

  @Test
  void a_node_that_is_busy_is_asked_again() {
    MapCommitter answered = writing(first).answered("a", refusal(Status.EBUSY)).answered("b", TAKEN);
    assertThat(answered.outcome()).isEqualTo(Outcome.AGAIN);
    assertThat(answered.newerSeen()).isFalse();
  }

  private static List<String> waits(MapCommitter committer, Move move) {
    return committer.waits(move, Duration.ofMillis(50), Duration.ofSeconds(5)).stream().map(Wait::toString).toList();
  }

  @Test
  void a_move_that_waits_for_its_map_is_told_which_nodes_have_not_taken_it_and_at_which_try() {
    long revision = CONFIG.revision() + 1;
    MapCommitter written = writing(first);
    assertThat(waits(written, first)).containsExactly(
        "a takes the map with the new chain (wanted: revision " + revision + ", now: no answer yet, try 1 of 5)",
        "b takes the map with the new chain (wanted: revision " + revision + ", now: no answer yet, try 1 of 5)");
    assertThat(waits(written.answered("a", TAKEN).answered("b", refusal(Status.EBUSY)), first)).containsExactly(
        "b takes the map with the new chain (wanted: revision " + revision + ", now: node: EBUSY, try 1 of 5)");
    assertThat(waits(written.answered("a", TAKEN).answered("b", SILENT).again(NODES).answered("a", TAKEN), first))
        .containsExactly(
            "b takes the map with the new chain (wanted: revision " + revision + ", now: no answer yet, try 2 of 5)");
  }

  @Test
  void a_move_whose_map_is_not_written_yet_is_told_what_comes_first() {
    assertThat(waits(MapCommitter.of(CONFIG).want(first), first)).containsExactly(
        "the next map revision is written (now: 1 move gathered for the next)");
    assertThat(waits(writing(first).want(second).answered("a", TAKEN), second)).containsExactly(
        "map revision " + (CONFIG.revision() + 1) + ", which is before its own, is on its nodes "
            + "(wanted: answers of 2 nodes, now: none yet of b; 1 move gathered for the next)");
    assertThat(waits(MapCommitter.of(CONFIG), first)).as("it does not wait for the map").isEmpty();
    assertThat(waits(MapCommitter.announcing(CONFIG, List.of(first), SERVER, NODES), first))
        .as("nothing has begun").isEmpty();
  }

  @Test
  void clients_are_told_where_vbuckets_will_go_before_the_first_goes() {
    MapCommitter announced = MapCommitter.announcing(CONFIG, List.of(first), SERVER, NODES);
    assertThat(announced.config().forwardChain(0)).containsExactly("b:1");
    assertThat(announced.config().owner(0)).isEqualTo("a:1");
    MapCommitter nothing = MapCommitter.announcing(CONFIG, List.of(), SERVER, NODES);
    assertThat(nothing.config()).isSameAs(CONFIG);
    assertThat(nothing.announcing()).isFalse();
  }

  @Test
  void an_announcement_is_made_once_all_that_hold_or_get_a_copy_have_taken_it() {
    Move withReplica = new Move("travel", 0, List.of("a"), Arrays.asList("b", null, "c"), 0);
    MapCommitter announced = MapCommitter.announcing(CONFIG, List.of(withReplica), SERVER, Set.of("a", "b", "c", "d"))
        .answered("a", TAKEN)
        .answered("b", TAKEN)
        .answered("d", SILENT);
    assertThat(announced.outcome()).isEqualTo(Outcome.OPEN);
    assertThat(announced.answered("c", TAKEN).outcome()).isEqualTo(Outcome.COMMITTED);
    assertThat(announced.answered("c", SILENT).outcome()).isEqualTo(Outcome.AGAIN);
    assertThat(announced.answered("c", refusal(Status.EACCESS)).outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void an_announcement_fails_when_any_node_has_a_newer_map() {
    MapCommitter announced = MapCommitter.announcing(CONFIG, List.of(first), SERVER, NODES)
        .answered("c", refusal(Status.KEY_EEXISTS))
        .answered("a", TAKEN)
        .answered("b", TAKEN);
    assertThat(announced.outcome()).isEqualTo(Outcome.FAILED);
  }
}
