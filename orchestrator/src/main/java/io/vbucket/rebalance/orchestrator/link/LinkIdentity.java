package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.net.ConnectRequest;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;

/**
 * Between whom a link is, and how it presents itself there.
 *
 * @param runId of the rebalance, part of the names of its connections
 * @param number of the link among those of the same two nodes, from 0
 */
public record LinkIdentity(
    String bucket,
    NodeAddress source,
    NodeAddress destination,
    Credentials credentials,
    String runId,
    int number) {

  String connectionName(long incarnation) {
    return ConnectionNames.of(runId, incarnation, number, source.name(), destination.name(), bucket);
  }

  /** The connection of one side under {@code name}. */
  ConnectRequest request(Side side, String name, LinkTerms terms) {
    boolean consumer = side == Side.CONSUMER;
    ConnectRequest.DcpOpen open = consumer
        ? new ConnectRequest.DcpOpen(name, terms.dcpFlags(), "{\"consumer_name\":\"" + destination.name() + "\"}")
        : new ConnectRequest.DcpOpen(name, Dcp.Open.PRODUCER | terms.dcpFlags(), "");
    String agent = "rebalance:" + (consumer ? "consumer" : "producer") + "/" + name;
    return ConnectRequest.forDcp(consumer ? destination : source, credentials, agent, bucket, open)
        .withFeatures(terms.features());
  }
}
