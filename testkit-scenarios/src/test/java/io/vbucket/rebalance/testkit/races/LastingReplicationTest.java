package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.RetryWay;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replication that lasts, over real sockets, with clients at work. What holds in every bout is checked by the {@link ChainBout}. */
class LastingReplicationTest {

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void replicas_follow_their_actives_and_nothing_stays_open_when_it_ends(NodeVersion version)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 3, 2)) {
      bout.keepReplicating();
      bout.startClients();
      bout.stopClients();

      bout.assertCopiesEqual();
      bout.rebalancer().stopReplicating().toCompletableFuture().join();
      bout.assertNoStreams();
      assertThat(bout.rebalancer().replication().toCompletableFuture().join()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_replica_node_that_dies_and_comes_back_is_filled_again(boolean withItsData)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 1)) {
      bout.keepReplicating();
      // All vBuckets that n3 serves would be down with it; those of which it has a replica only are not.
      bout.runQuietly(RebalanceRequest.moving(actives(bout, "n3", "n4")));
      bout.startClients();

      bout.node("n3").stop();
      bout.node("n3").restart(withItsData);

      bout.awaitReplication();
      bout.stopClients();
      bout.assertCopiesEqual();
    }
  }

  /** For every vBucket that {@code from} serves, its other node or {@code to}. */
  private static Map<Integer, String> actives(ChainBout bout, String from, String to) {
    Map<Integer, String> moves = new java.util.TreeMap<>();
    BucketConfig config = bout.config();
    for (int vbucket = 0; vbucket < ChainBout.VBUCKETS; vbucket++) {
      List<String> chain = bout.chain(config, vbucket);
      if (chain.get(0).equals(from)) {
        moves.put(vbucket, chain.get(1) == null ? to : chain.get(1));
      }
    }
    return moves;
  }

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void a_rebalance_borrows_what_it_moves_and_everything_is_replicated_afterwards(NodeVersion version)
      throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(version, 3, 1)) {
      bout.keepReplicating();

      RebalanceSummary summary =
          bout.run(new RebalanceRequest(java.util.Set.of("n4"), java.util.Set.of("n1")));

      assertThat(summary.isComplete()).isTrue();
      assertThat(summary.residue()).isEmpty();
      assertThat(bout.events).noneMatch(event -> event instanceof RebalanceEvent.AttemptFailed failed
          && failed.reason() == FailureReason.ALREADY_STREAMING);
      bout.awaitReplication();
      bout.assertCopiesEqual();
    }
  }

  @Test
  void an_undone_move_gives_its_streams_back() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 1)) {
      bout.keepReplicating();
      RetryWay[] ways = Collections.nCopies(50, RetryWay.REQUEST_BEFORE_ACTIVE).toArray(RetryWay[]::new);
      bout.node("n4").run(node -> node.faults().retryTakeover(3, ways));

      assertThat(bout.run(RebalanceRequest.moving(Map.of(3, "n4"))).unmoved()).hasSize(1);

      bout.awaitReplication();
      bout.assertCopiesEqual();
    }
  }

  @Test
  void a_map_that_somebody_else_writes_is_followed() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 1)) {
      bout.keepReplicating();
      List<String> chain = bout.config().chain(0);
      String fourth = bout.cluster.servers().get(3);

      for (int i = 0; i < 4; i++) {
        try (var admin = bout.cluster.admin(i)) {
          admin.setConfig(bout.before.withChains(Map.of(0, List.of(chain.get(0), fourth))));
        }
      }

      org.awaitility.Awaitility.await().atMost(java.time.Duration.ofSeconds(20))
          .until(() -> bout.state("n4", 0).filter(VBucketState.REPLICA::equals).isPresent());
      bout.awaitReplication();
      String dropped = bout.chain(bout.before, 0).get(1);
      assertThat(bout.node(dropped).<Integer>call(node -> node.consumerStreams(ChainBout.BUCKET)))
          .isEqualTo((int) replicasOn(bout, dropped));
    }
  }

  private static long replicasOn(ChainBout bout, String node) {
    BucketConfig config = bout.config();
    long count = 0;
    for (int vbucket = 0; vbucket < ChainBout.VBUCKETS; vbucket++) {
      count += bout.chain(config, vbucket).indexOf(node) > 0 ? 1 : 0;
    }
    return count;
  }

  @Test
  void a_second_orchestrator_is_kept_away_while_replication_is_kept() throws IOException, InterruptedException {
    try (ChainBout bout = new ChainBout(NodeVersion.V7_6, 3, 1);
        var other = bout.anotherRebalancer()) {
      bout.keepReplicating();

      assertThat(other.start(RebalanceRequest.adding("n4")).handle((summary, refused) -> refused)
          .toCompletableFuture().join())
          .hasMessageContaining("another rebalance, or 'rebalance replicate', of default is at work on ");
    }
  }
}
