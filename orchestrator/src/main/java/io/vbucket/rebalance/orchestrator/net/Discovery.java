package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.NodeSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRefusedException;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Finds the nodes of a cluster by asking one of them for its configurations of the bucket and of the cluster. */
public final class Discovery {
  private Discovery() {}

  /**
   * The same cluster with all its data nodes. A node is called by its host, and by host and port where several are on one; what a name may not
   * have in it becomes a dash.
   *
   * @return the cluster as it is when it names its nodes itself
   * @throws RebalanceRefusedException when the node cannot be asked or has no configuration of the bucket; says why
   * @throws io.vbucket.rebalance.config.SettingsException when a file for TLS cannot be used
   */
  public static ClusterFile complete(ClusterFile cluster, NodeSettings settings) {
    if (cluster.bootstrap().isEmpty()) {
      return cluster;
    }
    if (cluster.buckets().size() > 1) {
      return ofAnyBucket(cluster, settings);
    }
    NodeAddress node = cluster.bootstrap().get();
    SessionSecurity security = SessionSecurity.of(cluster.security());
    try (EventLoops loops = new EventLoops(1)) {
      NodeConnector connector = new NodeConnector(loops, NodeConnector.Limits.of(settings), security);
      BucketConfig config = connector
          .connect(ConnectRequest.forCommands(node, cluster.credentials(), "rebalance-discovery", cluster.bucket()))
          .toCompletableFuture()
          .thenCompose(connection -> ask(connection, settings)
              .thenApply(json -> BucketConfig.parse(json, node.host())
                  .withNodesOf(Map.of(node.host(), connection.agreed().clusterConfig()))))
          .join();
      List<String> found = config.dataNodes(cluster.security().tls().isPresent(), node.hostAndPort());
      if (found.isEmpty()) {
        throw refused(node, "its configuration of bucket " + cluster.bucket() + " names no node with a port "
            + (cluster.security().tls().isPresent() ? "for TLS" : "without TLS")
            + "; name the nodes in the cluster file");
      }
      return cluster.withNodes(named(found));
    } catch (CompletionException failed) {
      Throwable cause = failed.getCause();
      if (cause instanceof ConnectionFailure known) {
        throw new RebalanceRefusedException(List.of(known.getMessage()));
      }
      throw refused(node, cause instanceof IllegalArgumentException noConfig
          ? noConfig.getMessage()
          : "cannot be asked for its configuration: " + cause);
    }
  }

  /** One bucket that the node has is enough to find the others of the cluster; what is wrong with the rest is told when they are looked at. */
  private static ClusterFile ofAnyBucket(ClusterFile cluster, NodeSettings settings) {
    List<String> reasons = new ArrayList<>();
    for (ClusterBucket bucket : cluster.buckets()) {
      try {
        return cluster.withNodes(complete(cluster.forBucket(bucket.name()), settings).nodes());
      } catch (RebalanceRefusedException refused) {
        refused.reasons().stream().filter(reason -> !reasons.contains(reason)).forEach(reasons::add);
      }
    }
    throw new RebalanceRefusedException(reasons);
  }

  private static CompletableFuture<String> ask(NodeConnection connection, NodeSettings settings) {
    CompletableFuture<String> json = new CompletableFuture<>();
    connection.listen(answer -> take(connection.node(), answer, json), json::completeExceptionally);
    connection.send(Admin.getClusterConfig(1));
    return json.orTimeout(settings.requestTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((told, failure) -> connection.close());
  }

  private static void take(NodeAddress node, Frame answer, CompletableFuture<String> json) {
    if (answer.isRequest()) {
      return;
    }
    if (answer.status() == Status.SUCCESS && answer.value().length > 0) {
      json.complete(answer.valueText());
    } else {
      json.completeExceptionally(new ConnectionFailure(
          ConnectionFailure.Kind.REFUSED, node, "has no configuration of the bucket (" + answer.describe()
              + "); name another node as bootstrap, or the nodes themselves"));
    }
  }

  private static RebalanceRefusedException refused(NodeAddress node, String what) {
    return new RebalanceRefusedException(List.of("node " + node.name() + " (" + node.hostAndPort() + "): " + what));
  }

  private static List<NodeAddress> named(List<String> addresses) {
    Map<String, Integer> onHost = new HashMap<>();
    addresses.forEach(address -> onHost.merge(host(address), 1, Integer::sum));
    List<NodeAddress> nodes = new ArrayList<>();
    for (String address : addresses) {
      String host = host(address);
      int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
      String name = onHost.get(host) == 1 ? host : host + "-" + port;
      nodes.add(new NodeAddress(name.replaceAll("[^A-Za-z0-9._-]", "-"), host, port));
    }
    return nodes;
  }

  private static String host(String address) {
    String host = address.substring(0, address.lastIndexOf(':'));
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
