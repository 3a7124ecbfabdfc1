package io.vbucket.rebalance.testkit.cluster;

import io.netty.util.NetUtil;
import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.plan.MapPlanner;
import io.vbucket.rebalance.orchestrator.plan.PlanRequest;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.PortTakenException;
import io.vbucket.rebalance.testkit.node.tcp.NodeCertificates;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Nodes n1, n2, ... on loopback with one bucket or several alike, whose vBuckets are spread over the first of them. */
public final class EmbeddedCluster implements AutoCloseable {
  /**
   * @param nodes number of nodes, at least 1
   * @param owners how many of them own vBuckets at first, 1 to {@code nodes}
   * @param firstPort port of n1, the others follow; 0 for any free ports
   * @param replicas of each vBucket, 0 to 3
   * @param groups number of server groups, 1 or more: the nodes belong to them in turn
   * @param buckets how many buckets, 1 or more: {@code bucket}, {@code bucket-2}, ...
   */
  public record Layout(int nodes, int owners, int vbuckets, String bucket, NodeVersion version, int firstPort,
      long seed, int replicas, int groups, int buckets) {
    public Layout(
        int nodes, int owners, int vbuckets, String bucket, NodeVersion version, int firstPort, long seed, int replicas,
        int groups) {
      this(nodes, owners, vbuckets, bucket, version, firstPort, seed, replicas, groups, 1);
    }

    public Layout(
        int nodes, int owners, int vbuckets, String bucket, NodeVersion version, int firstPort, long seed) {
      this(nodes, owners, vbuckets, bucket, version, firstPort, seed, 0, 1);
    }

    public Layout {
      if (nodes < 1 || owners < 1 || owners > nodes || vbuckets < 1) {
        throw new IllegalArgumentException(
            nodes + " nodes, " + owners + " owners, " + vbuckets
                + " vBuckets: expected at least 1 each, and owners among the nodes");
      }
      if (buckets < 1) {
        throw new IllegalArgumentException(buckets + " buckets: expected at least 1");
      }
      if (replicas < 0 || replicas > 3 || groups < 1) {
        throw new IllegalArgumentException(
            replicas + " replicas, " + groups + " groups: expected 0 to 3 replicas, and at least 1 group");
      }
    }

    /** The names of the buckets. */
    public List<String> bucketNames() {
      return IntStream.rangeClosed(1, buckets).mapToObj(i -> i == 1 ? bucket : bucket + "-" + i).toList();
    }

    public static Layout of(int nodes, int owners, int vbuckets) {
      return new Layout(nodes, owners, vbuckets, "default", NodeVersion.V7_6, 0, 1);
    }
  }

  /**
   * How the nodes let clients in.
   *
   * @param certificates present: every node listens with TLS on a second port, and the cluster file names those ports
   * @param firstTlsPort TLS port of n1, the others follow; 0 for any free ports
   * @param mechanisms by which clients may authenticate
   * @param host address of loopback on which all of them listen, IPv6 without brackets
   */
  public record Doors(
      Optional<NodeCertificates> certificates, int firstTlsPort, List<String> mechanisms, String host) {
    /** No TLS, and whatever real nodes offer. */
    public static final Doors OPEN = new Doors(Optional.empty(), 0, NodeSettings.ALL_MECHANISMS);

    public Doors(Optional<NodeCertificates> certificates, int firstTlsPort, List<String> mechanisms) {
      this(certificates, firstTlsPort, mechanisms, "127.0.0.1");
    }

    public Doors {
      mechanisms = List.copyOf(mechanisms);
    }

    public static Doors withTls(NodeCertificates certificates) {
      return new Doors(Optional.of(certificates), 0, NodeSettings.ALL_MECHANISMS);
    }
  }

  /** The HTTP port of a node is this far above its port, when ports are given. */
  public static final int MANAGEMENT_PORT_DISTANCE = 1_000;

  public static final String USER = "Administrator";
  public static final String PASSWORD = "password";

  private final Layout layout;
  private final Doors doors;
  private final List<TcpDataNode> nodes = new ArrayList<>();

  private EmbeddedCluster(Layout layout, Doors doors) {
    this.layout = layout;
    this.doors = doors;
  }

  /**
   * @throws IOException when a port cannot be had
   */
  public static EmbeddedCluster start(Layout layout) throws IOException {
    return start(layout, NodeObserver.NONE);
  }

  /**
   * @param observer is told what every node does, each on its own thread
   * @throws IOException when a port cannot be had
   */
  public static EmbeddedCluster start(Layout layout, NodeObserver observer) throws IOException {
    return start(layout, Doors.OPEN, observer);
  }

  /**
   * @param observer is told what every node does, each on its own thread
   * @throws IOException when a node does not answer
   * @throws PortTakenException when a port cannot be had
   * @throws IllegalArgumentException when the doors' host is not on loopback
   */
  public static EmbeddedCluster start(Layout layout, Doors doors, NodeObserver observer) throws IOException {
    EmbeddedCluster cluster = new EmbeddedCluster(layout, doors);
    try {
      for (int i = 0; i < layout.nodes(); i++) {
        NodeSettings settings = NodeSettings.named("n" + (i + 1), layout.version())
            .withBuckets(
                layout.bucketNames().stream().collect(Collectors.toMap(name -> name, name -> layout.vbuckets())))
            .withUser(USER, PASSWORD)
            .withMechanisms(doors.mechanisms())
            .withSeed(layout.seed() * 1_000 + i);
        int port = layout.firstPort() == 0 ? 0 : layout.firstPort() + i;
        TcpDataNode node = new TcpDataNode(settings, port, observer).on(doors.host());
        if (doors.certificates().isPresent()) {
          int tlsPort = doors.firstTlsPort() == 0 ? 0 : doors.firstTlsPort() + i;
          node.withTls(doors.certificates().get().forHosts(List.of(doors.host()), List.of("localhost")), tlsPort);
        }
        node.withManagement(layout.firstPort() == 0 ? 0 : port + MANAGEMENT_PORT_DISTANCE);
        cluster.nodes.add(node.start());
      }
      cluster.introduce();
      for (String bucket : layout.bucketNames()) {
        cluster.spread(bucket);
      }
      return cluster;
    } catch (IOException | RuntimeException failed) {
      cluster.close();
      throw failed;
    }
  }

  /** Every node learns where the others are. */
  private void introduce() {
    String json = ClusterView.ofCluster(nodes);
    nodes.forEach(node -> node.run(data -> data.clusterIs(1, 1, json)));
  }

  private void spread(String bucket) throws IOException {
    int[][] chains = chains();
    BucketConfig config = ClusterView.complete(
        BucketConfig.initial(bucket, servers().subList(0, layout.owners()), layout.replicas(), chains), nodes,
        layout.version());
    for (int i = 0; i < layout.owners(); i++) {
      try (AdminClient admin = admin(i, bucket)) {
        for (int vbucket = 0; vbucket < chains.length; vbucket++) {
          for (int position = 0; position < chains[vbucket].length; position++) {
            if (chains[vbucket][position] == i) {
              admin.setState(vbucket, position == 0 ? VBucketState.ACTIVE : VBucketState.REPLICA);
            }
          }
        }
        admin.setConfig(config);
      }
    }
  }

  /** Indexes of the nodes of each chain: ranges of vBuckets without replicas, a planned map with them. */
  private int[][] chains() {
    int[][] chains = new int[layout.vbuckets()][layout.replicas() + 1];
    VBucketMap planned = layout.replicas() == 0
        ? null
        : MapPlanner.plan(PlanRequest
            .forNewBucket(layout.vbuckets(), layout.replicas(), names().subList(0, layout.owners()))
            .withGroups(groups(layout.owners()))).target();
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      for (int position = 0; position < chains[vbucket].length; position++) {
        chains[vbucket][position] = planned == null
            ? (int) ((long) vbucket * layout.owners() / chains.length)
            : names().indexOf(planned.node(vbucket, position));
      }
    }
    return chains;
  }

  /** The server group of every node, by name; empty when there is only one group. */
  public Map<String, String> groups() {
    return groups(layout.nodes());
  }

  private Map<String, String> groups(int first) {
    Map<String, String> groups = new LinkedHashMap<>();
    for (int i = 0; layout.groups() > 1 && i < first; i++) {
      groups.put(names().get(i), "g" + (1 + i % layout.groups()));
    }
    return groups;
  }

  /** Compares all copies with the map that the nodes have. */
  public CopyCheck copies(BucketConfig config) throws IOException {
    return copies(config, layout.bucket());
  }

  /** The same for one of several buckets. */
  public CopyCheck copies(BucketConfig config, String bucket) throws IOException {
    return new CopyCheck(config, servers(), bucket, USER, PASSWORD);
  }

  public TcpDataNode node(int index) {
    return nodes.get(index);
  }

  public List<TcpDataNode> nodes() {
    return List.copyOf(nodes);
  }

  /** {@code host:port} of every node, without TLS. */
  public List<String> servers() {
    return nodes.stream().map(node -> NetUtil.toSocketAddressString(node.host(), node.port())).toList();
  }

  /** {@code host:port} of every node as an orchestrator reaches it: with TLS where there is TLS. */
  public List<String> described() {
    return nodes.stream().map(node -> NetUtil.toSocketAddressString(node.host(), describedPort(node))).toList();
  }

  private static int describedPort(TcpDataNode node) {
    return node.tlsPort() != 0 ? node.tlsPort() : node.port();
  }

  /**
   * What official clients connect with. It names n1 only: of several seeds on one host they take one, and learn of the others from its
   * configuration.
   */
  public String connectionString() {
    return "couchbase://" + servers().get(0) + "=kv";
  }

  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= nodes.size(); i++) {
      names.add("n" + i);
    }
    return names;
  }

  /** The cluster as an orchestrator wants it described. */
  public ClusterFile describe() {
    return describe(Credentials.of(USER, PASSWORD));
  }

  public ClusterFile describe(Credentials credentials) {
    return describe(credentials, ClusterSecurity.SCRAM_ONLY);
  }

  /**
   * @param security how the orchestrator connects; must fit the nodes' doors
   */
  public ClusterFile describe(Credentials credentials, ClusterSecurity security) {
    List<NodeAddress> addresses = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      addresses.add(new NodeAddress("n" + (i + 1), nodes.get(i).host(), describedPort(nodes.get(i))));
    }
    List<ClusterBucket> buckets = layout.bucketNames().stream().map(ClusterBucket::named).toList();
    return new ClusterFile(buckets, credentials, security, Optional.empty(), addresses);
  }

  public AdminClient admin(int index) throws IOException {
    return admin(index, layout.bucket());
  }

  public AdminClient admin(int index, String bucket) throws IOException {
    return new AdminClient(servers().get(index), bucket, USER, PASSWORD);
  }

  /**
   * @param limit after which an operation fails
   */
  public KvClient client(Duration limit) throws IOException {
    return client(layout.bucket(), limit);
  }

  /**
   * @param limit after which an operation fails
   */
  public KvClient client(String bucket, Duration limit) throws IOException {
    return new KvClient(servers().subList(0, layout.owners()), bucket, USER, PASSWORD, limit);
  }

  @Override
  public void close() {
    nodes.forEach(TcpDataNode::stop);
  }
}
