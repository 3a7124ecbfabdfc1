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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    Exchange.Outcome third =
        ((Exchange.Outcome.More) second).next().on(Admin.statPair(stat.request(), "vb_items", "5000"));

    Exchange.Outcome end = ((Exchange.Outcome.More) third).next().on(Admin.statPair(stat.request(), "", ""));

    assertThat(finished(end)).isEqualTo(new Answer.Backfill(true, 1234, 5000));
  }

  @Test
  void a_stream_that_the_source_does_not_know_gives_no_estimate() {
    Exchange stat = Exchange.of(new NodeQuestion.ReadBackfill(7, "conn"), "b");
    Exchange.Outcome first = stat.on(Admin.statPair(stat.request(), "status", "stream_does_not_exist"));

    Exchange.Outcome end = ((Exchange.Outcome.More) first).next().on(Admin.statPair(stat.request(), "", ""));

    assertThat(finished(end)).isEqualTo(new Answer.Backfill(false, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"4000, 4000", "'', -1"})
  void a_copy_tells_its_high_seqno_and_if_the_node_knows_it_what_is_on_disk(String persisted, long told) {
    Exchange stat = Exchange.of(new NodeQuestion.ReadHighSeqno(7), "b");
    stat = ((Exchange.Outcome.More) stat.on(Admin.statPair(stat.request(), "vb_7:high_seqno", "4711"))).next();
    if (!persisted.isEmpty()) {
      stat = ((Exchange.Outcome.More) stat.on(
          Admin.statPair(stat.request(), "vb_7:last_persisted_seqno", persisted))).next();
    }

    assertThat(finished(stat.on(Admin.statPair(stat.request(), "", "")))).isEqualTo(new Answer.Seqno(4_711, told));
  }

  @Test
  void a_stat_that_is_no_number_is_the_codecs_error() {
    Exchange stat = Exchange.of(new NodeQuestion.ReadHighSeqno(7), "b");
    Exchange.Outcome first = stat.on(Admin.statPair(stat.request(), "vb_7:high_seqno", "many"));

    assertThatThrownBy(() -> ((Exchange.Outcome.More) first).next().on(Admin.statPair(stat.request(), "", "")))
        .isInstanceOf(FrameFormatException.class);
  }

  // ---- the map

  private static final String MAP =
      "{\"rev\":%d,\"revEpoch\":%d,\"vBucketServerMap\":{\"serverList\":[\"a:1\"],\"vBucketMap\":[[0]]}}";

  private static Exchange.Outcome writingOver(String present, long epoch, long revision) {
    Exchange check = Exchange.of(new NodeQuestion.WriteConfig(epoch, revision, "{}"), "b");
    assertThat(check.request().opcode()).isEqualTo(Opcode.GET_CLUSTER_CONFIG);
    return check.on(Frame.response(
        check.request(), Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, present.getBytes(StandardCharsets.UTF_8)));
  }

  private static Frame writtenOver(String present, long epoch, long revision) {
    return ((Exchange.Outcome.Continue) writingOver(present, epoch, revision)).next().request();
  }

  @ParameterizedTest
  @CsvSource({"7, 1", "8, 1", "9, 0"})
  void a_map_is_written_over_one_that_is_not_newer(long presentRevision, long presentEpoch) {
    Admin.SetClusterConfig written =
        Admin.SetClusterConfig.of(writtenOver(String.format(MAP, presentRevision, presentEpoch), 1, 8));

    assertThat(written).isEqualTo(new Admin.SetClusterConfig(0, "b", 1, 8, "{}"));
  }

  @ParameterizedTest
  @CsvSource({"9, 1", "1, 2"})
  void a_newer_map_of_somebody_else_is_not_written_over(long presentRevision, long presentEpoch) {
    Answer answer = finished(writingOver(String.format(MAP, presentRevision, presentEpoch), 1, 8));

    assertThat(answer).isInstanceOfSatisfying(Answer.Failed.class, failed -> {
      assertThat(failed.answered()).isTrue();
      assertThat(failed.detail()).contains("newer map", "revision " + presentRevision, "revision 8");
    });
  }

  @Test
  void a_map_that_cannot_be_read_is_not_written_over() {
    assertThat(finished(writingOver("{}", 1, 8))).isInstanceOf(Answer.Failed.class);
  }

  @Test
  void a_node_that_has_no_map_is_given_one() {
    Exchange check = Exchange.of(new NodeQuestion.WriteConfig(1, 8, "{}"), "b");

    Exchange set = ((Exchange.Outcome.Continue) check.on(answer(check, Status.KEY_ENOENT))).next();
    assertThat(finished(set.on(answer(set, Status.SUCCESS)))).isEqualTo(new Answer.Done());
    assertThat(finished(set.on(answer(set, Status.EINVAL)))).isInstanceOf(Answer.Failed.class);
  }

  @Test
  void a_map_without_an_epoch_is_written_as_one() {
    Admin.SetClusterConfig written = Admin.SetClusterConfig.of(writtenOver(String.format(MAP, 7, 0), 0, 8));

    assertThat(written.epoch()).isEqualTo(Admin.SetClusterConfig.NO_EPOCH);
  }

  // ---- chains

  private static Exchange settingTopology(NodeQuestion question, Frame state) {
    Exchange check = Exchange.of(question, "b");
    return ((Exchange.Outcome.Continue) check.on(state)).next();
  }

  @Test
  void a_refused_chain_is_a_failure() {
    List<List<String>> chains = List.of(List.of("n1", "n2"));
    NodeQuestion set = new NodeQuestion.SetTopology(7, chains);
    Exchange setting = settingTopology(set, state(Exchange.of(set, "b"), VBucketState.ACTIVE));
    NodeQuestion create = new NodeQuestion.Create(7, chains);
    Exchange creating = settingTopology(create, answer(Exchange.of(create, "b"), Status.NOT_MY_VBUCKET));

    for (Exchange exchange : List.of(setting, creating)) {
      assertThat(Admin.SetVBucket.of(exchange.request()).topology()).isEqualTo("{\"topology\":[[\"n1\",\"n2\"]]}");
      assertThat(finished(exchange.on(answer(exchange, Status.SUCCESS)))).isEqualTo(new Answer.Done());
      assertThat(finished(exchange.on(answer(exchange, Status.EINVAL)))).isInstanceOf(Answer.Failed.class);
    }
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
