package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import io.vbucket.rebalance.testkit.workload.Ledger;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator hears of a move that a node holds up. */
@Timeout(60)
class ExplainOnSocketsTest {
  private static final int DOCUMENTS = 40;
  private static final RebalanceSettings SETTINGS = RebalanceSettings.load();

  /** n2 answers requests of this kind only once the explanation was read. */
  private static Explanation whileHeld(int opcode, int passing, Predicate<Wait> told) throws Exception {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 1));
        KvClient client = cluster.client(Duration.ofSeconds(20));
        Rebalancer rebalancer =
            new Rebalancer("default", cluster.names(), SETTINGS, new NettyWiring(cluster.describe(), SETTINGS))) {
      new Workload(client, new Ledger(DOCUMENTS, 64)).load(written -> {
      });
      cluster.node(1).run(node -> {
        node.faults().add(FaultRule.received(opcode, new FaultAction.Run(() -> {
        })).times(passing));
        node.faults().add(FaultRule.received(opcode, new FaultAction.Hold("held")).always());
      });
      CompletableFuture<RebalanceSummary> end =
          rebalancer.start(RebalanceRequest.moving(Map.of(0, "n2"))).toCompletableFuture();
      AtomicReference<Explanation> found = new AtomicReference<>();
      await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20)).until(() -> {
        rebalancer.explain(0).toCompletableFuture().join()
            .filter(move -> move.waits().size() == 1 && told.test(move.waits().get(0).awaited()))
            .ifPresent(found::set);
        return found.get() != null;
      });
      cluster.node(1).run(node -> {
        node.faults().clear();
        node.faults().release("held");
      });
      assertThat(end.join().isComplete()).isTrue();
      return found.get();
    }
  }

  @Test
  void a_disk_that_is_waited_for_is_told_with_the_seqno_that_it_must_have_and_the_one_that_it_has() throws Exception {
    Explanation move = whileHeld(Opcode.SEQNO_PERSISTENCE, 0, wait -> wait.actual().startsWith("seqno "));

    assertThat(move.phase()).isEqualTo(MovePhase.PERSIST);
    Wait wait = move.waits().get(0).awaited();
    assertThat(wait.node()).isEqualTo("n2");
    assertThat(wait.threshold()).isEqualTo("seqno " + DOCUMENTS);
    assertThat(wait.actual()).matches("seqno \\d+");
    assertThat(wait.limit()).contains(SETTINGS.move().persistenceTimeout());
  }

  @Test
  void a_map_that_is_waited_for_is_told_with_its_revision_the_node_that_has_not_taken_it_and_the_try()
      throws Exception {
    Explanation move = whileHeld(Opcode.SET_CLUSTER_CONFIG, 1, wait -> wait.threshold().startsWith("revision "));

    assertThat(move.phase()).isEqualTo(MovePhase.COMMIT);
    Wait wait = move.waits().get(0).awaited();
    assertThat(wait.node()).isEqualTo("n2");
    assertThat(wait.threshold()).matches("revision \\d+");
    assertThat(wait.actual()).isEqualTo("no answer yet, try 1 of 5");
    assertThat(wait.limit()).contains(SETTINGS.map().pushTimeout());
  }
}
