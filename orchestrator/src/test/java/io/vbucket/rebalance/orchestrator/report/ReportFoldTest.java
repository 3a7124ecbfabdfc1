package io.vbucket.rebalance.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportFoldTest {
  /** vb:0 moves at its second attempt, vb:1 is given up, vb:2 never begins. */
  private static History threeMoves() {
    return new History().planned(4, 3)
        .began(10, 0).phase(20, 0, MovePhase.BACKFILL).copied(25, 0, 900, 5_000).copied(28, 0, 300, 9_000)
        .phase(30, 0, MovePhase.PERSIST).attempt(40, 0, 1).sourceDead(50, 0, 1)
        .failed(60, 0, 1, FailureReason.STATE_REFUSED, true)
        .attempt(70, 0, 2).sourceDead(75, 0, 2).active(77.5, 0, 2).copied(78, 0, 0, 10_000)
        .phase(80, 0, MovePhase.COMMIT).phase(90, 0, MovePhase.CLEAN_UP).ended(100, 0, new MoveOutcome.Moved(2, ""))
        .began(15, 1).phase(20, 1, MovePhase.BACKFILL)
        .failed(40, 1, 0, FailureReason.ADD_STREAM_REFUSED, false)
        .ended(50, 1, new MoveOutcome.Unmoved(0, FailureReason.ADD_STREAM_REFUSED, "because", "a copy"))
        .over(120, 1, List.of("travel/1: because", "travel/2: not begun"));
  }

  private static VBucketReport vbucket(RebalanceReport report, int id) {
    return report.stageInfo().get("data").details().get(History.BUCKET).vbucketLevelInfo().vbucketInfo().get(id);
  }

  @Test
  void a_phase_ends_where_the_next_begins_and_the_last_with_the_move() {
    VBucketReport move = vbucket(threeMoves().report(), 0);

    assertThat(move.phases()).extracting(VBucketReport.Phase::phase).containsExactly(
        MovePhase.PREPARE, MovePhase.BACKFILL, MovePhase.PERSIST, MovePhase.TAKEOVER, MovePhase.BACK_OFF,
        MovePhase.TAKEOVER, MovePhase.COMMIT, MovePhase.CLEAN_UP);
    assertThat(move.phases()).extracting(VBucketReport.Phase::timeTaken)
        .containsExactly(10.0, 10.0, 10.0, 20.0, 10.0, 10.0, 10.0, 10.0);
    assertThat(move.phases()).extracting(VBucketReport.Phase::attempt).containsExactly(0, 0, 0, 1, 1, 2, 2, 2);
    assertThat(move.move().timeTaken()).isEqualTo(90);
    assertThat(move.backfill().timeTaken()).isEqualTo(10);
    assertThat(move.persistence().timeTaken()).isEqualTo(10);
    assertThat(move.takeover().timeTaken()).as("both attempts and the pause between them").isEqualTo(40);
  }

  @Test
  void clients_wait_from_source_dead_to_destination_active_or_until_a_failed_attempt_is_settled() {
    VBucketReport move = vbucket(threeMoves().report(), 0);

    assertThat(move.attempts()).extracting(VBucketReport.Attempt::pauseMillis).containsExactly(10.0, 2.5);
    assertThat(move.attempts().get(0).destinationActiveTime()).isNull();
    assertThat(move.pauseMillis()).isEqualTo(12.5);
    assertThat(vbucket(threeMoves().report(), 1).pauseMillis()).isZero();
  }

  @Test
  void outcomes_failures_bytes_and_items_are_told_per_vbucket() {
    RebalanceReport report = threeMoves().report();

    assertThat(vbucket(report, 0).outcome()).isEqualTo(VBucketReport.Outcome.MOVED);
    assertThat(vbucket(report, 0).size()).isEqualTo(10_000);
    assertThat(vbucket(report, 0).replicationInfo())
        .isEqualTo(Map.of("n3", new VBucketReport.Items("n3", 900, 0, 10_000)));
    assertThat(vbucket(report, 0).failures()).singleElement()
        .satisfies(failure -> assertThat(failure.reason()).isEqualTo(FailureReason.STATE_REFUSED));
    assertThat(vbucket(report, 1).outcome()).isEqualTo(VBucketReport.Outcome.UNMOVED);
    assertThat(vbucket(report, 1).reason()).isEqualTo(FailureReason.ADD_STREAM_REFUSED);
    assertThat(vbucket(report, 1).residue()).isEqualTo("a copy");
    assertThat(vbucket(report, 2).outcome()).isEqualTo(VBucketReport.Outcome.NOT_BEGUN);
    assertThat(vbucket(report, 2).move()).isEqualTo(Span.NONE);
  }

  @Test
  void a_copy_that_is_made_has_no_items_left_and_as_many_in_all_as_the_source_had_even_if_they_were_sent_before_the_first_look() {
    History history = new History().planned(2, 2)
        .began(0, 0).phase(5, 0, MovePhase.BACKFILL).copied(10, 0, "n3", 3, 50).copied(10, 0, "n2", 7, 50)
        .began(0, 1).phase(5, 1, MovePhase.BACKFILL).copied(10, 1, "n3", 40, 60);

    assertThat(vbucket(history.report(), 0).replicationInfo().get("n3"))
        .as("while it runs").isEqualTo(new VBucketReport.Items("n3", 50, 3, 1_000));
    RebalanceReport report = history.ended(20, 0, new MoveOutcome.Moved(1, ""))
        .ended(20, 1, new MoveOutcome.Unmoved(0, FailureReason.CANCELLED, "stopped", "")).report();
    assertThat(vbucket(report, 0).replicationInfo()).isEqualTo(Map.of(
        "n2", new VBucketReport.Items("n2", 50, 0, 1_000), "n3", new VBucketReport.Items("n3", 50, 0, 1_000)));
    assertThat(vbucket(report, 1).replicationInfo().get("n3").inDocsLeft()).as("it was not made").isEqualTo(40);
    assertThat(report.stageInfo().get("data").details().get(History.BUCKET).replicationInfo()).isEqualTo(Map.of(
        "n1", new BucketReport.NodeItems(0, 0, 100, 0),
        "n2", new BucketReport.NodeItems(50, 0, 60, 40),
        "n3", new BucketReport.NodeItems(110, 40, 0, 0)));
  }

  @Test
  void totals_count_moves_retries_bytes_and_pauses() {
    RebalanceReport.Summary summary = threeMoves().report().summary();

    assertThat(summary.moves()).isEqualTo(3);
    assertThat(summary.moved()).isEqualTo(1);
    assertThat(summary.unmoved()).hasSize(2);
    assertThat(summary.bytes()).isEqualTo(10_000);
    assertThat(summary.retryReasons()).isEqualTo(Map.of(FailureReason.STATE_REFUSED, 1));
    assertThat(summary.pauseMillis()).isEqualTo(new RebalanceReport.Pauses(1, 12.5, 12.5, 12.5, 12.5));
    assertThat(summary.phases().get(MovePhase.TAKEOVER))
        .isEqualTo(new RebalanceReport.PhaseTimes(2, 30, 10, 20, 20));
    assertThat(summary.seconds()).isEqualTo(0.12);
  }

  @Test
  void the_map_afterwards_has_only_what_really_moved() {
    BucketReport.Placement map = threeMoves().report().stageInfo().get("data").details().get(History.BUCKET).map();

    assertThat(map.before()).containsExactly(List.of("n1"), List.of("n2"), List.of("n1"), List.of("n2"));
    assertThat(map.after()).containsExactly(List.of("n3"), List.of("n2"), List.of("n1"), List.of("n2"));
    assertThat(map.nodes()).containsExactly(
        new BucketReport.NodePlace("n1", "stays", 2, 1, 0, 0),
        new BucketReport.NodePlace("n2", "stays", 2, 2, 0, 0),
        new BucketReport.NodePlace("n3", "joins", 0, 1, 0, 0));
    assertThat(map.transfers()).containsExactly(
        new BucketReport.Transfer("n1", "n3", 2, 1, 10_000), new BucketReport.Transfer("n2", "n3", 1, 0, 0));
  }

  @Test
  void replicas_and_holes_are_counted_by_their_place_in_the_chain() {
    PlannedRebalance plan = new PlannedRebalance(
        "run", List.of("a", "b", "c"), List.of("a", "b", "c"), List.of(), List.of(),
        List.of(List.of("a", "b"), Arrays.asList("b", null)),
        List.of(new PlannedRebalance.PlannedMove(1, Arrays.asList("b", null), List.of("b", "c"))));
    RebalanceReport report = RebalanceReport.of(List.of(
        new RebalanceEvent.RebalancePlanned(History.START, "x", plan),
        new RebalanceEvent.RebalanceStarted(History.START, "x", 1),
        new RebalanceEvent.MoveStarted(History.START, "x", 1, "b", "b"),
        new RebalanceEvent.MoveEnded(History.START, "x", 1, "b", "b", new MoveOutcome.Moved(0, ""))));

    BucketReport.Placement map = report.stageInfo().get("data").details().get("x").map();
    assertThat(map.nodes()).containsExactly(
        new BucketReport.NodePlace("a", "stays", 1, 1, 0, 0),
        new BucketReport.NodePlace("b", "stays", 1, 1, 1, 1),
        new BucketReport.NodePlace("c", "stays", 0, 0, 0, 1));
    assertThat(map.transfers()).as("no active changes its node").isEmpty();
  }

  @Test
  void a_rebalance_that_runs_is_reported_as_it_stands() throws IOException {
    List<RebalanceEvent> events = threeMoves().events;
    RebalanceReport report = RebalanceReport.of(events.subList(0, 11));

    assertThat(vbucket(report, 0).outcome()).isEqualTo(VBucketReport.Outcome.RUNNING);
    assertThat(report.completionMessage()).isEmpty();
    assertThat(report.stageInfo().get("data").totalProgress()).isZero();
    JsonNode json = ReportJson.mapper().valueToTree(report);
    assertThat(json.at("/completedTime").isBoolean()).as("unset times are false, as in the classic report").isTrue();
    assertThat(json.at("/stageInfo/data/details/travel/vbucketLevelInfo/vbucketInfo/0/move/timeTaken").isBoolean())
        .isTrue();
    assertThat(ReportJson.mapper().treeToValue(json, RebalanceReport.class)).isEqualTo(report);
  }

  @Test
  void the_json_has_every_field_of_the_classic_report() {
    JsonNode json = ReportJson.mapper().valueToTree(threeMoves().report());

    assertThat(json.fieldNames()).toIterable().contains(
        "stageInfo", "rebalanceId", "rebalanceType", "numNodesAdded", "nodesAdded", "numNodesRemoved", "nodesRemoved",
        "nodesInfo", "masterNode", "startTime", "completedTime", "timeTaken", "completionMessage");
    assertThat(json.at("/nodesInfo").fieldNames()).toIterable()
        .contains("active_nodes", "keep_nodes", "eject_nodes", "delta_nodes", "failed_nodes");
    JsonNode data = json.at("/stageInfo/data");
    assertThat(data.fieldNames()).toIterable().contains(
        "totalProgress", "perNodeProgress", "startTime", "completedTime", "timeTaken", "subStages", "events",
        "details");
    JsonNode bucket = data.at("/details/travel");
    assertThat(bucket.fieldNames()).toIterable().contains(
        "compactionInfo", "perNodeInboundDataSize", "vbucketLevelInfo", "replicationInfo", "rebalance_method",
        "startTime", "completedTime", "timeTaken");
    assertThat(bucket.at("/vbucketLevelInfo/move").fieldNames()).toIterable()
        .contains("averageTime", "totalTime", "totalCount", "remainingCount");
    JsonNode first = bucket.at("/vbucketLevelInfo/vbucketInfo/0");
    assertThat(first.fieldNames()).toIterable().contains(
        "id", "beforeChain", "afterChain", "size", "move", "backfill", "takeover", "persistence", "replicationInfo");
    assertThat(first.at("/replicationInfo/n3").fieldNames()).toIterable()
        .contains("node", "inDocsTotal", "inDocsLeft");
    assertThat(json.at("/rebalanceType").asText()).isEqualTo("node_addition");
    assertThat(bucket.at("/vbucketLevelInfo/move/remainingCount").asInt()).isEqualTo(1);
  }

  @Test
  void a_move_that_is_taken_back_and_begins_once_more_is_one_move_whose_bytes_add_up() {
    History history = new History().planned(1, 1)
        .began(0, 0).phase(5, 0, MovePhase.BACKFILL).copied(10, 0, 50, 4_000)
        .setBack(20, 0);
    assertThat(vbucket(history.report(), 0).outcome()).as("it waits again").isEqualTo(VBucketReport.Outcome.NOT_BEGUN);
    history.began(40, 0).phase(45, 0, MovePhase.BACKFILL).copied(50, 0, 0, 6_000);

    assertThat(vbucket(history.report(), 0).outcome()).isEqualTo(VBucketReport.Outcome.RUNNING);
    VBucketReport move = vbucket(history.ended(60, 0, new MoveOutcome.Moved(1, "")).report(), 0);
    assertThat(move.outcome()).isEqualTo(VBucketReport.Outcome.MOVED);
    assertThat(move.size()).isEqualTo(10_000);
    assertThat(move.move().timeTaken()).isEqualTo(60);
    assertThat(move.phases()).extracting(VBucketReport.Phase::timeTaken).containsExactly(5.0, 15.0, 5.0, 15.0);
  }

  @Test
  void what_operators_asked_for_is_told_in_words_and_in_order() {
    History history = new History().planned(1, 1);
    history.events.addAll(List.of(
        new RebalanceEvent.PauseBegun(history.at(1), History.BUCKET, PauseMode.PARK),
        new RebalanceEvent.MoveHeld(history.at(2), History.BUCKET, 0),
        new RebalanceEvent.Paused(history.at(2), History.BUCKET, PauseMode.PARK, 1, List.of()),
        new RebalanceEvent.LimitChanged(
            history.at(3), History.BUCKET,
            new LimitChange(LimitChange.Limit.MOVES_PER_NODE, Optional.of("n3"), 7)),
        new RebalanceEvent.Resumed(history.at(4), History.BUCKET),
        new RebalanceEvent.MoveCancelled(history.at(5), History.BUCKET, 0),
        new RebalanceEvent.StopBegun(history.at(6), History.BUCKET, Duration.ofSeconds(10), "by the operator")));

    assertThat(history.report().stageInfo().get("data").details().get(History.BUCKET).interventions())
        .extracting(BucketReport.Warning::what).containsExactly(
            "pause asked for: park", "paused (park), 1 moves held", "limit moves-per-node = 7 on node n3", "resumed",
            "vb:0 cancelled", "stop, by the operator; takeovers may finish for 10.0 s");
  }

  @Test
  void a_rebalance_that_is_run_again_for_what_is_left_is_one_report() {
    History history = threeMoves();
    List<List<String>> chains = List.of(List.of("n3"), List.of("n2"), List.of("n1"), List.of("n2"));
    PlannedRebalance rest = new PlannedRebalance("run-2", List.of("n1", "n2", "n3"), List.of("n1", "n2", "n3"),
        List.of(), List.of(), chains,
        List.of(new PlannedRebalance.PlannedMove(1, chains.get(1), List.of("n3"))));
    history.events.add(new RebalanceEvent.RebalancePlanned(history.at(1_130), History.BUCKET, rest));
    history.events.add(new RebalanceEvent.RebalanceStarted(history.at(1_130), History.BUCKET, 1));
    history.began(1_140, 1).ended(1_150, 1, new MoveOutcome.Moved(1, "")).over(1_200, 1, List.of());

    RebalanceReport report = history.report();
    BucketReport bucket = report.stageInfo().get("data").details().get(History.BUCKET);
    assertThat(report.summary().moves()).as("vb:2 is not part of the last plan").isEqualTo(2);
    assertThat(report.summary().moved()).isEqualTo(2);
    assertThat(report.nodesAdded()).as("by the first plan").containsExactly("n3");
    assertThat(bucket.map().before().get(0)).containsExactly("n1");
    assertThat(bucket.map().after().subList(0, 2)).containsOnly(List.of("n3"));
    assertThat(report.timeTaken()).isEqualTo(1_200);
  }

  @Test
  void a_verdict_that_a_move_will_not_converge_is_told_with_its_figures() {
    History history = new History().planned(1, 1).began(0, 0);
    history.events.add(new RebalanceEvent.WillNotConverge(
        history.at(50), History.BUCKET, 0, "n3", 80, 100, Duration.ofSeconds(60), 7_000));
    RebalanceReport report = history
        .ended(60, 0, new MoveOutcome.Unmoved(0, FailureReason.WILL_NOT_CONVERGE, "d", "")).report();

    assertThat(vbucket(report, 0).willNotConverge())
        .isEqualTo(new VBucketReport.Verdict(history.at(50), "n3", 80, 100, 60, 7_000));
    assertThat(report.summary().willNotConverge()).isEqualTo(1);
  }

  @Test
  void several_buckets_are_told_apart_and_summed_up() {
    History first = threeMoves();
    History all = threeMoves();
    first.events.forEach(event -> {
      if (event instanceof RebalanceEvent.RebalancePlanned planned) {
        all.events.add(new RebalanceEvent.RebalancePlanned(planned.at(), "other", planned.plan()));
      } else if (event instanceof RebalanceEvent.RebalanceEnded ended) {
        all.events.add(new RebalanceEvent.RebalanceEnded(ended.at().plusSeconds(1), "other", ended.summary()));
      }
    });

    RebalanceReport report = all.report();
    assertThat(report.stageInfo().get("data").details()).containsOnlyKeys(History.BUCKET, "other");
    assertThat(report.summary().moves()).isEqualTo(6);
    assertThat(report.summary().moved()).isEqualTo(1);
    assertThat(report.completedTime()).isEqualTo(first.at(1_120));
  }
}
