package io.vbucket.rebalance.testkit.officials;

import static org.assertj.core.api.Assertions.assertThat;

import com.couchbase.client.java.Cluster;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class DcpClientTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void its_view_equals_that_of_the_kv_client_before_during_and_after_moves(NodeVersion version) throws Exception {
    EmbeddedCluster.Layout layout =
        new EmbeddedCluster.Layout(3, 2, 16, OfficialClients.BUCKET, version, 0, 1);
    try (EmbeddedCluster nodes = EmbeddedCluster.start(layout);
        Cluster cluster = OfficialClients.connect(nodes);
        JavaClientLoad load =
            new JavaClientLoad(OfficialClients.open(cluster).defaultCollection(), 4, false, 1)) {
      load.start();
      Awaitility.await().atMost(LIMIT).until(() -> load.done() > 1_000);
      try (DcpView early = new DcpView(nodes, version == NodeVersion.V7_6).start()) {
        Awaitility.await().atMost(LIMIT).until(() -> early.changes() > 100);

        OfficialClients.rebalance(nodes, RebalanceRequest.adding("n3"), 1);
        OfficialClients.rebalance(nodes, RebalanceRequest.removing("n1"), 2);
        long done = load.done();
        Awaitility.await().atMost(LIMIT).until(() -> load.done() > done + 500);
        load.stop();

        assertThat(load.failures()).as("failed operations").isEmpty();
        assertThat(load.lost()).as("acknowledged writes that are lost").isEmpty();
        Awaitility.await().atMost(LIMIT)
            .untilAsserted(() -> assertThat(early.documents()).isEqualTo(load.documents()));
        try (DcpView late = new DcpView(nodes, version == NodeVersion.V7_6).start()) {
          Awaitility.await().atMost(LIMIT)
              .untilAsserted(() -> assertThat(late.documents()).isEqualTo(early.documents()));
          assertThat(late.mistakes()).isEmpty();
        }
        System.out.printf("dcp-client on nodes like %s: %d changes streamed, %d streams followed to another node, "
            + "%d documents, %d mistakes%n", version.text(), early.changes(), early.streamEnds(),
            early.documents().size(), early.mistakes().size());
        assertThat(early.mistakes()).isEmpty();
        assertThat(early.streamEnds()).as("streams that ended because their vBucket moved").isPositive();
      }
    }
  }
}
