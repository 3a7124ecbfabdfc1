package io.vbucket.rebalance.testkit.secure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.PeerSession;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Documents move whole between nodes of whatever versions, over one connection or several. */
class NodesOfTwoVersionsTest {
  private static final int VBUCKETS = 6;
  private static final int DOCUMENTS = 60;

  private record Opened(String node, Dcp.Open open) {}

  private final Queue<Opened> opened = new ConcurrentLinkedQueue<>();
  private final Map<String, Set<Integer>> stateBytes = new ConcurrentHashMap<>();

  private final NodeObserver observer = new NodeObserver() {
    @Override
    public void frameReceived(DataNode node, PeerSession peer, Frame frame) {
      if (frame.isRequest() && frame.opcode() == Opcode.DCP_OPEN) {
        opened.add(new Opened(node.name(), Dcp.Open.of(frame)));
      } else if (frame.isRequest() && frame.opcode() == Opcode.SET_VBUCKET) {
        stateBytes.computeIfAbsent(node.name(), name -> ConcurrentHashMap.newKeySet()).add(frame.extras().length);
      }
    }
  };

  private TcpDataNode node(String name, NodeVersion version) {
    return new TcpDataNode(
        NodeSettings.named(name, version).withBuckets(Map.of("default", VBUCKETS)), 0, observer).start();
  }

  private static byte[] key(int document) {
    return ("document-" + document).getBytes(UTF_8);
  }

  private static byte[] value(int document) {
    return ("{\"number\":" + document + "}").getBytes(UTF_8);
  }

  private static int bytesOfState(NodeVersion version) {
    return version == NodeVersion.V5_0 || version == NodeVersion.V6_0 ? 4 : 1;
  }

  @ParameterizedTest
  @CsvSource({
    "V5_0, V7_6, 1, 0x004", "V7_6, V5_0, 1, 0x004", "V5_0, V5_0, 1, 0x004", "V6_0, V7_6, 1, 0x024",
    "V7_6, V6_0, 1, 0x024", "V6_0, V6_6, 1, 0x024", "V6_6, V6_6, 1, 0x024", "V6_6, V7_6, 1, 0x024",
    "V7_6, V6_6, 1, 0x024", "V7_6, V7_6, 3, 0x124"})
  void documents_arrive_whole(NodeVersion from, NodeVersion to, int connections, String flags) throws Exception {
    String source = "source";
    String destination = "destination";
    RebalanceSettings settings = RebalanceSettings.load(
        ConfigFactory.parseString("rebalance.link.connections-per-pair = " + connections));
    try (TcpDataNode first = node(source, from); TcpDataNode second = node(destination, to)) {
      String server = "127.0.0.1:" + first.port();
      try (AdminClient admin = new AdminClient(server, "default", "Administrator", "password")) {
        for (int vbucket = 0; vbucket < VBUCKETS; vbucket++) {
          admin.setState(vbucket, VBucketState.ACTIVE);
        }
        admin.setConfig(BucketConfig.initial("default", List.of(server), new int[VBUCKETS]));
      }
      try (KvClient client =
          new KvClient(List.of(server), "default", "Administrator", "password", Duration.ofSeconds(60))) {
        for (int document = 0; document < DOCUMENTS; document++) {
          client.set(key(document), value(document)).join();
        }
        ClusterFile cluster = new ClusterFile("default", Credentials.of("Administrator", "password"), List.of(
            new NodeAddress(source, "127.0.0.1", first.port()),
            new NodeAddress(destination, "127.0.0.1", second.port())));
        RebalanceSummary summary;
        try (Rebalancer rebalancer = new Rebalancer(
            "default", List.of(source, destination), settings, new NettyWiring(cluster, settings))) {
          summary = rebalancer.start(RebalanceRequest.moving(Map.of(
              0, destination, 1, destination, 2, destination, 3, destination, 4, destination, 5, destination)))
              .toCompletableFuture().join();
        }
        assertThat(summary.isComplete()).isTrue();
        assertThat(summary.moved()).isEqualTo(VBUCKETS);
        for (int document = 0; document < DOCUMENTS; document++) {
          Frame got = client.get(key(document)).join();
          assertThat(got.status()).isEqualTo(Status.SUCCESS);
          assertThat(got.value()).isEqualTo(value(document));
        }
      }
    }
    List<Dcp.Open> links =
        opened.stream().map(Opened::open).filter(open -> open.name().startsWith("replication:")).toList();
    // The last two of a mixed pair are the ones that were opened alike.
    assertThat(links.get(links.size() - 1).flags() & ~Dcp.Open.PRODUCER).isEqualTo(Integer.decode(flags));
    assertThat(links.get(links.size() - 2).flags() & ~Dcp.Open.PRODUCER).isEqualTo(Integer.decode(flags));
    assertThat(links.stream().map(Dcp.Open::name).map(name -> name.replaceAll(".*:default", "default")).distinct())
        .containsExactlyInAnyOrderElementsOf(
            connections == 1 ? List.of("default") : List.of("default", "default/1", "default/2"));
    assertThat(stateBytes).as("extras of SET_VBUCKET")
        .isEqualTo(Map.of(source, Set.of(bytesOfState(from)), destination, Set.of(bytesOfState(to))));
  }
}
