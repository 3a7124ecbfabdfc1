package io.vbucket.rebalance.testkit.officials;

import static org.assertj.core.api.Assertions.assertThat;

import com.couchbase.client.java.Cluster;
import com.couchbase.client.java.Collection;
import com.couchbase.client.java.kv.LookupInResult;
import com.couchbase.client.java.kv.LookupInSpec;
import com.couchbase.client.java.kv.MutateInOptions;
import com.couchbase.client.java.kv.MutateInSpec;
import com.couchbase.client.java.kv.StoreSemantics;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class JavaClientTest {
  private static final long OPERATIONS = 6_000;

  @ParameterizedTest
  @EnumSource(value = NodeVersion.class, names = {"V6_0", "V7_6"})
  void no_operation_fails_and_no_write_is_lost_while_vbuckets_move_and_takeovers_are_retried(NodeVersion version)
      throws Exception {
    EmbeddedCluster.Layout layout =
        new EmbeddedCluster.Layout(3, 2, 64, OfficialClients.BUCKET, version, 0, 1);
    try (EmbeddedCluster nodes = EmbeddedCluster.start(layout);
        Cluster cluster = OfficialClients.connect(nodes);
        JavaClientLoad load = new JavaClientLoad(
            OfficialClients.open(cluster).defaultCollection(), 24, version == NodeVersion.V7_6, 1)) {
      load.start();
      long begin = System.nanoTime();
      long moved = 0;
      long retried = 0;
      for (int round = 0; round == 0 || load.done() < OPERATIONS; round++) {
        RebalanceRequest request =
            round % 2 == 0 ? RebalanceRequest.adding("n3") : RebalanceRequest.removing("n3");
        RebalanceSummary summary = OfficialClients.rebalance(nodes, request, round);
        assertThat(summary.unmoved()).isEmpty();
        moved += summary.moved();
        retried += summary.retried();
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      long done = load.done();
      load.stop();
      System.out.printf("java-client on nodes like %s: %d operations in %.1f s, %.0f a second; %d failed; "
          + "%d moves, %d retried; %d locks lost by a move; %s%n", version.text(), done, seconds, done / seconds,
          load.failures().size(), moved, retried, load.locksLost(), load.doneByName());

      assertThat(load.failures()).as("failed operations").isEmpty();
      assertThat(load.lost()).as("acknowledged writes that are lost").isEmpty();
      assertThat(retried).as("moves whose takeover was retried").isPositive();
    }
  }

  @Test
  void documents_with_attributes_arrive_on_another_node_as_they_were() throws Exception {
    try (EmbeddedCluster nodes = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 4));
        Cluster cluster = OfficialClients.connect(nodes)) {
      Collection collection = OfficialClients.open(cluster).defaultCollection();
      Map<String, String> before = new TreeMap<>();
      for (int i = 0; i < 40; i++) {
        String key = "document-" + i;
        collection.mutateIn(key, List.of(MutateInSpec.upsert("number", i), MutateInSpec.upsert("own", i).xattr(),
            MutateInSpec.upsert("_sync.rev", "r" + i).xattr().createPath()),
            MutateInOptions.mutateInOptions().storeSemantics(StoreSemantics.UPSERT));
        before.put(key, described(collection, key));
      }

      RebalanceSummary summary = OfficialClients.rebalance(nodes, RebalanceRequest.adding("n2"), 1);

      assertThat(summary.moved()).isEqualTo(2);
      assertThat(before.get("document-7")).contains("\"json\"", "\"xattr\"", "r7");
      before.forEach((key, text) -> assertThat(described(collection, key)).as(key).isEqualTo(text));
    }
  }

  @Test
  void a_node_that_leaves_and_comes_back_has_the_ports_again_that_clients_want_to_know() throws Exception {
    try (ClientComplaints complaints = new ClientComplaints();
        EmbeddedCluster nodes = EmbeddedCluster.start(EmbeddedCluster.Layout.of(3, 3, 8));
        Cluster cluster = OfficialClients.connect(nodes)) {
      Collection collection = OfficialClients.open(cluster).defaultCollection();
      OfficialClients.rebalance(nodes, RebalanceRequest.removing("n3"), 1);
      OfficialClients.rebalance(nodes, RebalanceRequest.adding("n3"), 2);

      for (int i = 0; i < 40; i++) {
        collection.upsert("document-" + i, i);
        assertThat(collection.get("document-" + i).contentAs(Integer.class)).isEqualTo(i);
      }
      assertThat(complaints.errors()).isEmpty();
      assertThat(configOn(nodes))
          .contains("\"mgmt\":" + nodes.node(2).managementPort() + ",\"kv\":" + nodes.node(2).port());
    }
  }

  private static String configOn(EmbeddedCluster nodes) throws Exception {
    try (AdminClient admin = new AdminClient(
        nodes.servers().get(0), OfficialClients.BUCKET, EmbeddedCluster.USER, EmbeddedCluster.PASSWORD)) {
      return admin.ask(Admin.getClusterConfig(1)).valueText();
    }
  }

  /** Body, attributes, CAS, flags and datatype. */
  private static String described(Collection collection, String key) {
    LookupInResult result = collection.lookupIn(key, List.of(LookupInSpec.get(""), LookupInSpec.get("own").xattr(),
        LookupInSpec.get("_sync").xattr(), LookupInSpec.get("$document").xattr()));
    return Stream.of(0, 1, 2, 3).map(index -> new String(result.contentAs(index, byte[].class), StandardCharsets.UTF_8))
        .collect(Collectors.joining(" "));
  }
}
