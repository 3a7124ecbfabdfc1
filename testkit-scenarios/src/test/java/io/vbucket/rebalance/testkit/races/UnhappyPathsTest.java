package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.FaultAction;
import io.vbucket.rebalance.testkit.node.FaultRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators get wrong, over real sockets: nothing is changed, and every reason is told. */
class UnhappyPathsTest {
  private final RebalanceSettings settings = RebalanceSettings.load(ConfigFactory.parseString(
      "rebalance { node { request-timeout = 1 s, handshake-timeout = 1 s, reconnect-backoff { initial = 20 ms, max = 100 ms } } }"));

  private void assertRefused(ClusterFile cluster, RebalanceRequest request, String... reasons) {
    List<String> names = cluster.nodes().stream().map(NodeAddress::name).toList();
    try (Rebalancer rebalancer =
        new Rebalancer(cluster.bucket(), names, settings, new NettyWiring(cluster, settings))) {
      assertThatThrownBy(() -> rebalancer.start(request).toCompletableFuture().join())
          .hasCauseInstanceOf(RebalanceRefusedException.class)
          .satisfies(failure -> assertThat(failure.getCause().getMessage()).contains(reasons));
    }
  }

  private static ClusterFile with(ClusterFile cluster, NodeAddress more) {
    List<NodeAddress> nodes = new ArrayList<>(cluster.nodes());
    nodes.add(more);
    return new ClusterFile(cluster.bucket(), cluster.credentials(), nodes);
  }

  @Test
  void a_node_that_is_not_there_is_named_with_its_address() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(1, 1, 4))) {
      assertRefused(
          with(cluster.describe(), new NodeAddress("n2", "127.0.0.1", free)),
          RebalanceRequest.adding("n2"),
          "node n2 (127.0.0.1:" + free + ")");
    }
  }

  @Test
  void a_wrong_password_is_told_without_telling_the_password() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 4))) {
      ClusterFile wrong = cluster.describe(Credentials.of(EmbeddedCluster.USER, "swordfish"));
      List<String> names = cluster.names();
      try (Rebalancer rebalancer = new Rebalancer(wrong.bucket(), names, settings, new NettyWiring(wrong, settings))) {
        assertThatThrownBy(() -> rebalancer.start(RebalanceRequest.adding("n2")).toCompletableFuture().join())
            .satisfies(failure -> assertThat(failure.getCause().getMessage())
                .contains("password").contains("node n1").contains("node n2").doesNotContain("swordfish"));
      }
    }
  }

  @Test
  void a_bucket_that_is_not_there_is_named() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 4))) {
      ClusterFile other = new ClusterFile("beer", cluster.describe().credentials(), cluster.describe().nodes());

      assertRefused(other, RebalanceRequest.adding("n2"), "beer");
    }
  }

  @Test
  void a_node_that_speaks_another_protocol_is_named() throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(1, 1, 4));
        ServerSocket web = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread server = new Thread(() -> {
        while (ended.getCount() > 0) {
          try (Socket socket = web.accept()) {
            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".getBytes());
            socket.getOutputStream().flush();
            ended.await(200, TimeUnit.MILLISECONDS);
          } catch (IOException closed) {
            return;
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return;
          }
        }
      });
      server.setDaemon(true);
      server.start();

      assertRefused(
          with(cluster.describe(), new NodeAddress("n2", "127.0.0.1", web.getLocalPort())),
          RebalanceRequest.adding("n2"),
          "node n2",
          "127.0.0.1:" + web.getLocalPort());
      ended.countDown();
    }
  }

  @Test
  void a_node_that_the_cluster_file_does_not_list_is_told() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(3, 2, 4))) {
      ClusterFile all = cluster.describe();
      ClusterFile some =
          new ClusterFile(all.bucket(), all.credentials(), List.of(all.nodes().get(0), all.nodes().get(2)));

      assertRefused(some, RebalanceRequest.adding("n3"), all.nodes().get(1).hostAndPort(), "does not list");
      assertRefused(all, RebalanceRequest.adding("n9"), "node n9 is not in the cluster file");
      assertRefused(all, RebalanceRequest.removing("n1", "n2", "n3"), "no node would be left");
    }
  }

  /** Takeovers that cannot get into the map would leave clients at the wrong nodes: whether it can be written is found out before them. */
  @ParameterizedTest
  @CsvSource({"1, EINVAL", "1, EACCESS", "2, EINVAL", "2, EACCESS"})
  void nothing_is_moved_when_a_node_does_not_take_the_map(int refusing, String status)
      throws IOException {
    int code = status.equals("EINVAL") ? Status.EINVAL : Status.EACCESS;
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 4))) {
      AtomicInteger statesSet = new AtomicInteger();
      cluster.nodes().forEach(any -> any.run(node -> node.faults().add(
          FaultRule.received(Opcode.SET_VBUCKET, new FaultAction.Run(statesSet::incrementAndGet)).always())));
      cluster.node(refusing - 1).run(node -> node.faults().add(
          FaultRule.received(Opcode.SET_CLUSTER_CONFIG, new FaultAction.Answer(code)).always()));

      assertRefused(
          cluster.describe(), RebalanceRequest.adding("n2"),
          "the map cannot be written", "node n" + refusing, "SET_CLUSTER_CONFIG", status);

      assertThat(statesSet).hasValue(0);
      // The other one took the announcement. It is told that nothing comes of it.
      String kept = cluster.node(2 - refusing).call(node -> node.config("default"));
      assertThat(BucketConfig.parse(kept, "127.0.0.1").hasForward()).isFalse();
    }
  }

  @Test
  void a_second_run_on_the_same_nodes_is_refused_while_the_first_is_at_work() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 4));
        Rebalancer first = new Rebalancer(
            "default", cluster.names(), settings, new NettyWiring(cluster.describe(), settings))) {
      // The first run cannot get on: its first copy is not answered for.
      cluster.node(1).run(
          node -> node.faults().add(FaultRule.received(Opcode.DCP_ADD_STREAM, new FaultAction.Hold("first")).always()));
      CompletableFuture<Void> begun = new CompletableFuture<>();
      first.subscribe(event -> begun.complete(null));
      CompletableFuture<RebalanceSummary> end = first.start(RebalanceRequest.adding("n2")).toCompletableFuture();
      begun.join();

      assertRefused(cluster.describe(), RebalanceRequest.adding("n2"),
          "another rebalance, or 'rebalance replicate', of default is at work on ");

      cluster.node(1).run(node -> {
        node.faults().clear();
        node.faults().release("first");
      });
      assertThat(end.join().isComplete()).isTrue();
    }
  }

  @Test
  void a_stopped_rebalance_says_what_it_did_and_leaves_every_vbucket_served() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 64));
        Rebalancer rebalancer = new Rebalancer(
            "default", cluster.names(), settings, new NettyWiring(cluster.describe(), settings))) {
      CompletableFuture<Void> moving = new CompletableFuture<>();
      rebalancer.subscribe(event -> {
        if (event instanceof io.vbucket.rebalance.orchestrator.event.RebalanceEvent.MoveEnded) {
          moving.complete(null);
        }
      });
      CompletableFuture<RebalanceSummary> end = rebalancer.start(RebalanceRequest.adding("n2")).toCompletableFuture();
      moving.join();
      rebalancer.stop(Duration.ofSeconds(5));

      RebalanceSummary summary = end.join();
      assertThat(summary.moved() + summary.unmoved().size()).isEqualTo(32);
      assertThat(summary.needOperator()).isEmpty();
      assertThat(rebalancer.verify().toCompletableFuture().join().differences()).isEmpty();
      assertThat(rebalancer.verify().toCompletableFuture().join().residue()).isEmpty();
    }
  }
}
