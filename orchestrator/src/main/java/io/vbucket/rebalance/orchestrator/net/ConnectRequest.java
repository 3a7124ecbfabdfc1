package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.protocol.Session.Feature;
import java.util.Optional;
import java.util.Set;

/**
 * Which connection is wanted.
 *
 * @param agent how the connection calls itself in HELLO; what is beyond 250 bytes is cut
 * @param features asked for in HELLO; the node may grant fewer
 * @param bucket selected before anything else; empty for none
 * @param dcp when present, the connection is opened for DCP as well
 */
public record ConnectRequest(
    NodeAddress node,
    Credentials credentials,
    String agent,
    Set<Integer> features,
    String bucket,
    Optional<DcpOpen> dcp) {

  /** What is asked of every node on connections for commands. */
  public static final Set<Integer> FEATURES = Set.of(
      Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET, Feature.JSON, Feature.ALT_REQUEST,
      Feature.SYNC_REPLICATION);

  /** What is asked on DCP connections. */
  public static final Set<Integer> DCP_FEATURES = Set.of(
      Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET, Feature.SNAPPY, Feature.JSON, Feature.COLLECTIONS,
      Feature.ALT_REQUEST, Feature.SYNC_REPLICATION);

  public ConnectRequest {
    features = Set.copyOf(features);
  }

  /**
   * How DCP is opened.
   *
   * @param name connection name, at most 200 bytes; a connection that has it already is dropped by the node
   * @param flags see {@link io.vbucket.rebalance.protocol.Dcp.Open}; those that the node is too old for are left out
   * @param json empty, or a JSON document; left out where the node is too old for it
   */
  public record DcpOpen(String name, int flags, String json) {
  }

  public static ConnectRequest forCommands(NodeAddress node, Credentials credentials, String agent, String bucket) {
    return new ConnectRequest(node, credentials, agent, FEATURES, bucket, Optional.empty());
  }

  public static ConnectRequest forDcp(
      NodeAddress node, Credentials credentials, String agent, String bucket, DcpOpen dcp) {
    return new ConnectRequest(node, credentials, agent, DCP_FEATURES, bucket, Optional.of(dcp));
  }

  /** The same, asking for fewer features. */
  public ConnectRequest withFeatures(Set<Integer> fewer) {
    return new ConnectRequest(node, credentials, agent, fewer, bucket, dcp);
  }
}
