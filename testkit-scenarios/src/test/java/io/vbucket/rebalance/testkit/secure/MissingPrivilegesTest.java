package io.vbucket.rebalance.testkit.secure;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.link.DcpLink;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.Privilege;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** The user lacks one of the privileges that the README names: the operator hears which node, which request, and of whom. */
class MissingPrivilegesTest {
  private static final RebalanceSettings SETTINGS = RebalanceSettings.load(ConfigFactory.parseString(
      "rebalance { takeover { max-attempts = 1, timeouts { link = 500 ms } }, node { request-timeout = 2 s, reconnect-backoff { initial = 20 ms, max = 50 ms } },"
          + " link { reconnect-backoff { initial = 20 ms, max = 50 ms } } }"));

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

  /** Links are opened again and again, so the reason of each failure is in the log. */
  @Test
  void a_destination_whose_consumer_may_not_be_opened_is_logged_and_nothing_is_moved() throws IOException {
    Logger links = (Logger) LoggerFactory.getLogger(DcpLink.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = links.getLevel();
    links.setLevel(Level.WARN);
    links.setAdditive(false);
    links.addAppender(log);
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 2))) {
      cluster.node(1).run(data -> data.withhold(Privilege.DCP_CONSUMER));

      assertThat(rebalance(cluster)).hasSize(1).allMatch(line -> line.contains("n1->n2: LINK_LOST"));
      cluster.node(0).run(data -> assertThat(data.vbucketsIn("default", VBucketState.ACTIVE)).containsExactly(0, 1));
    } finally {
      links.detachAppender(log);
      links.setAdditive(true);
      links.setLevel(before);
    }
    assertThat(List.copyOf(log.list))
        .filteredOn(event -> event.getLevel() == Level.WARN)
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.contains("node n2 (127.0.0.1:") && line.contains("refused DCP_OPEN with EACCESS")
            && line.contains("roles of user Administrator"));
  }

  /** Why nothing was moved. */
  private static List<String> rebalance(EmbeddedCluster cluster) {
    try (Rebalancer rebalancer = new Rebalancer(
        "default", cluster.names(), SETTINGS, new NettyWiring(cluster.describe(), SETTINGS))) {
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
