package io.vbucket.rebalance.testkit.secure;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.Privilege;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The user lacks one of the privileges that the README names: the operator hears which node, which request, and of whom. */
class MissingPrivilegesTest {
  private static final RebalanceSettings SETTINGS = RebalanceSettings.load(ConfigFactory.parseString(
      "rebalance { node { request-timeout = 2 s, reconnect-backoff { initial = 20 ms, max = 50 ms } },"
          + " link { reconnect-backoff { initial = 20 ms, max = 50 ms } } }"));

  private final List<RebalanceEvent> events = new CopyOnWriteArrayList<>();

  @ParameterizedTest
  @CsvSource({"SIMPLE_STATS, 0, n1, STAT", "DCP_PRODUCER, 0, n1, DCP_OPEN",
    "NODE_SUPERVISOR, 1, n2, SET_CLUSTER_CONFIG"})
  void a_missing_privilege_is_told_with_the_node_and_the_request(
      Privilege privilege, int index, String node, String request) throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 2))) {
      cluster.node(index).run(data -> data.withhold(privilege));

      List<String> told = rebalance(cluster);

      assertThat(told).isNotEmpty();
      assertThat(told.get(0)).contains(node, request, "EACCESS");
      cluster.node(0).run(data -> assertThat(data.vbucketsIn("default", VBucketState.ACTIVE)).containsExactly(0, 1));
    }
  }

  @Test
  void a_link_that_is_refused_for_good_ends_its_moves_at_once_with_the_reason_in_answer_events_and_report()
      throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 2))) {
      cluster.node(1).run(data -> data.withhold(Privilege.DCP_CONSUMER));

      List<String> told = rebalance(cluster);

      String reason = "refused DCP_OPEN with EACCESS; the roles of user Administrator lack the privilege DcpConsumer";
      assertThat(told).hasSize(1).allMatch(
          line -> line.contains("n1->n2: LINK_REFUSED, node n2 (127.0.0.1:") && line.contains(reason));
      assertThat(events).filteredOn(RebalanceEvent.AttemptFailed.class::isInstance)
          .map(RebalanceEvent.AttemptFailed.class::cast)
          .hasSize(1)
          .allMatch(failed -> failed.reason() == FailureReason.LINK_REFUSED && !failed.again()
              && failed.detail().contains(reason));
      assertThat(RebalanceReport.of(events).stageInfo().get("data").details().get("default").vbucketLevelInfo()
          .vbucketInfo())
          .allMatch(move -> move.reason() == FailureReason.LINK_REFUSED && move.detail().contains(reason));
      cluster.node(0).run(data -> assertThat(data.vbucketsIn("default", VBucketState.ACTIVE)).containsExactly(0, 1));
      cluster.node(1).run(data -> assertThat(data.vbucketsIn("default", VBucketState.REPLICA)).isEmpty());
    }
  }

  @Test
  void a_link_that_is_refused_for_now_is_tried_again_until_it_comes_up() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 2))) {
      cluster.node(1).run(data -> data.faults().add(
          FaultRule.received(Opcode.DCP_OPEN, new FaultAction.Answer(Status.ETMPFAIL)).times(3)));

      try (Rebalancer rebalancer = new Rebalancer(
          "default", cluster.names(), SETTINGS, new NettyWiring(cluster.describe(), SETTINGS))) {
        RebalanceSummary summary = rebalancer.start(RebalanceRequest.adding("n2")).toCompletableFuture().join();
        assertThat(summary.isComplete()).as("%s", summary).isTrue();
      }
    }
  }

  /** Why nothing was moved. */
  private List<String> rebalance(EmbeddedCluster cluster) {
    try (Rebalancer rebalancer = new Rebalancer(
        "default", cluster.names(), SETTINGS, new NettyWiring(cluster.describe(), SETTINGS))) {
      rebalancer.subscribe(events::add);
      RebalanceSummary summary = rebalancer.start(RebalanceRequest.adding("n2")).toCompletableFuture().join();
      assertThat(summary.moved()).isZero();
      List<String> told = new ArrayList<>(summary.unmoved());
      told.addAll(summary.needOperator());
      return told;
    } catch (CompletionException refused) {
      return List.of(refused.getCause().getMessage());
    }
  }
}
