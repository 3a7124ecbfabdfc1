package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.cluster.CopyCheck;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.RetryWay;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Moves of chains over real sockets, with clients at work. What holds in every bout is checked by the {@link ChainBout}. */
class ChainsOnSocketsTest {

  @ParameterizedTest
  @EnumSource(NodeVersion.class)
  void a_node_that_joins_gets_its_share_of_actives_and_replicas(NodeVersion version)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 2, 1)) {
      RebalanceSummary summary = bout.run(RebalanceRequest.adding("n3"));

      assertThat(summary.isComplete()).isTrue();
      assertThat(summary.residue()).isEmpty();
      assertThat(holders(bout, VBucketState.ACTIVE, "n3")).isEqualTo(2);
      assertThat(holders(bout, VBucketState.REPLICA, "n3")).isEqualTo(2);
    }
  }

  @Test
  void a_node_that_leaves_leaves_nothing_behind_and_every_moved_replica_equals_its_active()
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 4, 2)) {
      RebalanceSummary summary = bout.runQuietly(RebalanceRequest.removing("n1"));

      assertThat(summary.isComplete()).isTrue();
      BucketConfig config = bout.config();
      assertThat(config.servers()).hasSize(3);
      for (int vbucket = 0; vbucket < ChainBout.VBUCKETS; vbucket++) {
        List<String> chain = bout.chain(config, vbucket);
        assertThat(chain).hasSize(3).doesNotContainNull().doesNotContain("n1");
      }
      try (CopyCheck check = bout.cluster.copies(config)) {
        CopyCheck.Result result = check.compare();
        assertThat(result.copies()).isEqualTo(3 * ChainBout.VBUCKETS);
        // One-shot: what was not moved is not replicated by anybody, so only moved chains are compared.
        assertThat(result.differences()).noneMatch(difference -> moved(bout, difference));
      }
    }
  }

  private static boolean moved(ChainBout bout, String difference) {
    return bout.events.stream().anyMatch(event -> event instanceof RebalanceEvent.MoveEnded ended
        && difference.startsWith("vb:" + ended.vbucket() + ":"));
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_replica_and_its_active_change_places(NodeVersion version) throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 2, 1)) {
      List<String> before = bout.chain(bout.before, 3);

      RebalanceSummary summary = bout.run(RebalanceRequest.moving(Map.of(3, before.get(1))));

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.chain(bout.config(), 3)).containsExactly(before.get(1), before.get(0));
      assertThat(bout.state(before.get(0), 3)).contains(VBucketState.REPLICA);
      String topology = "{\"topology\":[[\"" + before.get(1) + "\",\"" + before.get(0) + "\"]]}";
      assertThat(bout.topology(3)).isEqualTo(version.knowsTopology() ? topology : "");
    }
  }

  @ParameterizedTest
  @EnumSource(value = RetryWay.class, names = {
    "REQUEST_BEFORE_PENDING", "REQUEST_AFTER_PENDING", "REQUEST_BEFORE_ACTIVE", "REFUSE_ACTIVE",
    "DROP_CONNECTION_BEFORE_ACTIVE", "END_BEFORE_ACTIVE"})
  void a_retried_takeover_of_a_chain_fills_its_replicas_again_and_succeeds(RetryWay way)
      throws IOException, InterruptedException {
    for (NodeVersion version : NodeVersion.RECORDED) {
      try (ChainBout bout = new ChainBout(version, 3, 2)) {
        List<String> chain = bout.chain(bout.before, 3);
        String asked = way.name().startsWith("END") ? chain.get(0) : "n4";
        bout.node(asked).run(node -> node.faults().retryTakeover(3, way));

        RebalanceSummary summary = bout.run(RebalanceRequest.moving(Map.of(3, "n4")));

        assertThat(summary.isComplete()).isTrue();
        assertThat(bout.attemptsOf(3)).isEqualTo(2);
        assertThat(bout.chain(bout.config(), 3)).containsExactly("n4", chain.get(1), chain.get(2));
        assertThat(bout.events).noneMatch(event -> event instanceof RebalanceEvent.AttemptFailed failed
            && failed.reason() == FailureReason.ALREADY_STREAMING);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void T2_a_chain_that_is_given_up_is_as_it_was(NodeVersion version) throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 3, 1)) {
      List<String> chain = bout.chain(bout.before, 3);
      RetryWay[] ways = Collections.nCopies(50, RetryWay.REQUEST_BEFORE_ACTIVE).toArray(RetryWay[]::new);
      bout.node("n4").run(node -> node.faults().retryTakeover(3, ways));

      RebalanceSummary summary = bout.run(RebalanceRequest.moving(Map.of(3, "n4")));

      assertThat(summary.unmoved()).singleElement().asString().contains("CONSUMER_ASKED");
      assertThat(summary.residue()).isEmpty();
      assertThat(bout.chain(bout.config(), 3)).isEqualTo(chain);
      assertThat(bout.state(chain.get(0), 3)).contains(VBucketState.ACTIVE);
      assertThat(bout.state(chain.get(1), 3)).contains(VBucketState.REPLICA);
      assertThat(bout.state("n4", 3)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_replica_that_was_to_be_active_stays_a_replica_when_the_move_is_given_up(NodeVersion version)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 2, 1)) {
      List<String> chain = bout.chain(bout.before, 3);
      RetryWay[] ways = Collections.nCopies(50, RetryWay.REQUEST_AFTER_PENDING).toArray(RetryWay[]::new);
      bout.node(chain.get(1)).run(node -> node.faults().retryTakeover(3, ways));

      RebalanceSummary summary = bout.run(RebalanceRequest.moving(Map.of(3, chain.get(1))));

      assertThat(summary.unmoved()).hasSize(1);
      assertThat(bout.state(chain.get(1), 3)).contains(VBucketState.REPLICA);
      assertThat(bout.chain(bout.config(), 3)).isEqualTo(chain);
    }
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void R12_the_old_actives_streams_are_closed_on_both_sides_before_its_state_is_touched(NodeVersion version)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 3, 2)) {
      List<String> chain = bout.chain(bout.before, 3);
      // A STREAM_END(state changed) would be sent to a stream that is still open when the old active becomes something else.
      boolean[] late = {false};
      bout.node(chain.get(0)).run(node -> node.faults().add(FaultRule
          .sent(Opcode.DCP_STREAM_END, new FaultAction.Run(() -> late[0] |= node.state(ChainBout.BUCKET, 3)
              .filter(VBucketState.REPLICA::equals).isPresent()))
          .ofVBucket(3).times(100)));

      RebalanceSummary summary = bout.run(RebalanceRequest.moving(Map.of(3, chain.get(1))));

      assertThat(summary.isComplete()).isTrue();
      assertThat(late[0]).as("a stream ended because the old active became a replica").isFalse();
    }
  }

  @Test
  void a_lost_link_to_one_replica_does_not_cost_the_others() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 2)) {
      List<String> chain = bout.chain(bout.before, 3);
      bout.node(chain.get(2)).run(node -> node.faults()
          .add(FaultRule.received(Opcode.DCP_ADD_STREAM, new FaultAction.CloseConnection()).ofVBucket(3)));

      RebalanceSummary summary = bout.run(RebalanceRequest.moving(Map.of(3, "n4")));

      assertThat(summary.isComplete()).isTrue();
      assertThat(bout.events.stream().filter(RebalanceEvent.AttemptFailed.class::isInstance))
          .singleElement().asString().contains(chain.get(2));
    }
  }

  @Test
  void T18_a_rebalance_that_is_stopped_leaves_chains_whole() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 2, 1)) {
      CompletableFuture<RebalanceSummary> end = new CompletableFuture<>();
      bout.rebalancer().subscribe(event -> {
        if (event instanceof RebalanceEvent.PhaseEntered) {
          bout.rebalancer().stop(java.time.Duration.ZERO);
        }
      });
      bout.begin(RebalanceRequest.adding("n3", "n4")).thenAccept(end::complete);

      RebalanceSummary summary = bout.settle(end);

      assertThat(summary.stopped()).isTrue();
      assertThat(summary.residue()).isEmpty();
    }
  }

  @Test
  void the_number_of_replicas_can_grow_and_shrink() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 1)) {
      RebalanceRequest same = RebalanceRequest.adding();
      assertThat(bout.runQuietly(same.withReplicas(2)).isComplete()).isTrue();
      BucketConfig grown = bout.config();
      assertThat(grown.numReplicas()).isEqualTo(2);
      assertThat(bout.chain(grown, 0)).hasSize(3).doesNotContainNull();

      assertThat(bout.runQuietly(same.withReplicas(0)).isComplete()).isTrue();
      assertThat(bout.config().numReplicas()).isZero();
      assertThat(bout.chain(bout.config(), 0)).hasSize(1);
    }
  }

  private static long holders(ChainBout bout, VBucketState state, String node) {
    long count = 0;
    for (int vbucket = 0; vbucket < ChainBout.VBUCKETS; vbucket++) {
      count += bout.state(node, vbucket).filter(state::equals).isPresent() ? 1 : 0;
    }
    return count;
  }
}
