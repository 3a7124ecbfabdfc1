package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks the nodes of a cluster file, on connections of its own, and changes nothing. Blocks; used by one thread. */
final class ForeignNodes implements AutoCloseable {
  private final ClusterFile cluster;
  private final Map<NodeAddress, AdminClient> connections = new HashMap<>();

  ForeignNodes(ClusterFile cluster) {
    this.cluster = cluster;
  }

  /**
   * @throws UncheckedIOException when the node cannot be reached or does not let us in
   */
  private AdminClient connection(NodeAddress node) throws IOException {
    AdminClient known = connections.get(node);
    if (known == null) {
      known = new AdminClient(
          node.hostAndPort(), cluster.bucket(), cluster.credentials().user(), cluster.credentials().password());
      connections.put(node, known);
    }
    return known;
  }

  Optional<VBucketState> state(NodeAddress node, int vbucket) {
    try {
      return connection(node).state(vbucket);
    } catch (IOException failed) {
      throw new UncheckedIOException("node " + node.name() + " does not tell the state of vb:" + vbucket + ": "
          + failed.getMessage(), failed);
    }
  }

  /** The newest map that a node of the cluster file has, with servers called as the file calls them. */
  BucketConfig newestConfig() {
    List<String> addresses = cluster.nodes().stream().map(NodeAddress::hostAndPort).toList();
    BucketConfig newest = null;
    for (NodeAddress node : cluster.nodes()) {
      try {
        Frame answer = connection(node).ask(Admin.getClusterConfig(0));
        if (answer.status() == Status.SUCCESS && answer.value().length > 0) {
          BucketConfig found = BucketConfig.parse(answer.valueText(), node.host()).knownAs(addresses, false);
          newest = newest == null || found.compareTo(newest) > 0 ? found : newest;
        }
      } catch (IOException failed) {
        throw new UncheckedIOException("node " + node.name() + " does not tell its map: " + failed.getMessage(),
            failed);
      }
    }
    if (newest == null) {
      throw new IllegalStateException("no node of the cluster file has a map of bucket " + cluster.bucket());
    }
    return newest;
  }

  @Override
  public void close() {
    connections.values().forEach(AdminClient::close);
  }
}
