package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.bucket.MapCommitter.Outcome;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class MapCommitterTest {
  private static final UnaryOperator<String> SERVER = name -> name + ":1";
  private static final Set<String> NODES = Set.of("a", "b", "c");
  private static final BucketConfig CONFIG =
      BucketConfig.initial("travel", List.of("a:1", "b:1", "c:1"), new int[] {0, 0, 1, 1});
  private final Move first = new Move("travel", 0, "a", "b");
  private final Move second = new Move("travel", 1, "a", "b");

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

    assertThat(written.outcome(false)).isEqualTo(Outcome.OPEN);
    assertThat(written.answered("c", true, "").answered("a", true, "").outcome(false)).isEqualTo(Outcome.OPEN);
    assertThat(written.answered("a", true, "").answered("b", true, "").outcome(false)).isEqualTo(Outcome.COMMITTED);
  }

  @Test
  void a_node_that_is_no_owner_may_miss_a_revision() {
    MapCommitter answered =
        writing(first).answered("c", false, "no answer").answered("a", true, "").answered("b", true, "");
    assertThat(answered.outcome(false)).isEqualTo(Outcome.COMMITTED);
  }

  @Test
  void the_same_revision_is_offered_again_to_an_owner_that_did_not_answer_but_not_for_ever() {
    MapCommitter committer = writing(first);
    for (int tries = 1; tries < MapCommitter.MAX_TRIES; tries++) {
      committer = committer.answered("a", true, "").answered("b", false, "no answer");
      assertThat(committer.outcome(false)).isEqualTo(Outcome.AGAIN);
      committer = committer.again(NODES);
      assertThat(committer.config().revision()).isEqualTo(CONFIG.revision() + 1);
    }
    committer = committer.answered("a", true, "").answered("b", false, "no answer");
    assertThat(committer.outcome(false)).isEqualTo(Outcome.FAILED);
    assertThat(committer.refusals()).containsEntry("b", "no answer");
  }

  @Test
  void nothing_is_offered_again_once_a_node_has_a_newer_map() {
    MapCommitter answered = writing(first).answered("a", false, "KEY_EEXISTS").answered("b", true, "");
    assertThat(answered.outcome(true)).isEqualTo(Outcome.FAILED);
  }

  @Test
  void clients_are_told_where_vbuckets_will_go_before_the_first_goes() {
    MapCommitter announced = MapCommitter.announcing(CONFIG, List.of(first), SERVER);
    assertThat(announced.config().forwardChain(0)).containsExactly("b:1");
    assertThat(announced.config().owner(0)).isEqualTo("a:1");
    assertThat(MapCommitter.announcing(CONFIG, List.of(), SERVER).config()).isSameAs(CONFIG);
  }
}
