package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.PasswordSource;
import io.vbucket.rebalance.orchestrator.cli.ReportFile;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.PortTakenException;
import io.vbucket.rebalance.testkit.node.tcp.NodeCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs embedded nodes until it is interrupted. */
@Command(
    name = "nodes",
    mixinStandardHelpOptions = true,
    description = "Starts embedded data nodes on loopback, prints their ports, and runs until interrupted.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:interrupted, as meant", "1:a file cannot be written",
      "2:wrong usage, a port is taken, or a file could not be written; nothing was started"})
final class NodesCommand implements Callable<Integer> {
  private static final String PASSWORD_VARIABLE = "REBALANCE_PASSWORD";

  @Option(names = "--count", defaultValue = "4",
      description = "Number of nodes, n1, n2, ... Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--owners",
      description = "How many of them own vBuckets at first. Default: all but the last, so that there is one to add.")
  private Integer owners;

  @Option(
      names = "--port",
      defaultValue = "12000",
      description = {"Port of n1, the others follow; 0 for any free ports. Their HTTP ports are 1000 higher.",
        "Default: ${DEFAULT-VALUE}."})
  private int port;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Where they listen: an address of loopback, 127.0.0.1 or ::1. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(names = "--vbuckets", defaultValue = "64", description = "vBuckets of the bucket. Default: ${DEFAULT-VALUE}.")
  private int vbuckets;

  @Option(names = "--replicas", defaultValue = "0",
      description = "Replicas of each vBucket, 0 to 3; a run with --keep-replicating fills them. Default: ${DEFAULT-VALUE}.")
  private int replicas;

  @Option(names = "--bucket", defaultValue = "default", description = "Name of the bucket. Default: ${DEFAULT-VALUE}.")
  private String bucket;

  @Option(names = "--buckets", defaultValue = "1",
      description = "Number of buckets, all alike: NAME, NAME-2, NAME-3, ... Default: ${DEFAULT-VALUE}.")
  private int buckets;

  @Option(
      names = "--version-of-nodes",
      defaultValue = "7.6",
      converter = NodeVersionConverter.class,
      description = "Whose behaviour the nodes show: 5.0, 6.0, 6.6 or 7.6. Default: ${DEFAULT-VALUE}.")
  private NodeVersion version;

  @Option(names = "--cluster-file", description = "Writes a cluster file for rebalance.jar here.")
  private Path clusterFile;

  @Option(
      names = "--tls",
      description = {
        "Every node also listens with TLS, on the ports after the plain ones; the cluster file names those ports.",
        "The authority's certificate is made up at each start and written to --ca-file."})
  private boolean tls;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "Where the authority's certificate goes. Default: ca.pem beside the cluster file.")
  private Path caFile;

  /** How clients may show who they are. */
  enum Auth {
    scram(List.of("SCRAM-SHA512", "SCRAM-SHA256", "SCRAM-SHA1")),
    plain(List.of("PLAIN")),
    both(
        NodeSettings.ALL_MECHANISMS);

    private final List<String> mechanisms;

    Auth(List<String> mechanisms) {
      this.mechanisms = mechanisms;
    }
  }

  @Option(
      names = "--auth",
      defaultValue = "both",
      description = "How clients may authenticate: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Auth auth;

  @Option(
      names = "--retry-share",
      defaultValue = "0",
      description = "Share of takeovers, 0 to 1, whose destination asks for retries. Default: ${DEFAULT-VALUE}.")
  private double retryShare;

  @Option(names = "--seed", defaultValue = "1", description = "Seed of everything random. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws InterruptedException, ReportFile.UnwritableException {
    int first = owners != null ? owners : Math.max(1, count - 1);
    EmbeddedCluster.Layout layout;
    try {
      layout = new EmbeddedCluster.Layout(count, first, vbuckets, bucket, version, port, seed, replicas, 1, buckets);
    } catch (IllegalArgumentException wrong) {
      System.err.println(wrong.getMessage());
      return 2;
    }
    int highest = port == 0 ? 0 : port + count - 1 + EmbeddedCluster.MANAGEMENT_PORT_DISTANCE;
    if (port < 0 || highest > 65_535) {
      System.err.println("port " + port + ": expected 0, or 1 to " + (65_535 - highest + port)
          + " so that the HTTP ports of " + count + " nodes, 1000 higher, exist");
      return 2;
    }
    Path authority = caFile != null ? caFile : clusterFile == null ? null : clusterFile.resolveSibling("ca.pem");
    if (tls && authority == null) {
      System.err.println("--tls needs --ca-file or --cluster-file: clients must know the authority's certificate");
      return 2;
    }
    ReportFile described = Figures.at("cluster file", clusterFile);
    Figures.at("file of --ca-file", tls ? authority : null);
    Optional<NodeCertificates> certificates = tls ? Optional.of(NodeCertificates.create()) : Optional.empty();
    EmbeddedCluster.Doors doors =
        new EmbeddedCluster.Doors(certificates, port == 0 ? 0 : port + count, auth.mechanisms, host);
    CountDownLatch interrupted = new CountDownLatch(1);
    Thread end = new Thread(interrupted::countDown, "interrupted");
    try (EmbeddedCluster cluster = EmbeddedCluster.start(layout, doors, NodeObserver.NONE)) {
      if (retryShare > 0) {
        cluster.nodes().forEach(node -> node.run(
            data -> data.faults().shareOfTakeoversToRetry(retryShare, 2, seed)));
      }
      if (certificates.isPresent()) {
        certificates.get().writeAuthority(authority);
      }
      if (clusterFile != null) {
        Credentials credentials =
            new Credentials(EmbeddedCluster.USER, new PasswordSource.Environment(PASSWORD_VARIABLE));
        Optional<ClusterSecurity.Tls> withTls = certificates
            .map(made -> ClusterSecurity.Tls.trusting(authority.toAbsolutePath()));
        ClusterSecurity security = new ClusterSecurity(withTls, !tls && auth == Auth.plain);
        described.writeText(cluster.describe(credentials, security).render());
      }
      Runtime.getRuntime().addShutdownHook(end);
      for (int i = 0; i < count; i++) {
        System.out.println(cluster.names().get(i) + " " + cluster.servers().get(i)
            + (tls ? ", with TLS " + cluster.described().get(i) : "")
            + ", HTTP " + cluster.node(i).managementPort()
            + (i < first ? "" : " (owns nothing yet)"));
      }
      System.out.println("connection string for clients: " + cluster.connectionString());
      System.out.println((buckets == 1 ? "bucket " : "buckets ")
          + String.join(", ", layout.bucketNames()) + " with " + vbuckets + " vBuckets; user " + EmbeddedCluster.USER
          + ", password " + EmbeddedCluster.PASSWORD);
      if (tls) {
        System.out.println("certificate of their authority in " + authority);
      }
      if (clusterFile != null) {
        System.out.println("cluster file " + clusterFile + "; before using it: export " + PASSWORD_VARIABLE + "="
            + EmbeddedCluster.PASSWORD);
      }
      System.out.println("interrupt to stop");
      interrupted.await();
      return 0;
    } catch (PortTakenException taken) {
      System.err.println(taken.getMessage() + "; choose another --port, or 0 for any free ones");
      return 2;
    } catch (IllegalArgumentException wrong) {
      System.err.println(wrong.getMessage());
      return 2;
    } catch (IOException failed) {
      System.err.println("the nodes are stopped again: " + failed.getMessage());
      return 1;
    }
  }
}
