package io.vbucket.rebalance.orchestrator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExchangeTest {

  private static Frame answer(Exchange exchange, int status) {
    return Frame.response(exchange.request(), status);
  }

  private static Frame state(Exchange exchange, VBucketState state) {
    return Frame.response(
        exchange.request(), Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, Admin.encodeState(state));
  }

  private static Answer finished(Exchange.Outcome outcome) {
    return ((Exchange.Outcome.Finished) outcome).answer();
  }

  @Test
  void a_copy_that_is_not_there_is_absent_and_not_an_error() {
    Exchange read = Exchange.of(new NodeQuestion.ReadState(7), "b");

    assertThat(finished(read.on(answer(read, Status.NOT_MY_VBUCKET)))).isEqualTo(new Answer.State(CopyState.ABSENT));
    assertThat(finished(read.on(state(read, VBucketState.PENDING)))).isEqualTo(new Answer.State(CopyState.PENDING));
  }

  @Test
  void an_active_copy_is_never_removed() {
    Exchange remove = Exchange.of(new NodeQuestion.Remove(7), "b");

    assertThat(finished(remove.on(state(remove, VBucketState.ACTIVE)))).isInstanceOf(Answer.Failed.class);
  }

  @Test
  void a_removal_sets_the_copy_dead_before_it_deletes_it() {
    Exchange remove = Exchange.of(new NodeQuestion.Remove(7), "b");
    Exchange dead = ((Exchange.Outcome.Continue) remove.on(state(remove, VBucketState.PENDING))).next();
    assertThat(Admin.SetVBucket.of(dead.request()).state()).isEqualTo(VBucketState.DEAD);
    Exchange delete = ((Exchange.Outcome.Continue) dead.on(answer(dead, Status.SUCCESS))).next();
    assertThat(delete.request().opcode()).isEqualTo(Opcode.DEL_VBUCKET);

    assertThat(finished(delete.on(answer(delete, Status.SUCCESS)))).isEqualTo(new Answer.Done());
  }

  @Test
  void removing_what_is_not_there_succeeds_without_creating_it() {
    Exchange remove = Exchange.of(new NodeQuestion.Remove(7), "b");

    assertThat(finished(remove.on(answer(remove, Status.NOT_MY_VBUCKET)))).isEqualTo(new Answer.Done());
  }

  @Test
  void persistence_is_asked_for_again_when_the_nodes_own_limit_runs_out() {
    Exchange persist = Exchange.of(new NodeQuestion.AwaitPersistence(7, 99), "b");

    assertThat(persist.waits()).isTrue();
    assertThat(persist.on(answer(persist, Status.ETMPFAIL))).isEqualTo(new Exchange.Outcome.Continue(persist));
  }

  @Test
  void stats_are_collected_until_the_empty_key() {
    Exchange stat = Exchange.of(new NodeQuestion.ReadBackfill(7, "conn"), "b");
    assertThat(stat.request().keyText()).isEqualTo("dcp-vbtakeover 7 conn");
    Exchange.Outcome first = stat.on(Admin.statPair(stat.request(), "status", "backfilling"));
    Exchange.Outcome second =
        ((Exchange.Outcome.More) first).next().on(Admin.statPair(stat.request(), "estimate", "1234"));

    Exchange.Outcome end = ((Exchange.Outcome.More) second).next().on(Admin.statPair(stat.request(), "", ""));

    assertThat(finished(end)).isEqualTo(new Answer.Backfill(true, 1234));
  }

  @Test
  void a_stream_that_the_source_does_not_know_gives_no_estimate() {
    Exchange stat = Exchange.of(new NodeQuestion.ReadBackfill(7, "conn"), "b");
    Exchange.Outcome first = stat.on(Admin.statPair(stat.request(), "status", "stream_does_not_exist"));

    Exchange.Outcome end = ((Exchange.Outcome.More) first).next().on(Admin.statPair(stat.request(), "", ""));

    assertThat(finished(end)).isEqualTo(new Answer.Backfill(false, Long.MAX_VALUE));
  }

  @Test
  void a_stat_that_is_no_number_is_the_codecs_error() {
    Exchange stat = Exchange.of(new NodeQuestion.ReadHighSeqno(7), "b");
    Exchange.Outcome first = stat.on(Admin.statPair(stat.request(), "vb_7:high_seqno", "many"));

    assertThatThrownBy(() -> ((Exchange.Outcome.More) first).next().on(Admin.statPair(stat.request(), "", "")))
        .isInstanceOf(FrameFormatException.class);
  }

  @Test
  void other_runs_are_told_by_the_names_of_their_connections() {
    Map<String, String> stats = Map.of(
        "eq_dcpq:rebalance-run:travel:mine:type", "producer",
        "eq_dcpq:rebalance-run:travel:theirs:type", "producer",
        "eq_dcpq:rebalance-run:beer:other:type", "producer");

    assertThat(NodeSession.otherRuns(stats, "travel", "mine")).containsExactly("theirs");
  }
}
